//! The result of a run, and of each control.

use super::{Backup, Event};
use crate::controls::{Control, Review, Settings};
use crate::s3::Error as S3Error;
use serde_json::Value;
use std::fmt;

/// The result of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// Whether this run created the bucket.
    pub created: bool,
    /// A report for each control that the settings request.
    pub controls: Vec<ControlReport>,
    /// The PUT URL, then the GET URL; empty in a dry run or if a control failed.
    pub(crate) urls: Vec<PresignedUrl>,
    /// The worst result of all controls.
    pub outcome: Outcome,
}

/// The result for one control.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ControlReport {
    /// The control's id, such as `tls-only`.
    pub id: &'static str,
    /// The control's title, such as `Block Public Access`.
    pub title: &'static str,
    /// The action of the run.
    pub status: Status,
    /// Whether the bucket shows the desired state: the program read the control and compared every value.
    pub verified: bool,
    /// The state before the run; `null` if nothing was configured or it could not be read.
    pub found: Value,
    /// The state that the settings request, as JSON of the same shape as `found`.
    pub wanted: Value,
    /// A short text for the desired state, if the title does not name that state.
    pub summary: Option<String>,
    /// The reason why the control was not set, or a remark about the control.
    pub detail: Option<Detail>,
}

/// The reason why a control was not set, or a remark about the control.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Detail {
    /// A description, in English.
    Text(String),
    /// [`Settings::skip`](crate::Settings::skip) names the control, so the run skipped it.
    Skipped,
    /// S3 rejected the change.
    Refused(S3Error),
    /// Headers that every upload must have, as `NAME: VALUE`.
    DemandedHeaders(Vec<String>),
    /// The reason why the policy to replace could not be saved first.
    NotSaved(String),
    /// After the change, parts that this program did not write were missing or different.
    Lost {
        /// The parts, such as `rule logs`.
        parts: Vec<String>,
        /// Whether the configuration was restored.
        after: AfterLoss,
        /// The backup of the configuration before the change.
        backup: Option<Backup>,
    },
}

/// Whether a configuration was restored after a change lost parts of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterLoss {
    /// The previous configuration was restored.
    PutBack,
    /// The previous configuration was sent again, but the bucket does not show it.
    NotPutBack,
    /// The configuration has parts that are in neither the previous nor the sent one, so another
    /// tool or person may have changed the configuration. The run did not restore the previous
    /// configuration.
    LeftAlone,
}

impl From<String> for Detail {
    fn from(text: String) -> Self {
        Detail::Text(text)
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::NotSaved(text) => f.write_str(text),
            Self::DemandedHeaders(headers) => f.write_str(&headers.join(", ")),
            Self::Skipped => f.write_str("skipped on request"),
            Self::Refused(error) => error.fmt(f),
            Self::Lost { parts, after, .. } => {
                write!(
                    f,
                    "after the write the bucket no longer shows {} as before: ",
                    parts.join(", ")
                )?;
                f.write_str(match after {
                    AfterLoss::PutBack => "the server did not keep these parts, so the previous configuration was restored",
                    AfterLoss::NotPutBack => "the previous configuration could not be restored",
                    AfterLoss::LeftAlone => {
                        "another tool or person may have changed the configuration meanwhile, so nothing was restored"
                    }
                })
            }
        }
    }
}

/// The action of a run on one control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The control was already in the desired state, or stricter. Nothing was written.
    Unchanged,
    /// The control was written.
    Changed,
    /// A run without `dry_run` would write the control.
    WouldChange,
    /// The server lacks the control.
    Unsupported,
    /// S3 denied reading or writing the control.
    Denied,
    /// The control could not be set.
    Failed,
    /// The settings skip the control.
    Skipped,
}

impl Status {
    /// The status's name in JSON, such as `would-change`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Unchanged => "unchanged",
            Status::Changed => "changed",
            Status::WouldChange => "would-change",
            Status::Unsupported => "unsupported",
            Status::Denied => "denied",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
        }
    }
}

/// The result of a whole run, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outcome {
    /// A control failed, was denied, or is required and unsupported.
    Failed,
    /// A dry run found something to change.
    ChangesPending,
    /// Every control that the server supports is set, but the server does not support all controls.
    Unsupported,
    /// Every control is set.
    Done,
}

/// A presigned URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    /// `PUT` or `GET`.
    pub method: &'static str,
    /// The object's key.
    pub key: String,
    /// The URL, which is a credential until it expires.
    pub url: String,
    /// The time at which the URL or the credentials that signed it expire, whichever is sooner, in
    /// RFC 3339.
    pub expires_at: String,
}

impl Outcome {
    /// The worst result of all controls; a bucket to create counts as a pending change.
    pub(super) fn of(controls: &[ControlReport], would_create: bool, require: &[String]) -> Self {
        controls
            .iter()
            .map(|report| match report.status {
                Status::Denied | Status::Failed => Outcome::Failed,
                _ if report.is_missing(require) => Outcome::Failed,
                Status::WouldChange => Outcome::ChangesPending,
                Status::Unsupported => Outcome::Unsupported,
                Status::Unchanged | Status::Changed | Status::Skipped => Outcome::Done,
            })
            .chain(would_create.then_some(Outcome::ChangesPending))
            .min()
            .unwrap_or(Outcome::Done)
    }
}

impl ControlReport {
    /// Whether the control is required, but the server does not support or does not show the
    /// control.
    fn is_missing(&self, require: &[String]) -> bool {
        let doubtful = match self.status {
            Status::Unsupported => true,
            Status::Changed => !self.verified,
            _ => false,
        };
        doubtful && require.iter().any(|id| id == self.id)
    }

    /// The event at the end of this control.
    pub(super) fn event(&self, require: &[String]) -> Event {
        Event::Control {
            report: self.clone(),
            is_missing: self.is_missing(require),
        }
    }
}

/// The report of a control that the settings skip.
pub(super) fn skipped(control: &'static dyn Control, settings: &Settings) -> ControlReport {
    unread(control, settings, Status::Skipped, Detail::Skipped)
}

/// The report of a control whose state is not known.
pub(super) fn unread(
    control: &'static dyn Control,
    settings: &Settings,
    status: Status,
    detail: Detail,
) -> ControlReport {
    let review = control.review(None, settings);
    let review = review.expect("a review of a missing configuration never fails");
    reported(control, review, status, false, Some(detail))
}

/// The report of a control that was read.
pub(super) fn reported(
    control: &'static dyn Control,
    review: Review,
    status: Status,
    verified: bool,
    detail: Option<Detail>,
) -> ControlReport {
    let info = control.info();
    ControlReport {
        id: info.id,
        title: info.title,
        status,
        verified,
        found: review.found,
        wanted: review.wanted,
        summary: review.summary,
        detail,
    }
}
