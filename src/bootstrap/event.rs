//! What happens during a run, as values. `output/event.rs` makes the texts.

use super::{Backup, ControlReport};
use s3_presign::ObjectKey;
use s3_presign::endpoint::{BucketName, Region};
use std::time::Duration;

/// Receives the events of a run, in order, while the run goes on.
pub type OnEvent<'a> = &'a mut (dyn FnMut(Event) + Send);

/// Something that happened during a run of [`Bootstrap`](crate::Bootstrap).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The bucket exists and may be used.
    BucketFound {
        /// The bucket.
        bucket: BucketName,
        /// Why it is not known which account owns the bucket. `None` if your account is proven to own it.
        unproven: Option<String>,
    },
    /// The bucket must not be used: the run ends with an error that has more details.
    BucketRefused {
        /// The bucket.
        bucket: BucketName,
        /// Why it must not be used.
        refusal: Refusal,
    },
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
    /// Whether a public access exists cannot be read.
    PublicAccessUnknown {
        /// What could not be read.
        part: PublicPart,
        /// What S3 answered.
        error: String,
    },
    /// Access logs may not arrive in the bucket for logs, for this reason.
    LogsMayNotArrive(String),
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

/// Why a bucket must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Another account owns it.
    AnotherAccount,
    /// S3 denied access to it.
    AccessDenied,
    /// It cannot be proven which account owns it.
    Unproven,
    /// The name is taken, and the bucket cannot be seen.
    NameTaken,
}

/// A way in which a bucket can be public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicPart {
    /// The bucket policy; reading it needs `s3:GetBucketPolicyStatus`.
    Policy,
    /// The ACL; reading it needs `s3:GetBucketAcl`.
    Acl,
    /// The website; reading it needs `s3:GetBucketWebsite`.
    Website,
}
