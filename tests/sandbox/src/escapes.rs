//! Form policies that contain the escape `\$`. `s3s` parses a policy as JSON, which lacks this
//! escape, so this module verifies the signature and gives `s3s` an equal form without the escape.

use bytes::Bytes;
use s3s::S3Result;
use sha2::{Digest, Sha256};

use crate::call::{Call, Claim};
use crate::error::fail;
use crate::users::User;

/// Returns the body of a request. If the policy of a form contains `\$`, the function removes the
/// escape and signs the policy again.
pub fn without(call: &Call) -> S3Result<Bytes> {
    let unchanged = || Ok(call.body.clone());
    let (Some(form), Some(claim)) = (&call.form, &call.claim) else {
        return unchanged();
    };
    let Some(policy) = form.field("policy") else {
        return unchanged();
    };
    let document = base64_simd::STANDARD.decode_to_vec(policy);
    let document = document
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(document) = document.filter(|document| document.contains("\\$")) else {
        return unchanged();
    };
    let Some(user) = User::by_key(claim.access_key_id()) else {
        return unchanged();
    };
    if sign(user, claim, policy) != claim.signature {
        return Err(fail(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ));
    }
    let plain = base64_simd::STANDARD.encode_to_string(document.replace("\\$", "$"));
    let signature = sign(user, claim, &plain);
    let body = replace(&call.body, policy.as_bytes(), plain.as_bytes());
    Ok(replace(&body, claim.signature.as_bytes(), signature.as_bytes()).into())
}

/// Replaces the first occurrence of `old`, if there is one.
fn replace(body: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let found = body.windows(old.len()).position(|window| window == old);
    let (start, end) = found.map_or((0, 0), |start| (start, start + old.len()));
    if end == 0 {
        return body.to_vec();
    }
    [&body[..start], new, &body[end..]].concat()
}

/// Returns the signature of a form's policy.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>
fn sign(user: &User, claim: &Claim, policy: &str) -> String {
    let secret = format!("AWS4{}", user.secret_access_key);
    let scope = claim.credential.iter().skip(1);
    let key = scope.fold(secret.into_bytes(), |key, part| {
        hmac(&key, part.as_bytes()).to_vec()
    });
    hex_simd::encode_to_string(hmac(&key, policy.as_bytes()), hex_simd::AsciiCase::Lower)
}

/// Returns the HMAC-SHA256 (RFC 2104) of a message, for a key of at most 64 bytes.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        for (padded, key) in block.iter_mut().zip(key) {
            *padded ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(pad(0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}
