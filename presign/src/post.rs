//! Creates upload forms with a signed POST policy. The policy restricts the uploads that the form
//! allows.
//!
//! Unlike a presigned PUT, a POST policy can require a range of sizes, the beginning of a content
//! type, or a key that consists of a prefix and the name of the uploaded file.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

pub mod fields;

use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::expiry::Expiry;
use crate::signing_key::{Scope, SigningKey};
use crate::timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use std::fmt;
use time::OffsetDateTime;

/// The uploads that a form allows, and the credentials that sign the form.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The endpoint, resolved for the bucket.
    pub endpoint: &'a Endpoint,
    /// The name of the bucket, which the policy repeats.
    pub bucket: &'a str,
    /// The object key. S3 replaces `${filename}` in the key with the name of the uploaded file.
    pub key: &'a str,
    /// The credentials that sign the policy.
    pub credentials: &'a Credentials,
    /// The time when the form becomes valid.
    pub at: OffsetDateTime,
    /// The period for which the form is valid, from `at` on.
    pub expires_in: Expiry,
    /// The smallest and the largest allowed size of the file, in bytes. `None` allows every size.
    pub size_range: Option<(u64, u64)>,
    /// Fields that the form must send with exactly these values. S3 also replaces `${filename}` in
    /// these values, so the policy requires only the part of a value before `${filename}`.
    pub exact: &'a [(String, String)],
    /// Fields whose values in the form must begin with these prefixes.
    pub starts_with: &'a [(String, String)],
}

/// The URL and the fields of an upload form, without the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// The URL to which the client POSTs the form, as `multipart/form-data`.
    pub url: String,
    /// The names and values of the fields, in the order in which the client sends them. The client
    /// adds the file as the last field, `file`. The client may append text to the values of fields
    /// from [`Request::starts_with`].
    pub fields: Vec<(String, String)>,
}

/// The placeholder in a key that S3 replaces with the name of the uploaded file.
pub const FILENAME: &str = "${filename}";

impl Form {
    /// Creates the form: writes the policy, signs the policy and collects the fields.
    ///
    /// # Errors
    /// Returns [`InvalidForm::SizeRange`] if the smallest size is greater than the largest size.
    pub fn new(request: &Request<'_>) -> Result<Self, InvalidForm> {
        if let Some((min, max)) = request.size_range
            && min > max
        {
            return Err(InvalidForm::SizeRange(min, max));
        }
        let amz_date = timestamp::amz_date(request.at);
        let scope = Scope::s3(&amz_date, &request.endpoint.signing_region);
        let credential = format!("{}/{scope}", request.credentials.access_key_id);
        let mut signed = vec![
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", credential.as_str()),
            ("x-amz-date", amz_date.as_str()),
        ];
        if let Some(token) = &request.credentials.session_token {
            signed.push(("x-amz-security-token", token.expose()));
        }
        let policy = BASE64.encode(policy(request, &signed));
        let signature = sign(
            request.credentials.secret_access_key.expose(),
            &scope,
            &policy,
        );

        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut fields = vec![("key".to_owned(), request.key.to_owned())];
        fields.extend_from_slice(request.exact);
        fields.extend_from_slice(request.starts_with);
        fields.extend(signed.iter().map(owned));
        fields.extend(
            [
                ("policy", policy.as_str()),
                ("x-amz-signature", signature.as_str()),
            ]
            .iter()
            .map(owned),
        );
        let slash = if request.endpoint.base_path.is_empty() {
            "/"
        } else {
            ""
        };
        Ok(Form {
            url: format!("{}{slash}", request.endpoint.url()),
            fields,
        })
    }
}

impl fmt::Debug for Form {
    /// Prints only the URL of the form, because the fields are a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Returns the signature of a policy as 64 lower-case hex digits. The string to sign is the policy
/// in base64.
#[must_use]
pub fn sign(secret_access_key: &str, scope: &Scope, policy_base64: &str) -> String {
    SigningKey::derive(secret_access_key, scope).sign(policy_base64.as_bytes())
}

/// Returns the policy document as JSON. This function formats the JSON itself, because AWS requires
/// the escape `\$`, which a JSON library cannot write.
fn policy(request: &Request<'_>, signed: &[(&str, &str)]) -> String {
    let value = |text: &str| {
        let json = Value::from(text).to_string();
        if request.endpoint.is_aws {
            // On AWS, an unescaped `$` would begin a placeholder. Other servers reject `\$`,
            // because it is not valid JSON.
            json.replace('$', "\\$")
        } else {
            json
        }
    };
    let name = |text: &str| Value::from(text).to_string();
    let equal = |field: &str, text: &str| format!("{{{}:{}}}", name(field), value(text));
    let starts_with = |field: &str, text: &str| {
        let field = name(&format!("${field}"));
        format!("[\"starts-with\",{field},{}]", value(text))
    };
    // S3 replaces the placeholder `${filename}` before it compares a field with the policy, so the
    // policy can require only the text before the placeholder.
    let fixed = |field: &str, text: &str| match text.split_once(FILENAME) {
        Some((before, _)) => starts_with(field, before),
        None => equal(field, text),
    };
    let mut conditions = vec![equal("bucket", request.bucket), fixed("key", request.key)];
    let exact = request.exact.iter();
    conditions.extend(exact.map(|(field, text)| fixed(field, text)));
    let prefixes = request.starts_with.iter();
    conditions.extend(prefixes.map(|(field, text)| starts_with(field, text)));
    if let Some((min, max)) = request.size_range {
        conditions.push(format!("[\"content-length-range\",{min},{max}]"));
    }
    conditions.extend(signed.iter().map(|(field, text)| equal(field, text)));
    let end = timestamp::rfc3339(request.at + request.expires_in.duration());
    format!(
        "{{\"expiration\":{},\"conditions\":[{}]}}",
        name(&end),
        conditions.join(",")
    )
}

/// Replaces each `\$` in a policy with `$`, because the escape `\$` is valid for AWS but not in
/// JSON. Other escapes do not change.
pub(crate) fn without_dollar_escapes(policy: &str) -> String {
    let mut out = String::with_capacity(policy.len());
    let mut rest = policy;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let end = 1 + escape[1..].chars().next().map_or(0, char::len_utf8);
        out.push_str(if escape[..end] == *"\\$" {
            "$"
        } else {
            &escape[..end]
        });
        rest = &escape[end..];
    }
    out + rest
}

/// The reason why a form request is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidForm {
    /// The smallest size (the first value, in bytes) is greater than the largest size (the second
    /// value).
    SizeRange(u64, u64),
}

impl fmt::Display for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SizeRange(min, max) => {
                write!(
                    f,
                    "the smallest size ({min} bytes) is above the largest size ({max} bytes)"
                )
            }
        }
    }
}

impl std::error::Error for InvalidForm {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Config, EndpointUrl, Region};
    use serde_json::json;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// The form is the example in
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>, byte for byte.
    #[test]
    fn the_documented_policy_has_the_documented_signature() {
        let policy = "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n  \"conditions\": [\r\n    {\"bucket\": \"sigv4examplebucket\"},\r\n    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n    {\"acl\": \"public-read\"},\r\n    {\"success_action_redirect\": \"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n\r\n    {\"x-amz-credential\": \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n    {\"x-amz-date\": \"20151229T000000Z\" }\r\n  ]\r\n}";
        let scope = Scope::s3("20151229T000000Z", "us-east-1");
        assert_eq!(
            sign(SECRET, &scope, &BASE64.encode(policy)),
            "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
        );
    }

    #[test]
    fn the_policy_has_a_condition_for_every_field() {
        let endpoint = Config::aws(Region::parse("eu-west-1").unwrap())
            .resolve(Some("drop-box"))
            .unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = Request {
            endpoint: &endpoint,
            bucket: "drop-box",
            key: "in/${filename}",
            credentials: &Credentials::new("AKID", SECRET).with_token("t0ken"),
            at: timestamp::parse("20260101T000000Z").unwrap(),
            expires_in: Expiry::DEFAULT,
            size_range: Some((1, 1024)),
            exact: &[pair("success_action_status", "201")],
            starts_with: &[pair("Content-Type", "image/")],
        };
        let form = Form::new(&request).unwrap();
        assert_eq!(form.url, "https://drop-box.s3.eu-west-1.amazonaws.com/");
        let field = |name: &str| {
            form.fields
                .iter()
                .find(|(known, _)| known == name)
                .unwrap()
                .1
                .clone()
        };
        let policy: Value =
            serde_json::from_slice(&BASE64.decode(field("policy")).unwrap()).unwrap();
        assert_eq!(
            policy,
            json!({
                "expiration": "2026-01-01T00:15:00Z",
                "conditions": [
                    {"bucket": "drop-box"},
                    ["starts-with", "$key", "in/"],
                    {"success_action_status": "201"},
                    ["starts-with", "$Content-Type", "image/"],
                    ["content-length-range", 1, 1024],
                    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
                    {"x-amz-credential": "AKID/20260101/eu-west-1/s3/aws4_request"},
                    {"x-amz-date": "20260101T000000Z"},
                    {"x-amz-security-token": "t0ken"},
                ]
            })
        );
        let conditions = policy["conditions"].to_string();
        for (name, _) in &form.fields {
            let needs_none = ["policy", "x-amz-signature"].contains(&name.as_str());
            assert!(needs_none || conditions.contains(name.as_str()), "{name}");
        }
        assert!(!format!("{form:?}").contains("t0ken"));
        let impossible = Request {
            size_range: Some((2, 1)),
            ..request
        };
        assert_eq!(Form::new(&impossible), Err(InvalidForm::SizeRange(2, 1)));
    }

    fn document(endpoint: Option<&str>, key: &str, exact: &[(String, String)]) -> String {
        let config = Config {
            endpoint: endpoint.map(|url| EndpointUrl::parse(url).unwrap()),
            ..Config::aws(Region::parse("eu-west-1").unwrap())
        };
        let request = Request {
            endpoint: &config.resolve(Some("drop-box")).unwrap(),
            bucket: "drop-box",
            key,
            credentials: &Credentials::new("AKID", SECRET),
            at: timestamp::parse("20260101T000000Z").unwrap(),
            expires_in: Expiry::DEFAULT,
            size_range: None,
            exact,
            starts_with: &[],
        };
        policy(&request, &[])
    }

    #[test]
    fn a_placeholder_in_any_field_makes_a_prefix_condition() {
        let exact = [
            (
                "success_action_redirect".to_owned(),
                "https://example.com/done?file=${filename}".to_owned(),
            ),
            ("x-amz-meta-name".to_owned(), "${filename}".to_owned()),
        ];
        assert_eq!(
            document(None, "in/a", &exact),
            "{\"expiration\":\"2026-01-01T00:15:00Z\",\"conditions\":[{\"bucket\":\"drop-box\"},\
             {\"key\":\"in/a\"},\
             [\"starts-with\",\"$success_action_redirect\",\"https://example.com/done?file=\"],\
             [\"starts-with\",\"$x-amz-meta-name\",\"\"]]}"
        );
    }

    #[test]
    fn dollar_signs_are_escaped_for_aws_only() {
        let aws = document(None, "Folder/a\\b$$.txt", &[]);
        assert!(aws.contains(r#"{"key":"Folder/a\\b\$\$.txt"}"#), "{aws}");
        let other = document(Some("https://s3.example.com"), "Folder/a\\b$$.txt", &[]);
        assert!(other.contains(r#"{"key":"Folder/a\\b$$.txt"}"#), "{other}");
        assert_eq!(without_dollar_escapes(&aws), other);
        assert_eq!(without_dollar_escapes(r"\\$\$\"), r"\\$$\");
    }
}
