//! Saves a configuration before bootstrap changes it, and reports the file.

use super::{Detail, Event, OnEvent, Request};
use crate::backup;
pub use crate::backup::Backup;
use crate::controls::Subresource;
use crate::s3::{Bucket, Client};
use crate::subresource::Configuration;
use crate::trail::LogTrail;

/// Saves the configuration in a file. `trail` is the trail that has the configuration, if the bucket has not.
///
/// If no file can be written (a read-only container), the event contains the configuration, so that the log
/// keeps a copy. If the run replaces the whole policy, a failed backup is an error instead.
pub(super) fn save(
    trail: Option<&LogTrail>,
    client: &Client,
    request: &Request,
    bucket: &Bucket<'_>,
    subresource: &Subresource,
    before: &Configuration,
    on_event: OnEvent<'_>,
) -> Result<Option<Backup>, Detail> {
    let folder = request.backup_dir.as_deref();
    let error = match backup::save(client, folder, bucket, subresource, before) {
        Ok(mut backup) => {
            if let Some(trail) = trail {
                let services = client.services.as_ref().ok();
                let endpoint = services.and_then(|it| it.cloudtrail.as_ref());
                backup.region = trail.region.to_string();
                backup.endpoint = endpoint.map(ToString::to_string);
            }
            on_event(Event::BackupSaved(backup.clone()));
            return Ok(Some(backup));
        }
        Err(error) => error,
    };
    if request.settings.replace_policy && subresource.name == "policy" {
        return Err(Detail::NotSaved(format!(
            "the previous policy cannot be saved {error}, so the program does not replace the policy"
        )));
    }
    on_event(Event::BackupFailed {
        subresource: subresource.name,
        error,
        body: String::from_utf8_lossy(&before.body).into_owned(),
    });
    Ok(None)
}
