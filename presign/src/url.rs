//! The presigner, which computes once all parts of the URLs that do not depend on the key.

use crate::batch::{Batch, Parts, Template};
use crate::canonical::{self, SignedHeaders, UNSIGNED_PAYLOAD};
use crate::credentials::Credentials;
use crate::encode;
use crate::endpoint::Endpoint;
use crate::expiry::Expiry;
use crate::signing_key::{Scope, SigningKey};
use crate::timestamp;
use crate::uri::ObjectKey;
use std::fmt;
use time::OffsetDateTime;

/// The HTTP method of a presigned URL. The signature covers the method, so S3 rejects a request
/// with a different method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Downloads an object. If the key is empty, this method lists the bucket.
    Get,
    /// Uploads an object.
    Put,
    /// Returns the headers of an object without its content.
    Head,
    /// Deletes an object.
    Delete,
    /// Completes a multipart upload. A browser form is a [`crate::post::Form`] instead.
    Post,
}

impl Method {
    /// Returns the name of the method: `GET`, `PUT`, `HEAD`, `DELETE` or `POST`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Head => "HEAD",
            Method::Delete => "DELETE",
            Method::Post => "POST",
        }
    }
}

/// The properties of a presigned request, except the key. All URLs of a [`Presigner`] have the same
/// properties.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method with which the URLs can be used.
    pub method: Method,
    /// The endpoint, resolved for the bucket.
    pub endpoint: &'a Endpoint,
    /// The credentials that sign the URLs. The URLs contain the access key ID and the session token.
    pub credentials: &'a Credentials,
    /// The time when the URLs become valid. S3 rejects a URL whose start time is more than 15
    /// minutes ahead of S3's clock.
    pub at: OffsetDateTime,
    /// The period for which the URLs are valid, from `at` on.
    pub expires_in: Expiry,
    /// The headers to sign in addition to `host`. The client must send each signed header with
    /// exactly the signed value.
    pub headers: &'a [(String, String)],
    /// The query parameters to add to those of the signature, such as `versionId` or
    /// `response-content-type`.
    pub query: &'a [(String, String)],
}

impl<'a> Request<'a> {
    /// Creates a request for URLs that expire after [`Expiry::DEFAULT`], without additional headers
    /// and query parameters.
    ///
    /// `at` is the current time, which the caller passes because this crate does not read the
    /// clock.
    #[must_use]
    pub fn new(
        method: Method,
        endpoint: &'a Endpoint,
        credentials: &'a Credentials,
        at: OffsetDateTime,
    ) -> Self {
        Request {
            method,
            endpoint,
            credentials,
            at,
            expires_in: Expiry::DEFAULT,
            headers: &[],
            query: &[],
        }
    }

    /// Creates a request for downloads, as [`new`](Self::new) does with [`Method::Get`].
    #[must_use]
    pub fn get(endpoint: &'a Endpoint, credentials: &'a Credentials, at: OffsetDateTime) -> Self {
        Self::new(Method::Get, endpoint, credentials, at)
    }

    /// Creates a request for uploads, as [`new`](Self::new) does with [`Method::Put`].
    #[must_use]
    pub fn put(endpoint: &'a Endpoint, credentials: &'a Credentials, at: OffsetDateTime) -> Self {
        Self::new(Method::Put, endpoint, credentials, at)
    }
}

/// Creates presigned URLs that differ only in the key.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
#[derive(Debug, Clone)]
pub struct Presigner(Template);

impl Presigner {
    /// Checks the headers and the query, derives the signing key, and computes the parts that are the
    /// same for every key.
    ///
    /// # Errors
    /// Fails if a header has an invalid name or value, if a header must not be signed, or if a
    /// query parameter is reserved for the signature.
    pub fn new(request: &Request<'_>) -> Result<Self, InvalidRequest> {
        let Steps {
            query,
            signed,
            sts_head,
            key,
        } = Steps::new(request)?;
        let method = request.method.as_str();
        let base_path = &request.endpoint.base_path;
        let parts = Parts {
            canonical_head: format!("{method}\n{base_path}/").into_bytes(),
            canonical_tail: canonical::after_path(&query, &signed, UNSIGNED_PAYLOAD).into_bytes(),
            // Step 4: the URL, without the key and the signature.
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#add-signature-to-request
            url_head: format!("{}/", request.endpoint.url()).into_bytes(),
            url_tail: format!("?{query}&X-Amz-Signature=").into_bytes(),
            bucket_in_path: !base_path.is_empty(),
        };
        Ok(Presigner(Template::new(&key, sts_head, parts)))
    }

    /// Returns a [`Batch`], which creates many URLs without allocating memory for each URL. Use one
    /// batch per thread.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(&self.0)
    }

    /// Returns the presigned URL for `key`. An empty key presigns the bucket itself.
    ///
    /// Anyone who has the URL can use it until it expires, so do not write the URL to logs.
    #[must_use]
    #[allow(clippy::missing_panics_doc)] // This function never panics, because every part of a URL is ASCII.
    pub fn url(&self, key: &ObjectKey) -> String {
        let mut out = Vec::new();
        self.batch().push_url(&mut out, key);
        String::from_utf8(out).expect("every part of a URL is ASCII")
    }

    /// Returns the canonical request for `key`, the result of the first step of signing.
    #[must_use]
    pub fn canonical_request(&self, key: &ObjectKey) -> String {
        let key = key.as_bytes();
        let Template {
            canonical_head: head,
            canonical_tail: tail,
            ..
        } = &self.0;
        let head = &head[..head.len() - self.0.slash_to_drop(key)];
        ascii(&[head, encode::path(key).as_bytes(), tail].concat())
    }

    /// Returns the string to sign for an object key. This string is the result of the second step
    /// of signing.
    #[must_use]
    pub fn string_to_sign(&self, key: &ObjectKey) -> String {
        let canonical_request = self.canonical_request(key);
        ascii(&self.0.sts_head) + &canonical::hash(canonical_request.as_bytes())
    }
}

/// The steps of Signature Version 4, as far as they do not depend on the path. `Batch` completes the
/// steps for each URL.
pub(crate) struct Steps {
    /// Step 1, the canonical request: its query.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request>
    pub(crate) query: String,
    /// Step 1, the canonical request: its headers.
    pub(crate) signed: SignedHeaders,
    /// Step 2, the string to sign, without the hash of the canonical request.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-string-to-sign>
    pub(crate) sts_head: Vec<u8>,
    /// Step 3, the signing key, with which `Batch` signs the string to sign.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#derive-signing-key>
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#calculate-signature>
    pub(crate) key: SigningKey,
}

impl Steps {
    /// Checks the headers and the query of the request, and computes the steps.
    pub(crate) fn new(request: &Request<'_>) -> Result<Self, InvalidRequest> {
        for (name, value) in request.headers {
            check_header(name, value)?;
        }
        if let Some((name, _)) = request.query.iter().find(|(name, _)| is_reserved(name)) {
            return Err(InvalidRequest::ReservedQuery(name.clone()));
        }
        let amz_date = timestamp::amz_date(request.at);
        let scope = Scope::s3(&amz_date, &request.endpoint.signing_region);
        let signed = signed_headers(&request.endpoint.host, request.headers);
        let secret = request.credentials.secret_access_key.expose();
        Ok(Steps {
            query: query(request, &amz_date, &scope, &signed),
            signed,
            sts_head: canonical::before_hash(&amz_date, &scope.to_string()).into_bytes(),
            key: SigningKey::derive(secret, &scope),
        })
    }
}

/// Converts bytes to a text. The bytes are always ASCII, because this module wrote the bytes.
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
        // This parameter contains the hash of the payload, and a presigned URL is signed without a
        // payload hash.
        "X-Amz-Content-Sha256",
    ]
    .iter()
    .any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Headers that proxies and clients add, remove or change. A signature over a header that a proxy
/// changes would fail unpredictably.
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
    if !value.is_ascii() {
        return Err(InvalidRequest::NotAscii(name.to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if NEVER_SIGNED.contains(&lower.as_str()) {
        return Err(InvalidRequest::NeverSigned(lower));
    }
    Ok(())
}

/// The reason why [`Presigner::new`] rejects a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The name in the variant is not a valid HTTP header name.
    HeaderName(String),
    /// The value of the header with this name contains a control character.
    HeaderValue(String),
    /// The value of the header with this name is not ASCII. Clients and servers encode values that
    /// are not ASCII in different ways, so AWS would reject the signature.
    NotAscii(String),
    /// Clients or proxies set or change this header, so a signature that covers this header would
    /// become invalid.
    NeverSigned(String),
    /// This query parameter is reserved for the signature.
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
            Self::NotAscii(name) => {
                write!(
                    f,
                    "the value of header `{name}` is not ASCII: S3 would refuse the signature"
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
