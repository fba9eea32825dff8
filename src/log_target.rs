//! Finds the bucket that receives access logs, verifies which account owns it, and checks whether its policy
//! or its encryption prevents S3 from delivering logs.
//!
//! S3 delivers logs only to a bucket of the same account and Region.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>

use crate::controls::{Settings, access_logging};
use crate::ownership::{self, Existence};
use crate::policy::{Delivery, Document, Statement};
use crate::s3::error::Kind;
use crate::s3::owner::UnknownAccount;
use crate::s3::{Bucket, Client, Error as S3Error};
use crate::xml::Element;
use s3_presign::AccountId;

/// The service principal that delivers access logs.
const SERVICE: &str = "logging.s3.amazonaws.com";

/// A log bucket, and whether the account of the source bucket owns it.
pub(crate) struct LogTarget<'a> {
    bucket: Bucket<'a>,
    /// Whether the owner is verified.
    pub(crate) owner: Owner,
}

/// The result of verifying the owner of a log bucket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The account of the source bucket also owns the log bucket.
    Same,
    /// The log bucket does not exist.
    Missing,
    /// The bucket must not receive the logs, because another account owns it, or because the caller expects
    /// an owner and the server cannot verify it. The text describes the error.
    Other(String),
    /// The reason why the owner is not known.
    Unproven(String),
}

impl<'a> LogTarget<'a> {
    /// The log bucket of these settings, with the owner verified. `None` without a log bucket, or if the
    /// endpoint cannot address the bucket.
    ///
    /// On AWS this sends one HEAD, and one STS request if the run has sent none and the account is unknown.
    /// On other servers this sends no request if the answer to `ListBuckets` contains the bucket.
    ///
    /// # Errors
    /// Fails if the server did not respond.
    pub(crate) async fn find(
        client: &'a Client,
        source: &Bucket<'_>,
        settings: &Settings,
    ) -> Result<Option<Self>, S3Error> {
        let Some(logging) = &settings.logging else {
            return Ok(None);
        };
        let region = source.region().clone();
        let Ok(mut bucket) = Bucket::in_region(client, logging.bucket.clone(), region) else {
            return Ok(None);
        };
        if logging.is_made_by_run {
            bucket.expect_owner(settings.account.clone());
            let owner = Owner::Same;
            return Ok(Some(LogTarget { bucket, owner }));
        }
        let owner = match ownership::prove_log_bucket(client, &mut bucket).await {
            Ok(Existence::Owned) => Owner::Same,
            Ok(Existence::Missing) => Owner::Missing,
            Ok(Existence::Unproven(why)) => Owner::Unproven(why),
            Err(error @ ownership::Error::AnotherAccount(..)) => Owner::Other(format!(
                "the log {error}; S3 delivers access logs only to a bucket of the same account and Region"
            )),
            Err(ownership::Error::Unproven(name, why)) => Owner::Other(format!(
                "whether the expected account owns the log bucket `{name}` cannot be verified: {why}"
            )),
            Err(ownership::Error::Denied(..)) => {
                Owner::Unproven("S3 denied HeadBucket, which needs s3:ListBucket".to_owned())
            }
            Err(ownership::Error::AccountUnknown(UnknownAccount { why, .. })) => Owner::Unproven(
                format!("the account of these credentials is not known: {why}"),
            ),
            Err(ownership::Error::S3(error)) => match error.kind {
                Kind::Transport(_) | Kind::Endpoint(_) => return Err(error),
                Kind::Response(_) | Kind::Unreadable(_) => Owner::Unproven(error.to_string()),
            },
        };
        Ok(Some(LogTarget { bucket, owner }))
    }

    /// Returns these settings, without grants on the logs if the log bucket has ACLs disabled,
    /// because S3 rejects grants on such a bucket. The ownership controls are read only if `found`,
    /// the logging configuration of the source bucket, has grants.
    ///
    /// # Errors
    /// Fails if the server did not respond.
    pub(crate) async fn without_refused_grants(
        &mut self,
        settings: &Settings,
        found: Option<&[u8]>,
    ) -> Result<Settings, S3Error> {
        let mut settings = settings.clone();
        let Some(logging) = &mut settings.logging else {
            return Ok(settings);
        };
        if logging.without_grants || !found.is_some_and(access_logging::has_grants) {
            return Ok(settings);
        }
        let body = self.read("GetBucketOwnershipControls", "ownershipControls");
        logging.without_grants = body.await?.is_some_and(|body| {
            Element::read("OwnershipControls", &body).is_ok_and(|controls| {
                (controls.child("Rule"))
                    .is_some_and(|rule| rule.text_of("ObjectOwnership") == "BucketOwnerEnforced")
            })
        });
        Ok(settings)
    }

    /// Returns the reasons why S3 may fail to deliver logs, as one clause for each reason. A
    /// configuration that the credentials cannot read is skipped. `found` is the body of the
    /// logging configuration of the source bucket.
    ///
    /// # Errors
    /// Fails if the server did not respond.
    pub(crate) async fn obstacles(
        &mut self,
        client: &Client,
        settings: &Settings,
        found: Option<&[u8]>,
    ) -> Result<Vec<String>, S3Error> {
        let name = self.bucket.name().clone();
        if self.owner == Owner::Missing {
            return Ok(vec![format!("the log bucket {name} does not exist")]);
        }
        let prefix = access_logging::log_prefix(found, settings);
        let mut obstacles = Vec::new();
        if let Some(body) = self.read("GetBucketPolicy", "policy").await?
            && let Ok(policy) = Document::read(&body)
        {
            let account =
                ownership::proven_account(client).filter(|_| self.bucket.endpoint().is_aws);
            let delivery = Delivery {
                service: SERVICE,
                source: &settings.bucket_arn(),
                account: account.as_ref().map(AccountId::as_str),
                resource: &format!("{}/{prefix}", settings.arn_of(&name)),
            };
            let denies = |statement: &Statement<'_>| statement.may_deny_put(&delivery);
            for statement in policy.statements().filter(denies) {
                let sid = statement.sid().unwrap_or("without a Sid");
                obstacles.push(format!(
                    "the policy of {name} may deny log delivery: statement {sid} also applies to {SERVICE}"
                ));
            }
        }
        if let Some(body) = self.read("GetBucketEncryption", "encryption").await?
            && let Ok(document) = Element::read("ServerSideEncryptionConfiguration", &body)
        {
            let by_default = (document.child("Rule"))
                .and_then(|rule| rule.child("ApplyServerSideEncryptionByDefault"));
            let algorithm = by_default.map_or("", |it| it.text_of("SSEAlgorithm"));
            if algorithm.starts_with("aws:kms") {
                obstacles.push(format!(
                    "the default encryption of {name} is {algorithm}, but S3 delivers logs only to buckets with SSE-S3"
                ));
            }
        }
        Ok(obstacles)
    }

    async fn read(
        &mut self,
        operation: &'static str,
        subresource: &'static str,
    ) -> Result<Option<Vec<u8>>, S3Error> {
        match self.bucket.get(operation, subresource).await {
            Ok(response) => Ok(Some(response.body)),
            Err(error) => match error.kind {
                Kind::Transport(_) | Kind::Endpoint(_) => Err(error),
                Kind::Response(_) | Kind::Unreadable(_) => Ok(None),
            },
        }
    }
}
