//! The calls that begin, list and abort multipart uploads.

use super::Bucket;
use super::objects::decoded;
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

/// A multipart upload that is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUpload {
    /// The key, byte for byte.
    pub key: Vec<u8>,
    /// The ID that every request of the upload names.
    pub id: String,
}

/// The place in a list of uploads after which the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadMarker {
    key: Vec<u8>,
    id: String,
}

/// One page of a list of uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPage {
    /// The uploads, in the order of the answer.
    pub uploads: Vec<ListedUpload>,
    /// Where the next page begins. `None` at the end of the list.
    pub next: Option<UploadMarker>,
}

/// The limit for a page in bytes: 1,000 keys of 1,024 bytes, each byte written as `%XX`, and about 1 KB of
/// other elements for each upload.
const PAGE_LIMIT: usize = 4 << 20;

impl Bucket<'_> {
    /// `ListMultipartUploads`, one page of the uploads whose keys begin with `prefix`: IAM
    /// `s3:ListBucketMultipartUploads`. `start` is the end of the page before, and `None` for the first page.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
    ///
    /// # Errors
    /// The request failed, or the answer is not a page of uploads.
    pub async fn list_uploads(
        &mut self,
        prefix: &[u8],
        start: Option<&UploadMarker>,
    ) -> Result<UploadPage, Error> {
        const OPERATION: &str = "ListMultipartUploads";
        let mut query = "uploads=&encoding-type=url".to_owned();
        let mut add = |name: &str, value: &[u8]| {
            if !value.is_empty() {
                query += &format!("&{name}={}", encode::query(value));
            }
        };
        add("prefix", prefix);
        if let Some(marker) = start {
            add("key-marker", &marker.key);
            add("upload-id-marker", marker.id.as_bytes());
        }
        let call = Call {
            operation: OPERATION,
            method: "GET",
            query,
            answer_limit: Some(PAGE_LIMIT),
            ..Call::default()
        };
        let response = self.call(&call).await?;
        let page = UploadPage::read(&response.body, start);
        page.map_err(|why| Error::unreadable(OPERATION, why))
    }

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

    /// `UploadPart` with the first part, which is empty: IAM `s3:PutObject`. `headers` describe the object.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
    ///
    /// # Errors
    /// Fails if the request failed. If the upload does not exist, S3 answers 404 and stores nothing.
    pub async fn upload_empty_part(
        &mut self,
        key: &[u8],
        id: &str,
        headers: &[Pair],
    ) -> Result<(), Error> {
        let call = Call {
            operation: "UploadPart",
            method: "PUT",
            key: key.to_vec(),
            query: format!("partNumber=1&uploadId={}", encode::query(id.as_bytes())),
            headers: headers.to_vec(),
            ..Call::default()
        };
        self.call(&call).await.map(drop)
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

impl UploadPage {
    fn read(body: &[u8], start: Option<&UploadMarker>) -> Result<Self, DecodeError> {
        let page = Element::read("ListMultipartUploadsResult", body)?;
        let is_encoded = page.text("EncodingType")? == Some("url");
        let key = |text: &str| {
            if is_encoded {
                decoded(text.as_bytes())
            } else {
                Ok(text.as_bytes().to_owned())
            }
        };
        let mut uploads = Vec::new();
        for upload in page.all("Upload") {
            uploads.push(ListedUpload {
                key: key(upload.required("Key")?.as_text()?)?,
                id: upload_id(upload.required("UploadId")?.as_text()?)?,
            });
        }
        let next = match page.text("IsTruncated")? {
            Some("true") => Some(UploadMarker {
                key: key(page.text("NextKeyMarker")?.unwrap_or_default())?,
                id: page
                    .text("NextUploadIdMarker")?
                    .unwrap_or_default()
                    .to_owned(),
            }),
            _ => None,
        };
        // A marker that does not advance would repeat the same page without end.
        if next.is_some() && (next.as_ref() == start || uploads.is_empty()) {
            let why = "the page is truncated, but its marker does not advance";
            return Err(DecodeError::Malformed(why.to_owned()));
        }
        Ok(UploadPage { uploads, next })
    }
}

/// Returns an upload ID that can be part of a URL and of a command on the terminal.
///
/// # Errors
/// Fails if the ID is empty, too long, or has a character that is not printable ASCII.
fn upload_id(id: &str) -> Result<String, DecodeError> {
    let why = if id.is_empty() {
        "the upload ID is missing".to_owned()
    } else if id.len() > LONGEST_ID {
        format!("the upload ID is longer than {LONGEST_ID} bytes")
    } else if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        "the upload ID has a character that is not printable ASCII".to_owned()
    } else {
        return Ok(id.to_owned());
    };
    Err(DecodeError::Malformed(why))
}

impl StartedUpload {
    fn read(response: &Response) -> Result<Self, DecodeError> {
        let answer = Element::read("InitiateMultipartUploadResult", &response.body)?;
        let id = upload_id(answer.text("UploadId")?.unwrap_or_default())?;
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

    fn page(inner: &str) -> Result<UploadPage, DecodeError> {
        let body = format!("<ListMultipartUploadsResult>{inner}</ListMultipartUploadsResult>");
        UploadPage::read(body.as_bytes(), None)
    }

    #[test]
    fn keys_of_uploads_are_decoded_byte_for_byte() {
        let upload = "<Upload><Key>in/a%20b%FF</Key><UploadId>u1</UploadId></Upload>";
        let encoded = page(&format!("<EncodingType>url</EncodingType>{upload}")).unwrap();
        assert_eq!(encoded.uploads[0].key, b"in/a b\xff");
        assert_eq!(encoded.next, None);
        let plain = page(upload).unwrap();
        assert_eq!(plain.uploads[0].key, b"in/a%20b%FF");
        let more = "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>";
        let next = page(&format!("{upload}{more}")).unwrap().next.unwrap();
        assert_eq!((&*next.key, &*next.id), (&b"k"[..], ""));
        assert!(
            page(more).is_err(),
            "a page without uploads is the last one"
        );
        assert!(
            page(&upload.replace("u1", "u&#x1b;")).is_err(),
            "an upload ID is printable"
        );
    }
}
