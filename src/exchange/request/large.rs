//! The multipart upload of a link that expects one file above the limit of a form.

use super::{Error, interrupt};
use crate::s3::bucket::StartedUpload;
use crate::s3::{Bucket, Client};
use s3_presign::headers::Pair;
use s3_presign::multipart::{Plan, Upload};
use s3_presign::{Expiry, ObjectKey, timestamp};
use std::pin::Pin;
use time::OffsetDateTime;

/// The only file that a link expects.
#[derive(Debug, Clone)]
pub struct LargeFile {
    /// The name of the file in the folder of its delivery.
    pub name: String,
    /// The random part of the name of the delivery's folder: 26 characters of base32.
    pub random: String,
    /// The parts of the largest accepted file.
    pub plan: Plan,
    /// The content type of the object.
    pub content_type: String,
}

/// An upload that the server has begun, and the URLs of its requests.
#[derive(Debug)]
pub struct LargeUpload {
    /// The key of the object that the upload creates.
    pub key: ObjectKey,
    /// The ID of the upload.
    pub id: String,
    /// The parts of the largest accepted file.
    pub plan: Plan,
    /// The presigned URLs.
    pub urls: Upload,
    /// When a lifecycle rule of the bucket aborts the upload, if the server names a time.
    pub abort_at: Option<OffsetDateTime>,
}

/// Everything that the request that begins the upload needs.
pub(super) struct Start<'a> {
    pub(super) client: &'a Client,
    pub(super) file: &'a LargeFile,
    /// The folder of the link, which ends with `/`.
    pub(super) folder: &'a str,
    pub(super) at: OffsetDateTime,
    pub(super) expires_in: Expiry,
    /// The headers that the bucket policy demands of an upload.
    pub(super) demanded: &'a [Pair],
}

impl Start<'_> {
    /// Begins the upload.
    ///
    /// # Errors
    /// The server refused the request, or the caller stopped the run. The upload is then aborted.
    pub(super) async fn begin(
        &self,
        bucket: &mut Bucket<'_>,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<LargeUpload, Error> {
        let Start { file, folder, .. } = self;
        let stamp = timestamp::amz_date(self.at);
        let key = format!("{folder}{stamp}-{}/{}", file.random, file.name);
        let key = ObjectKey::parse(key).map_err(Error::Key)?;
        let mut headers = self.demanded.to_vec();
        headers.push(("content-type".to_owned(), file.content_type.clone()));
        let create = bucket.create_multipart_upload(key.as_bytes(), &headers);
        let (started, is_interrupted) = interrupt::answer(create, stop).await;
        let StartedUpload { id, abort_at } = match started {
            Some(Ok(started)) => started,
            Some(Err(_)) | None if is_interrupted => return Err(Error::Interrupted),
            Some(Err(error)) => return Err(Error::Begin(error)),
            None => return Err(Error::Interrupted),
        };
        let request = s3_presign::Request {
            expires_in: self.expires_in,
            ..s3_presign::Request::put(bucket.endpoint(), &self.client.credentials, self.at)
        };
        let urls = Upload::of_any_size(&request, &key, &id, file.plan);
        let begun = LargeUpload {
            urls: urls.map_err(Error::Presign)?,
            key,
            id,
            plan: file.plan,
            abort_at,
        };
        if is_interrupted {
            return Err(begun.after(bucket, Error::Interrupted).await);
        }
        Ok(begun)
    }
}

impl LargeUpload {
    /// Aborts the upload, because of `error`. Returns the error of the run.
    pub(super) async fn after(&self, bucket: &mut Bucket<'_>, error: Error) -> Error {
        let key = self.key.as_bytes();
        match bucket.abort_multipart_upload(key, &self.id).await {
            Ok(()) => error,
            Err(failure) => Error::UploadLeftBehind {
                bucket: bucket.name().clone(),
                key: self.key.to_string(),
                id: self.id.clone(),
                failure,
                error: Box::new(error),
            },
        }
    }
}
