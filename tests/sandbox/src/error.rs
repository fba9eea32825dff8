//! Errors in AWS's format, with the code, the message, additional fields and the XML document.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::xml::Deserializer;
use s3s::{S3Error, S3ErrorCode};

/// The name of an internal header with the additional XML fields of an error. [`body`] reads and
/// removes the internal header.
const FIELDS: HeaderName = HeaderName::from_static("x-sandbox-fields");

pub const SIGNATURE_DOES_NOT_MATCH: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
pub const MALFORMED_XML: &str =
    "The XML you provided was not well-formed or did not validate against our published schema";

pub fn fail(status: u16, code: &str, message: impl Into<Cow<'static, str>>) -> S3Error {
    let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
    let mut error = S3Error::with_message(code, message);
    error.set_status_code(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST));
    error
}

/// Methods that add XML elements and response headers to an error.
pub trait Detail {
    #[must_use]
    fn field(self, name: &str, value: &str) -> Self;
    #[must_use]
    fn header(self, name: &'static str, value: &str) -> Self;
}

impl Detail for S3Error {
    fn field(mut self, name: &str, value: &str) -> Self {
        let mut headers = self.headers().cloned().unwrap_or_default();
        let pair = format!("{name}={}", urlencoding::encode(value));
        if let Ok(pair) = HeaderValue::try_from(pair) {
            headers.append(FIELDS, pair);
        }
        self.set_headers(headers);
        self
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        let mut headers = self.headers().cloned().unwrap_or_default();
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
        self.set_headers(headers);
        self
    }
}

pub fn access_denied() -> S3Error {
    fail(403, "AccessDenied", "Access Denied")
}

pub fn malformed_xml() -> S3Error {
    fail(400, "MalformedXML", MALFORMED_XML)
}

pub fn no_such_bucket(name: &str) -> S3Error {
    fail(404, "NoSuchBucket", "The specified bucket does not exist").field("BucketName", name)
}

pub fn no_such_key(key: &str) -> S3Error {
    fail(404, "NoSuchKey", "The specified key does not exist.").field("Key", key)
}

pub fn invalid_argument(message: impl Into<Cow<'static, str>>, name: &str, value: &str) -> S3Error {
    fail(400, "InvalidArgument", message)
        .field("ArgumentName", name)
        .field("ArgumentValue", value)
}

pub fn bad_digest(expected: &str, calculated: &str) -> S3Error {
    fail(
        400,
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
    )
    .field("ExpectedDigest", expected)
    .field("CalculatedDigest", calculated)
}

/// The parsed content of an error document that `s3s` wrote.
#[derive(Debug, Default)]
pub struct Parts {
    pub code: String,
    pub message: String,
    pub fields: Vec<(String, String)>,
}

impl Parts {
    /// Parses the body of an error response, and removes the internal header with the additional
    /// fields.
    pub fn read(body: &[u8], headers: &mut HeaderMap) -> Self {
        let mut parts = Self::default();
        let mut xml = Deserializer::new(body);
        let read = xml.named_element("Error", |xml| {
            xml.for_each_element(|xml, name| {
                let text: String = xml.content()?;
                match name {
                    b"Code" => parts.code = text,
                    b"Message" => parts.message = text,
                    _ => {}
                }
                Ok(())
            })
        });
        if read.is_err() || parts.code.is_empty() {
            "InternalError".clone_into(&mut parts.code);
        }
        for pair in headers.get_all(FIELDS) {
            if let Ok(pair) = pair.to_str()
                && let Some((name, value)) = pair.split_once('=')
                && let Ok(value) = urlencoding::decode(value)
            {
                parts.fields.push((name.to_owned(), value.into_owned()));
            }
        }
        headers.remove(FIELDS);
        parts.reword();
        parts
    }

    /// Replaces the messages of `s3s` by the messages of AWS.
    fn reword(&mut self) {
        let always = matches!(
            self.code.as_str(),
            "MalformedXML" | "SignatureDoesNotMatch" | "InvalidAccessKeyId" | "InvalidURI"
        );
        if !always && !self.message.is_empty() {
            return;
        }
        let words = match self.code.as_str() {
            "AccessDenied" => "Access Denied",
            "InvalidAccessKeyId" => {
                "The AWS Access Key Id you provided does not exist in our records."
            }
            "InvalidBucketName" => "The specified bucket is not valid.",
            "InvalidURI" => "Couldn't parse the specified URI.",
            "KeyTooLongError" => "Your key is too long",
            "MalformedXML" => MALFORMED_XML,
            "MethodNotAllowed" => "The specified method is not allowed against this resource.",
            "MissingContentLength" => "You must provide the Content-Length HTTP header.",
            "MissingRequestBodyError" => "Request Body is empty",
            "SignatureDoesNotMatch" => SIGNATURE_DOES_NOT_MATCH,
            "NotImplemented" => {
                "A header you provided implies functionality that is not implemented"
            }
            _ => "We encountered an internal error. Please try again.",
        };
        words.clone_into(&mut self.message);
    }

    /// Returns the XML document of the error, in AWS's format.
    pub fn body(&self, request_id: &str, host_id: &str) -> Bytes {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        let mut element = |name: &str, text: &str| {
            xml.push_str(&format!("<{name}>{}</{name}>", escape(text)));
        };
        element("Code", &self.code);
        element("Message", &self.message);
        for (name, value) in &self.fields {
            element(name, value);
        }
        element("RequestId", request_id);
        element("HostId", host_id);
        xml.push_str("</Error>");
        Bytes::from(xml)
    }
}

/// Escapes XML text: replaces the five predefined entities, and writes control characters as
/// character references.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out
}
