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

/// The maximum length of an upload ID, in bytes. The upload IDs of AWS have about 130 bytes. Each URL of an
/// upload contains the upload ID, and an upload can have 10,000 URLs.
const LONGEST_ID: usize = 1_024;

impl StartedUpload {
    fn read(response: &Response) -> Result<Self, DecodeError> {
        let malformed = |why: String| Err(DecodeError::Malformed(why));
        let answer = Element::read("InitiateMultipartUploadResult", &response.body)?;
        let id = answer.text("UploadId")?.unwrap_or_default().to_owned();
        if id.is_empty() {
            return malformed("the upload ID is missing".to_owned());
        }
        if id.len() > LONGEST_ID {
            return malformed(format!("the upload ID is longer than {LONGEST_ID} bytes"));
        }
        // The program prints the upload ID on the terminal, as part of a command.
        if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            let why = "the upload ID has a character that is not printable ASCII";
            return malformed(why.to_owned());
        }
        let abort_at = response
            .header("x-amz-abort-date")
            .and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        Ok(StartedUpload { id, abort_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(id: &str) -> Result<String, DecodeError> {
        let body = format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        let response = Response {
            body: body.into_bytes(),
            ..Response::default()
        };
        StartedUpload::read(&response).map(|upload| upload.id)
    }

    #[test]
    fn rejects_upload_ids_that_no_server_creates() {
        for id in ["2~a-Z_0.9", "abc+/=", &"u".repeat(LONGEST_ID)] {
            assert_eq!(read(id).as_deref(), Ok(id));
        }
        for (id, why) in [
            ("", "the upload ID is missing"),
            (
                &*"u".repeat(LONGEST_ID + 1),
                "the upload ID is longer than 1024 bytes",
            ),
            (
                "a&#x1b;[2Jb",
                "the upload ID has a character that is not printable ASCII",
            ),
            (
                "a\n[ OK ] b",
                "the upload ID has a character that is not printable ASCII",
            ),
            (
                "a&#x202e;b",
                "the upload ID has a character that is not printable ASCII",
            ),
        ] {
            assert_eq!(
                read(id),
                Err(DecodeError::Malformed(why.to_owned())),
                "{id}"
            );
        }
    }
}
