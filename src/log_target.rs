//! Checks whether the policy or the encryption of a log bucket prevents S3 from delivering access logs.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>

use crate::controls::Settings;
use crate::policy::{Document, Statement};
use crate::s3::error::Kind;
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::xml::Element;

/// The service principal that delivers access logs.
const SERVICE: &str = "logging.s3.amazonaws.com";

/// The reasons why S3 may fail to deliver logs, one clause for each reason. `source` is the bucket whose
/// requests are logged. A configuration that the credentials cannot read is skipped.
///
/// # Errors
/// The server did not respond.
pub(crate) async fn obstacles(
    client: &Client,
    source: &Bucket<'_>,
    settings: &Settings,
) -> Result<Vec<String>, S3Error> {
    let Some(logging) = &settings.logging else {
        return Ok(Vec::new());
    };
    let name = logging.bucket.clone();
    let Ok(mut target) = Bucket::in_region(client, name, source.region().clone()) else {
        return Ok(Vec::new());
    };
    target.expect_owner(settings.account.clone());
    let mut found = Vec::new();
    if let Some(body) = read(&mut target, "GetBucketPolicy", "policy").await?
        && let Ok(policy) = Document::read(&body)
    {
        let prefix = match &logging.prefix {
            Some(prefix) => prefix.clone(),
            None => format!("{}/", settings.bucket),
        };
        let logs = format!("{}/{prefix}*", settings.arn_of(&logging.bucket));
        let denies = |statement: &Statement<'_>| statement.may_deny_put(SERVICE, &logs);
        for statement in policy.statements().filter(denies) {
            let sid = statement.sid().unwrap_or("without a Sid");
            found.push(format!(
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
            found.push(format!(
                "the default encryption of {} is {algorithm}, and S3 delivers logs only to buckets with SSE-S3",
                logging.bucket
            ));
        }
    }
    Ok(found)
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
