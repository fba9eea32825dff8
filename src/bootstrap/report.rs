//! The result of a run, and of each control.

use super::{Backup, Event};
use crate::controls::{Control, Review, Settings};
use crate::s3::Error as S3Error;
use serde_json::Value;
use std::fmt;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// The region it is in.
    pub region: String,
    /// Whether this run made it.
    pub created: bool,
    /// One for each control that was wanted.
    pub controls: Vec<ControlReport>,
    /// PUT, then GET; none in a dry run or when a control failed.
    pub urls: Vec<PresignedUrl>,
    /// All of it in one word.
    pub outcome: Outcome,
}

/// What came of one control.
#[derive(Debug, Clone)]
pub struct ControlReport {
    /// The control's id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// In one word.
    pub status: Status,
    /// Whether the wanted state was read back from the bucket, every value compared.
    pub verified: bool,
    /// The state before.
    pub found: Value,
    /// The state wanted.
    pub wanted: Value,
    /// The state wanted in a few words, where the title does not say it.
    pub summary: Option<String>,
    /// What more there is to say.
    pub detail: Option<Detail>,
}

/// What more there is to say of a control.
#[derive(Debug, Clone)]
pub enum Detail {
    /// In words.
    Text(String),
    /// The settings want it left alone.
    Skipped,
    /// S3 refused to write it.
    Refused(S3Error),
    /// Headers that every upload must have, as `NAME: VALUE`.
    DemandedHeaders(Vec<String>),
    /// What would be replaced could not be saved before; why, in words.
    NotSaved(String),
    /// After the write, parts of other authors were not there as they had been.
    Lost {
        /// What the parts are: `rule logs`.
        parts: Vec<String>,
        /// What became of the configuration.
        after: AfterLoss,
        /// The file that has the configuration as it was.
        backup: Option<Backup>,
    },
}

/// What became of a configuration of which a write lost parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLoss {
    /// It is there again as it was before.
    PutBack,
    /// It was sent again as it was before, and the bucket does not show it.
    NotPutBack,
    /// It has parts that neither the old one nor the one that was sent has, so another author may have
    /// written, and it was left as it is.
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
            Self::Skipped => f.write_str("left alone, as asked"),
            Self::Refused(error) => error.fmt(f),
            Self::Lost { parts, after, .. } => {
                write!(
                    f,
                    "after the write the bucket no longer shows {} as before: ",
                    parts.join(", ")
                )?;
                f.write_str(match after {
                    AfterLoss::PutBack => "the server loses them, so what was there was put back",
                    AfterLoss::NotPutBack => "what was there could not be put back",
                    AfterLoss::LeftAlone => {
                        "another author may have written meanwhile, so nothing was put back"
                    }
                })
            }
        }
    }
}

/// What came of one control, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was right already; nothing was written.
    Unchanged,
    /// Written.
    Changed,
    /// To be written (dry run).
    WouldChange,
    /// This server does not have it.
    Unsupported,
    /// These credentials may not.
    Denied,
    /// It did not work.
    Failed,
    /// Left alone, as asked.
    Skipped,
}

impl Status {
    /// As in JSON.
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

/// A whole run in one word, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A control failed, was denied, or was required and is unsupported.
    Failed,
    /// A dry run found something to change.
    ChangesPending,
    /// Done, but for what the server does not have.
    Unsupported,
    /// Done.
    Done,
}

/// One URL, and what there is to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    /// `PUT` or `GET`.
    pub method: &'static str,
    /// The object.
    pub key: String,
    /// The URL: a credential for its life.
    pub url: String,
    /// RFC 3339: the end of the URL or of the credentials that signed it, whichever is sooner.
    pub expires_at: String,
}

impl Outcome {
    /// The worst of all controls; `would_create` is a change pending too.
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
    /// Required, and the server does not have it, or does not show that it is set.
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

/// What there is to report of a control that the operator wants left alone.
pub(super) fn skipped(control: &'static dyn Control, settings: &Settings) -> ControlReport {
    unread(control, settings, Status::Skipped, Detail::Skipped)
}

/// What there is to report of a control whose state is not known.
pub(super) fn unread(
    control: &'static dyn Control,
    settings: &Settings,
    status: Status,
    detail: Detail,
) -> ControlReport {
    let review = control.review(None, settings);
    let review = review.expect("nothing found is nothing unreadable");
    reported(control, review, status, false, Some(detail))
}

/// What there is to report of a control that was looked at.
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
