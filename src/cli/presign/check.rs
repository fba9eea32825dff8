//! Checks for keys and query parameters with which a URL would not do what the caller expects.

use crate::failure::Failure;
use s3_presign::headers::Pair;
use s3_presign::{Method, ObjectKey};

/// The query parameters that address a configuration or the objects of a bucket instead of the bucket
/// itself. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
const SUBRESOURCES: [&str; 25] = [
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "lifecycle",
    "logging",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "tagging",
    "versioning",
    "website",
];

/// Request headers that S3 ignores in a query: without the header, the upload is not restricted.
const HEADERS_ONLY: [&str; 14] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "if-match",
    "if-none-match",
    "x-amz-acl",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
];
const HEADER_PREFIXES: [&str; 4] = [
    "x-amz-checksum-",
    "x-amz-copy-source",
    "x-amz-grant-",
    "x-amz-server-side-encryption",
];

/// Refuses a URL that would create or delete the bucket itself.
pub(super) fn key(method: Method, key: &ObjectKey, query: &[Pair]) -> Result<(), Failure> {
    let creates_or_deletes = matches!(method, Method::Put | Method::Delete);
    let is_subresource = |(name, _): &Pair| SUBRESOURCES.contains(&name.as_str());
    if !creates_or_deletes || !key.is_empty() || query.iter().any(is_subresource) {
        return Ok(());
    }
    Err(Failure::usage(
        "the URI names no object: such a URL would create or delete the bucket itself",
        "write s3://BUCKET/KEY, or name a configuration of the bucket, such as --query lifecycle",
    ))
}

/// Refuses parameters of an upload that S3 obeys only as headers.
pub(super) fn query(method: Method, query: &[Pair]) -> Result<(), Failure> {
    let is_header = |name: &str| {
        let name = name.to_ascii_lowercase();
        HEADERS_ONLY.contains(&name.as_str())
            || HEADER_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
    };
    match query.iter().find(|(name, _)| is_header(name)) {
        Some((name, value)) if method == Method::Put => Err(Failure::usage(
            format!("S3 ignores `{name}` in the query of an upload"),
            format!(
                "sign the parameter as a header, which the client must send: --header '{name}: {value}'"
            ),
        )),
        _ => Ok(()),
    }
}

/// A warning for a key that contains a query, which belongs to the key.
pub(super) fn misplaced_version(method: Method, key: &ObjectKey) -> Option<&'static str> {
    let key = String::from_utf8_lossy(key.as_bytes()).to_ascii_lowercase();
    if !key.contains("?versionid=") {
        return None;
    }
    Some(match method {
        Method::Put => "`?versionId=` is part of the key, because an s3:// URI has no query",
        _ => {
            "`?versionId=` is part of the key, because an s3:// URI has no query; to name a version, use --version-id"
        }
    })
}
