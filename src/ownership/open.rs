//! Opens a bucket for a command that needs an existing bucket of the caller's account.

use super::{Error, Existence, prove};
use crate::s3::{Bucket, Client, Error as S3Error, ErrorResponse};
use s3_presign::endpoint::{BucketName, EndpointError};
use std::fmt;

/// A bucket that exists.
#[derive(Debug)]
pub struct Opened<'a> {
    /// The bucket. If the server has accounts, each request contains the ID of the account that
    /// must own the bucket.
    pub bucket: Bucket<'a>,
    /// The reason why the server cannot show who owns the bucket. `None` if the caller's account owns it.
    pub unproven: Option<String>,
}

/// The reason why a command cannot use a bucket.
#[derive(Debug, Clone)]
pub enum OpenError {
    /// The endpoint does not support buckets with this name.
    Endpoint(EndpointError),
    /// The bucket with this name does not exist.
    Missing(BucketName),
    /// Another account owns the bucket, or the program cannot verify that the caller's account owns it.
    NotOwned(Error),
    /// A request and all its retries failed.
    S3(S3Error),
}

/// Finds the bucket, and verifies that the caller's account owns it.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(client: &Client, name: BucketName) -> Result<Opened<'_>, OpenError> {
    let mut bucket = Bucket::new(client, name).map_err(OpenError::Endpoint)?;
    let unproven = match prove(client, &mut bucket).await {
        Ok(Existence::Owned) => None,
        Ok(Existence::Unproven(why)) => Some(why),
        Ok(Existence::Missing) => return Err(OpenError::Missing(bucket.name().clone())),
        Err(Error::S3(error)) => return Err(OpenError::S3(error)),
        Err(error) => return Err(OpenError::NotOwned(error)),
    };
    Ok(Opened { bucket, unproven })
}

impl OpenError {
    /// The error in S3's answer, if there was an answer.
    #[must_use]
    pub fn response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::NotOwned(error) => error.response(),
            Self::S3(error) => error.response(),
            Self::Endpoint(_) | Self::Missing(_) => None,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::Missing(bucket) => write!(f, "there is no bucket `{bucket}`"),
            Self::NotOwned(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(error) => error.source(),
            Self::Missing(_) => None,
            Self::NotOwned(error) => error.source(),
            Self::S3(error) => error.source(),
        }
    }
}

impl From<S3Error> for OpenError {
    fn from(error: S3Error) -> Self {
        OpenError::S3(error)
    }
}
