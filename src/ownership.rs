//! Verifies which account owns a bucket, before the bucket is written, audited, probed or presigned.
//!
//! On AWS, S3 itself verifies the owner: a `HeadBucket` with `x-amz-expected-bucket-owner` succeeds only if
//! that account owns the bucket. The account comes from the caller, from the answer of the credentials'
//! source, or from one `GetCallerIdentity` request per run. Other servers have no accounts, so one
//! `ListBuckets` request per run must list the bucket.
//!
//! A policy can grant everything on a bucket to another account, so a successful call on the bucket does not
//! show who owns it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>

mod account;
mod elsewhere;
mod open;

pub use account::{account, is_root, known_account, located, proven_account};
pub use open::{OpenError, Opened, open};

use elsewhere::{listed, prove_elsewhere, unlisted};

use crate::s3::bucket::BucketStatus;
use crate::s3::owner::UnknownAccount;
use crate::s3::{Bucket, Client, Error as S3Error, ErrorResponse, account as s3_account};
use s3_presign::AccountId;
use s3_presign::endpoint::BucketName;
use std::fmt;

/// Whether a bucket exists, and whether the account owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existence {
    /// There is no bucket with that name.
    Missing,
    /// The bucket exists and belongs to the account.
    Owned,
    /// The bucket exists, but the owner is not known. The text gives the reason.
    Unproven(String),
}

/// The reason why the program must not use a bucket.
#[derive(Debug, Clone)]
pub enum Error {
    /// Another account owns the bucket. The second field is the account that should own the bucket,
    /// and `None` on a server without accounts.
    AnotherAccount(BucketName, Option<AccountId>),
    /// S3 denied the request: another account owns the bucket, or a permission is missing.
    Denied(BucketName, ErrorResponse),
    /// The reason why the account of the credentials is not known.
    AccountUnknown(UnknownAccount),
    /// The caller expects an owner, but the owner of the bucket (the first field) is not known, for
    /// the reason in the second field.
    Unproven(BucketName, String),
    /// A request and all its retries failed.
    S3(S3Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherAccount(bucket, Some(account)) => {
                write!(
                    f,
                    "bucket `{bucket}` belongs to another account, not to {account}"
                )
            }
            Self::AnotherAccount(bucket, None) => write!(
                f,
                "bucket `{bucket}` belongs to another account, because the server does not list it as yours"
            ),
            Self::Denied(bucket, answer) => write!(
                f,
                "bucket `{bucket}`: access denied, because the bucket belongs to another account or these credentials lack s3:ListBucket: S3 answered {answer}"
            ),
            Self::AccountUnknown(UnknownAccount { why, .. }) => {
                write!(f, "the account of these credentials is not known: {why}")
            }
            Self::Unproven(bucket, why) => write!(
                f,
                "whether the expected account owns bucket `{bucket}` cannot be verified on this server: {why}"
            ),
            Self::S3(error) => error.fmt(f),
        }
    }
}

impl Error {
    /// The error in S3's answer, if there was an answer.
    #[must_use]
    pub fn response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Denied(_, answer) => Some(answer),
            Self::S3(error) => error.response(),
            Self::AnotherAccount(..) | Self::AccountUnknown(_) | Self::Unproven(..) => None,
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::S3(error) => error.source(),
            Self::AnotherAccount(..)
            | Self::Denied(..)
            | Self::AccountUnknown(_)
            | Self::Unproven(..) => None,
        }
    }
}

impl From<S3Error> for Error {
    fn from(error: S3Error) -> Self {
        Error::S3(error)
    }
}

/// Does the same as [`prove`] for a caller that only reads. A bucket in the answer to `ListBuckets`
/// needs no further check, unless a server other than AWS must compare the expected account.
///
/// # Errors
/// As [`prove`].
pub async fn prove_for_reading(
    client: &Client,
    bucket: &mut Bucket<'_>,
) -> Result<Existence, Error> {
    let is_aws = bucket.endpoint().is_aws;
    let list = if is_aws {
        client.owner.listed.get()
    } else if client.owner.expected.is_none() {
        Some(listed(client).await)
    } else {
        None
    };
    if let Some(Ok(names)) = list
        && names.contains(bucket.name().as_str())
    {
        bucket.expect_owner(proven_account(client).filter(|_| is_aws));
        return Ok(Existence::Owned);
    }
    prove(client, bucket).await
}

/// Lists all buckets of the account and stores the list, because each bucket in the list belongs to
/// the account.
///
/// # Errors
/// Fails if the request failed.
pub async fn list(client: &Client) -> Result<Vec<s3_account::Listed>, S3Error> {
    let listed = s3_account::list_buckets(client).await?;
    let names = listed.iter().map(|bucket| bucket.name.clone()).collect();
    // If an earlier request has already set the list, that list has the same names.
    let _ = client.owner.listed.set(Ok(names));
    Ok(listed)
}

/// Finds the bucket and verifies that the account owns the bucket. If the server has accounts,
/// every later call on `bucket` sends the account.
///
/// # Errors
/// Fails if another account owns the bucket, or if the owner is unknown although the server can
/// show it or the caller expects an owner.
pub async fn prove(client: &Client, bucket: &mut Bucket<'_>) -> Result<Existence, Error> {
    let proven = if bucket.endpoint().is_aws {
        prove_on_aws(client, bucket, known_account(client)).await
    } else {
        prove_elsewhere(client, bucket).await
    };
    match proven {
        Err(Error::Denied(_, head)) => denied_because(bucket, head).await,
        proven => proven,
    }
}

/// As [`prove`], for the bucket that receives the access logs of a bucket whose owner is verified.
/// The function finds out the account first. The function does not ask why S3 denied a request,
/// because the server has already accepted these credentials. A bucket in the answer to
/// `ListBuckets` needs no request.
///
/// # Errors
/// As [`prove`].
pub async fn prove_log_bucket(
    client: &Client,
    bucket: &mut Bucket<'_>,
) -> Result<Existence, Error> {
    if !bucket.endpoint().is_aws {
        return match listed(client).await {
            Ok(names) if names.contains(bucket.name().as_str()) => Ok(Existence::Owned),
            Ok(_) => match prove_elsewhere(client, bucket).await {
                // The bucket exists, but the server's list of buckets does not contain the bucket.
                Err(Error::Denied(name, _)) if !client.owner.has_created(&name) => {
                    Err(Error::AnotherAccount(name, None))
                }
                proven => proven,
            },
            Err(why) => unlisted(client, bucket.name(), why),
        };
    }
    if let Some(Ok(names)) = client.owner.listed.get()
        && names.contains(bucket.name().as_str())
    {
        bucket.expect_owner(proven_account(client));
        return Ok(Existence::Owned);
    }
    let account = account(client).await?;
    prove_on_aws(client, bucket, Some(account)).await
}

async fn prove_on_aws(
    client: &Client,
    bucket: &mut Bucket<'_>,
    known: Option<AccountId>,
) -> Result<Existence, Error> {
    bucket.expect_owner(known.clone());
    let denied = match (head(bucket).await?, &known) {
        (BucketStatus::Missing, _) => return Ok(Existence::Missing),
        (BucketStatus::Accessible, Some(_)) => return Ok(Existence::Owned),
        (BucketStatus::Accessible, None) => None,
        (BucketStatus::Denied(answer), Some(_)) => Some(answer),
        (BucketStatus::Denied(answer), None) => {
            return Err(Error::Denied(bucket.name().clone(), answer));
        }
    };
    let account = if let (Some(account), Some(denied)) = (known, denied) {
        // S3 denied the request with the account. A request without the account shows whether the
        // bucket is visible.
        bucket.expect_owner(None);
        match bucket.head().await? {
            BucketStatus::Accessible => account,
            BucketStatus::Missing => {
                // The bucket was deleted between the two requests. The requests after the creation
                // of the bucket name the account again.
                bucket.expect_owner(Some(account));
                return Ok(Existence::Missing);
            }
            BucketStatus::Denied(_) => return Err(Error::Denied(bucket.name().clone(), denied)),
        }
    } else {
        // These credentials can access the bucket, but the account of the credentials is not known yet.
        let account = account(client).await?;
        bucket.expect_owner(Some(account.clone()));
        match bucket.head().await? {
            BucketStatus::Accessible => return Ok(Existence::Owned),
            BucketStatus::Missing => return Ok(Existence::Missing),
            BucketStatus::Denied(_) => account,
        }
    };
    Err(Error::AnotherAccount(bucket.name().clone(), Some(account)))
}

/// Sends `HeadBucket`. An answer to HEAD has no body, so after the status 400, one GET asks for the
/// reason.
async fn head(bucket: &mut Bucket<'_>) -> Result<BucketStatus, S3Error> {
    match bucket.head().await {
        Err(error) => match error.response() {
            Some(answer) if answer.status == 400 && answer.code.is_empty() => {
                bucket.explain_refusal(answer.clone()).await
            }
            _ => Err(error),
        },
        known => known,
    }
}

/// The error for a denied request: the bucket is denied, unless the server refuses the credentials
/// themselves.
async fn denied_because(bucket: &mut Bucket<'_>, head: ErrorResponse) -> Result<Existence, Error> {
    let answer = match bucket.explain_refusal(head.clone()).await? {
        BucketStatus::Denied(answer) => answer,
        BucketStatus::Accessible | BucketStatus::Missing => head,
    };
    Err(Error::Denied(bucket.name().clone(), answer))
}
