//! The fields that AWS adds to a SignatureDoesNotMatch error, such as the canonical request, so
//! that the signer can find the difference.

use md5::Digest;
use sha2::Sha256;

use crate::call::{AuthType, Call, Claim};

/// Returns the additional fields of a SignatureDoesNotMatch error.
pub fn fields(call: &Call) -> Vec<(String, String)> {
    let Some(claim) = &call.claim else {
        return Vec::new();
    };
    let mut fields = vec![(
        "AWSAccessKeyId".to_owned(),
        claim.access_key_id().to_owned(),
    )];
    let canonical = match (&call.form, claim.how) {
        (Some(form), _) => {
            let policy = form.field("policy").unwrap_or_default().to_owned();
            fields.push(("StringToSign".to_owned(), policy.clone()));
            fields.push(("SignatureProvided".to_owned(), claim.signature.clone()));
            fields.push(("StringToSignBytes".to_owned(), spaced_hex(&policy)));
            return fields;
        }
        (None, AuthType::Query) => canonical_request(call, claim, "UNSIGNED-PAYLOAD"),
        (None, _) => {
            let hash = call.header("x-amz-content-sha256").unwrap_or_default();
            canonical_request(call, claim, hash)
        }
    };
    let scope = claim.credential[1..].join("/");
    let hash = hex_simd::encode_to_string(Sha256::digest(&canonical), hex_simd::AsciiCase::Lower);
    let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hash}", claim.amz_date);
    for (name, value) in [
        ("StringToSign", to_sign.clone()),
        ("SignatureProvided", claim.signature.clone()),
        ("StringToSignBytes", spaced_hex(&to_sign)),
        ("CanonicalRequest", canonical.clone()),
        ("CanonicalRequestBytes", spaced_hex(&canonical)),
    ] {
        fields.push((name.to_owned(), value));
    }
    fields
}

fn canonical_request(call: &Call, claim: &Claim, payload: &str) -> String {
    let path = urlencoding::decode_binary(call.path.as_bytes());
    let path: Vec<String> = path
        .split(|byte| *byte == b'/')
        .map(|part| urlencoding::encode_binary(part).into_owned())
        .collect();
    let mut query: Vec<String> = call
        .query
        .iter()
        .filter(|(key, _)| key != "X-Amz-Signature")
        .map(|(key, value)| {
            format!(
                "{}={}",
                urlencoding::encode(key),
                urlencoding::encode(value)
            )
        })
        .collect();
    query.sort();
    let mut signed = claim.signed_headers.clone();
    signed.sort();
    let mut headers = String::new();
    for name in &signed {
        let values: Vec<&str> = call
            .headers
            .get_all(name.as_str())
            .iter()
            .filter_map(|value| value.to_str().ok())
            .map(str::trim)
            .collect();
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    [
        call.method.as_str(),
        &path.join("/"),
        &query.join("&"),
        &headers,
        &signed.join(";"),
        payload,
    ]
    .join("\n")
}

fn spaced_hex(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
