//! The state of the sandbox: buckets, their configuration, and the versions of their objects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use s3s::S3Result;
use s3s::dto::{
    BucketLifecycleConfiguration, CORSRule, Checksum, Grant, LoggingEnabled,
    PublicAccessBlockConfiguration, Tag, WebsiteConfiguration,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::cloudtrail::Trail;
use crate::control::AccountState;
use crate::encryption::Encryption;
use crate::error::no_such_bucket;
use crate::users::User;
use crate::{Options, Preset};

pub const ENFORCED: &str = "BucketOwnerEnforced";

/// Locks a mutex, even if another thread panicked while it locked the mutex.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All buckets and settings of a sandbox.
#[derive(Debug)]
pub struct Store {
    pub region: String,
    pub aws_defaults: bool,
    pub clock_skew: time::Duration,
    /// The largest number of buckets on a page of `ListBuckets`, unless the request contains
    /// another number, and of keys on a page of
    /// `ListObjectsV2`.
    pub page: Option<usize>,
    /// The patterns of the IAM actions that the owner's user may use, or `None` for all actions.
    pub permitted: Mutex<Option<Vec<String>>>,
    /// The trails of the account of [`crate::OWNER`].
    pub trails: Mutex<Vec<Trail>>,
    /// The configuration of the account of [`crate::OWNER`].
    pub account: Mutex<AccountState>,
    /// The codes of the MFA device that requests have used.
    pub used_codes: Mutex<BTreeSet<String>>,
    buckets: Mutex<Buckets>,
    serial: AtomicU64,
}

pub type Buckets = BTreeMap<String, Bucket>;

impl Store {
    pub fn new(options: &Options) -> Self {
        Self {
            region: options.region.clone(),
            aws_defaults: options.aws_defaults,
            clock_skew: options.clock_skew,
            page: options.page,
            permitted: Mutex::default(),
            trails: Mutex::default(),
            account: Mutex::default(),
            used_codes: Mutex::default(),
            buckets: Mutex::default(),
            serial: AtomicU64::new(1),
        }
    }

    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.clock_skew
    }

    /// Puts a bucket into a state that no request of this program makes. Returns whether the bucket exists.
    pub fn preset(&self, bucket: &str, state: Preset) -> bool {
        let mut buckets = self.buckets();
        let Some(bucket) = buckets.get_mut(bucket) else {
            return false;
        };
        match state {
            Preset::SystemTag(key, value) => bucket.tags.push(Tag {
                key: Some(key),
                value: Some(value),
            }),
            Preset::MfaDelete => {
                bucket.versioning = Some("Enabled".to_owned());
                bucket.mfa_delete = true;
            }
            Preset::AcceptsSigV2 => bucket.accepts_sigv2 = true,
            Preset::Document(name, text) => {
                bucket.documents.insert(name.to_owned(), text);
            }
            Preset::Policy(text) => {
                let policy = serde_json::from_str(&text).unwrap_or_default();
                bucket.policy = Some((text, policy));
            }
        }
        true
    }

    pub fn buckets(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.buckets)
    }

    /// Runs `f` on a bucket, or returns a 404 error if there is no such bucket.
    pub fn with<T>(&self, name: &str, f: impl FnOnce(&mut Bucket) -> S3Result<T>) -> S3Result<T> {
        f(find(&mut self.buckets(), name)?)
    }

    /// Returns the next id for a version, an upload or a request.
    pub fn id(&self, prefix: &str, width: usize) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}{serial:0>width$X}")
    }
}

pub fn find<'a>(buckets: &'a mut Buckets, name: &str) -> S3Result<&'a mut Bucket> {
    buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))
}

#[derive(Debug, Clone)]
pub struct Bucket {
    pub name: String,
    pub owner: &'static User,
    pub region: String,
    pub created: OffsetDateTime,
    pub public_access_block: Option<PublicAccessBlockConfiguration>,
    pub encryption: Option<Encryption>,
    pub ownership: Option<String>,
    pub acl: Vec<Grant>,
    /// The policy as the client sent it, and its parsed form.
    pub policy: Option<(String, Value)>,
    pub versioning: Option<String>,
    /// Whether MFA delete is on. Only the root user with the MFA device can turn on MFA delete.
    pub mfa_delete: bool,
    /// Whether the bucket accepts signatures of version 2, as AWS's old buckets do.
    pub accepts_sigv2: bool,
    pub lifecycle: Option<(BucketLifecycleConfiguration, String)>,
    pub logging: Option<LoggingEnabled>,
    pub tags: Vec<Tag>,
    pub cors: Vec<CORSRule>,
    pub website: Option<WebsiteConfiguration>,
    /// The XML documents of subresources that only [`crate::Preset`] can set, such as `replication`.
    pub documents: BTreeMap<String, String>,
    pub objects: BTreeMap<String, Vec<Version>>,
    pub uploads: BTreeMap<String, Upload>,
}

impl Bucket {
    /// Creates a bucket without any configuration.
    pub fn bare(name: &str, owner: &'static User, region: &str, created: OffsetDateTime) -> Self {
        Self {
            name: name.to_owned(),
            owner,
            region: region.to_owned(),
            created,
            public_access_block: None,
            encryption: None,
            ownership: None,
            acl: crate::acl::private(owner),
            policy: None,
            versioning: None,
            mfa_delete: false,
            accepts_sigv2: false,
            lifecycle: None,
            logging: None,
            tags: Vec::new(),
            cors: Vec::new(),
            website: None,
            documents: BTreeMap::new(),
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    pub fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition(), self.name)
    }

    /// Returns whether one of the four Block Public Access settings is on.
    pub fn blocks(
        &self,
        setting: impl FnOnce(&PublicAccessBlockConfiguration) -> Option<bool>,
    ) -> bool {
        let configuration = self.public_access_block.as_ref();
        configuration.and_then(setting).unwrap_or(false)
    }

    pub fn acls_disabled(&self) -> bool {
        self.ownership.as_deref() == Some(ENFORCED)
    }

    pub fn versioned(&self) -> bool {
        self.versioning.as_deref() == Some("Enabled")
    }
}

pub fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

/// One version of an object, or a delete marker.
#[derive(Debug, Clone)]
pub struct Version {
    pub id: String,
    pub delete_marker: bool,
    pub body: Bytes,
    pub etag: String,
    pub modified: OffsetDateTime,
    pub acl: Vec<Grant>,
    pub tags: Vec<Tag>,
    pub about: About,
    pub checksum: Checksum,
}

/// The metadata of an object, which the upload request contained.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub content_type: Option<String>,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub expires: Option<s3s::dto::Timestamp>,
    pub metadata: HashMap<String, String>,
    pub storage_class: Option<String>,
    pub website_redirect_location: Option<String>,
    pub sse: Sse,
}

/// The encryption of an object.
#[derive(Debug, Clone, Default)]
pub struct Sse {
    pub algorithm: Option<String>,
    pub kms_key: Option<String>,
    pub bucket_key: Option<bool>,
    /// The MD5 of the key that the client sent for SSE-C.
    pub customer_key_md5: Option<String>,
}

/// A multipart upload that a client has started and not yet completed.
#[derive(Debug, Clone)]
pub struct Upload {
    pub key: String,
    pub started: OffsetDateTime,
    pub about: About,
    pub acl: Vec<Grant>,
    pub tags: Vec<Tag>,
    pub parts: BTreeMap<i32, (Bytes, String, OffsetDateTime)>,
    /// The value of `x-amz-checksum-algorithm`, if the client sent it.
    pub checksum_algorithm: Option<String>,
}
