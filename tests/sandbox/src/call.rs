//! The parts of a request that the sandbox reads before it verifies the signature: the target, the
//! query and the claims of the signature.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::form::Form;

/// The format of a time such as `20260314T102653Z`.
pub const AMZ_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The address and the TLS version of a client.
#[derive(Debug, Clone)]
pub struct Peer {
    pub address: IpAddr,
    /// The TLS version of the connection; `None` for plain HTTP.
    pub tls: Option<&'static str>,
}

/// The place of the signature in a request. The variants are the values of the condition key
/// `s3:authType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthType {
    Header,
    Query,
    Form,
}

/// The version of a signature. The variants are the values of the condition key
/// `s3:signatureversion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVersion {
    V2,
    V4,
}

/// The claims of a request's signature, which may be false until the signature is verified.
#[derive(Debug, Clone)]
pub struct Claim {
    pub how: AuthType,
    pub version: SignatureVersion,
    /// The parts of `KEY/DATE/REGION/SERVICE/aws4_request`.
    pub credential: Vec<String>,
    pub amz_date: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
}

impl Claim {
    fn new(how: AuthType, credential: &str, date: &str, headers: &str, signature: &str) -> Self {
        Self {
            how,
            version: SignatureVersion::V4,
            credential: credential.split('/').map(str::to_owned).collect(),
            amz_date: date.to_owned(),
            signed_headers: headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
        }
    }

    /// Returns the claims of a signature of version 2, which has no date of signing and no scope.
    fn version_2(how: AuthType, access_key_id: &str, signature: &str) -> Self {
        Self {
            version: SignatureVersion::V2,
            ..Self::new(how, access_key_id, "", "", signature)
        }
    }

    pub fn access_key_id(&self) -> &str {
        &self.credential[0]
    }

    pub fn region(&self) -> &str {
        self.credential.get(2).map_or("", String::as_str)
    }

    pub fn signed_at(&self) -> Option<OffsetDateTime> {
        time::PrimitiveDateTime::parse(&self.amz_date, AMZ_DATE)
            .ok()
            .map(time::PrimitiveDateTime::assume_utc)
    }
}

/// A request with its whole body.
#[derive(Debug)]
pub struct Call {
    pub peer: Peer,
    pub now: OffsetDateTime,
    pub method: Method,
    /// The path of the request, still percent-encoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub bucket: Option<String>,
    pub key: Option<String>,
    pub claim: Option<Claim>,
    pub form: Option<Form>,
}

impl Call {
    pub fn new(head: &Parts, body: Bytes, peer: &Peer, now: OffsetDateTime) -> Self {
        let query = pairs(head.uri.query().unwrap_or_default());
        let form = Form::read(head, &body);
        let (bucket, key) = target(head);
        let claim = claim(&head.headers, &query, form.as_ref());
        Self {
            peer: peer.clone(),
            now,
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query,
            headers: head.headers.clone(),
            body,
            bucket,
            key,
            claim,
            form,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The value of a header, or of the form field that replaces this header.
    pub fn header_or_field(&self, name: &str) -> Option<&str> {
        match &self.form {
            Some(form) => form.header(name),
            None => self.header(name),
        }
    }

    /// The key of the object: from the path, or from the field `key` of a form.
    pub fn object_key(&self) -> Option<String> {
        match &self.form {
            Some(form) => Some(form.key()),
            None => self.key.clone(),
        }
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Returns whether the request is CreateBucket: a PUT of a bucket without a subresource.
    pub fn creates_bucket(&self) -> bool {
        self.method == Method::PUT
            && self.bucket.is_some()
            && self.key.is_none()
            && self
                .query
                .iter()
                .all(|(key, _)| key.starts_with("X-Amz-") || key == "x-id")
    }
}

/// Returns the decoded names and values of a query string or of a urlencoded form.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let bytes = urlencoding::decode_binary(text.as_bytes());
        String::from_utf8_lossy(&bytes).into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn target(head: &Parts) -> (Option<String>, Option<String>) {
    let bytes = urlencoding::decode_binary(head.uri.path().as_bytes());
    let path = String::from_utf8_lossy(&bytes).into_owned();
    let path = path.strip_prefix('/').unwrap_or(&path);
    let host = head.headers.get(http::header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if let Some(bucket) = bucket_of_host(host) {
        return (some(bucket), some(path));
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (some(bucket), some(key))
}

fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let aws = || {
        let (bucket, rest) = name.strip_suffix(".amazonaws.com")?.rsplit_once(".s3.")?;
        (!rest.contains('.')).then_some(bucket)
    };
    name.strip_suffix(".localhost").or_else(aws)
}

/// Gives `s3s` the bucket name in hosts such as `BUCKET.localhost` and
/// `BUCKET.s3.REGION.amazonaws.com`. If a host name contains no bucket name, the path of the
/// request contains the bucket name.
pub struct Hosts;

impl S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let plain = VirtualHost::new(host);
        Ok(match bucket_of_host(host) {
            Some(bucket) => plain.with_bucket(bucket),
            None => plain,
        })
    }
}

fn claim(headers: &HeaderMap, query: &[(String, String)], form: Option<&Form>) -> Option<Claim> {
    let of_query = |name: &str| {
        let pair = query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    };
    let of_header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(form) = form {
        let credential = form.field("x-amz-credential")?;
        let date = form.field("x-amz-date").unwrap_or_default();
        let signature = form.field("x-amz-signature").unwrap_or_default();
        return Some(Claim::new(AuthType::Form, credential, date, "", signature));
    }
    if let Some(credential) = of_query("X-Amz-Credential") {
        return Some(Claim::new(
            AuthType::Query,
            credential,
            of_query("X-Amz-Date").unwrap_or_default(),
            of_query("X-Amz-SignedHeaders").unwrap_or_default(),
            of_query("X-Amz-Signature").unwrap_or_default(),
        ));
    }
    if let Some(id) = of_query("AWSAccessKeyId") {
        let signature = of_query("Signature").unwrap_or_default();
        return Some(Claim::version_2(AuthType::Query, id, signature));
    }
    let authorization = of_header("authorization")?;
    if let Some((id, signature)) = authorization
        .strip_prefix("AWS ")
        .and_then(|rest| rest.split_once(':'))
    {
        return Some(Claim::version_2(AuthType::Header, id, signature));
    }
    let authorization = authorization.strip_prefix("AWS4-HMAC-SHA256")?;
    let part = |name: &str| {
        authorization
            .split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
    };
    Some(Claim::new(
        AuthType::Header,
        part("Credential"),
        of_header("x-amz-date").unwrap_or_default(),
        part("SignedHeaders"),
        part("Signature"),
    ))
}
