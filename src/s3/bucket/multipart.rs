//! The calls that begin and abort a multipart upload.

use super::Bucket;
use crate::http::Response;
use crate::s3::client::Call;
use crate::s3::error::Error;
use crate::xml::{DecodeError, Element};
use s3_presign::encode;
use s3_presign::headers::Pair;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// A multipart upload that the server has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedUpload {
    /// The upload ID, which every later request of the upload must contain.
    pub id: String,
    /// When a lifecycle rule of the bucket aborts the upload, if the server names a time.
    pub abort_at: Option<OffsetDateTime>,
}

impl Bucket<'_> {
    /// `CreateMultipartUpload`: IAM `s3:PutObject`, with tags `s3:PutObjectTagging` too. `headers` describe
    /// the object: content type, encryption, tags.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
    ///
    /// # Errors
    /// Fails if the request failed, or if the answer contains no upload ID.
    pub async fn create_multipart_upload(
        &mut self,
        key: &[u8],
        headers: &[Pair],
    ) -> Result<StartedUpload, Error> {
        const OPERATION: &str = "CreateMultipartUpload";
        let call = Call {
            operation: OPERATION,
            method: "POST",
            key: key.to_vec(),
            query: "uploads=".to_owned(),
            headers: headers.to_vec(),
            answer_limit: Some(64 << 10),
            ..Call::default()
        };
        let response = self.call(&call).await?;
        StartedUpload::read(&response).map_err(|why| Error::unreadable(OPERATION, why))
    }

    /// `AbortMultipartUpload`: IAM `s3:AbortMultipartUpload`. The server deletes the parts.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
    ///
    /// # Errors
    /// Fails if the request failed.
    pub async fn abort_multipart_upload(&mut self, key: &[u8], id: &str) -> Result<(), Error> {
        let call = Call {
            operation: "AbortMultipartUpload",
            method: "DELETE",
            key: key.to_vec(),
            query: format!("uploadId={}", encode::query(id.as_bytes())),
            ..Call::default()
        };
        self.call(&call).await.map(drop)
    }
}

impl StartedUpload {
    fn read(response: &Response) -> Result<Self, DecodeError> {
        let answer = Element::read("InitiateMultipartUploadResult", &response.body)?;
        let id = answer.text("UploadId")?.unwrap_or_default().to_owned();
        if id.is_empty() {
            return Err(DecodeError::Malformed(
                "the upload ID is missing".to_owned(),
            ));
        }
        let abort_at = response
            .header("x-amz-abort-date")
            .and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        Ok(StartedUpload { id, abort_at })
    }
}
