//! Revokes presigned URLs and upload links before they end, with a statement of the bucket policy.
//!
//! The order of the requests of [`run`]: the owner of the bucket; for a link, its page (which names the folder
//! of the link); the policy; one presigned request, which S3 still accepts; the new policy; the policy again,
//! until it shows the change; the presigned request, until S3 refuses it. For a link, two steps follow: the
//! unfinished uploads are aborted, and the page is deleted. The statement comes first, because it ends all
//! URLs at once.

mod error;
mod link;
mod proof;
mod statement;
mod target;

pub use error::Error;
pub use target::{InvalidTarget, Place, Target};

use crate::backup::Backup;
use crate::controls::Settings;
use crate::iam::object_arn;
use crate::ownership::{self, Opened};
use crate::policy::{Document, Revocation, RevocationKind as Kind};
use crate::s3::{Bucket, Client};
use link::Folder;
use proof::{Proof, Verdict};
use s3_presign::endpoint::BucketName;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime, Time};

/// What to revoke, in one bucket.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket and its partition.
    pub settings: Settings,
    /// The objects, prefixes and links.
    pub targets: Vec<Target>,
    /// The denied requests.
    pub kind: Kind,
    /// The end of the revocation. `None` for the end of the URLs, or seven days if their end is not known.
    pub until: Option<OffsetDateTime>,
    /// Whether the run only reads, and reports the statement that a real run would write.
    pub dry_run: bool,
}

/// A message of a run, for the person who revokes.
#[derive(Debug)]
pub enum Event {
    /// The server cannot show who owns the bucket, for this reason.
    UnknownOwner(String),
    /// The previous policy was saved.
    BackupSaved(Backup),
    /// The previous policy could not be saved.
    BackupFailed {
        /// The reason, which completes a sentence: `in PATH (REASON)`.
        error: String,
        /// The previous policy.
        body: String,
    },
    /// Another tool changed the policy, so the program merges again.
    MergedAgain,
    /// All given URLs have ended, so the policy needs no statement.
    AllEnded,
    /// The policy already denies these requests.
    AlreadyRevoked,
    /// The page of the link does not exist, so the revocation covers every key with the ID of the link.
    NoPage,
    /// S3 refused the presigned request already before the policy was written, so the request proves nothing.
    Unproven,
    /// No presigned request was sent, because HTTP clients change the keys.
    Untried,
    /// A real run would deny the requests for this number of ARNs.
    Planned(usize),
    /// The policy denies the requests for this number of ARNs, until this time.
    Denied(usize, OffsetDateTime),
    /// S3 refused a presigned request because of the statement.
    Proven,
    /// A revocation of a prefix still denies a key whose own revocation was removed.
    StillDenied,
    /// The server ignores the statement, so it was removed again.
    TakenBack,
    /// This number of unfinished uploads was aborted.
    UploadsAborted(usize),
    /// The page of the link was deleted.
    PageDeleted,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The revocations that the run requested, or that it removed or listed.
    pub revoked: Vec<Revocation>,
    /// Whether S3 refused a presigned request at the end. `None` if no request was tried.
    pub verified: Option<bool>,
    /// Whether the server enforces the statement. If it does not, the statement was removed again.
    pub is_honoured: bool,
}

/// How long a URL can live.
const LONGEST: Duration = Duration::days(7);

/// Revokes the targets of the request.
///
/// # Errors
/// See [`Error`].
pub async fn run(
    client: &Client,
    request: &Request,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, Error> {
    let mut bucket = open(client, &request.settings.bucket, on_event).await?;
    let now = client.now();
    let mut folders = Vec::new();
    for target in &request.targets {
        if let Place::Link(id) = &target.place {
            let folder = Folder::find(&mut bucket, id).await?;
            if folder.path.is_none() {
                on_event(Event::NoPage);
            }
            folders.push(folder);
        }
    }
    let wanted = revocations(request, &folders, now);
    if request.dry_run {
        let mut policy = statement::read(&mut bucket).await?.document;
        if wanted.is_empty() {
            on_event(Event::AllEnded);
        } else if policy.revoke(&wanted, now) {
            on_event(Event::Planned(wanted.len()));
        } else {
            on_event(Event::AlreadyRevoked);
        }
        return Ok(report(wanted, None));
    }
    // The statement for everyone would also deny the requests that remove the link.
    let removes_links_first = request.kind == Kind::Everyone;
    if removes_links_first {
        remove_links(&folders, &mut bucket, on_event).await?;
    }
    let denied = if wanted.is_empty() {
        on_event(Event::AllEnded);
        None
    } else {
        Some(deny(client, &mut bucket, request, &wanted, now, on_event).await)
    };
    let verdict = match denied.transpose() {
        Err(error) if !matches!(error, Error::NotRefused | Error::Unclear(_)) => return Err(error),
        verdict => verdict,
    };
    // Without its page, a link ends even if the server ignores the statement.
    if !removes_links_first {
        remove_links(&folders, &mut bucket, on_event).await?;
    }
    Ok(match verdict? {
        Some(Verdict::Allowed) => Report {
            revoked: Vec::new(),
            verified: Some(false),
            is_honoured: false,
        },
        verdict => report(wanted, verdict.map(|verdict| verdict == Verdict::Refused)),
    })
}

/// Aborts the unfinished uploads of links, and deletes their pages.
async fn remove_links(
    folders: &[Folder],
    bucket: &mut Bucket<'_>,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<(), Error> {
    for folder in folders {
        let aborted = folder.abort_uploads(bucket).await?;
        if aborted > 0 {
            on_event(Event::UploadsAborted(aborted));
        }
        if folder.has_page {
            bucket.delete_object(&folder.page_key, None).await?;
            on_event(Event::PageDeleted);
        }
    }
    Ok(())
}

/// Writes the statement, and tries a presigned request before and after.
async fn deny(
    client: &Client,
    bucket: &mut Bucket<'_>,
    request: &Request,
    wanted: &[Revocation],
    now: OffsetDateTime,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Verdict, Error> {
    let found = statement::read(bucket).await?;
    let mut proof = Proof::new(wanted, &request.settings);
    let needs_change = found.document.clone().revoke(wanted, now);
    if needs_change {
        proof.try_before(client, bucket).await?;
    }
    let revoke = |policy: &mut Document| policy.revoke(wanted, now);
    if statement::write(client, bucket, found, &revoke, on_event).await? {
        let until = wanted.iter().map(|one| one.until).max();
        on_event(Event::Denied(wanted.len(), until.unwrap_or(now)));
    } else {
        on_event(Event::AlreadyRevoked);
    }
    let verdict = proof.try_after(client, bucket).await?;
    match verdict {
        Verdict::Allowed if bucket.endpoint().is_aws => return Err(Error::NotRefused),
        Verdict::Allowed => {
            let arns: Vec<String> = wanted.iter().map(|one| one.arn.clone()).collect();
            let found = statement::read(bucket).await?;
            let undo = |policy: &mut Document| !policy.undo(&arns, now).is_empty();
            statement::write(client, bucket, found, &undo, on_event).await?;
            on_event(Event::TakenBack);
        }
        Verdict::Unproven => on_event(Event::Unproven),
        Verdict::Untried => on_event(Event::Untried),
        Verdict::Refused => on_event(Event::Proven),
    }
    Ok(verdict)
}

/// Removes the revocations of these places. `Report::revoked` has the removed revocations.
///
/// # Errors
/// See [`Error`].
pub async fn undo(
    client: &Client,
    request: &Request,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, Error> {
    let mut bucket = open(client, &request.settings.bucket, on_event).await?;
    let now = client.now();
    let found = statement::read(&mut bucket).await?;
    let mut arns: Vec<String> = (request.targets.iter())
        .flat_map(|target| arns(target, &[], &request.settings))
        .collect();
    for target in &request.targets {
        if let Place::Link(id) = &target.place {
            let known = found.document.revocations().into_iter();
            let of_link = known.filter(|one| one.arn.contains(id.as_str()));
            arns.extend(of_link.map(|one| one.arn));
        }
    }
    let mut after = found.document.clone();
    let removed = after.undo(&arns, now);
    let is_denied = |arn: &String| after.denies(arn, now);
    if arns.iter().any(is_denied) {
        on_event(Event::StillDenied);
    }
    if !removed.is_empty() && !request.dry_run {
        let undo = |policy: &mut Document| !policy.undo(&arns, now).is_empty();
        statement::write(client, &mut bucket, found, &undo, on_event).await?;
    }
    Ok(report(removed, None))
}

/// Lists the revocations that have not ended.
///
/// # Errors
/// See [`Error`].
pub async fn list(
    client: &Client,
    name: &BucketName,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, Error> {
    let mut bucket = open(client, name, on_event).await?;
    let mut all = statement::read(&mut bucket).await?.document.revocations();
    all.retain(|one| one.until > client.now());
    Ok(report(all, None))
}

fn report(revoked: Vec<Revocation>, verified: Option<bool>) -> Report {
    Report {
        revoked,
        verified,
        is_honoured: true,
    }
}

/// Opens the bucket after the program has verified its owner.
async fn open<'a>(
    client: &'a Client,
    name: &BucketName,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Result<Bucket<'a>, Error> {
    let opened = ownership::open(client, name.clone()).await;
    let Opened { bucket, unproven } = opened.map_err(Error::Bucket)?;
    if let Some(why) = unproven {
        on_event(Event::UnknownOwner(why));
    }
    Ok(bucket)
}

/// The revocations that the request needs: one for each ARN, until the latest end. URLs that have ended need
/// none.
fn revocations(request: &Request, folders: &[Folder], now: OffsetDateTime) -> Vec<Revocation> {
    let mut ends: BTreeMap<String, OffsetDateTime> = BTreeMap::new();
    for target in &request.targets {
        if target.ends.is_some_and(|end| end <= now) {
            continue;
        }
        let until = request.until.unwrap_or_else(|| {
            let end = target.ends.unwrap_or(now + LONGEST);
            next_midnight(end)
        });
        for arn in arns(target, folders, &request.settings) {
            let end = ends.entry(arn).or_insert(until);
            *end = until.max(*end);
        }
    }
    let kind = request.kind;
    let revocation = |(arn, until)| Revocation { arn, until, kind };
    ends.into_iter().map(revocation).collect()
}

/// The ARNs of a target. For a link, these are its folder and its page.
fn arns(target: &Target, folders: &[Folder], settings: &Settings) -> Vec<String> {
    let arn = |key: &[u8]| object_arn(settings, Some(key));
    match &target.place {
        Place::Object(key) => vec![arn(key)],
        Place::Prefix(key) => vec![arn(key) + "*"],
        Place::Link(id) => {
            let folder = folders.iter().find(|folder| folder.id == *id);
            let path = folder.and_then(|folder| folder.path.as_ref());
            let files = match path {
                Some(path) => arn(path.as_bytes()) + "*",
                None => format!("{}/*{id}/*", settings.bucket_arn()),
            };
            vec![files, arn(id.page_key().as_bytes())]
        }
    }
}

/// The next midnight in UTC. Revocations that end on the same day share one statement, so that the policy has
/// at most nine statements for the URLs of seven days.
fn next_midnight(end: OffsetDateTime) -> OffsetDateTime {
    let midnight = end.replace_time(Time::MIDNIGHT);
    if midnight == end {
        end
    } else {
        midnight.checked_add(Duration::DAY).unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::tests::settings;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn wanted(targets: Vec<Target>, until: Option<OffsetDateTime>) -> Vec<(String, i64)> {
        let request = Request {
            settings: settings(),
            targets,
            kind: Kind::Urls,
            until,
            dry_run: false,
        };
        let all = revocations(&request, &[], NOW).into_iter();
        all.map(|one| (one.arn, one.until.unix_timestamp()))
            .collect()
    }

    fn target(key: &str, hours: Option<i64>) -> Target {
        Target {
            bucket: "drop-box".to_owned(),
            place: Place::Object(key.as_bytes().to_owned()),
            ends: hours.map(|hours| NOW + Duration::hours(hours)),
        }
    }

    #[test]
    fn a_revocation_lasts_until_midnight_after_the_latest_end() {
        const DAY: i64 = 86_400;
        let arn = |key: &str| format!("arn:aws:s3:::drop-box/{key}");
        let targets = vec![
            target("a", Some(1)),
            target("a", Some(25)),
            target("a*b", Some(24)),
            target("c", None),
            target("ended", Some(0)),
        ];
        assert_eq!(
            wanted(targets.clone(), None),
            [
                (arn("a"), 2 * DAY),
                (arn("a${*}b"), DAY),
                (arn("c"), 7 * DAY)
            ]
        );
        let exact = NOW + Duration::minutes(1);
        assert_eq!(wanted(targets, Some(exact))[0], (arn("a"), 60));
    }
}
