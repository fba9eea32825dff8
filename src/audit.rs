//! Audit: every control of a bucket held against what is wanted. Nothing is ever written.

use crate::controls::{self, Control, Group, Info, Settings};
use crate::log_target;
use crate::ownership::{self, Existence};
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::subresource::{self, ReadOutcome, is_other_operation};
use s3_presign::endpoint::{EndpointError, Region};
use serde_json::Value;
use std::fmt;

/// What was found out about a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// Its ARN.
    pub arn: String,
    /// The region it is in.
    pub region: String,
    /// Why it is not known whose the bucket is, where the server does not say.
    pub unproven: Option<String>,
    /// One for each control that was wanted.
    pub findings: Vec<Finding>,
}

/// What was found out about one control.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The control: its id, title, reason, and the ids that auditors use.
    pub info: &'static Info,
    /// The AWS Security Hub controls that it satisfies.
    pub security_hub: &'static [&'static str],
    /// In one word.
    pub verdict: Verdict,
    /// The state found; `null` for none, and where it could not be read.
    pub found: Value,
    /// The state wanted.
    pub wanted: Value,
    /// The state wanted in a few words, where the title does not say it.
    pub summary: Option<String>,
    /// Why it is not known, or not supported.
    pub detail: Option<String>,
}

/// What came of one control, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is not as wanted.
    Drift,
    /// It could not be read.
    Unknown,
    /// This server does not have it.
    Unsupported,
    /// It is as wanted, or stronger.
    Compliant,
}

impl Verdict {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Drift => "drift",
            Verdict::Unknown => "unknown",
            Verdict::Unsupported => "unsupported",
            Verdict::Compliant => "compliant",
        }
    }
}

impl Report {
    /// The worst of all controls.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let all = self.findings.iter().map(|finding| finding.verdict);
        all.min().unwrap_or(Verdict::Compliant)
    }
}

/// Why a bucket could not be audited.
#[derive(Debug, Clone)]
pub enum Error {
    /// The endpoint cannot address such a bucket.
    Endpoint(EndpointError),
    /// The bucket must not be audited as the caller's.
    NotOwned(ownership::Error),
    /// There is no such bucket, or no answer.
    S3(S3Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::NotOwned(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(error) => error.source(),
            Self::NotOwned(error) => error.source(),
            Self::S3(error) => error.source(),
        }
    }
}

/// Reads every control that `settings` ask for, one GET a subresource. `region` is the bucket's, if
/// it is known.
pub async fn run(
    client: &Client,
    settings: &Settings,
    region: Option<Region>,
) -> Result<Report, Error> {
    let region = region.unwrap_or_else(|| client.config.region.clone());
    let bucket = Bucket::in_region(client, settings.bucket.clone(), region);
    let mut bucket = bucket.map_err(Error::Endpoint)?;
    let unproven = match ownership::prove_for_reading(client, &mut bucket).await {
        Ok(Existence::Unproven(why)) => Some(why),
        // The first GET says in S3's words that there is no such bucket.
        Ok(Existence::Owned | Existence::Missing) => None,
        Err(ownership::Error::S3(error)) => return Err(Error::S3(error)),
        Err(error) => return Err(Error::NotOwned(error)),
    };
    let settings = &ownership::located(client, &bucket, settings);
    let mut findings = Vec::new();
    for group in controls::wanted(settings) {
        findings.extend(audit(client, &mut bucket, &group, settings).await?);
    }
    Ok(Report {
        bucket: settings.bucket.to_string(),
        arn: settings.bucket_arn(),
        region: bucket.region().to_string(),
        unproven,
        findings,
    })
}

/// Logging that is set as wanted is none where no log can arrive.
fn report_obstacles(findings: &mut [Finding], obstacles: &[String]) {
    if obstacles.is_empty() {
        return;
    }
    let text = obstacles.join("; ");
    for finding in findings {
        if finding.verdict == Verdict::Compliant {
            finding.verdict = Verdict::Drift;
        }
        finding.detail.get_or_insert_with(|| text.clone());
    }
}

async fn audit(
    client: &Client,
    bucket: &mut Bucket<'_>,
    group: &Group,
    settings: &Settings,
) -> Result<Vec<Finding>, Error> {
    let read = subresource::read(bucket, group.subresource).await;
    let (body, not_read) = match read.map_err(Error::S3)? {
        ReadOutcome::Configured(found) => (Some(found.body), None),
        ReadOutcome::Nothing => (None, None),
        ReadOutcome::Denied(why) | ReadOutcome::Failed(why) => {
            (None, Some((Verdict::Unknown, why)))
        }
        ReadOutcome::Unsupported(why) => (None, Some((Verdict::Unsupported, why))),
    };
    let body = body.as_deref();
    let mut obstacles = Vec::new();
    let mut adapted = None;
    if group.subresource.name == "logging" {
        let settings = log_target::without_refused_grants(client, bucket, settings, body);
        let settings = settings.await.map_err(Error::S3)?;
        let found = log_target::obstacles(client, bucket, &settings, body);
        obstacles = found.await.map_err(Error::S3)?;
        adapted = Some(settings);
    }
    let settings = adapted.as_ref().unwrap_or(settings);
    let one = |control: &&'static dyn Control| {
        // Each by itself: that another control of the same document is missing is its own finding.
        let (review, not_read) = match control.review(body, settings) {
            Ok(review) => (review, not_read.clone()),
            Err(why) => {
                let verdict = if is_other_operation(bucket, &why) {
                    Verdict::Unsupported
                } else {
                    Verdict::Unknown
                };
                let review = control.review(None, settings);
                let review = review.expect("nothing found is nothing unreadable");
                (review, Some((verdict, why.to_string())))
            }
        };
        let (verdict, detail) = match (not_read, &review.change) {
            (Some((verdict, why)), _) => (verdict, Some(why)),
            (None, None) => (Verdict::Compliant, review.audit_note.map(str::to_owned)),
            (None, Some(_)) => (Verdict::Drift, review.audit_note.map(str::to_owned)),
        };
        Finding {
            info: control.info(),
            security_hub: control.security_hub(settings),
            verdict,
            found: review.found,
            wanted: review.wanted,
            summary: review.summary,
            detail,
        }
    };
    let mut findings: Vec<Finding> = group.controls.iter().map(one).collect();
    report_obstacles(&mut findings, &obstacles);
    Ok(findings)
}
