//! What the operator wants of a bucket.

use crate::values::{KmsKey, PrincipalArn, SourceRange, Tag, VpcEndpointId};
use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Region};
use std::time::Duration;

/// What the operator wants of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: BucketName,
    /// The partition in its ARN: `aws`, `aws-cn` …
    pub partition: &'static str,
    /// The account that owns the bucket, if it is proven.
    pub account: Option<AccountId>,
    /// The region that the bucket is in, if it is on AWS and known by now.
    pub region: Option<Region>,
    /// SSE-KMS with this key in place of SSE-S3.
    pub kms_key: Option<KmsKey>,
    /// Two layers of it: `aws:kms:dsse`, which knows no S3 Bucket Keys.
    pub dual_layer: bool,
    /// S3 Bucket Keys with SSE-KMS: fewer calls to KMS.
    pub bucket_key: bool,
    /// Uploads with SSE-C stay allowed.
    pub allow_sse_c: bool,
    /// How the TLS-only statement asks for `aws:SecureTransport`.
    pub tls_condition: TlsCondition,
    /// The least version of TLS.
    pub min_tls: Option<TlsVersion>,
    /// How old a signature may be.
    pub max_presign_age: Option<Duration>,
    /// Where objects may be reached from.
    pub network: Option<Network>,
    /// The bucket takes the access logs of others.
    pub log_delivery: Option<LogDelivery>,
    /// The policy holds what is wanted here, and nothing else.
    pub replace_policy: bool,
    /// Keep old versions.
    pub versioning: bool,
    /// What becomes of objects with time.
    pub lifecycle: Option<Lifecycle>,
    /// Where access logs go.
    pub logging: Option<Logging>,
    /// Tags to set; others stay.
    pub tags: Vec<Tag>,
    /// Ids of controls to leave alone.
    pub skip: Vec<String>,
}

/// The operator in the TLS-only statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsCondition {
    /// `Bool`: what AWS's own examples have and scanners look for.
    #[default]
    Bool,
    /// `BoolIfExists`: on Ceph, where plain HTTP has no `aws:SecureTransport` at all, only this bites.
    BoolIfExists,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// 1.2, which AWS demands anyway.
    V1_2,
    /// 1.3.
    V1_3,
}

impl TlsVersion {
    /// As in `s3:TlsVersion`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TlsVersion::V1_2 => "1.2",
            TlsVersion::V1_3 => "1.3",
        }
    }
}

/// Where objects may be reached from: through one of the endpoints, or from one of the addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Ids of VPC endpoints.
    pub vpc_endpoints: Vec<VpcEndpointId>,
    /// Addresses and ranges, as seen by S3.
    pub source_ips: Vec<SourceRange>,
    /// ARNs of users and roles that may reach them from anywhere; `*` stands for any text.
    pub exempt: Vec<PrincipalArn>,
}

/// Whose access logs a bucket takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDelivery {
    /// The buckets.
    pub sources: Vec<BucketName>,
    /// The account that owns them, as the server names it: twelve digits on AWS.
    pub account: String,
    /// What the logs' names begin with.
    pub prefix: String,
}

/// Days until something becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifecycle {
    /// An upload in parts that nobody completed is thrown away.
    pub abort_incomplete: u32,
    /// An object goes to `STANDARD_IA`.
    pub transition_ia: Option<u32>,
    /// An old version is deleted.
    pub expire_noncurrent: Option<u32>,
}

/// Where access logs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// The bucket.
    pub bucket: BucketName,
    /// What the logs' names begin with. `None`: what is there stays; where there is nothing, the bucket's
    /// name and a slash.
    pub prefix: Option<String>,
    /// The bucket for the logs has ACLs off, and S3 refuses grants on what is delivered there.
    pub without_grants: bool,
}

impl Settings {
    /// The defaults.
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

    /// Whether the operator wants the control of this id left alone.
    #[must_use]
    pub fn skips(&self, id: &str) -> bool {
        self.skip.iter().any(|skipped| skipped == id)
    }

    /// `arn:PARTITION:s3:::BUCKET`.
    #[must_use]
    pub fn bucket_arn(&self) -> String {
        self.arn_of(&self.bucket)
    }

    /// The ARN of a bucket in the same partition.
    #[must_use]
    pub fn arn_of(&self, bucket: &BucketName) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    /// The ARNs of the bucket and of all that is in it, as `Resource` lists them.
    #[must_use]
    pub fn both_arns(&self) -> [String; 2] {
        let arn = self.bucket_arn();
        let objects = format!("{arn}/*");
        [arn, objects]
    }
}
