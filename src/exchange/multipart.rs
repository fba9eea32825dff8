//! Begins a multipart upload. All later requests of the upload need only presigned URLs.

use crate::ownership::{self, Existence};
use crate::s3::bucket::StartedUpload;
use crate::s3::{Bucket, Client, Error as S3Error};
use s3_presign::ObjectKey;
use s3_presign::endpoint::{BucketName, EndpointError};
use s3_presign::headers::Pair;
use std::fmt;

/// Why an upload could not be begun.
#[derive(Debug, Clone)]
pub enum Error {
    /// The endpoint cannot address a bucket with this name.
    Endpoint(EndpointError),
    /// There is no bucket with this name.
    Missing(BucketName),
    /// Another account owns the bucket, or the program cannot verify that the caller's account owns it.
    NotOwned(ownership::Error),
    /// S3 refused the request, or did not answer.
    S3(S3Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::Missing(bucket) => write!(f, "there is no bucket `{bucket}`"),
            Self::NotOwned(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(error) => error.source(),
            Self::Missing(_) => None,
            Self::NotOwned(error) => error.source(),
            Self::S3(error) => error.source(),
        }
    }
}

impl From<S3Error> for Error {
    fn from(error: S3Error) -> Self {
        Error::S3(error)
    }
}

/// An upload that was begun in a bucket of the caller's account.
#[derive(Debug)]
pub struct Begun<'a> {
    bucket: Bucket<'a>,
    key: ObjectKey,
    /// The answer of the server.
    pub upload: StartedUpload,
    /// Why the program could not verify the owner of the bucket, if that is so.
    pub unproven: Option<String>,
}

/// Verifies that the caller's account owns the bucket, and sends `CreateMultipartUpload`. `headers`
/// describe the object.
///
/// # Errors
/// See [`Error`].
pub async fn begin<'a>(
    client: &'a Client,
    bucket: BucketName,
    key: ObjectKey,
    headers: &[Pair],
) -> Result<Begun<'a>, Error> {
    let mut bucket = Bucket::new(client, bucket).map_err(Error::Endpoint)?;
    let unproven = match ownership::prove(client, &mut bucket).await {
        Ok(Existence::Owned) => None,
        Ok(Existence::Unproven(why)) => Some(why),
        Ok(Existence::Missing) => return Err(Error::Missing(bucket.name().clone())),
        Err(ownership::Error::S3(error)) => return Err(Error::S3(error)),
        Err(error) => return Err(Error::NotOwned(error)),
    };
    let upload = bucket
        .create_multipart_upload(key.as_bytes(), headers)
        .await?;
    Ok(Begun {
        bucket,
        key,
        upload,
        unproven,
    })
}

impl Begun<'_> {
    /// The endpoint of the bucket, in the region that S3 may have named.
    #[must_use]
    pub fn endpoint(&self) -> &s3_presign::endpoint::Endpoint {
        self.bucket.endpoint()
    }

    /// Aborts the upload, because its URLs could not be delivered.
    ///
    /// # Errors
    /// Fails if the request failed. The upload then still exists.
    pub async fn abort(&mut self) -> Result<(), S3Error> {
        let (key, id) = (self.key.as_bytes().to_vec(), self.upload.id.clone());
        self.bucket.abort_multipart_upload(&key, &id).await
    }
}
