//! Begins a multipart upload. All later requests of the upload need only presigned URLs.

use crate::ownership::{self, OpenError, Opened};
use crate::s3::bucket::StartedUpload;
use crate::s3::{Bucket, Client, Error as S3Error};
use s3_presign::ObjectKey;
use s3_presign::endpoint::BucketName;
use s3_presign::headers::Pair;

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
/// The bucket cannot be used, or S3 refused the request.
pub async fn begin<'a>(
    client: &'a Client,
    bucket: BucketName,
    key: ObjectKey,
    headers: &[Pair],
) -> Result<Begun<'a>, OpenError> {
    let Opened {
        mut bucket,
        unproven,
    } = ownership::open(client, bucket).await?;
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
