//! The presigner: everything but the key is worked out once, then each key costs one signature.

use crate::batch::{Batch, Parts, Template};
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
#[derive(Debug, Clone)]
pub struct Presigner(Template);

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
        let base_path = &request.endpoint.base_path;
        let method = request.method.as_str();
        let tail = canonical::after_path(&query, &signed, UNSIGNED_PAYLOAD);
        let parts = Parts {
            canonical_head: format!("{method}\n{base_path}/").into_bytes(),
            canonical_tail: tail.into_bytes(),
            url_head: format!("{}/", request.endpoint.url()).into_bytes(),
            url_tail: format!("?{query}&X-Amz-Signature=").into_bytes(),
            bucket_in_path: !base_path.is_empty(),
        };
        let key = SigningKey::derive(secret, &scope);
        let sts_head = canonical::before_hash(&amz_date, &scope.to_string()).into_bytes();
        Ok(Presigner(Template::new(&key, sts_head, parts)))
    }

    /// Many URLs, one after another, without an allocation for each.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(&self.0)
    }

    /// The URL for `key`; an empty key presigns the bucket itself.
    ///
    /// # Panics
    /// Never: every part of a URL is ASCII.
    #[must_use]
    pub fn url(&self, key: &[u8]) -> String {
        let mut out = Vec::new();
        self.batch().push_url(&mut out, key);
        String::from_utf8(out).expect("every part of a URL is ASCII")
    }

    /// Stage one of the signature for `key`: the canonical request.
    #[must_use]
    pub fn canonical_request(&self, key: &[u8]) -> String {
        let Template {
            canonical_head: head,
            canonical_tail: tail,
            ..
        } = &self.0;
        let head = &head[..head.len() - self.0.slash_to_drop(key)];
        ascii(&[head, encode::path(key).as_bytes(), tail].concat())
    }

    /// Stage two: the string to sign.
    #[must_use]
    pub fn string_to_sign(&self, key: &[u8]) -> String {
        let canonical_request = self.canonical_request(key);
        ascii(&self.0.sts_head) + &canonical::hash(canonical_request.as_bytes())
    }
}

/// Texts of our own making.
fn ascii(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
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
        // It would be the payload's hash, which a presigned request has none of.
        "X-Amz-Content-Sha256",
    ]
    .iter()
    .any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Headers that proxies and clients add, drop or rewrite: signing one makes a URL that fails at random.
const NEVER_SIGNED: [&str; 14] = [
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
    "x-amz-content-sha256",
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
            Self::HeaderName(name) => write!(f, "`{name}` is not a valid header name"),
            Self::HeaderValue(name) => {
                write!(
                    f,
                    "the value of header `{name}` contains a control character"
                )
            }
            Self::NeverSigned(name) => write!(
                f,
                "header `{name}` cannot be signed: clients and proxies set or change it"
            ),
            Self::ReservedQuery(name) => {
                write!(f, "query parameter `{name}` is reserved for the signature")
            }
        }
    }
}

impl std::error::Error for InvalidRequest {}

#[cfg(test)]
mod tests;
