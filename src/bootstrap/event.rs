//! The events of a run, as values. `output/event.rs` turns these values into text.

use super::{Backup, ControlReport};
use s3_presign::endpoint::{BucketName, Region};
use s3_presign::{AccountId, ObjectKey};
use std::time::Duration;

/// Receives the events of a run, in order, during the run.
pub type OnEvent<'a> = &'a mut (dyn FnMut(Event) + Send);

/// Something that happened during a run of [`Bootstrap`](crate::Bootstrap).
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // Large variants are fine, because there are few events and none is stored.
#[non_exhaustive]
pub enum Event {
    /// The bucket exists and may be used.
    BucketFound {
        /// The bucket.
        bucket: BucketName,
        /// Why it is not known which account owns the bucket. `None` if the owner is verified.
        unproven: Option<String>,
        /// The account that the caller expects to own the bucket, if S3 has verified that it does. `None` if
        /// your account is verified as the owner.
        owner: Option<AccountId>,
    },
    /// Another account owns the bucket. The run ends with an error that has the details.
    BucketOfAnotherAccount(BucketName),
    /// S3 denied access to the bucket. The run ends with an error that has the details.
    BucketDenied(BucketName),
    /// The program cannot verify that your account owns the bucket. The run ends with an error that has the
    /// details.
    BucketUnproven(BucketName),
    /// The name of the bucket is taken, and the bucket is not visible. The run ends with an error.
    BucketNameTaken(BucketName),
    /// The bucket is not in the client's region. The run continues in the bucket's region.
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
        /// The region in which a run without `dry_run` would create the bucket.
        region: Region,
    },
    /// The bucket was created.
    BucketCreated {
        /// The bucket.
        bucket: BucketName,
        /// The region of the new bucket.
        region: Region,
        /// Whether a HEAD request confirmed that the bucket exists. `false` if the credentials lack
        /// `s3:ListBucket`.
        is_confirmed: bool,
    },
    /// The run waits, because S3 does not show a new bucket at once.
    Settling(Duration),
    /// The bucket policy grants access to other accounts. Its statements stay.
    PolicyAdmitsOthers(Vec<String>),
    /// The bucket policy allows access to these principals. The caller's account is unknown, so the
    /// principals may or may not belong to that account. The statements stay.
    PolicyNamesPrincipals(Vec<String>),
    /// The bucket policy denies uploads without these headers (`NAME: VALUE`), so it also denies presigned
    /// uploads that do not sign them.
    PolicyDemandsHeaders(Vec<String>),
    /// The bucket policy is public. Block Public Access ends the public access that the policy grants.
    PolicyIsPublic,
    /// These grants of the bucket's ACL are public. Block Public Access disables these grants.
    AclIsPublic(Vec<String>),
    /// The bucket is a website, which is public. Block Public Access ends public access to the website.
    BucketIsWebsite,
    /// The reason why the program cannot read whether the bucket policy is public. The read needs
    /// `s3:GetBucketPolicyStatus`.
    PolicyStatusUnknown(String),
    /// The reason why the program cannot read whether the bucket's ACL is public. The read needs
    /// `s3:GetBucketAcl`.
    AclUnknown(String),
    /// The reason why the program cannot read whether the bucket is a website. The read needs
    /// `s3:GetBucketWebsite`.
    WebsiteUnknown(String),
    /// The reason why the program cannot verify that your account owns the log bucket.
    LogBucketUnproven(String),
    /// The reason why access logs may not arrive in the log bucket.
    LogsMayNotArrive(String),
    /// A dry run found grants on access logs that a run would remove: the log bucket has ACLs disabled, and
    /// S3 rejects grants there.
    LogGrantsWouldBeRemoved,
    /// The control for data events changes the trail, which has costs.
    DataEventsCost,
    /// The run is about to ask for a code of the MFA device and to switch MFA delete on.
    MfaDeleteNeedsCode,
    /// Another tool or person changed the configuration between GET and PUT. The run merges its
    /// change again.
    MergedAgain {
        /// The configuration's name in the S3 API, such as `BucketPolicy`.
        configuration: &'static str,
    },
    /// The configuration was saved in a file before its change.
    BackupSaved(Backup),
    /// The program could not save the configuration before the change, so the event contains the
    /// configuration.
    BackupFailed {
        /// The query of the configuration, such as `lifecycle`.
        subresource: &'static str,
        /// Why the configuration could not be saved.
        error: String,
        /// The configuration as JSON or XML.
        body: String,
    },
    /// The run has finished a control.
    Control {
        /// The result.
        report: ControlReport,
        /// Whether the run requires the control, but the program could not verify that the bucket has it.
        is_missing: bool,
    },
    /// No URLs were made, because a control failed.
    UrlsWithheld,
    /// The URLs are plain HTTP, which the TLS-only policy denies.
    UrlsArePlainHttp,
    /// The URLs were made.
    UrlsMade {
        /// The object that the URLs are for.
        key: ObjectKey,
        /// The time at which the URLs expire, in the format of RFC 3339.
        expires_at: String,
    },
}
