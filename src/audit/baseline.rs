//! Compares the subresources of a bucket with the baseline.

use super::documents::{Documents, Read};
use super::{Error, Finding, Topic, Verdict};
use crate::controls::{Control, Group, Settings, encryption, event_selectors};
use crate::exchange::pages;
use crate::log_target::{LogTarget, Owner};
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::subresource::{ReadOutcome, is_other_operation};
use crate::trail::{LogTrail, NoTrail};

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

/// Reads the event selectors of the trail that the settings name. `None` if the bucket receives the logs of the
/// trail, because the trail must not log its own logs.
///
/// # Errors
/// Fails if the server did not answer.
async fn read_trail(
    client: &Client,
    bucket: &Bucket<'_>,
    settings: &Settings,
) -> Result<Option<ReadOutcome>, S3Error> {
    match LogTrail::find(client, bucket, settings).await? {
        Ok(mut trail) => trail.read(client, bucket).await.map(Some),
        Err(NoTrail::OwnTarget(_)) => Ok(None),
        Err(NoTrail::Other(outcome)) => Ok(Some(outcome)),
    }
}

/// Reads a subresource and compares it with the desired state of each control of the group.
///
/// # Errors
/// Fails if the bucket does not exist, or if the server did not answer.
pub(super) async fn audit(
    client: &Client,
    bucket: &mut Bucket<'_>,
    group: &Group,
    settings: &Settings,
    documents: &mut Documents,
) -> Result<Vec<Finding>, Error> {
    if group.subresource.name == event_selectors::NAME {
        match read_trail(client, bucket, settings)
            .await
            .map_err(Error::S3)?
        {
            Some(read) => documents.insert(group.subresource.name, read),
            None => return Ok(Vec::new()),
        }
    }
    let read = documents.read(bucket, group.subresource).await;
    let (body, not_read) = match read.map_err(Error::S3)? {
        Read::Body(body) => (body.as_deref(), None),
        Read::NotRead(verdict, why) => (None, Some((*verdict, why.clone()))),
    };
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
            topic: Topic::of_control(control.info()),
            security_hub: Vec::new(),
            checks: Vec::new(),
            verdict,
            found: review.found,
            wanted: review.wanted,
            summary: review.summary,
            detail,
        }
    };
    let mut findings: Vec<Finding> = group.controls.iter().map(one).collect();
    if group.subresource.name == "encryption"
        && let Some(encryption) = findings.pop()
    {
        findings.extend(by_part(encryption, body, settings));
    }
    report_obstacles(&mut findings, &obstacles);
    for finding in &mut findings {
        finding.detail = finding.detail.take().or_else(|| remark.clone());
    }
    Ok(findings)
}

/// The findings about the default encryption and about SSE-C. One control sets both, but a bucket that
/// only accepts SSE-C uploads is encrypted.
fn by_part(encryption: Finding, body: Option<&[u8]>, settings: &Settings) -> [Finding; 2] {
    let mut sse_c = Finding {
        topic: Topic::sse_c(),
        summary: None,
        ..encryption.clone()
    };
    let mut encryption = encryption;
    let is_read = matches!(encryption.verdict, Verdict::Drift | Verdict::Compliant);
    let Ok(parts) = encryption::parts(body.filter(|_| is_read), settings) else {
        return [encryption, sse_c];
    };
    let each = [
        (&mut encryption, parts.default_encryption),
        (&mut sse_c, parts.sse_c),
    ];
    for (finding, (found, wanted)) in each {
        if is_read {
            finding.verdict = if found == wanted {
                Verdict::Compliant
            } else {
                Verdict::Drift
            };
        }
        // `found` and `wanted` of the default encryption stay whole documents, which the AWS CLI accepts.
        if finding.topic.id == "sse-c-blocked" {
            (finding.found, finding.wanted) = (found, wanted);
        }
    }
    if sse_c.verdict == Verdict::Drift {
        let text = if settings.allow_sse_c {
            "the bucket blocks uploads that are encrypted with a key of the uploader (SSE-C)"
        } else {
            "the bucket accepts uploads that are encrypted with a key of the uploader (SSE-C)"
        };
        sse_c.detail = Some(text.to_owned());
    }
    [encryption, sse_c]
}
