//! The account that must own the buckets of a run. All calls of a client share the expected
//! account.

use crate::http;
use s3_presign::AccountId;
use s3_presign::endpoint::BucketName;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::OnceCell;

/// The expected account, the URL of STS, and the answers of STS and of `ListBuckets`, which are
/// requested at most once.
#[derive(Debug)]
pub struct Owner {
    /// The account that the caller expects to own every bucket.
    pub(crate) expected: Option<AccountId>,
    /// The URL of STS for `GetCallerIdentity`, or the reason why the URL is unknown.
    pub(crate) sts: Result<String, String>,
    /// The account in the answer of STS, or the reason why the account is unknown.
    pub(crate) answered: OnceCell<Result<AccountId, UnknownAccount>>,
    /// The ARN of the user or role in the answer of STS.
    pub(crate) arn: OnceCell<String>,
    /// The bucket names in the answer to `ListBuckets`, or the error in S3's answer.
    pub(crate) listed: OnceCell<Result<BTreeSet<String>, String>>,
    /// The buckets that this client has created. `listed` may not contain these buckets.
    created: Mutex<BTreeSet<String>>,
}

/// The reason why the account of the credentials is unknown.
#[derive(Debug, Clone)]
pub struct UnknownAccount {
    /// The reason, as an English text.
    pub why: String,
    /// The error of the request to STS, if STS did not answer.
    pub failure: Option<http::Error>,
}

impl From<String> for UnknownAccount {
    fn from(why: String) -> Self {
        UnknownAccount { why, failure: None }
    }
}

impl Owner {
    /// Returns an owner without answers of STS and S3. `expected` is the account that the caller
    /// expects to own every bucket. `sts` is the URL of STS without a trailing slash, or the reason
    /// why the URL is unknown.
    #[must_use]
    pub fn new(expected: Option<AccountId>, sts: Result<String, String>) -> Self {
        Owner {
            expected,
            sts,
            answered: OnceCell::new(),
            arn: OnceCell::new(),
            listed: OnceCell::new(),
            created: Mutex::default(),
        }
    }

    /// Remembers that this client has created the bucket.
    pub(crate) fn add_created(&self, bucket: &BucketName) {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.insert(bucket.to_string());
    }

    /// Whether this client has created the bucket.
    pub(crate) fn has_created(&self, bucket: &BucketName) -> bool {
        let created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.contains(bucket.as_str())
    }
}
