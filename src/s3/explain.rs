//! A `SignatureDoesNotMatch` of S3, held against what was signed: the first line that differs, and
//! what usually makes it differ.

use crate::xml::{DecodeError, Element};
use std::fmt;

/// S3's `<Error>` with its view of the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorBody {
    /// `SignatureDoesNotMatch`, `AccessDenied` …
    pub code: String,
    /// In words.
    pub message: String,
    /// The canonical request as S3 made it, if it says so.
    pub canonical_request: String,
    /// `AccessDenied`: headers that were sent and not signed.
    pub headers_not_signed: Option<String>,
}

/// Where S3's view and ours part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// What explains the refusal.
    pub cause: Cause,
    /// S3's line, if one differs; else empty.
    pub theirs: String,
    /// Our line, if one differs; else empty.
    pub ours: String,
}

/// What explains a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// This part of the canonical request differs.
    Differs(Part),
    /// The client sent headers that were not signed; S3's list of their names.
    HeadersNotSigned(String),
    /// The URL was used after its end.
    Expired,
    /// The signature is right; the signer lacks a permission, or a policy denies the request.
    NotPermitted,
    /// The server does not know the access key.
    UnknownAccessKey,
    /// The bucket is in another region than the one that was signed for; S3's message.
    OtherRegion(String),
    /// The session of the temporary credentials has ended.
    SessionEnded,
    /// The client sent an ACL to a bucket that has none.
    AclSent,
    /// S3 refused it for another reason.
    Other {
        /// S3's code.
        code: String,
        /// S3's message.
        message: String,
    },
    /// Nothing differs: another secret access key signed, or the URL was changed.
    OtherSecret,
    /// Nothing that is known differs: these headers may have been signed with other values than S3 saw,
    /// or another secret access key signed. Names and values.
    OtherHeadersOrSecret(Vec<(String, String)>),
}

/// A part of the canonical request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The signed header of this (lower-case) name.
    Header(String),
    /// The list of signed headers, or the payload's hash.
    SignedHeadersOrPayload,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("method"),
            Self::Path => f.write_str("path"),
            Self::Query => f.write_str("query"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::SignedHeadersOrPayload => f.write_str("signed headers or payload"),
        }
    }
}

impl ErrorBody {
    /// Reads the body of a refusal.
    pub fn read(body: &[u8]) -> Result<Self, DecodeError> {
        let error = Element::read("Error", body)?;
        let text = |name| Ok(error.text(name)?.map(str::to_owned));
        Ok(ErrorBody {
            code: text("Code")?.unwrap_or_default(),
            message: text("Message")?.unwrap_or_default(),
            canonical_request: text("CanonicalRequest")?.unwrap_or_default(),
            headers_not_signed: text("HeadersNotSigned")?,
        })
    }

    /// The value of a (lower-case) header that S3 saw.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.canonical_request.lines().skip(3);
        let mut pairs = lines.filter_map(|line| line.trim_end().split_once(':'));
        pairs
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The method that S3 saw.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.canonical_request
            .lines()
            .next()
            .filter(|method| !method.is_empty())
    }
}

/// Compares line by line. Headers in `unknown` were signed with values that are not known here; in `ours`
/// S3's stand in for them ([`ErrorBody::header`]).
#[must_use]
pub fn explain(ours: &str, body: &ErrorBody, unknown: &[String]) -> SignatureMismatch {
    let no_line = |cause: Cause| SignatureMismatch {
        cause,
        theirs: String::new(),
        ours: String::new(),
    };
    if let Some(headers) = &body.headers_not_signed {
        return no_line(Cause::HeadersNotSigned(headers.clone()));
    }
    if body.canonical_request.is_empty() {
        return no_line(by_code(&body.code, &body.message));
    }
    let theirs: Vec<&str> = body
        .canonical_request
        .trim_end()
        .lines()
        .map(str::trim_end)
        .collect();
    let ours_lines: Vec<&str> = ours.lines().collect();
    let longest = theirs.len().max(ours_lines.len());
    let line = |lines: &[&str], at: usize| lines.get(at).copied().unwrap_or_default().to_owned();
    let first = (0..longest).find(|at| line(&theirs, *at) != line(&ours_lines, *at));
    let Some(at) = first else {
        if unknown.is_empty() {
            return no_line(Cause::OtherSecret);
        }
        let seen = |name: &String| {
            let value = body.header(name).unwrap_or_default();
            (name.clone(), value.to_owned())
        };
        let headers = unknown.iter().map(seen).collect();
        return no_line(Cause::OtherHeadersOrSecret(headers));
    };
    let (theirs, ours) = (line(&theirs, at), line(&ours_lines, at));
    SignatureMismatch {
        cause: Cause::Differs(part(at, &theirs, &ours)),
        theirs,
        ours,
    }
}

/// What a refusal without a canonical request says by its code.
fn by_code(code: &str, message: &str) -> Cause {
    match code {
        "AccessDenied" if message.contains("expired") => Cause::Expired,
        "AccessDenied" => Cause::NotPermitted,
        "InvalidAccessKeyId" => Cause::UnknownAccessKey,
        "AuthorizationQueryParametersError" if message.contains("region") => {
            Cause::OtherRegion(message.to_owned())
        }
        "ExpiredToken" => Cause::SessionEnded,
        "AccessControlListNotSupported" | "InvalidRequest" => Cause::AclSent,
        code => Cause::Other {
            code: code.to_owned(),
            message: message.to_owned(),
        },
    }
}

/// The part that a line of the canonical request belongs to.
fn part(at: usize, theirs: &str, ours: &str) -> Part {
    let header = |line: &str| line.split_once(':').map(|(name, _)| name.to_owned());
    match at {
        0 => Part::Method,
        1 => Part::Path,
        2 => Part::Query,
        _ => header(ours)
            .or_else(|| header(theirs))
            .map_or(Part::SignedHeadersOrPayload, Part::Header),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "PUT\n/in/a.txt\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900\nhost:b.example.com\n\nhost\nUNSIGNED-PAYLOAD";

    fn body_with(canonical_request: &str) -> ErrorBody {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><CanonicalRequest>{}</CanonicalRequest><RequestId>1</RequestId></Error>",
            canonical_request.replace('&', "&amp;")
        );
        ErrorBody::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        for ((from, to), part) in [
            (("PUT\n", "GET\n"), Part::Method),
            (("/in/a.txt", "/a.txt"), Part::Path),
            (("=900", "=901"), Part::Query),
            (
                ("b.example.com", "proxy.example.com"),
                Part::Header("host".to_owned()),
            ),
            (("UNSIGNED-PAYLOAD", "e3b0"), Part::SignedHeadersOrPayload),
        ] {
            let found = explain(OURS, &body_with(&OURS.replace(from, to)), &[]);
            assert_eq!(found.cause, Cause::Differs(part));
        }
        let same = explain(OURS, &body_with(OURS), &[]);
        assert_eq!(same.cause, Cause::OtherSecret);
    }

    #[test]
    fn a_signed_header_of_unknown_value_does_not_hide_what_differs_behind_it() {
        let signed = OURS
            .replace("host:b", "content-type:text/plain\nhost:b")
            .replace("\nhost\n", "\ncontent-type;host\n");
        let unknown = ["content-type".to_owned()];
        assert_eq!(
            body_with(&signed).header("content-type"),
            Some("text/plain")
        );
        // S3's value stands in for the one that is not known.
        let same = explain(&signed, &body_with(&signed), &unknown);
        let seen = vec![("content-type".to_owned(), "text/plain".to_owned())];
        assert_eq!(same.cause, Cause::OtherHeadersOrSecret(seen));
        let moved = signed.replace("b.example.com", "c.example.com");
        assert_eq!(
            explain(&signed, &body_with(&moved), &unknown).cause,
            Cause::Differs(Part::Header("host".to_owned()))
        );
        let known = explain(
            &signed,
            &body_with(&signed.replace("text/plain", "text/html")),
            &[],
        );
        assert_eq!(
            known,
            SignatureMismatch {
                cause: Cause::Differs(Part::Header("content-type".to_owned())),
                theirs: "content-type:text/html".to_owned(),
                ours: "content-type:text/plain".to_owned(),
            }
        );
    }

    #[test]
    fn a_refusal_without_a_canonical_request_has_causes_too() {
        let denied = |extra: &str, message: &str| {
            let body = format!(
                "<Error><Code>AccessDenied</Code><Message>{message}</Message>{extra}</Error>"
            );
            explain(OURS, &ErrorBody::read(body.as_bytes()).unwrap(), &[]).cause
        };
        assert_eq!(denied("", "Request has expired"), Cause::Expired);
        assert_eq!(denied("", "Access Denied"), Cause::NotPermitted);
        assert_eq!(
            denied("<HeadersNotSigned>x-amz-acl</HeadersNotSigned>", "m"),
            Cause::HeadersNotSigned("x-amz-acl".to_owned())
        );
    }
}
