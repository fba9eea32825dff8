//! The settings from which each control derives the desired state of a bucket.

use crate::values::{
    CorsOrigin, KmsKey, MfaSerial, PrincipalArn, SourceRange, Tag, TrailName, VpcEndpointId,
};
use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Region};
use std::time::Duration;

/// The bucket configuration that the operator requests with options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of the bucket to configure.
    pub bucket: BucketName,
    /// The partition in the bucket's ARN, such as `aws` or `aws-cn`.
    pub partition: &'static str,
    /// The account that owns the bucket. `None` if the program has not verified the owner.
    pub account: Option<AccountId>,
    /// The region of the bucket. `None` if the bucket is not on AWS or its region is unknown.
    pub region: Option<Region>,
    /// The KMS key for SSE-KMS. `None` requests SSE-S3.
    pub kms_key: Option<KmsKey>,
    /// Whether to encrypt objects in two layers (`aws:kms:dsse`). Dual-layer encryption does not
    /// support S3 Bucket Keys.
    pub dual_layer: bool,
    /// Whether to use S3 Bucket Keys with SSE-KMS. S3 Bucket Keys reduce the number of calls to
    /// KMS.
    pub bucket_key: bool,
    /// Whether to allow uploads with SSE-C (customer-provided keys).
    pub allow_sse_c: bool,
    /// The condition operator of the TLS-only statement, which tests `aws:SecureTransport`.
    pub tls_condition: TlsCondition,
    /// The minimum TLS version. `None` requests no minimum.
    pub min_tls: Option<TlsVersion>,
    /// The maximum age of a signature. `None` requests no limit.
    pub max_presign_age: Option<Duration>,
    /// Whether requests with a signature of version 2 (`SigV2`) are denied.
    pub deny_sigv2: bool,
    /// The networks from which requests may access objects. `None` requests no restriction.
    pub network: Option<Network>,
    /// The access logs that S3 delivers to this bucket. `None` if the bucket is not a log bucket.
    pub log_delivery: Option<LogDelivery>,
    /// Whether to remove all policy statements that these settings do not request.
    pub replace_policy: bool,
    /// Whether to keep old versions of objects.
    pub versioning: bool,
    /// The MFA device of the root user, with which to switch MFA delete on. `None` does not change MFA
    /// delete.
    pub mfa_delete: Option<MfaSerial>,
    /// The lifecycle rules, which determine when S3 deletes or moves objects. `None` requests no
    /// lifecycle rules.
    pub lifecycle: Option<Lifecycle>,
    /// Whether the bucket contains pages of upload links, which a lifecycle rule must delete.
    pub has_upload_pages: bool,
    /// The target of the bucket's access logs. `None` requests no logging.
    pub logging: Option<Logging>,
    /// The trail that logs reads and writes of objects. `None` does not change any trail.
    pub data_events: Option<TrailName>,
    /// The origins of the web pages that may use presigned URLs. An empty list requests no CORS rule.
    pub cors_origins: Vec<CorsOrigin>,
    /// The tags to set on the bucket. The control keeps existing tags with other keys.
    pub tags: Vec<Tag>,
    /// The ids of the controls that the program skips: it neither reads nor changes their
    /// configuration.
    pub skip: Vec<String>,
}

/// The condition operator in the TLS-only statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsCondition {
    /// The operator `Bool`, which AWS's examples use and security scanners expect.
    #[default]
    Bool,
    /// The operator `BoolIfExists`, which Ceph needs. On Ceph, requests over plain HTTP have no
    /// `aws:SecureTransport` key, so a Deny with `Bool` does not apply to requests over plain HTTP.
    BoolIfExists,
}

/// A TLS version that the operator can require as the minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2, which AWS always requires.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl TlsVersion {
    /// Returns the value of the condition key `s3:TlsVersion` for this version: `1.2` or `1.3`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TlsVersion::V1_2 => "1.2",
            TlsVersion::V1_3 => "1.3",
        }
    }
}

/// The networks from which requests may access objects. A request is allowed if it comes through
/// one of the VPC endpoints or from one of the IP addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Network {
    /// The ids of the allowed VPC endpoints.
    pub vpc_endpoints: Vec<VpcEndpointId>,
    /// The allowed source IP addresses and ranges, as S3 sees the source address of a request.
    pub source_ips: Vec<SourceRange>,
    /// The ARNs of users and roles that may access objects from any network. `*` matches any text.
    pub exempt: Vec<PrincipalArn>,
}

/// The access logs that S3 may deliver to a log bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDelivery {
    /// The source buckets, whose access logs S3 delivers.
    pub sources: Vec<BucketName>,
    /// The account that owns the source buckets, in the format that the server returns. On AWS, the
    /// account has twelve digits.
    pub account: String,
    /// The prefix of the object keys of the logs.
    pub prefix: String,
}

/// The numbers of days after which lifecycle rules delete or move objects.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifecycle {
    /// The number of days from the start of an incomplete multipart upload until S3 deletes the
    /// uploaded parts.
    pub abort_incomplete: u32,
    /// The number of days from the creation of an object until S3 moves the object to
    /// `STANDARD_IA`. `None` requests no move.
    pub transition_ia: Option<u32>,
    /// The number of days from the time when an object version becomes noncurrent until S3 deletes
    /// that version. `None` requests no deletion.
    pub expire_noncurrent: Option<u32>,
    /// Days from the creation of an object until S3 deletes it. `None`: S3 deletes no objects except upload
    /// pages.
    pub expire: Option<u32>,
    /// The beginning of the keys of the objects that expire. Empty for every object.
    pub expire_prefix: String,
}

/// The target of a bucket's access logs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logging {
    /// The log bucket.
    pub bucket: BucketName,
    /// The prefix of the object keys of the logs. `None` keeps the existing prefix. If there is no
    /// existing prefix, the control uses the name of the logged bucket and a slash.
    pub prefix: Option<String>,
    /// Whether to remove the grants on the logs. Grants must be removed if ACLs are off on the log
    /// bucket, because S3 then rejects grants.
    pub without_grants: bool,
    /// Whether the run creates the log bucket or has verified the owner of the log bucket.
    pub(crate) is_made_by_run: bool,
}

impl Default for Lifecycle {
    /// Returns the default rules: S3 aborts incomplete uploads after 7 days, moves no objects, and
    /// deletes only the pages of upload links.
    fn default() -> Self {
        Lifecycle {
            abort_incomplete: 7,
            transition_ia: None,
            expire_noncurrent: None,
            expire: None,
            expire_prefix: String::new(),
        }
    }
}

impl Logging {
    /// Returns a target that makes S3 deliver logs to `bucket`, with the name of the source bucket
    /// and a slash as the key prefix.
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
    /// Returns the default settings, which request only the controls that need no option.
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
            deny_sigv2: false,
            network: None,
            log_delivery: None,
            replace_policy: false,
            versioning: false,
            mfa_delete: None,
            lifecycle: None,
            has_upload_pages: false,
            logging: None,
            data_events: None,
            cors_origins: Vec::new(),
            tags: Vec::new(),
            skip: Vec::new(),
        }
    }

    /// Whether the operator has excluded the control with this id.
    #[must_use]
    pub fn skips(&self, id: &str) -> bool {
        self.skip.iter().any(|skipped| skipped == id)
    }

    /// Returns the ARN of the bucket: `arn:PARTITION:s3:::BUCKET`.
    #[must_use]
    pub fn bucket_arn(&self) -> String {
        self.arn_of(&self.bucket)
    }

    /// Returns the ARN of another bucket in the same partition.
    #[must_use]
    pub fn arn_of(&self, bucket: &BucketName) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    /// Returns the ARN of the bucket and the ARN of all its objects, in the order of `Resource` in
    /// a policy statement.
    #[must_use]
    pub fn both_arns(&self) -> [String; 2] {
        let arn = self.bucket_arn();
        let objects = format!("{arn}/*");
        [arn, objects]
    }
}
