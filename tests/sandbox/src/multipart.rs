//! Creates, completes, aborts and lists multipart uploads, and stores their parts.

use bytes::Bytes;
use md5::{Digest, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Checksum, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput,
    MultipartUpload, Part, ServerSideEncryption, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::error::{Detail, fail};
use crate::put::{Draft, preconditions, receive, shown_id};
use crate::state::{Bucket, Store, Upload};

const LEAST_PART: usize = 5 << 20;

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
    let (id, key) = (&req.input.upload_id, &req.input.key);
    store.with(&req.input.bucket, |bucket| {
        let upload = upload(bucket, id, key)?.clone();
        let named = req.input.multipart_upload.and_then(|named| named.parts).unwrap_or_default();
        if named.is_empty() {
            return Err(crate::error::malformed_xml());
        }
        let (mut body, mut digests, mut before) = (Vec::new(), Vec::new(), 0);
        for (at, part) in named.iter().enumerate() {
            let number = part.part_number.unwrap_or_default();
            if number <= before {
                return Err(fail(400, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.").field("UploadId", id));
            }
            before = number;
            let given = part.e_tag.as_ref().map(ETag::value);
            let found = upload.parts.get(&number).filter(|(_, etag, _)| Some(etag.as_str()) == given);
            let Some((bytes, etag, _)) = found else {
                return Err(fail(400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.").field("UploadId", id));
            };
            if bytes.len() < LEAST_PART && at + 1 < named.len() {
                return Err(fail(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
                    .field("PartNumber", &number.to_string())
                    .field("ProposedSize", &bytes.len().to_string())
                    .field("MinSizeAllowed", &LEAST_PART.to_string()));
            }
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
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(req.input.bucket.clone()),
            is_truncated: Some(false),
            key: Some(req.input.key),
            parts: Some(upload.parts.iter().map(part).collect()),
            upload_id: Some(req.input.upload_id),
            ..ListPartsOutput::default()
        }))
    })
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
