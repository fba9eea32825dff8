//! Stores objects: PutObject, and the code that browser forms and multipart uploads share with
//! PutObject.

use bytes::Bytes;
use futures::StreamExt;
use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::dto::{
    Checksum, ETag, Grant, PutObjectInput, PutObjectOutput, ServerSideEncryption, StreamingBlob,
    Tag, Timestamp, TimestampFormat,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use crate::acl;
use crate::call::pairs;
use crate::config::check_tags;
use crate::digest::{verify_checksums, verify_md5};
use crate::encryption;
use crate::error::{Detail, fail, no_such_key};
use crate::state::{About, Bucket, Store, Version};

const CLASSES: [&str; 10] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
    "OUTPOSTS",
];

/// An object that the sandbox has not yet stored.
pub struct Draft {
    pub body: Bytes,
    pub etag: String,
    pub about: About,
    pub acl: Vec<Grant>,
    pub tags: Vec<Tag>,
    pub checksum: Checksum,
}

impl Draft {
    /// Creates a draft with the properties in the headers of a request.
    pub fn new(bucket: &Bucket, headers: &HeaderMap, body: Bytes) -> S3Result<Self> {
        Ok(Self {
            etag: hex_simd::encode_to_string(Md5::digest(&body), hex_simd::AsciiCase::Lower),
            body,
            about: about(bucket, headers)?,
            acl: acl::for_new(bucket, headers)?,
            tags: tags(headers)?,
            checksum: checksum(headers),
        })
    }

    /// Stores the draft as the newest version of the key, and returns the version.
    pub fn store(self, store: &Store, bucket: &mut Bucket, key: &str) -> Version {
        let id = if bucket.versioned() {
            store.id("Sandbox.", 24)
        } else {
            "null".to_owned()
        };
        let version = Version {
            id,
            delete_marker: false,
            body: self.body,
            etag: self.etag,
            modified: store.now(),
            acl: self.acl,
            tags: self.tags,
            about: self.about,
            checksum: self.checksum,
        };
        let versions = bucket.objects.entry(key.to_owned()).or_default();
        if version.id == "null" {
            versions.retain(|old| old.id != "null");
        }
        versions.push(version.clone());
        version
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
}

pub fn about(bucket: &Bucket, headers: &HeaderMap) -> S3Result<About> {
    let owned = |name: &str| text(headers, name).map(str::to_owned);
    let storage_class = owned("x-amz-storage-class");
    if let Some(class) = storage_class
        .as_deref()
        .filter(|class| !CLASSES.contains(class))
    {
        return Err(fail(
            400,
            "InvalidStorageClass",
            "The storage class you specified is not valid",
        )
        .field("StorageClassRequested", class));
    }
    let metadata = headers.keys().filter_map(|name| {
        let key = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((key.to_owned(), owned(name.as_str())?))
    });
    let encodings = owned("content-encoding").map(|encodings| {
        let kept: Vec<&str> = encodings
            .split(',')
            .map(str::trim)
            .filter(|name| *name != "aws-chunked" && !name.is_empty())
            .collect();
        kept.join(",")
    });
    let expires = text(headers, "expires")
        .and_then(|text| Timestamp::parse(TimestampFormat::HttpDate, text).ok());
    Ok(About {
        content_type: owned("content-type"),
        cache_control: owned("cache-control"),
        content_disposition: owned("content-disposition"),
        content_encoding: encodings.filter(|encodings| !encodings.is_empty()),
        content_language: owned("content-language"),
        expires,
        metadata: metadata.collect(),
        storage_class,
        website_redirect_location: owned("x-amz-website-redirect-location"),
        sse: encryption::of_new_object(bucket, headers)?,
    })
}

pub fn tags(headers: &HeaderMap) -> S3Result<Vec<Tag>> {
    let tag = |(key, value)| Tag {
        key: Some(key),
        value: Some(value),
    };
    let tags: Vec<Tag> = pairs(text(headers, "x-amz-tagging").unwrap_or_default())
        .into_iter()
        .map(tag)
        .collect();
    check_tags(&tags, &[])?;
    if tags.len() > 10 {
        return Err(fail(
            400,
            "BadRequest",
            "Object tags cannot be greater than 10",
        ));
    }
    Ok(tags)
}

fn checksum(headers: &HeaderMap) -> Checksum {
    let owned = |name: &str| text(headers, name).map(str::to_owned);
    Checksum {
        checksum_crc32: owned("x-amz-checksum-crc32"),
        checksum_crc32c: owned("x-amz-checksum-crc32c"),
        checksum_crc64nvme: owned("x-amz-checksum-crc64nvme"),
        checksum_sha1: owned("x-amz-checksum-sha1"),
        checksum_sha256: owned("x-amz-checksum-sha256"),
        checksum_type: None,
    }
}

/// Checks the headers `If-None-Match: *` and `If-Match: ETAG` of a write request.
pub fn preconditions(bucket: &Bucket, key: &str, headers: &HeaderMap) -> S3Result<()> {
    let current = bucket.objects.get(key).and_then(|versions| versions.last());
    let current = current.filter(|version| !version.delete_marker);
    if let Some(condition) = text(headers, "if-none-match") {
        if condition != "*" {
            return Err(fail(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
            )
            .field("Header", "If-None-Match"));
        }
        if current.is_some() {
            return Err(precondition_failed("If-None-Match"));
        }
    }
    if let Some(condition) = text(headers, "if-match") {
        let Some(current) = current else {
            return Err(no_such_key(key));
        };
        if condition.trim_matches('"') != current.etag {
            return Err(precondition_failed("If-Match"));
        }
    }
    Ok(())
}

pub fn precondition_failed(condition: &str) -> S3Error {
    fail(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .field("Condition", condition)
}

/// Reads the whole body of a request, and checks its digests. `s3s` has already checked the
/// signatures of the chunks.
pub async fn receive<T>(req: &mut S3Request<T>, body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let mut bytes = Vec::new();
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let broken = |_| {
                fail(
                    400,
                    "IncompleteBody",
                    "The request body terminated unexpectedly",
                )
            };
            bytes.extend_from_slice(&chunk.map_err(broken)?);
        }
    }
    if let Some(length) = text(&req.headers, "x-amz-decoded-content-length")
        && length != bytes.len().to_string()
    {
        return Err(fail(
            400,
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        ));
    }
    // A request may send its checksums in trailers after the body, so the function treats trailers
    // as headers.
    if let Some(trailers) = req
        .trailing_headers
        .as_ref()
        .and_then(s3s::TrailingHeaders::take)
    {
        req.headers.extend(trailers);
    }
    if let Some(md5) = text(&req.headers, "content-md5") {
        verify_md5(md5, &bytes)?;
    }
    verify_checksums(&req.headers, &bytes)?;
    Ok(Bytes::from(bytes))
}

pub async fn object(
    store: &Store,
    mut req: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let body = req.input.body.take();
    let body = receive(&mut req, body).await?;
    store.with(&req.input.bucket, |bucket| {
        let draft = Draft::new(bucket, &req.headers, body)?;
        preconditions(bucket, &req.input.key, &req.headers)?;
        let version = draft.store(store, bucket, &req.input.key);
        Ok(S3Response::new(PutObjectOutput {
            checksum_crc32: version.checksum.checksum_crc32.clone(),
            checksum_crc32c: version.checksum.checksum_crc32c.clone(),
            checksum_crc64nvme: version.checksum.checksum_crc64nvme.clone(),
            checksum_sha1: version.checksum.checksum_sha1.clone(),
            checksum_sha256: version.checksum.checksum_sha256.clone(),
            e_tag: Some(ETag::Strong(version.etag.clone())),
            version_id: shown_id(bucket, &version.id),
            server_side_encryption: version
                .about
                .sse
                .algorithm
                .clone()
                .map(ServerSideEncryption::from),
            ssekms_key_id: version.about.sse.kms_key.clone(),
            bucket_key_enabled: version.about.sse.bucket_key,
            sse_customer_algorithm: version
                .about
                .sse
                .customer_key_md5
                .as_ref()
                .map(|_| "AES256".to_owned()),
            sse_customer_key_md5: version.about.sse.customer_key_md5.clone(),
            ..PutObjectOutput::default()
        }))
    })
}

/// Returns the version id for a response, or `None` if versioning was never enabled for the bucket.
pub fn shown_id(bucket: &Bucket, id: &str) -> Option<String> {
    bucket.versioning.as_ref().map(|_| id.to_owned())
}
