//! Reads the bucket policy, changes the revocations in it, and reads the policy back.

use super::{Error, Event};
use crate::backup::{self, Backup};
use crate::controls::foreign::{self, Part};
use crate::controls::{POLICY, limits};
use crate::policy::Document;
use crate::s3::{Bucket, Client};
use crate::subresource::{self, Configuration, ReadOutcome};
use std::time::Duration;

/// The waits before each read of the policy after a write, in milliseconds.
const READ_BACK_MS: [u64; 7] = [0, 100, 250, 500, 1_000, 2_000, 4_000];

/// The bucket policy as it was read.
pub(super) struct Found {
    configuration: Option<Configuration>,
    pub(super) document: Document,
}

/// Reads the policy. A bucket without a policy has an empty one.
pub(super) async fn read(bucket: &mut Bucket<'_>) -> Result<Found, Error> {
    match subresource::read(bucket, &POLICY).await? {
        ReadOutcome::Configured(configuration) => {
            let document = Document::read(&configuration.body);
            Ok(Found {
                document: document.map_err(|why| Error::Unreadable(why.to_string()))?,
                configuration: Some(configuration),
            })
        }
        ReadOutcome::Nothing => Ok(Found {
            configuration: None,
            document: Document::default(),
        }),
        ReadOutcome::Denied(why) | ReadOutcome::Unsupported(why) | ReadOutcome::Failed(why) => {
            Err(Error::Unreadable(why))
        }
    }
}

/// Writes the policy that `change` makes of the policy that was found, and reads it back. `change` returns
/// `false` if the policy needs no change. If another tool wrote meanwhile, this function merges once more.
///
/// The result is whether the policy was written.
pub(super) async fn write(
    client: &Client,
    bucket: &mut Bucket<'_>,
    mut found: Found,
    change: &(dyn Fn(&mut Document) -> bool + Sync),
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<bool, Error> {
    let mut has_merged = false;
    loop {
        let mut target = found.document.clone();
        if !change(&mut target) {
            return Ok(has_merged);
        }
        let body = target.write();
        if let Some(why) = objection(&target, &body) {
            return Err(Error::Refused(why));
        }
        let backup = save(client, bucket, found.configuration.as_ref(), on_event);
        bucket
            .put(
                POLICY.put,
                POLICY.name,
                POLICY.content_type,
                body.clone(),
                None,
            )
            .await?;
        let before = found.configuration.as_ref();
        let before = foreign::parts(before.map(|before| before.body.as_slice()));
        let sent = foreign::parts(Some(&body));
        match read_back(client, bucket, &before, &sent, change).await? {
            Shown::Complete => return Ok(true),
            Shown::Lost(parts) => return Err(Error::Lost(parts, backup.map(Box::new))),
            Shown::Overtaken(current) if !has_merged => {
                on_event(Event::MergedAgain);
                (found, has_merged) = (*current, true);
            }
            Shown::Overtaken(_) | Shown::Other => return Err(Error::NotShown),
        }
    }
}

/// The policy that the bucket shows after a write.
enum Shown {
    /// The change, and every foreign statement.
    Complete,
    /// The bucket no longer shows these foreign statements.
    Lost(Vec<String>),
    /// Another tool or person wrote meanwhile, and removed the change.
    Overtaken(Box<Found>),
    /// The change is not shown.
    Other,
}

async fn read_back(
    client: &Client,
    bucket: &mut Bucket<'_>,
    before: &[Part],
    sent: &[Part],
    change: &(dyn Fn(&mut Document) -> bool + Sync),
) -> Result<Shown, Error> {
    let kept = foreign::carried_over(before, sent);
    let known = [before, sent].concat();
    let mut shown = Shown::Other;
    for wait in READ_BACK_MS {
        client.context.sleep(Duration::from_millis(wait)).await;
        let found = read(bucket).await?;
        let body = found.configuration.as_ref();
        let parts = foreign::parts(body.map(|found| found.body.as_slice()));
        let is_set = !change(&mut found.document.clone());
        let missing = foreign::missing(&kept, &parts);
        if is_set && missing.is_empty() {
            return Ok(Shown::Complete);
        }
        if foreign::has_new(&parts, &known) && !is_set {
            return Ok(Shown::Overtaken(Box::new(found)));
        }
        shown = if missing.is_empty() {
            Shown::Other
        } else {
            Shown::Lost(missing.iter().map(|part| part.name.clone()).collect())
        };
    }
    Ok(shown)
}

/// Why S3 would refuse the policy.
fn objection(target: &Document, body: &[u8]) -> Option<String> {
    let is_escaped = |arn: &str| arn.contains("${");
    let mut revoked = target.revocations().into_iter();
    if target.version() != Some("2012-10-17") && revoked.any(|one| is_escaped(&one.arn)) {
        return Some(
            "the key contains `*`, `?` or `$`, which only a policy with the version 2012-10-17 can express"
                .to_owned(),
        );
    }
    limits::objection(&POLICY, body)
}

/// Saves the policy in a file. A policy that cannot be saved is passed to the observer.
fn save(
    client: &Client,
    bucket: &Bucket<'_>,
    before: Option<&Configuration>,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Option<Backup> {
    let before = before?;
    match backup::save(client, None, bucket, &POLICY, before) {
        Ok(backup) => {
            on_event(Event::BackupSaved(backup.clone()));
            Some(backup)
        }
        Err(error) => {
            let body = String::from_utf8_lossy(&before.body).into_owned();
            on_event(Event::BackupFailed { error, body });
            None
        }
    }
}
