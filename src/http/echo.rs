//! Secrets that a server echoes: the secrets of each request are recorded when it is sent, and removed from
//! the answer.

use super::{Request, Response};
use crate::redact::{Secrets, hide_named_values};
use s3_presign::encode;

/// Records the secrets of a request: its signature, its tokens, and its SSE-C keys.
pub(super) fn remember(secrets: &Secrets, request: &Request) {
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        let is_signed = name == "authorization" && value.starts_with("AWS4-HMAC-SHA256 ");
        let signature = value.rsplit_once("Signature=").map(|(_, it)| it);
        if let Some(signature) = signature.filter(|_| is_signed) {
            secrets.keep_signature(signature);
        } else if name == "authorization" {
            // `Bearer TOKEN`: a server may repeat the token alone.
            value.split(' ').for_each(|word| secrets.keep(word));
            secrets.keep(value);
        } else if name.ends_with("-customer-key")
            || (name.contains("token") && !name.ends_with("-ttl-seconds"))
        {
            secrets.keep(value);
        }
    }
    let query = request.url.split_once('?').map(|(_, query)| query);
    let form = std::str::from_utf8(&request.body).ok();
    // Only requests to STS have a form as their body, and each of these forms begins with
    // `Action=`.
    let form = form.filter(|body| body.starts_with("Action="));
    for pair in [query, form]
        .into_iter()
        .flatten()
        .flat_map(|it| it.split('&'))
    {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        match name {
            "X-Amz-Signature" => secrets.keep_signature(value),
            // The signature of version 2 in the query.
            "Signature" => {
                let decoded = encode::decode(value.as_bytes());
                let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
                secrets.keep(text.as_deref().unwrap_or(value));
            }
            "X-Amz-Security-Token" | "x-amz-security-token" | "WebIdentityToken" => {
                let decoded = encode::decode(value.as_bytes());
                if let Some(text) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    secrets.keep(&text);
                }
            }
            _ => {}
        }
    }
}

/// Removes secrets from the headers, and from the body of an error. The body of a successful answer stays
/// unchanged, because it may contain the requested credentials.
pub(super) fn remove(secrets: &Secrets, response: &mut Response) {
    for (_, value) in &mut response.headers {
        *value = clean(secrets, value);
    }
    if !(200..300).contains(&response.status) {
        let text = String::from_utf8_lossy(&response.body);
        response.body = clean(secrets, &text).into_bytes();
    }
}

fn clean(secrets: &Secrets, text: &str) -> String {
    match secrets.removed_from(text) {
        Some(text) => hide_named_values(&text),
        None => hide_named_values(text),
    }
}
