//! What happens during a run, as values. `output/event.rs` makes the texts.

use super::{Backup, ControlReport};
use s3_presign::ObjectKey;
use s3_presign::endpoint::{BucketName, Region};
use std::time::Duration;

/// Receives the events of a run, in order, while the run goes on.
pub type OnEvent<'a> = &'a mut (dyn FnMut(Event) + Send);

/// Something that happened during a run of [`Bootstrap`](crate::Bootstrap).
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // There are few events, and none is kept.
#[non_exhaustive]
pub enum Event {
    /// The bucket exists and may be used.
    BucketFound {
        /// The bucket.
        bucket: BucketName,
        /// Why it is not known which account owns the bucket. `None` if your account is proven to own it.
        unproven: Option<String>,
    },
    /// Another account owns the bucket. The run ends with an error that has the details.
    BucketOfAnotherAccount(BucketName),
    /// S3 denied access to the bucket. The run ends with an error that has the details.
    BucketDenied(BucketName),
    /// It cannot be proven that your account owns the bucket. The run ends with an error that has the details.
    BucketUnproven(BucketName),
    /// The name of the bucket is taken, and the bucket is not visible. The run ends with an error.
    BucketNameTaken(BucketName),
    /// The bucket is in another region than the client's. The run goes on in the bucket's region.
    RegionChanged {
        /// The client's region.
        from: Region,
        /// The bucket's region.
        to: Region,
    },
    /// A dry run found that the bucket is missing.
    BucketWouldBeCreated {
        /// The bucket.
        bucket: BucketName,
        /// The region in which a run without `dry_run` would create it.
        region: Region,
    },
    /// The bucket was created.
    BucketCreated {
        /// The bucket.
        bucket: BucketName,
        /// Its region.
        region: Region,
        /// Whether a HEAD request confirmed it. `false` where the credentials lack `s3:ListBucket`.
        is_confirmed: bool,
    },
    /// The run waits, because S3 does not show a new bucket at once.
    Settling(Duration),
    /// The bucket policy lets other accounts in. Its statements stay.
    PolicyAdmitsOthers(Vec<String>),
    /// The bucket policy denies uploads without these headers (`NAME: VALUE`), so it also denies presigned
    /// uploads that do not sign them.
    PolicyDemandsHeaders(Vec<String>),
    /// The bucket policy is public. Block Public Access ends what it grants to everyone.
    PolicyIsPublic,
    /// These grants of the bucket's ACL are public. Block Public Access ends them.
    AclIsPublic(Vec<String>),
    /// The bucket is a website, which is public. Block Public Access ends it.
    BucketIsWebsite,
    /// Whether the bucket policy is public cannot be read, for this reason. It needs
    /// `s3:GetBucketPolicyStatus`.
    PolicyStatusUnknown(String),
    /// Whether the bucket's ACL is public cannot be read, for this reason. It needs `s3:GetBucketAcl`.
    AclUnknown(String),
    /// Whether the bucket is a website cannot be read, for this reason. It needs `s3:GetBucketWebsite`.
    WebsiteUnknown(String),
    /// Access logs may not arrive in the bucket for logs, for this reason.
    LogsMayNotArrive(String),
    /// A dry run found grants on access logs that a run would remove: the log bucket has ACLs disabled, and
    /// S3 rejects grants there.
    LogGrantsWouldBeRemoved,
    /// Another author changed the configuration between GET and PUT. The change is merged once more.
    MergedAgain {
        /// The configuration as S3's API calls it, such as `BucketPolicy`.
        configuration: &'static str,
    },
    /// The configuration was saved in a file before its change.
    BackupSaved(Backup),
    /// The configuration could not be saved before its change, so the event has it.
    BackupFailed {
        /// The query of the configuration, such as `lifecycle`.
        subresource: &'static str,
        /// Why it could not be saved.
        error: String,
        /// The configuration, JSON or XML.
        body: String,
    },
    /// A control is done.
    Control {
        /// The result.
        report: ControlReport,
        /// Whether the run requires the control and the bucket does not have it for certain.
        is_missing: bool,
    },
    /// No URLs were made, because a control failed.
    UrlsWithheld,
    /// The URLs are plain HTTP, which the TLS-only policy denies.
    UrlsArePlainHttp,
    /// The URLs were made.
    UrlsMade {
        /// Their object.
        key: ObjectKey,
        /// RFC 3339: when they expire.
        expires_at: String,
    },
}
