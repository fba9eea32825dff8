//! What was there is saved before it is changed.

use super::{Event, Request, StepStatus};
use crate::s3::Client;
use s3_presign::timestamp::amz_date;

/// Writes `BUCKET.policy.TIME.json`, for its owner's eyes alone. Where nothing can be written (a
/// read-only container) the policy is shown instead, so that it stands in the log at least; only when
/// all of it is to be replaced is that an error.
pub(super) fn save(
    client: &Client,
    request: &Request,
    policy: &[u8],
    tell: &mut dyn FnMut(Event),
) -> Result<(), String> {
    let now = amz_date(client.context.now());
    let name = format!("{}.policy.{now}.json", request.settings.bucket);
    let path = request.backup_dir.join(name);
    match client.context.write_new(&path, policy) {
        Ok(()) => {
            let text = format!("The policy as it was: saved in {}", path.display());
            tell(Event::new(StepStatus::Ok, text));
            Ok(())
        }
        Err(error) if request.settings.replace_policy => Err(format!(
            "the policy as it was cannot be saved in {} ({error}), and is not replaced; name a folder with --backup-dir",
            path.display()
        )),
        Err(error) => {
            let text = format!(
                "The policy as it was cannot be saved in {} ({error}); it is {}",
                path.display(),
                String::from_utf8_lossy(policy)
            );
            tell(Event::new(StepStatus::Warn, text));
            Ok(())
        }
    }
}
