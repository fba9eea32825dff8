//! Checks whether the policy or the encryption of a log bucket prevents S3 from delivering access logs.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>

use crate::controls::{Logging, Settings, access_logging};
use crate::policy::{Delivery, Document, Statement};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::xml::Element;
use s3_presign::AccountId;

/// The service principal that delivers access logs.
const SERVICE: &str = "logging.s3.amazonaws.com";

/// These settings, without grants on the logs if ACLs are off on the log bucket, since S3 rejects grants on
/// such a bucket. The ownership is read only if `found`, the logging configuration of `source`, has grants.
///
/// # Errors
/// The server did not respond.
pub(crate) async fn without_refused_grants(
    client: &Client,
    source: &Bucket<'_>,
    settings: &Settings,
    found: Option<&[u8]>,
) -> Result<Settings, S3Error> {
    let mut settings = settings.clone();
    let Some(logging) = &settings.logging else {
        return Ok(settings);
    };
    if logging.without_grants || !found.is_some_and(access_logging::has_grants) {
        return Ok(settings);
    }
    let Some(mut target) = target(client, source, &settings, logging) else {
        return Ok(settings);
    };
    let body = read(
        &mut target,
        "GetBucketOwnershipControls",
        "ownershipControls",
    )
    .await?;
    let has_acls_off = body.is_some_and(|body| {
        Element::read("OwnershipControls", &body).is_ok_and(|controls| {
            (controls.child("Rule"))
                .is_some_and(|rule| rule.text_of("ObjectOwnership") == "BucketOwnerEnforced")
        })
    });
    if let Some(logging) = &mut settings.logging {
        logging.without_grants = has_acls_off;
    }
    Ok(settings)
}

/// The reasons why S3 may fail to deliver logs, one clause for each reason. `source` is the bucket whose
/// requests are logged. A configuration that the credentials cannot read is skipped.
/// `found` is the body of its logging configuration.
///
/// # Errors
/// The server did not respond.
pub(crate) async fn obstacles(
    client: &Client,
    source: &Bucket<'_>,
    settings: &Settings,
    found: Option<&[u8]>,
) -> Result<Vec<String>, S3Error> {
    let Some(logging) = &settings.logging else {
        return Ok(Vec::new());
    };
    let Some(mut target) = target(client, source, settings, logging) else {
        return Ok(Vec::new());
    };
    let prefix = access_logging::log_prefix(found, settings);
    let mut obstacles = Vec::new();
    if let Some(body) = read(&mut target, "GetBucketPolicy", "policy").await?
        && let Ok(policy) = Document::read(&body)
    {
        let delivery = Delivery {
            service: SERVICE,
            source: &settings.bucket_arn(),
            account: settings.account.as_ref().map(AccountId::as_str),
            resource: &format!("{}/{prefix}", settings.arn_of(&logging.bucket)),
        };
        let denies = |statement: &Statement<'_>| statement.may_deny_put(&delivery);
        for statement in policy.statements().filter(denies) {
            let sid = statement.sid().unwrap_or("without a Sid");
            obstacles.push(format!(
                "the policy of {} may deny log delivery: statement {sid} also applies to {SERVICE}",
                logging.bucket
            ));
        }
    }
    if let Some(body) = read(&mut target, "GetBucketEncryption", "encryption").await?
        && let Ok(document) = Element::read("ServerSideEncryptionConfiguration", &body)
    {
        let by_default = (document.child("Rule"))
            .and_then(|rule| rule.child("ApplyServerSideEncryptionByDefault"));
        let algorithm = by_default.map_or("", |it| it.text_of("SSEAlgorithm"));
        if algorithm.starts_with("aws:kms") {
            obstacles.push(format!(
                "the default encryption of {} is {algorithm}, but S3 delivers logs only to buckets with SSE-S3",
                logging.bucket
            ));
        }
    }
    Ok(obstacles)
}

/// The bucket for the logs. S3 accepts only a bucket of the same account and region.
fn target<'a>(
    client: &'a Client,
    source: &Bucket<'_>,
    settings: &Settings,
    logging: &Logging,
) -> Option<Bucket<'a>> {
    let name = logging.bucket.clone();
    let mut target = Bucket::in_region(client, name, source.region().clone()).ok()?;
    target.expect_owner(settings.account.clone());
    Some(target)
}

async fn read(
    target: &mut Bucket<'_>,
    operation: &'static str,
    subresource: &'static str,
) -> Result<Option<Vec<u8>>, S3Error> {
    match target.get(operation, subresource).await {
        Ok(response) => Ok(Some(response.body)),
        Err(error) => match error.kind {
            Kind::Transport(_) | Kind::Endpoint(_) => Err(error),
            Kind::Response(_) | Kind::Unreadable(_) => Ok(None),
        },
    }
}
