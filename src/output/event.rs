//! The texts of bootstrap's events: one status line each.

use super::escape::escaped_bytes;
use crate::bootstrap::{Backup, ControlReport, Detail, Event, Status};
use serde_json::Value;
use std::path::Path;

/// The word in front of a status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepStatus {
    /// `[ OK ]`: done, or already right.
    Ok,
    /// `[SKIP]`: not needed.
    Skip,
    /// `[WARN]`: done with a warning.
    Warn,
    /// `[PLAN]`: a change that a run without `--dry-run` would make.
    Plan,
    /// `[FAIL]`: not done.
    Fail,
}

/// A status line, and the lines below it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) status: StepStatus,
    pub(crate) text: String,
    /// The detail that is printed in brackets after the text.
    pub(crate) detail: Option<Detail>,
    /// The state before a change as JSON, which gets a separate line.
    pub(crate) was: Option<String>,
    /// The policy statements that a dry run would add, as JSON, one per line.
    pub(crate) adds: Vec<Value>,
    /// The backup, whose restore command gets a separate line.
    pub(crate) backup: Option<Backup>,
}

impl Step {
    /// Creates a status line without a detail.
    pub(crate) fn new(status: StepStatus, text: String) -> Self {
        Step {
            status,
            text,
            detail: None,
            was: None,
            adds: Vec::new(),
            backup: None,
        }
    }

    fn of_control(report: ControlReport, is_missing: bool) -> Self {
        let (status, word) = match report.status {
            Status::Unchanged => (StepStatus::Ok, "already set"),
            Status::Changed if report.verified => (StepStatus::Ok, "set"),
            Status::Changed if is_missing => (
                StepStatus::Fail,
                "required, but could not be verified after it was set",
            ),
            Status::Changed => (StepStatus::Warn, "set, not verified"),
            Status::WouldChange => (StepStatus::Plan, "would be set"),
            Status::Unsupported if is_missing => {
                (StepStatus::Fail, "required, but unsupported by this server")
            }
            Status::Unsupported => (StepStatus::Warn, "unsupported by this server"),
            Status::Denied => (StepStatus::Fail, "denied"),
            Status::Failed => (StepStatus::Fail, "failed"),
            Status::Skipped => (StepStatus::Skip, "skipped"),
        };
        let mut text = report.title.to_owned();
        if let Some(summary) = &report.summary {
            text += &format!(" ({summary})");
        }
        text += &format!(": {word}");
        Step {
            was: was(&report),
            adds: added_statements(&report),
            backup: match &report.detail {
                Some(Detail::Lost { backup, .. }) => backup.clone(),
                _ => None,
            },
            detail: report.detail,
            ..Step::new(status, text)
        }
    }
}

impl From<Event> for Step {
    #[allow(clippy::too_many_lines)] // a table
    fn from(event: Event) -> Self {
        let ok = |text: String| Step::new(StepStatus::Ok, text);
        let skip = |text: String| Step::new(StepStatus::Skip, text);
        let warn = |text: String| Step::new(StepStatus::Warn, text);
        let plan = |text: String| Step::new(StepStatus::Plan, text);
        let fail = |text: String| Step::new(StepStatus::Fail, text);
        match event {
            Event::BucketFound {
                bucket,
                unproven: None,
                owner: Some(account),
            } => skip(format!(
                "Bucket already exists and belongs to account {account}, as --expected-owner demands: {bucket}"
            )),
            Event::BucketFound {
                bucket,
                unproven: None,
                owner: None,
            } => skip(format!("Bucket already exists and is yours: {bucket}")),
            Event::BucketFound {
                bucket,
                unproven: Some(why),
                ..
            } => warn(format!(
                "Bucket exists, and these credentials may use it: {bucket} (its owner cannot be verified: {why})"
            )),
            Event::BucketOfAnotherAccount(bucket) => {
                fail(format!("Bucket belongs to another account: {bucket}"))
            }
            Event::BucketDenied(bucket) => fail(format!("Access denied: {bucket}")),
            Event::BucketUnproven(bucket) => {
                fail(format!("The owner of the bucket cannot be verified: {bucket}"))
            }
            Event::BucketNameTaken(bucket) => fail(format!("Bucket name is taken: {bucket}")),
            Event::RegionChanged { from, to } => {
                warn(format!("The bucket is in {to}, not in {from}: continuing in {to}"))
            }
            Event::BucketWouldBeCreated { bucket, region } => {
                plan(format!("Bucket would be created in {region}: {bucket}"))
            }
            Event::BucketCreated {
                bucket,
                region,
                is_confirmed: true,
            } => ok(format!("Bucket created in {region}: {bucket}")),
            Event::BucketCreated { bucket, region, .. } => warn(format!(
                "Bucket created in {region}: {bucket} (not confirmed: s3:ListBucket is missing)"
            )),
            Event::Settling(wait) => ok(format!("Settling for {} s", wait.as_secs_f32())),
            Event::PolicyAdmitsOthers(statements) => warn(format!(
                "The bucket policy grants access to other accounts: {}",
                statements.join("; ")
            )),
            Event::PolicyNamesPrincipals(statements) => warn(format!(
                "The bucket policy names these principals: {}",
                statements.join("; ")
            )),
            Event::PolicyDemandsHeaders(headers) => Step {
                detail: Some(Detail::DemandedHeaders(headers)),
                ..warn("The bucket policy refuses uploads without certain headers, including uploads with the URLs below".to_owned())
            },
            Event::PolicyIsPublic => warn(
                "The bucket policy is public: Block Public Access ends the public access that the policy grants"
                    .to_owned(),
            ),
            Event::AclIsPublic(grants) => warn(format!(
                "The bucket's ACL is public ({}): Block Public Access ends that access",
                grants.join(", ")
            )),
            Event::BucketIsWebsite => warn(
                "The bucket is a website: its website endpoint has no TLS and serves only public objects, and Block Public Access stops it"
                    .to_owned(),
            ),
            Event::PolicyStatusUnknown(error) => warn(format!(
                "Whether the bucket policy is public is not known: {error}; reading it needs s3:GetBucketPolicyStatus"
            )),
            Event::AclUnknown(error) => warn(format!(
                "Whether the bucket's ACL is public is not known: {error}; reading it needs s3:GetBucketAcl"
            )),
            Event::WebsiteUnknown(error) => warn(format!(
                "Whether the bucket is a website is not known: {error}; reading it needs s3:GetBucketWebsite"
            )),
            Event::LogBucketUnproven(why) => warn(format!(
                "The owner of the log bucket cannot be verified: {why}"
            )),
            Event::LogsMayNotArrive(why) => warn(format!("Access logs may not arrive: {why}")),
            Event::LogGrantsWouldBeRemoved => warn(
                "Grants on the logs would be removed: ACLs are off on the log bucket, so S3 rejects grants".to_owned(),
            ),
            Event::DataEventsCost => warn(
                "CloudTrail charges for data events, about 0.10 USD for 100,000 reads and writes of objects, and S3 charges for the storage of the logs"
                    .to_owned(),
            ),
            Event::MfaDeleteNeedsCode => warn(
                "MFA delete needs a code of the MFA device; only the root user with this device can switch MFA delete off again"
                    .to_owned(),
            ),
            Event::MergedAgain { configuration } => warn(format!(
                "Another tool or person changed {configuration} meanwhile; the program merges again"
            )),
            Event::BackupSaved(backup) => Step {
                text: backup_saved(&described(backup.subresource), &backup.path),
                backup: Some(backup),
                ..ok(String::new())
            },
            Event::BackupFailed {
                subresource,
                error,
                body,
            } => warn(format!(
                "The previous {} cannot be saved {error}; its content is {body}",
                described(subresource)
            )),
            Event::Control { report, is_missing } => Step::of_control(report, is_missing),
            Event::UrlsWithheld => skip("The URLs are withheld, because a control failed".to_owned()),
            Event::UrlsArePlainHttp => warn(
                "The URLs are plain HTTP, which the TLS-only policy refuses: name an https endpoint"
                    .to_owned(),
            ),
            Event::UrlsMade { key, expires_at } => ok(format!(
                "Presigned PUT and GET for {key}, valid until {expires_at}"
            )),
        }
    }
}

/// The message that a configuration such as `policy` is saved in a backup.
pub(super) fn backup_saved(what: &str, path: &Path) -> String {
    let path = escaped_bytes(path.as_os_str().as_encoded_bytes());
    let rights = if cfg!(windows) {
        "; the accounts that can read this folder can read the backup"
    } else {
        ""
    };
    format!("The previous {what} is saved in {path}{rights}")
}

/// The state before a change. The states of a policy and of a trail are omitted, because they are long and have
/// backups.
fn was(report: &ControlReport) -> Option<String> {
    let changes = matches!(report.status, Status::Changed | Status::WouldChange);
    let has = |name| report.found.get(name).is_some();
    let is_saved = has("Statement") || has("EventSelectors") || has("AdvancedEventSelectors");
    let text = report.found.to_string();
    let is_something = !matches!(text.as_str(), "null" | "{}" | "\"\"");
    (changes && !is_saved && is_something).then_some(text)
}

/// The policy statements that a planned change adds, as JSON. Empty if the control is no policy statement.
fn added_statements(report: &ControlReport) -> Vec<Value> {
    if report.status != Status::WouldChange {
        return Vec::new();
    }
    let statements = |policy: &Value| match policy.get("Statement") {
        Some(Value::Array(all)) => all.clone(),
        // The `Statement` of a policy may be one object instead of a list.
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let found = statements(&report.found);
    let mut wanted = statements(&report.wanted);
    wanted.retain(|statement| !found.contains(statement));
    wanted
}

/// The name of a subresource's configuration in words.
fn described(subresource: &str) -> String {
    match subresource {
        "policy" => "policy".to_owned(),
        "tagging" => "tag set".to_owned(),
        "event-selectors" => "list of event selectors".to_owned(),
        other => format!("{other} configuration"),
    }
}
