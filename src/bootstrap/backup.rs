//! What was there is saved before it is changed.

use super::{Detail, Event, Request, StepStatus};
use crate::s3::Client;
use s3_presign::timestamp::amz_date;
use std::io::ErrorKind;

/// Writes `BUCKET.policy.TIME.json`, for its owner's eyes alone. Where nothing can be written (a
/// read-only container) the policy is shown instead, so that it stands in the log at least; only when
/// all of it is to be replaced is that an error.
pub(super) fn save(
    client: &Client,
    request: &Request,
    policy: &[u8],
    tell: &mut dyn FnMut(Event),
) -> Result<(), Detail> {
    let now = amz_date(client.context.now());
    let path_of = |number: u32| {
        let bucket = &request.settings.bucket;
        let number = if number == 1 {
            String::new()
        } else {
            format!(".{number}")
        };
        (request.backup_dir).join(format!("{bucket}.policy.{now}{number}.json"))
    };
    let mut number = 1;
    let mut path = path_of(number);
    let mut written = client.context.write_new(&path, policy);
    // Another one of the same second is no reason to lose this one.
    while let Err(error) = &written
        && error.kind() == ErrorKind::AlreadyExists
        && number < 100
    {
        number += 1;
        path = path_of(number);
        written = client.context.write_new(&path, policy);
    }
    match written {
        Ok(()) => {
            let text = format!("The policy as it was: saved in {}", path.display());
            tell(Event::new(StepStatus::Ok, text));
            Ok(())
        }
        Err(error) if request.settings.replace_policy => Err(Detail::NotSaved(format!(
            "the policy as it was cannot be saved in {} ({error}), and is not replaced",
            path.display()
        ))),
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
