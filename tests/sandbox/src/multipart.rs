//! Creates, completes, aborts and lists multipart uploads, and stores their parts.

use bytes::Bytes;
use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Checksum, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListPartsInput, ListPartsOutput, MultipartUpload, Part, ServerSideEncryption, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use crate::error::{Detail, fail};
use crate::put::{Draft, preconditions, receive, shown_id};
use crate::state::{Bucket, Store, Upload};

const LEAST_PART: usize = 5 << 20;
/// The largest number of parts in one answer to ListParts.
const MOST_LISTED: i32 = 1000;

fn upload<'a>(bucket: &'a mut Bucket, id: &str, key: &str) -> S3Result<&'a mut Upload> {
    let upload = bucket
        .uploads
        .get_mut(id)
        .filter(|upload| upload.key == key);
    upload.ok_or_else(|| {
        fail(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.").field("UploadId", id)
    })
}

pub fn create(
    store: &Store,
    req: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let id = store.id("SandboxUpload.", 24);
    store.with(&req.input.bucket, |bucket| {
        let draft = Draft::new(bucket, &req.headers, Bytes::new())?;
        let sse = draft.about.sse.algorithm.clone();
        let upload = Upload {
            key: req.input.key.clone(),
            started: store.now(),
            about: draft.about,
            acl: draft.acl,
            tags: draft.tags,
            parts: std::collections::BTreeMap::new(),
            checksum_algorithm: header(&req.headers, "x-amz-checksum-algorithm"),
        };
        bucket.uploads.insert(id.clone(), upload);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(bucket.name.clone()),
            key: Some(req.input.key),
            upload_id: Some(id),
            server_side_encryption: sse.map(ServerSideEncryption::from),
            ..CreateMultipartUploadOutput::default()
        }))
    })
}

pub async fn part(
    store: &Store,
    mut req: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let body = req.input.body.take();
    let body = receive(&mut req, body).await?;
    let etag = hex_simd::encode_to_string(Md5::digest(&body), hex_simd::AsciiCase::Lower);
    store.with(&req.input.bucket, |bucket| {
        let number = req.input.part_number;
        if !(1..=10_000).contains(&number) {
            return Err(fail(
                400,
                "InvalidArgument",
                "Part number must be an integer between 1 and 10000, inclusive",
            ));
        }
        let upload = upload(bucket, &req.input.upload_id, &req.input.key)?;
        upload
            .parts
            .insert(number, (body, etag.clone(), store.now()));
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(etag)),
            server_side_encryption: upload
                .about
                .sse
                .algorithm
                .clone()
                .map(ServerSideEncryption::from),
            ..UploadPartOutput::default()
        }))
    })
}

pub fn complete(
    store: &Store,
    req: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let content_type = header(&req.headers, "content-type").unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        // AWS reads such a body as parameters, which the signature does not cover.
        return Err(fail(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ));
    }
    let (id, key) = (&req.input.upload_id, &req.input.key);
    store.with(&req.input.bucket, |bucket| {
        let upload = upload(bucket, id, key)?.clone();
        let named = req
            .input
            .multipart_upload
            .and_then(|named| named.parts)
            .unwrap_or_default();
        if named.is_empty() {
            return Err(crate::error::malformed_xml());
        }
        check_order(&named, id)?;
        let stored = stored_parts(&upload, &named, id)?;
        check_checksums(&upload, &named)?;
        check_sizes(&stored)?;
        let size: usize = stored.iter().map(|(_, bytes, _)| bytes.len()).sum();
        let expected = header(&req.headers, "x-amz-mp-object-size");
        if expected.is_some_and(|expected| expected != size.to_string()) {
            return Err(fail(
                400,
                "InvalidRequest",
                "The provided 'x-amz-mp-object-size' header does not match the actual object size.",
            ));
        }
        let (mut body, mut digests) = (Vec::with_capacity(size), Vec::new());
        for (_, bytes, etag) in &stored {
            body.extend_from_slice(bytes);
            digests.extend(hex_simd::decode_to_vec(etag).unwrap_or_default());
        }
        preconditions(bucket, key, &req.headers)?;
        let digest = hex_simd::encode_to_string(Md5::digest(&digests), hex_simd::AsciiCase::Lower);
        let draft = Draft {
            body: Bytes::from(body),
            etag: format!("{digest}-{}", named.len()),
            about: upload.about,
            acl: upload.acl,
            tags: upload.tags,
            checksum: Checksum::default(),
        };
        bucket.uploads.remove(id);
        let version = draft.store(store, bucket, key);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(bucket.name.clone()),
            e_tag: Some(ETag::Strong(version.etag)),
            key: Some(key.clone()),
            location: Some(format!("/{}/{}", bucket.name, urlencoding::encode(key))),
            server_side_encryption: version.about.sse.algorithm.map(ServerSideEncryption::from),
            version_id: shown_id(bucket, &version.id),
            ..CompleteMultipartUploadOutput::default()
        }))
    })
}

/// Part numbers must ascend, each of them once.
fn check_order(named: &[CompletedPart], id: &str) -> S3Result<()> {
    let numbers = named
        .iter()
        .map(|part| part.part_number.unwrap_or_default());
    if numbers.is_sorted_by(|one, next| one < next) {
        return Ok(());
    }
    Err(fail(
        400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    )
    .field("UploadId", id))
}

/// The number, bytes and ETag of each part of the list.
fn stored_parts<'a>(
    upload: &'a Upload,
    named: &[CompletedPart],
    id: &str,
) -> S3Result<Vec<(i32, &'a Bytes, &'a str)>> {
    let stored = |part: &CompletedPart| {
        let number = part.part_number.unwrap_or_default();
        let given = part.e_tag.as_ref().map(ETag::value);
        let found = upload
            .parts
            .get(&number)
            .filter(|(_, etag, _)| Some(etag.as_str()) == given);
        let Some((bytes, etag, _)) = found else {
            return Err(fail(400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.").field("UploadId", id));
        };
        Ok((number, bytes, etag.as_str()))
    };
    named.iter().map(stored).collect()
}

/// An upload that was created with a checksum algorithm needs the checksum of each part in the list.
fn check_checksums(upload: &Upload, named: &[CompletedPart]) -> S3Result<()> {
    let Some(algorithm) = &upload.checksum_algorithm else {
        return Ok(());
    };
    let has_checksum = |part: &CompletedPart| {
        part.checksum_crc32.is_some()
            || part.checksum_crc32c.is_some()
            || part.checksum_sha1.is_some()
            || part.checksum_sha256.is_some()
    };
    // CRC64NVME is a checksum of the whole object, so its parts need none.
    let missing = (algorithm != "CRC64NVME")
        .then(|| named.iter().find(|part| !has_checksum(part)))
        .flatten();
    match missing {
        Some(part) => Err(fail(
            400,
            "InvalidRequest",
            format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {} in the request.",
                algorithm.to_ascii_lowercase(),
                part.part_number.unwrap_or_default()
            ),
        )),
        None => Ok(()),
    }
}

/// Every part but the last one has at least 5 MiB.
fn check_sizes(stored: &[(i32, &Bytes, &str)]) -> S3Result<()> {
    let (_, all_but_last) = stored.split_last().unwrap_or((&stored[0], &[]));
    match all_but_last
        .iter()
        .find(|(_, bytes, _)| bytes.len() < LEAST_PART)
    {
        Some((number, bytes, etag)) => Err(fail(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .field("ProposedSize", &bytes.len().to_string())
        .field("MinSizeAllowed", &LEAST_PART.to_string())
        .field("PartNumber", &number.to_string())
        .field("ETag", etag)),
        None => Ok(()),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

pub fn abort(
    store: &Store,
    req: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    store.with(&req.input.bucket, |bucket| {
        upload(bucket, &req.input.upload_id, &req.input.key)?;
        bucket.uploads.remove(&req.input.upload_id);
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    })
}

pub fn parts(
    store: &Store,
    req: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let upload = upload(bucket, &req.input.upload_id, &req.input.key)?;
        let part =
            |(number, (bytes, etag, at)): (&i32, &(Bytes, String, time::OffsetDateTime))| Part {
                e_tag: Some(ETag::Strong(etag.clone())),
                last_modified: Some((*at).into()),
                part_number: Some(*number),
                size: i64::try_from(bytes.len()).ok(),
                ..Part::default()
            };
        let marker = req.input.part_number_marker.unwrap_or(0);
        if marker < 0 {
            return Err(invalid_number("part-number-marker", marker));
        }
        let most = req.input.max_parts.unwrap_or(MOST_LISTED);
        if most < 0 {
            return Err(invalid_number("max-parts", most));
        }
        let page = usize::try_from(most.min(MOST_LISTED)).unwrap_or_default();
        let after = upload.parts.range(marker.saturating_add(1)..);
        let parts: Vec<Part> = after.clone().take(page).map(part).collect();
        let is_truncated = after.count() > parts.len();
        let next = parts.last().and_then(|part| part.part_number).unwrap_or(0);
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(req.input.bucket.clone()),
            is_truncated: Some(is_truncated),
            key: Some(req.input.key),
            max_parts: Some(most.min(MOST_LISTED)),
            part_number_marker: Some(marker),
            next_part_number_marker: Some(next),
            parts: Some(parts),
            upload_id: Some(req.input.upload_id),
            ..ListPartsOutput::default()
        }))
    })
}

fn invalid_number(name: &str, value: i32) -> S3Error {
    fail(
        400,
        "InvalidArgument",
        format!("Provided {name} not an integer or within integer range"),
    )
    .field("ArgumentName", name)
    .field("ArgumentValue", &value.to_string())
}

pub fn list(
    store: &Store,
    req: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    store.with(&req.input.bucket, |bucket| {
        let prefix = req.input.prefix.as_deref().unwrap_or_default();
        let uploads = bucket
            .uploads
            .iter()
            .filter(|(_, upload)| upload.key.starts_with(prefix));
        let shown = uploads.map(|(id, upload)| MultipartUpload {
            initiated: Some(upload.started.into()),
            key: Some(upload.key.clone()),
            upload_id: Some(id.clone()),
            ..MultipartUpload::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(bucket.name.clone()),
            is_truncated: Some(false),
            uploads: Some(shown.collect()),
            ..ListMultipartUploadsOutput::default()
        }))
    })
}
