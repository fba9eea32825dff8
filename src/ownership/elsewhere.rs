//! Verifies the owner of a bucket on servers other than AWS, which may have no accounts: the server's
//! list of buckets must contain the bucket. If the caller expects an account, the server must also
//! compare accounts.

use super::{Error, Existence, head};
use crate::s3::bucket::BucketStatus;
use crate::s3::{Bucket, Client, account as s3_account};
use s3_presign::endpoint::BucketName;
use std::collections::BTreeSet;

pub(super) async fn prove_elsewhere(
    client: &Client,
    bucket: &mut Bucket<'_>,
) -> Result<Existence, Error> {
    bucket.expect_owner(client.owner.expected.clone());
    match head(bucket).await? {
        BucketStatus::Missing => return Ok(Existence::Missing),
        BucketStatus::Denied(answer) => {
            return Err(Error::Denied(bucket.name().clone(), answer));
        }
        BucketStatus::Accessible => {}
    }
    let name = bucket.name();
    match listed(client).await {
        // The list may be older than a bucket that this client has created.
        Ok(names) if names.contains(name.as_str()) || client.owner.has_created(name) => {
            compared(client, bucket).await
        }
        Ok(_) => Err(Error::AnotherAccount(name.clone(), None)),
        Err(why) => unlisted(client, name, why),
    }
}

/// The result for a listed bucket that the server also returns to a request with the expected account.
/// Many servers ignore the account, so a request with a different account must fail.
async fn compared(client: &Client, bucket: &mut Bucket<'_>) -> Result<Existence, Error> {
    let Some(expected) = &client.owner.expected else {
        return Ok(Existence::Owned);
    };
    let mut others = ["000000000000", "999999999999"].into_iter();
    let other = others.find(|other| *other != expected.as_str());
    bucket.expect_owner(other.and_then(|other| other.parse().ok()));
    let answer = bucket.head().await;
    bucket.expect_owner(Some(expected.clone()));
    match answer {
        Ok(BucketStatus::Accessible) => Ok(Existence::Unproven(format!(
            "the server lists the bucket as yours, but ignores account IDs, so {expected} was not compared"
        ))),
        Err(error) if error.response().is_none() => Err(error.into()),
        Ok(BucketStatus::Missing | BucketStatus::Denied(_)) | Err(_) => Ok(Existence::Owned),
    }
}

/// The result for an existing bucket if the server does not list buckets, for the reason `why`.
pub(super) fn unlisted(
    client: &Client,
    bucket: &BucketName,
    why: &str,
) -> Result<Existence, Error> {
    match client.owner.expected {
        Some(_) => Err(Error::Unproven(bucket.clone(), why.to_owned())),
        None => Ok(Existence::Unproven(why.to_owned())),
    }
}

/// Returns the names of the caller's buckets. This function asks the server once per run.
pub(super) async fn listed(client: &Client) -> &Result<BTreeSet<String>, String> {
    let ask = || async {
        let listed = s3_account::list_buckets(client).await;
        let names =
            |listed: Vec<s3_account::Listed>| listed.into_iter().map(|it| it.name).collect();
        listed.map(names).map_err(|error| error.to_string())
    };
    client.owner.listed.get_or_init(ask).await
}
