//! The probe of signature version 2 (`SigV2`). The age limit of signatures (`s3:signatureAge`) has no effect
//! on a URL with this signature, and some old buckets of AWS still accept such a URL.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>

use super::found::{Found, MAIN, fail, is_ok, policy, refused, skip};
use super::probe::{ProbeRequest, Prober, describe};
use crate::policy::Document;
use crate::s3::ErrorResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use s3_presign::{Credentials, Method, encode};
use sha1::Sha1;
use std::time::Duration;

/// The validity period of the URL.
const LIFE: Duration = Duration::from_mins(15);

/// Downloads the main probe object with a `SigV2` URL. If the server accepts the URL, the bucket policy
/// decides: the probe fails if the policy limits signatures, and is skipped if the policy has no such limit.
pub(super) async fn sigv2(prober: &Prober<'_>) -> Found {
    let url = || {
        let path = encode::path(prober.key(MAIN).as_bytes());
        let resource = format!("/{}/{path}", prober.bucket());
        let credentials = &prober.client.credentials;
        let expires = (prober.client.now() + LIFE).unix_timestamp();
        let query = query(credentials, &resource, expires);
        format!("{}/{path}?{query}", prober.endpoint.url())
    };
    let request = ProbeRequest {
        name: MAIN,
        ..ProbeRequest::default()
    };
    let answered = prober.send(Method::Get, &url, &request).await.0;
    if is_ok(&answered) {
        return accepted(policy(prober).await.as_ref());
    }
    if let Ok(response) = &answered
        && ErrorResponse::read(response).code == "SignatureDoesNotMatch"
    {
        let text = describe(&answered);
        return skip(format!(
            "the server computes this signature differently: {text}"
        ));
    }
    refused(answered)
}

/// The result for a server that accepts `SigV2`.
fn accepted(policy: Option<&Document>) -> Found {
    let denies_by = |wanted: &str| {
        let mut statements = policy.into_iter().flat_map(Document::statements);
        statements.any(|statement| {
            let conditions = statement.conditions().unwrap_or_default();
            statement.is_deny()
                && (conditions.iter()).any(|(_, key, _)| key.eq_ignore_ascii_case(wanted))
        })
    };
    if denies_by("s3:signatureversion") {
        return fail(
            "the request was allowed, although the bucket policy names signature versions"
                .to_owned(),
        );
    }
    if denies_by("s3:signatureAge") {
        return fail(
            "the request was allowed, and the age limit in the bucket policy has no effect on it"
                .to_owned(),
        );
    }
    skip("the server accepts signature version 2, and the bucket policy limits no signatures")
}

/// The query of a URL that downloads `resource` (`/BUCKET/KEY`, percent-encoded) until `expires`, in seconds
/// since 1970.
fn query(credentials: &Credentials, resource: &str, expires: i64) -> String {
    let mut headers = String::new();
    let mut query = format!(
        "AWSAccessKeyId={}&Expires={expires}",
        encode::query(credentials.access_key_id.as_bytes())
    );
    if let Some(token) = &credentials.session_token {
        let token = token.expose();
        headers = format!("x-amz-security-token:{token}\n");
        query += &format!("&x-amz-security-token={}", encode::query(token.as_bytes()));
    }
    let text = format!("GET\n\n\n{expires}\n{headers}{resource}");
    let secret = credentials.secret_access_key.expose();
    let mut mac =
        Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC accepts a key of any length");
    mac.update(text.as_bytes());
    let signature = BASE64.encode(mac.finalize().into_bytes());
    format!("{query}&Signature={}", encode::query(signature.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Outcome;

    /// The example of AWS's page on `SigV2`.
    #[test]
    fn the_signature_is_that_of_the_documentation() {
        let credentials = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        );
        assert_eq!(
            query(&credentials, "/johnsmith/photos/puppy.jpg", 1_175_139_620),
            "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D"
        );
    }

    #[test]
    fn an_accepted_url_fails_only_if_the_policy_limits_signatures() {
        let outcome = |condition: &str| {
            let text = format!(
                r#"{{"Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{condition}}}]}}"#
            );
            accepted(Some(&Document::read(text.as_bytes()).unwrap())).0
        };
        for (condition, expected) in [
            (
                r#"{"StringEquals":{"s3:signatureversion":"AWS"}}"#,
                Outcome::Fail,
            ),
            (
                r#"{"NumericGreaterThan":{"s3:signatureage":"1000"}}"#,
                Outcome::Fail,
            ),
            (r#"{"Bool":{"aws:SecureTransport":"false"}}"#, Outcome::Skip),
        ] {
            assert_eq!(outcome(condition), expected, "{condition}");
        }
        assert_eq!(accepted(None).0, Outcome::Skip);
    }
}
