//! Audits a bucket: compares the existing state of each control with the desired state, and changes
//! nothing.

use crate::controls::{self, Control, Group, Info, Settings};
use crate::exchange::pages;
use crate::log_target::{LogTarget, Owner};
use crate::ownership::{self, Existence};
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::subresource::{self, ReadOutcome, is_other_operation};
use s3_presign::endpoint::{EndpointError, Region};
use serde_json::Value;
use std::fmt;

/// The result of an audit of one bucket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's ARN.
    pub arn: String,
    /// The bucket's region.
    pub region: String,
    /// The reason why the program cannot verify the owner of the bucket. `None` if your account, or
    /// the account that the caller expects, is verified as the owner.
    pub unproven: Option<String>,
    /// The findings, one for each control that the settings request.
    pub findings: Vec<Finding>,
}

/// The result of the audit for one control.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The control's description.
    pub(crate) info: &'static Info,
    /// The IDs of the AWS Security Hub controls that this control satisfies, such as `S3.5`.
    pub security_hub: &'static [&'static str],
    /// Whether the bucket complies with the control.
    pub verdict: Verdict,
    /// The existing state of the bucket as JSON. The value is `null` if nothing is configured, or
    /// if the state could not be read.
    pub found: Value,
    /// The state that the settings request, as JSON with the same structure as `found`.
    pub wanted: Value,
    /// A short description of the desired state, if the title of the control does not describe that
    /// state.
    pub summary: Option<String>,
    /// The reason why the verdict is not `Compliant`, or a note about a compliant control.
    pub detail: Option<String>,
}

/// The verdict about a control. The worst verdict is the first variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verdict {
    /// The configuration of the bucket differs from the desired state.
    Drift,
    /// The configuration could not be read, because S3 denied the request or answered with an
    /// error.
    Unknown,
    /// The server does not support the control.
    Unsupported,
    /// The configuration of the bucket equals the desired state or is stricter.
    Compliant,
}

impl Finding {
    /// Returns the control's id, such as `tls-only`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.info.id
    }

    /// Returns the control's title, such as `Block Public Access`.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.info.title
    }

    /// Returns a sentence that explains the purpose of the control.
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.info.why
    }
}

impl Verdict {
    /// Returns the verdict's name in JSON, such as `drift`.
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
    /// Returns the worst verdict of all findings.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let all = self.findings.iter().map(|finding| finding.verdict);
        all.min().unwrap_or(Verdict::Compliant)
    }
}

/// The reason why a bucket could not be audited.
#[derive(Debug, Clone)]
pub enum Error {
    /// The endpoint does not support buckets with this name.
    Endpoint(EndpointError),
    /// Another account owns the bucket, or the program cannot verify that the caller's account owns it.
    NotOwned(ownership::Error),
    /// A request failed, for example because the bucket does not exist or the server did not
    /// answer.
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

/// Reads the configuration of each control that `settings` request, with one GET request for each
/// subresource. `region` is the bucket's region, or `None` if the caller does not know the region.
///
/// # Errors
/// Returns an [`Error`] if the bucket could not be audited.
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
        // A missing bucket is not an error at this point, because the first GET request fails with
        // S3's error `NoSuchBucket`.
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

/// Reports logging as drift if S3 cannot deliver the logs, even if logging is configured as
/// requested.
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
    let mut remark = None;
    let mut adapted = None;
    let mut log_target = None;
    if group.subresource.name == "logging" {
        let found = LogTarget::find(client, bucket, settings).await;
        log_target = found.map_err(Error::S3)?;
    }
    if let Some(target) = &mut log_target {
        if let Owner::Other(why) = &target.owner {
            obstacles = vec![why.clone()];
        } else {
            if let Owner::Unproven(why) = &target.owner {
                remark = Some(format!(
                    "the owner of the log bucket cannot be verified: {why}"
                ));
            }
            let settings = target.without_refused_grants(settings, body).await;
            let settings = settings.map_err(Error::S3)?;
            let found = target.obstacles(client, &settings, body).await;
            obstacles = found.map_err(Error::S3)?;
            adapted = Some(settings);
        }
    }
    let mut not_read = not_read;
    if group.subresource.name == "lifecycle" && not_read.is_none() {
        match pages::located(bucket, settings, body).await {
            Ok(settings) => adapted = Some(settings),
            Err(error) if error.response().is_some() => {
                let why = format!("whether the bucket has upload pages is unknown: {error}");
                not_read = Some((Verdict::Unknown, why));
            }
            Err(error) => return Err(Error::S3(error)),
        }
    }
    let settings = adapted.as_ref().unwrap_or(settings);
    let one = |control: &&'static dyn Control| {
        // This closure reviews each control separately, because each control of a subresource has a
        // separate finding.
        let (review, not_read) = match control.review(body, settings) {
            Ok(review) => (review, not_read.clone()),
            Err(why) => {
                let verdict = if is_other_operation(bucket, &why) {
                    Verdict::Unsupported
                } else {
                    Verdict::Unknown
                };
                let review = control.review(None, settings);
                let review =
                    review.expect("a review returns no error if there is no configuration");
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
    for finding in &mut findings {
        finding.detail = finding.detail.take().or_else(|| remark.clone());
    }
    Ok(findings)
}
