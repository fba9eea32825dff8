//! The output of `revoke`. Messages on stderr contain neither URLs nor keys.

use super::event::backup_saved;
use super::{Printer, Step, StepStatus};
use crate::exchange::revoke::{Event, Place, Report, Request};
use crate::policy::RevocationKind;
use s3_presign::timestamp;
use serde::Serialize;

/// Prints one message of the run on stderr.
pub(crate) fn event(event: &Event, bucket: &str, printer: &Printer) {
    match event {
        Event::UnknownOwner(why) => printer.unproven_owner(bucket, why),
        Event::BackupSaved(backup) => printer.step(&Step {
            backup: Some(backup.clone()),
            ..Step::new(
                StepStatus::Ok,
                backup_saved("policy", &backup.path),
            )
        }),
        Event::BackupFailed { error, body } => printer.warning(&format!(
            "the previous policy cannot be saved {error}; its content is {body}"
        )),
        Event::MergedAgain => printer.warning(
            "another tool or person changed the bucket policy meanwhile; the program merges again",
        ),
        Event::AllEnded => {
            printer.info("The URLs have ended, so the bucket policy needs no statement.\n");
        }
        Event::AlreadyRevoked => {
            printer.info("The bucket policy already denies these requests.\n");
        }
        Event::NoPage => printer.info(
            "The page of the link does not exist, so the statement covers every key that contains the ID of the link.\n",
        ),
        Event::Unproven => printer.warning(
            "the presigned request of this program was refused before the change, too, so the refusal proves nothing",
        ),
        Event::Untried => printer.warning(
            "the keys have `.` or `..` segments, so this program cannot send a presigned request to prove the revocation",
        ),
        Event::Planned(count) => printer.info(&format!(
            "A run without --dry-run would deny presigned requests for {}.\n",
            many(*count, "ARN")
        )),
        Event::Denied(count, until) => printer.info(&format!(
            "The bucket policy denies requests for {} until {}.\n",
            many(*count, "ARN"),
            timestamp::rfc3339(*until)
        )),
        Event::Proven => {
            printer.info("S3 refuses a presigned request that S3 would otherwise accept.\n");
        }
        Event::StillDenied => printer.warning(
            "the revocation of a prefix still denies one of these keys; `revoke --list` shows the revocations",
        ),
        Event::TakenBack => {
            printer.info("The statement has no effect on this server, and was removed again.\n");
        }
        Event::UploadsAborted(count) => {
            printer.info(&format!("Aborted {}.\n", many(*count, "unfinished upload")));
        }
        Event::PageDeleted => printer.info("Deleted the page of the link.\n"),
    }
}

/// The text that announces which requests a run will end.
pub(crate) fn announcement(request: &Request) -> String {
    let count = |is: fn(&Place) -> bool| request.targets.iter().filter(|it| is(&it.place)).count();
    let parts = [
        (count(|place| matches!(place, Place::Object(_))), "key"),
        (count(|place| matches!(place, Place::Prefix(_))), "prefix"),
        (count(|place| matches!(place, Place::Link(..))), "link"),
    ];
    let parts: Vec<String> = (parts.into_iter())
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| many(count, name))
        .collect();
    let what = match request.kind {
        RevocationKind::Urls => "every presigned URL and form, not only the given URLs,",
        RevocationKind::Everyone => "every request, also with your credentials,",
    };
    format!(
        "The revocation ends {what} for {} in bucket {}.\n",
        parts.join(" and "),
        request.settings.bucket
    )
}

/// The number and the name, in the plural if needed.
fn many(count: usize, name: &str) -> String {
    match (count, name) {
        (1, name) => format!("1 {name}"),
        (count, "prefix") => format!("{count} prefixes"),
        (count, name) => format!("{count} {name}s"),
    }
}

/// The result of `--undo`.
pub(crate) fn undone(report: &Report, is_dry_run: bool) -> String {
    match (report.revoked.len(), is_dry_run) {
        (0, _) => {
            "Nothing to undo: the bucket policy has no revocation of these keys.\n".to_owned()
        }
        (count, true) => format!(
            "A run without --dry-run would remove {}.\n",
            many(count, "revocation")
        ),
        (count, false) => format!(
            "Removed {}; URLs that have not ended work again.\n",
            many(count, "revocation")
        ),
    }
}

/// The warning about a server that ignores the statement, with the remedy.
pub(crate) fn ignored(request: &Request) -> &'static str {
    let is_link = |place: &Place| matches!(place, Place::Link(..));
    match request.kind {
        RevocationKind::Everyone => {
            "this server ignores the bucket policy, so the URLs still work; revoke the access key that signed the URLs"
        }
        RevocationKind::Urls if request.targets.iter().all(|it| is_link(&it.place)) => {
            "this server ignores the condition key s3:authType: the page is deleted, but copies of its forms still work; to deny every request for the files of the link, also yours, add --for-everyone"
        }
        RevocationKind::Urls => {
            "this server ignores the condition key s3:authType, so the URLs still work; to deny every request for the keys, also yours, add --for-everyone"
        }
    }
}

/// One line for each revocation: its end, its ARN, and whether every request is denied.
pub(crate) fn lines(report: &Report) -> String {
    let line = |one: &crate::policy::Revocation| {
        let everyone = match one.kind {
            RevocationKind::Urls => "",
            RevocationKind::Everyone => "  for everyone",
        };
        let arn = super::sanitize(&one.arn);
        format!("{}  {arn}{everyone}\n", timestamp::rfc3339(one.until))
    };
    report.revoked.iter().map(line).collect()
}

#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    revoked: Vec<Revoked<'a>>,
    verified: Option<bool>,
}

#[derive(Serialize)]
struct Revoked<'a> {
    arn: &'a str,
    until: String,
    for_everyone: bool,
}

/// The report as a JSON document.
pub(crate) fn document<'a>(report: &'a Report, bucket: &'a str) -> Document<'a> {
    let revoked = report.revoked.iter().map(|one| Revoked {
        arn: &one.arn,
        until: timestamp::rfc3339(one.until),
        for_everyone: one.kind == RevocationKind::Everyone,
    });
    Document {
        schema_version: 1,
        bucket,
        revoked: revoked.collect(),
        verified: report.verified,
    }
}
