//! The settings from which every control derives the desired state of a bucket.

use crate::values::{KmsKey, PrincipalArn, SourceRange, Tag, VpcEndpointId};
use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Region};
use std::time::Duration;

/// The configuration of a bucket that the operator's options request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of the bucket to configure.
    pub bucket: BucketName,
    /// The partition in the bucket's ARN: `aws`, `aws-cn` …
    pub partition: &'static str,
    /// The account that owns the bucket, if the program has verified the owner.
    pub account: Option<AccountId>,
    /// The region of the bucket, if the bucket is on AWS and its region is known.
    pub region: Option<Region>,
    /// The key for SSE-KMS. `None` requests SSE-S3.
    pub kms_key: Option<KmsKey>,
    /// Whether to encrypt in two layers (`aws:kms:dsse`), which do not support S3 Bucket Keys.
    pub dual_layer: bool,
    /// Whether to use S3 Bucket Keys with SSE-KMS, which reduces the number of calls to KMS.
    pub bucket_key: bool,
    /// Whether uploads with SSE-C (customer-provided keys) stay allowed.
    pub allow_sse_c: bool,
    /// The operator with which the TLS-only statement compares `aws:SecureTransport`.
    pub tls_condition: TlsCondition,
    /// The minimum TLS version. `None` requests no minimum.
    pub min_tls: Option<TlsVersion>,
    /// The maximum age of a signature. `None` requests no limit.
    pub max_presign_age: Option<Duration>,
    /// The networks that may access objects. `None` requests no restriction.
    pub network: Option<Network>,
    /// The access logs that S3 delivers to this bucket. `None` if this is not a log bucket.
    pub log_delivery: Option<LogDelivery>,
    /// Whether to remove every policy statement that these settings do not request.
    pub replace_policy: bool,
    /// Whether to keep old versions of objects.
    pub versioning: bool,
    /// When S3 deletes or moves objects. `None` requests no lifecycle rules.
    pub lifecycle: Option<Lifecycle>,
    /// The target of the bucket's access logs. `None` requests no logging.
    pub logging: Option<Logging>,
    /// Tags to set. Existing tags with other keys stay.
    pub tags: Vec<Tag>,
    /// The ids of controls that are neither read nor changed.
    pub skip: Vec<String>,
}

/// The condition operator in the TLS-only statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsCondition {
    /// `Bool`, which AWS's examples use and scanners expect.
    #[default]
    Bool,
    /// `BoolIfExists`, which Ceph needs: on Ceph, requests over plain HTTP have no `aws:SecureTransport`
    /// key, so a Deny with `Bool` does not apply to them.
    BoolIfExists,
}

/// A TLS version that can be required as the minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2, which AWS always requires.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl TlsVersion {
    /// The version as the policy key `s3:TlsVersion` contains it: `1.2` or `1.3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TlsVersion::V1_2 => "1.2",
            TlsVersion::V1_3 => "1.3",
        }
    }
}

/// The networks that may access objects. A request is allowed if it comes through one of the VPC endpoints
/// or from one of the addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Network {
    /// The ids of VPC endpoints.
    pub vpc_endpoints: Vec<VpcEndpointId>,
    /// IP addresses and ranges from which S3 receives the requests.
    pub source_ips: Vec<SourceRange>,
    /// The ARNs of users and roles that may access objects from any network. `*` matches any text.
    pub exempt: Vec<PrincipalArn>,
}

/// The access logs that S3 may deliver to a log bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDelivery {
    /// The buckets whose access logs are delivered.
    pub sources: Vec<BucketName>,
    /// The account that owns the source buckets, in the format that the server returns. Twelve
    /// digits on AWS.
    pub account: String,
    /// The prefix of the keys of the logs.
    pub prefix: String,
}

/// The days after which lifecycle rules delete or move objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifecycle {
    /// Days from the start of an incomplete multipart upload until S3 deletes its parts.
    pub abort_incomplete: u32,
    /// Days from the creation of an object until S3 moves it to `STANDARD_IA`. `None`: never.
    pub transition_ia: Option<u32>,
    /// Days from the time a version becomes noncurrent until S3 deletes it. `None`: never.
    pub expire_noncurrent: Option<u32>,
}

/// The target of a bucket's access logs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logging {
    /// The log bucket.
    pub bucket: BucketName,
    /// The prefix of the keys of the logs. `None` keeps the existing prefix. Without an existing prefix,
    /// the default is the name of the logged bucket and a slash.
    pub prefix: Option<String>,
    /// Whether to remove grants on the logs: S3 rejects such grants if ACLs are off on the log bucket.
    pub without_grants: bool,
    /// Whether the same run creates the log bucket, or has verified its owner.
    pub(crate) is_made_by_run: bool,
}

impl Default for Lifecycle {
    /// Aborts incomplete uploads after 7 days; moves and deletes nothing.
    fn default() -> Self {
        Lifecycle {
            abort_incomplete: 7,
            transition_ia: None,
            expire_noncurrent: None,
        }
    }
}

impl Logging {
    /// S3 delivers logs to `bucket`, with the name of the source bucket and a slash as the key
    /// prefix.
    #[must_use]
    pub fn to(bucket: BucketName) -> Self {
        Logging {
            bucket,
            prefix: None,
            without_grants: false,
            is_made_by_run: false,
        }
    }
}

impl Settings {
    /// The default settings: only the controls that need no option.
    #[must_use]
    pub fn new(bucket: BucketName, partition: &'static str) -> Self {
        Settings {
            bucket,
            partition,
            account: None,
            region: None,
            kms_key: None,
            dual_layer: false,
            bucket_key: true,
            allow_sse_c: false,
            tls_condition: TlsCondition::Bool,
            min_tls: None,
            max_presign_age: None,
            network: None,
            log_delivery: None,
            replace_policy: false,
            versioning: false,
            lifecycle: None,
            logging: None,
            tags: Vec::new(),
            skip: Vec::new(),
        }
    }

    /// Whether the operator excluded the control with this id.
    #[must_use]
    pub fn skips(&self, id: &str) -> bool {
        self.skip.iter().any(|skipped| skipped == id)
    }

    /// The ARN of the bucket: `arn:PARTITION:s3:::BUCKET`.
    #[must_use]
    pub fn bucket_arn(&self) -> String {
        self.arn_of(&self.bucket)
    }

    /// The ARN of another bucket in the same partition.
    #[must_use]
    pub fn arn_of(&self, bucket: &BucketName) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    /// The ARNs of the bucket and of all its objects, in the order in which `Resource` lists them.
    #[must_use]
    pub fn both_arns(&self) -> [String; 2] {
        let arn = self.bucket_arn();
        let objects = format!("{arn}/*");
        [arn, objects]
    }
}
