//! The presigner: everything but the key is worked out once, then each key costs one signature.

use crate::canonical::{self, SignedHeaders, UNSIGNED_PAYLOAD};
use crate::credentials::Credentials;
use crate::encode;
use crate::endpoint::Endpoint;
use crate::expiry::Expiry;
use crate::signing_key::{Scope, SigningKey};
use crate::timestamp;
use std::fmt;
use time::OffsetDateTime;

/// The HTTP method a URL is good for; S3 refuses any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Download, or with an empty key list the bucket.
    Get,
    /// Upload.
    Put,
    /// Ask for size and headers alone.
    Head,
    /// Delete.
    Delete,
}

impl Method {
    /// `GET`, `PUT`, `HEAD` or `DELETE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Head => "HEAD",
            Method::Delete => "DELETE",
        }
    }
}

/// What all URLs of a [`Presigner`] have in common.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method the URLs are good for.
    pub method: Method,
    /// Where they point: resolved for the bucket.
    pub endpoint: &'a Endpoint,
    /// Who signs.
    pub credentials: &'a Credentials,
    /// The beginning of their life; S3 allows no clock more than 15 minutes ahead of its own.
    pub at: OffsetDateTime,
    /// Their life.
    pub expires_in: Expiry,
    /// Headers to sign beside `host`. The caller of the URL must send each of them exactly so.
    pub headers: &'a [(String, String)],
    /// Query parameters beside the signature's own (`versionId`, `response-content-type` …).
    pub query: &'a [(String, String)],
}

/// Makes presigned URLs that differ only in the key.
#[derive(Debug)]
pub struct Presigner {
    amz_date: String,
    scope: Scope,
    signing_key: SigningKey,
    /// `GET\n`.
    method_line: String,
    /// `https://host`.
    origin: String,
    /// What stands before `/KEY` in the path: nothing, or `/bucket` in path style.
    base_path: String,
    /// The canonical request from behind the path.
    canonical_tail: String,
    /// `?query&X-Amz-Signature=`.
    url_tail: String,
}

impl Presigner {
    /// Checks headers and query, derives the signing key and writes all that is the same for every key.
    pub fn new(request: &Request<'_>) -> Result<Self, InvalidRequest> {
        for (name, value) in request.headers {
            check_header(name, value)?;
        }
        if let Some((name, _)) = request.query.iter().find(|(name, _)| is_reserved(name)) {
            return Err(InvalidRequest::ReservedQuery(name.clone()));
        }
        let amz_date = timestamp::amz_date(request.at);
        let scope = Scope::s3(&amz_date, &request.endpoint.signing_region);
        let signed = signed_headers(&request.endpoint.host, request.headers);
        let query = query(request, &amz_date, &scope, &signed);
        let secret = request.credentials.secret_access_key.expose();
        Ok(Presigner {
            signing_key: SigningKey::derive(secret, &scope),
            method_line: format!("{}\n", request.method.as_str()),
            origin: request.endpoint.origin(),
            base_path: request.endpoint.base_path.clone(),
            canonical_tail: canonical::after_path(&query, &signed, UNSIGNED_PAYLOAD),
            url_tail: format!("?{query}&X-Amz-Signature="),
            amz_date,
            scope,
        })
    }

    /// The URL for `key`; an empty key presigns the bucket itself.
    #[must_use]
    pub fn url(&self, key: &[u8]) -> String {
        let path = self.path(key);
        let string_to_sign = self.string_to_sign_of(&path);
        let signature = self.signing_key.sign(string_to_sign.as_bytes());
        [&self.origin, &path, &self.url_tail, &signature]
            .map(String::as_str)
            .concat()
    }

    /// Stage one of the signature for `key`: the canonical request.
    #[must_use]
    pub fn canonical_request(&self, key: &[u8]) -> String {
        self.canonical_request_of(&self.path(key))
    }

    /// Stage two: the string to sign.
    #[must_use]
    pub fn string_to_sign(&self, key: &[u8]) -> String {
        self.string_to_sign_of(&self.path(key))
    }

    fn path(&self, key: &[u8]) -> String {
        let encoded = encode::path(key);
        match (self.base_path.as_str(), key) {
            (bucket, []) if !bucket.is_empty() => bucket.to_owned(),
            (base, _) => format!("{base}/{encoded}"),
        }
    }

    fn canonical_request_of(&self, path: &str) -> String {
        [&self.method_line, path, &self.canonical_tail].concat()
    }

    fn string_to_sign_of(&self, path: &str) -> String {
        let canonical_request = self.canonical_request_of(path);
        let scope = self.scope.to_string();
        canonical::string_to_sign(&self.amz_date, &scope, canonical_request.as_bytes())
    }
}

fn signed_headers(host: &str, headers: &[(String, String)]) -> SignedHeaders {
    let mut all = vec![("host", host)];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    SignedHeaders::new(&all)
}

fn query(request: &Request<'_>, amz_date: &str, scope: &Scope, signed: &SignedHeaders) -> String {
    let credential = format!("{}/{scope}", request.credentials.access_key_id);
    let expires = request.expires_in.seconds().to_string();
    let mut pairs: Vec<(&str, &str)> = request
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.extend([
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", credential.as_str()),
        ("X-Amz-Date", amz_date),
        ("X-Amz-Expires", expires.as_str()),
        ("X-Amz-SignedHeaders", signed.names.as_str()),
    ]);
    if let Some(token) = &request.credentials.session_token {
        pairs.push(("X-Amz-Security-Token", token.expose()));
    }
    canonical::query(&pairs)
}

fn is_reserved(name: &str) -> bool {
    [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
    ]
    .iter()
    .any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Headers that proxies and clients add, drop or rewrite: signing one makes a URL that fails at random.
const NEVER_SIGNED: [&str; 13] = [
    "authorization",
    "connection",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

fn check_header(name: &str, value: &str) -> Result<(), InvalidRequest> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(InvalidRequest::HeaderName(name.to_owned()));
    }
    if value.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(InvalidRequest::HeaderValue(name.to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if NEVER_SIGNED.contains(&lower.as_str()) {
        return Err(InvalidRequest::NeverSigned(lower));
    }
    Ok(())
}

/// Why no URL can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidRequest {
    /// Not an HTTP header name.
    HeaderName(String),
    /// The header of this name has a control character in its value.
    HeaderValue(String),
    /// A header that is changed on the way, so a signature over it would not hold.
    NeverSigned(String),
    /// A query parameter that belongs to the signature itself.
    ReservedQuery(String),
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderName(name) => write!(f, "`{name}` is not a header name"),
            Self::HeaderValue(name) => {
                write!(f, "the value of header `{name}` has a control character")
            }
            Self::NeverSigned(name) => write!(
                f,
                "header `{name}` is set or changed on the way and cannot be signed"
            ),
            Self::ReservedQuery(name) => {
                write!(f, "query parameter `{name}` belongs to the signature")
            }
        }
    }
}

impl std::error::Error for InvalidRequest {}

#[cfg(test)]
mod tests;
