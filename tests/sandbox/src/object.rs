//! Reads objects, versions of objects, and tags of objects.

use http::HeaderMap;
use s3s::dto::{
    Checksum, ETag, GetObjectInput, GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    HeadObjectInput, HeadObjectOutput, Range, ServerSideEncryption, StorageClass, StreamingBlob,
};
use s3s::{Body, S3Request, S3Response, S3Result};

use crate::access::MayList;
use crate::error::{Detail, access_denied, fail, no_such_key};
use crate::put::{precondition_failed, shown_id};
use crate::state::{Bucket, Store, Version};

/// Returns the index of the requested version, or of the newest version if the request has no
/// version ID.
fn index(bucket: &Bucket, key: &str, id: Option<&str>) -> S3Result<usize> {
    let versions = bucket
        .objects
        .get(key)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let Some(id) = id else {
        return match versions.last() {
            Some(marker) if marker.delete_marker => {
                let error = no_such_key(key).header("x-amz-delete-marker", "true");
                Err(error.header("x-amz-version-id", &marker.id))
            }
            Some(_) => Ok(versions.len() - 1),
            None => Err(no_such_key(key)),
        };
    };
    match versions.iter().position(|version| version.id == id) {
        Some(at) if versions[at].delete_marker => {
            let error = fail(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            );
            let error = error.field("ResourceType", "DeleteMarker");
            Err(error
                .header("x-amz-delete-marker", "true")
                .header("x-amz-version-id", id))
        }
        Some(at) => Ok(at),
        None => Err(fail(
            404,
            "NoSuchVersion",
            "The specified version does not exist.",
        )
        .field("Key", key)
        .field("VersionId", id)),
    }
}

pub fn select<'a>(bucket: &'a Bucket, key: &str, id: Option<&str>) -> S3Result<&'a Version> {
    index(bucket, key, id).map(|at| &bucket.objects[key][at])
}

/// Checks the conditions of a read request, and returns the version that the request reads.
fn readable<T>(
    store: &Store,
    req: &S3Request<T>,
    bucket: &str,
    key: &str,
    id: Option<&str>,
) -> S3Result<(Version, Option<String>)> {
    let may_list = req.extensions.get::<MayList>().is_some_and(|may| may.0);
    store.with(bucket, |bucket| {
        let version = select(bucket, key, id).map_err(|error| {
            let hidden = error.code().as_str() == "NoSuchKey" && !may_list;
            if hidden { access_denied() } else { error }
        })?;
        conditions(version, &req.headers)?;
        let given = req.headers.get("x-amz-server-side-encryption-customer-key-md5");
        let given = given.and_then(|value| value.to_str().ok());
        if version.about.sse.customer_key_md5.as_deref() != given {
            return Err(fail(400, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."));
        }
        let mut version = version.clone();
        // A checksum covers the whole object, so the response to a range request contains no
        // checksum. Other responses contain the checksum only if the request has
        // `x-amz-checksum-mode`.
        if !req.headers.contains_key("x-amz-checksum-mode") || req.headers.contains_key("range") {
            version.checksum = Checksum::default();
        }
        let id = shown_id(bucket, &version.id);
        Ok((version, id))
    })
}

fn conditions(version: &Version, headers: &HeaderMap) -> S3Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let listed = |list: &str| {
        list.split(',').any(
            |tag| matches!(tag.trim().trim_matches('"'), tag if tag == "*" || tag == version.etag),
        )
    };
    let modified = version
        .modified
        .replace_nanosecond(0)
        .unwrap_or(version.modified);
    let date = |name: &str| {
        let text = text(name)?;
        let time = s3s::dto::Timestamp::parse(s3s::dto::TimestampFormat::HttpDate, text).ok()?;
        Some(time::OffsetDateTime::from(time))
    };
    match text("if-match") {
        Some(list) if !listed(list) => return Err(precondition_failed("If-Match")),
        None if date("if-unmodified-since").is_some_and(|date| modified > date) => {
            return Err(precondition_failed("If-Unmodified-Since"));
        }
        _ => {}
    }
    let unchanged = match text("if-none-match") {
        Some(list) => listed(list),
        None => date("if-modified-since").is_some_and(|date| modified <= date),
    };
    if unchanged {
        let etag = format!("\"{}\"", version.etag);
        return Err(fail(304, "NotModified", "Not Modified").header("etag", &etag));
    }
    Ok(())
}

fn slice(version: &Version, range: Option<Range>) -> S3Result<(bytes::Bytes, Option<String>)> {
    let total = version.body.len();
    let Some(range) = range else {
        return Ok((version.body.clone(), None));
    };
    let checked = range.check(total as u64).map_err(|_| {
        fail(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .field("ActualObjectSize", &total.to_string())
        .header("content-range", &format!("bytes */{total}"))
    })?;
    let bounds = usize::try_from(checked.start).unwrap_or(total)
        ..usize::try_from(checked.end).unwrap_or(total);
    let shown = format!(
        "bytes {}-{}/{total}",
        checked.start,
        checked.end.saturating_sub(1)
    );
    Ok((version.body.slice(bounds), Some(shown)))
}

/// The response fields that GetObject and HeadObject have in common.
macro_rules! described {
    ($output:ident, $version:expr, $id:expr, $input:expr, $part:expr, $content_range:expr, { $($extra:tt)* }) => {
        $output {
            accept_ranges: Some("bytes".to_owned()),
            bucket_key_enabled: $version.about.sse.bucket_key,
            cache_control: $input.response_cache_control.clone().or($version.about.cache_control.clone()),
            checksum_crc32: $version.checksum.checksum_crc32.clone(),
            checksum_crc32c: $version.checksum.checksum_crc32c.clone(),
            checksum_crc64nvme: $version.checksum.checksum_crc64nvme.clone(),
            checksum_sha1: $version.checksum.checksum_sha1.clone(),
            checksum_sha256: $version.checksum.checksum_sha256.clone(),
            content_disposition: $input.response_content_disposition.clone().or($version.about.content_disposition.clone()),
            content_encoding: $input.response_content_encoding.clone().or($version.about.content_encoding.clone()),
            content_language: $input.response_content_language.clone().or($version.about.content_language.clone()),
            content_length: i64::try_from($part).ok(),
            content_range: $content_range,
            content_type: Some($input.response_content_type.clone().or($version.about.content_type.clone())
                .unwrap_or_else(|| "binary/octet-stream".to_owned())),
            e_tag: Some(ETag::Strong($version.etag.clone())),
            expires: $input.response_expires.clone().or($version.about.expires.clone()),
            last_modified: Some($version.modified.into()),
            metadata: Some($version.about.metadata.clone()),
            sse_customer_algorithm: $version.about.sse.customer_key_md5.as_ref().map(|_| "AES256".to_owned()),
            sse_customer_key_md5: $version.about.sse.customer_key_md5.clone(),
            server_side_encryption: $version.about.sse.algorithm.clone().map(ServerSideEncryption::from),
            ssekms_key_id: $version.about.sse.kms_key.clone(),
            storage_class: $version.about.storage_class.clone().filter(|class| class != "STANDARD").map(StorageClass::from),
            version_id: $id,
            website_redirect_location: $version.about.website_redirect_location.clone(),
            $($extra)*
            ..$output::default()
        }
    };
}

pub fn get(store: &Store, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
    let input = &req.input;
    let anonymous = req.credentials.is_none();
    if anonymous
        && req
            .uri
            .query()
            .is_some_and(|query| query.contains("response-"))
    {
        return Err(fail(
            400,
            "InvalidRequest",
            "Request specific response headers cannot be used for anonymous GET requests.",
        ));
    }
    let (version, id) = readable(
        store,
        &req,
        &input.bucket,
        &input.key,
        input.version_id.as_deref(),
    )?;
    let (body, content_range) = slice(&version, input.range)?;
    let count = i32::try_from(version.tags.len())
        .ok()
        .filter(|count| *count > 0);
    Ok(S3Response::new(
        described!(GetObjectOutput, version, id, input, body.len(), content_range, {
            tag_count: count,
            body: Some(StreamingBlob::from(Body::from(body))),
        }),
    ))
}

pub fn head(
    store: &Store,
    req: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = &req.input;
    let (version, id) = readable(
        store,
        &req,
        &input.bucket,
        &input.key,
        input.version_id.as_deref(),
    )?;
    let (body, content_range) = slice(&version, input.range)?;
    Ok(S3Response::new(described!(
        HeadObjectOutput,
        version,
        id,
        input,
        body.len(),
        content_range,
        {}
    )))
}

pub fn get_tagging(
    store: &Store,
    req: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let version = select(bucket, &req.input.key, req.input.version_id.as_deref())?;
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set: version.tags.clone(),
            version_id: shown_id(bucket, &version.id),
        }))
    })
}
