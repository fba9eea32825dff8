//! The reason why a run of bootstrap stopped.

use super::MfaDeleteObstacle;
use crate::ownership;
use crate::s3::{Error as S3Error, ErrorResponse};
use crate::values::KmsKey;
use s3_presign::endpoint::{BucketName, EndpointError, Region};
use s3_presign::url::InvalidRequest;
use std::fmt;

/// The reason why a run stopped.
#[derive(Debug, Clone)]
pub enum Error {
    /// Another account owns the bucket, or the program cannot verify that the caller's account owns it.
    NotOwned(ownership::Error),
    /// `CreateBucket` answered that the name is taken, and the bucket is not visible.
    Taken(BucketName, ErrorResponse),
    /// The bucket was created but is not visible yet (eventual consistency).
    NotSeen(String),
    /// The server does not create buckets in the requested region (the first), and names another
    /// region (the second).
    OtherRegion(Region, Region),
    /// The KMS key is not in the bucket's region.
    KmsRegion {
        /// The key.
        key: KmsKey,
        /// The bucket's region.
        bucket: Region,
    },
    /// MFA delete cannot be switched on. Nothing was written.
    MfaDelete(MfaDeleteObstacle),
    /// The endpoint cannot address a bucket with this name.
    Endpoint(EndpointError),
    /// A request and all its retries failed.
    S3(S3Error),
    /// The URLs cannot be signed.
    Presign(InvalidRequest),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOwned(error) => error.fmt(f),
            Self::Taken(bucket, answer) => write!(
                f,
                "bucket name `{bucket}` is taken by another account: S3 answered {answer}"
            ),
            Self::NotSeen(bucket) => {
                write!(f, "bucket `{bucket}` was created but cannot be seen yet")
            }
            Self::OtherRegion(asked, named) => {
                write!(
                    f,
                    "the server refuses region {asked} and names {named} instead"
                )
            }
            Self::KmsRegion { key, bucket } => {
                write!(f, "KMS key `{key}` is not in the bucket's region, {bucket}")
            }
            Self::MfaDelete(MfaDeleteObstacle::NotRoot) => f.write_str(
                "only the root user can switch MFA delete on, and the credentials belong to another user or role",
            ),
            Self::MfaDelete(MfaDeleteObstacle::Lifecycle) => f.write_str(
                "the bucket has a lifecycle configuration, and S3 does not allow MFA delete together with lifecycle rules",
            ),
            Self::Endpoint(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
            Self::Presign(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotOwned(error) => error.source(),
            Self::Endpoint(error) => error.source(),
            Self::S3(error) => error.source(),
            Self::Presign(error) => error.source(),
            Self::Taken(..)
            | Self::NotSeen(_)
            | Self::OtherRegion(..)
            | Self::KmsRegion { .. }
            | Self::MfaDelete(_) => None,
        }
    }
}

impl From<S3Error> for Error {
    fn from(error: S3Error) -> Self {
        Error::S3(error)
    }
}
