//! Checks the digests of request bodies: the signed hash, Content-MD5, `x-amz-checksum-*`, and the
//! requests for which AWS requires a digest.

use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::{S3Error, S3Result};
use sha2::Sha256;

use crate::call::Call;
use crate::error::{Detail, bad_digest, fail};

/// Verifies the signed hash of the body. If the operation sets a configuration, the function also
/// verifies the digest that AWS requires.
pub fn check(call: &Call, operation: &str) -> S3Result<()> {
    let signed = call
        .header("x-amz-content-sha256")
        .filter(|hash| hash.len() == 64);
    let hash = hex_simd::encode_to_string(Sha256::digest(&call.body), hex_simd::AsciiCase::Lower);
    if let Some(signed) = signed.filter(|signed| !signed.eq_ignore_ascii_case(&hash)) {
        return Err(fail(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
        .field("ClientComputedContentSHA256", signed)
        .field("S3ComputedContentSHA256", &hash));
    }
    let is_configuration = matches!(
        operation,
        "PutBucketLifecycleConfiguration"
            | "PutBucketEncryption"
            | "PutPublicAccessBlock"
            | "PutBucketOwnershipControls"
            | "PutBucketVersioning"
            | "PutBucketLogging"
            | "PutBucketTagging"
            | "PutBucketCors"
    );
    if !is_configuration && operation != "PutBucketPolicy" {
        return Ok(());
    }
    let checksum = verify_checksums(&call.headers, &call.body)?;
    match call.header("content-md5") {
        Some(md5) => verify_md5(md5, &call.body),
        None if is_configuration && !checksum => Err(missing_md5()),
        None => Ok(()),
    }
}

fn missing_md5() -> S3Error {
    fail(
        400,
        "InvalidRequest",
        "Missing required header for this request: Content-MD5",
    )
}

pub fn verify_md5(given: &str, body: &[u8]) -> S3Result<()> {
    let calculated = base64_simd::STANDARD.encode_to_string(Md5::digest(body));
    match base64_simd::STANDARD.decode_to_vec(given) {
        Ok(digest) if digest.len() == 16 && given == calculated => Ok(()),
        Ok(digest) if digest.len() == 16 => Err(bad_digest(given, &calculated)),
        _ => Err(fail(
            400,
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        )
        .field("Content-MD5", given)),
    }
}

/// Verifies the `x-amz-checksum-*` headers. Returns whether the request has an `x-amz-checksum-*`
/// header.
pub fn verify_checksums(headers: &HeaderMap, body: &[u8]) -> S3Result<bool> {
    use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
    let mut found = false;
    let encode = |digest: &[u8]| base64_simd::STANDARD.encode_to_string(digest);
    for name in ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] {
        let header = headers.get(format!("x-amz-checksum-{name}"));
        let Some(given) = header.and_then(|value| value.to_str().ok()) else {
            continue;
        };
        let calculated = match name {
            "crc32" => encode(&Crc32::checksum(body)),
            "crc32c" => encode(&Crc32c::checksum(body)),
            "crc64nvme" => encode(&Crc64Nvme::checksum(body)),
            "sha1" => encode(Sha1::checksum(body).as_ref()),
            _ => encode(Sha256::checksum(body).as_ref()),
        };
        if given != calculated {
            let name = name.to_ascii_uppercase();
            return Err(fail(
                400,
                "BadDigest",
                format!("The {name} you specified did not match the calculated checksum."),
            ));
        }
        found = true;
    }
    Ok(found)
}
