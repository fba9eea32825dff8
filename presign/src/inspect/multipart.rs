//! Recognizes the URLs of a multipart upload.

use super::Inspected;
use std::fmt;

/// A request of a multipart upload, as far as its URL shows the request.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRequest {
    /// The S3 operations that the URL may be signed for. A URL does not contain its method, so
    /// several operations can have the same parameters.
    pub operations: Vec<UploadOperation>,
    /// The ID of the upload. Requests without an ID create or list uploads.
    pub upload_id: Option<String>,
    /// The part number. Only `UploadPart` has one.
    pub part_number: Option<String>,
}

/// An S3 operation of a multipart upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadOperation {
    /// `CreateMultipartUpload` starts an upload.
    Create,
    /// `ListMultipartUploads` lists the uploads of a bucket.
    ListUploads,
    /// `UploadPart` uploads one part.
    UploadPart,
    /// `ListParts` lists the parts that have arrived.
    ListParts,
    /// `CompleteMultipartUpload` joins the parts.
    Complete,
    /// `AbortMultipartUpload` deletes the parts.
    Abort,
}

impl UploadOperation {
    /// The name of the operation in the API of S3.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CreateMultipartUpload",
            Self::ListUploads => "ListMultipartUploads",
            Self::UploadPart => "UploadPart",
            Self::ListParts => "ListParts",
            Self::Complete => "CompleteMultipartUpload",
            Self::Abort => "AbortMultipartUpload",
        }
    }

    /// The HTTP method of the operation.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Create | Self::Complete => "POST",
            Self::UploadPart => "PUT",
            Self::ListUploads | Self::ListParts => "GET",
            Self::Abort => "DELETE",
        }
    }
}

impl fmt::Display for UploadOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.method())
    }
}

impl Inspected {
    /// Returns the request of a multipart upload that the URL is made for, or `None` for other
    /// URLs. `method` is the method that the URL is signed for, if the caller knows this method.
    #[must_use]
    pub fn upload_request(&self, method: Option<&str>) -> Option<UploadRequest> {
        use UploadOperation::{Abort, Complete, Create, ListParts, ListUploads, UploadPart};
        let value = |name: &str| {
            let found = self.query.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let signs = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        let upload_id = value("uploadId");
        let part_number = value("partNumber");
        let mut operations = match (&upload_id, &part_number) {
            (Some(_), Some(_)) => vec![UploadPart],
            (Some(_), None) if value("part-number-marker").or(value("max-parts")).is_some() => {
                vec![ListParts]
            }
            (Some(_), None) if signs("x-amz-mp-object-size") => vec![Complete],
            (Some(_), None) => vec![ListParts, Complete, Abort],
            (None, _) if value("uploads").is_some() => vec![Create, ListUploads],
            (None, _) => return None,
        };
        if let Some(method) = method {
            operations.retain(|operation| operation.method() == method);
        }
        (!operations.is_empty()).then_some(UploadRequest {
            operations,
            upload_id,
            part_number,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::inspect::parse;

    fn of(query: &str, signed: &str, method: Option<&str>) -> Option<String> {
        let url = format!(
            "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders={signed}{query}&X-Amz-Signature=0"
        );
        let found = parse(&url).unwrap().upload_request(method)?;
        let operations = found.operations.iter().map(ToString::to_string);
        let names: Vec<String> = operations
            .chain(found.upload_id)
            .chain(found.part_number)
            .collect();
        Some(names.join(" "))
    }

    #[test]
    fn each_request_of_an_upload_is_recognized_by_its_parameters() {
        for (query, signed, method, expected) in [
            (
                "&partNumber=3&uploadId=a%2Fb",
                "content-length%3Bhost",
                None,
                "UploadPart (PUT) a/b 3",
            ),
            (
                "&uploadId=u",
                "host%3Bx-amz-mp-object-size",
                None,
                "CompleteMultipartUpload (POST) u",
            ),
            (
                "&part-number-marker=1000&uploadId=u",
                "host",
                None,
                "ListParts (GET) u",
            ),
            (
                "&uploadId=u",
                "host",
                None,
                "ListParts (GET) CompleteMultipartUpload (POST) AbortMultipartUpload (DELETE) u",
            ),
            (
                "&uploadId=u",
                "host",
                Some("DELETE"),
                "AbortMultipartUpload (DELETE) u",
            ),
            (
                "&uploads=",
                "host",
                Some("POST"),
                "CreateMultipartUpload (POST)",
            ),
        ] {
            assert_eq!(
                of(query, signed, method).as_deref(),
                Some(expected),
                "{query}"
            );
        }
        for (query, method) in [
            ("", None),
            // A GET of one part of an object that is complete.
            ("&partNumber=3", Some("GET")),
            ("&uploadId=u&partNumber=3", Some("GET")),
            ("&versionId=v", None),
        ] {
            assert_eq!(of(query, "host", method), None, "{query}");
        }
    }
}
