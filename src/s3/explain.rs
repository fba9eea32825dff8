//! Explains why S3 refused a request. The explanation is the first line of the canonical request
//! that differs from the signed request, or the cause that S3's error code and message show.

mod cause;
mod query;

pub use cause::Cause;
#[cfg(test)]
use query::Change;
pub use query::QueryChange;

use crate::xml::{DecodeError, Element};
use std::fmt;

/// S3's `<Error>` document, which may contain the canonical request that S3 computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorBody {
    /// S3's error code, such as `SignatureDoesNotMatch` or `AccessDenied`.
    pub code: String,
    /// S3's message.
    pub message: String,
    /// The canonical request that S3 computed. The text is empty if the answer contains no
    /// canonical request.
    pub canonical_request: String,
    /// In an `AccessDenied` error, the names of the headers that the client sent but had not
    /// signed.
    pub headers_not_signed: Option<String>,
    /// In a `PermanentRedirect` or `TemporaryRedirect` error, the host to use instead.
    pub endpoint: Option<String>,
    /// In a `NotImplemented` error, the header that the server does not support.
    pub header_name: Option<String>,
    /// In a `PreconditionFailed` error, the condition that is not fulfilled, such as `If-None-Match`.
    pub condition: Option<String>,
    /// In an `EntityTooLarge` or `EntityTooSmall` error, the limit in bytes.
    pub limit: Option<u64>,
    /// In an `EntityTooSmall` error about a part, the number of the part.
    pub part_number: Option<String>,
}

/// The difference between the request that S3 received and the request that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// The reason why S3 refused the request.
    pub cause: Cause,
    /// The first line of S3's canonical request that differs from the signed canonical request. The
    /// text is empty if no line differs.
    pub theirs: String,
    /// The line of the signed canonical request at the position of `theirs`. The text is empty if
    /// no line differs.
    pub ours: String,
}

/// A part of the canonical request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query, with the parameters that differ.
    Query(Vec<QueryChange>),
    /// The signed header with this lower-case name.
    Header(String),
    /// The list of signed headers, or the hash of the payload.
    SignedHeadersOrPayload,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("method"),
            Self::Path => f.write_str("path"),
            Self::Query(_) => f.write_str("query"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::SignedHeadersOrPayload => f.write_str("signed headers or payload"),
        }
    }
}

impl ErrorBody {
    /// Parses the `<Error>` document of a refused request. The document may be part of a longer
    /// text, such as the page that a browser shows, or the output of a program.
    ///
    /// # Errors
    /// Returns a [`DecodeError`] if the text contains no `<Error>` document.
    pub fn read(text: &[u8]) -> Result<Self, DecodeError> {
        let error = read_document(text)?;
        let text = |name| Ok(error.text(name)?.map(str::to_owned));
        let number = |name| Ok(error.text(name)?.and_then(|text| text.trim().parse().ok()));
        Ok(ErrorBody {
            code: text("Code")?.unwrap_or_default(),
            message: text("Message")?.unwrap_or_default(),
            canonical_request: text("CanonicalRequest")?.unwrap_or_default(),
            headers_not_signed: text("HeadersNotSigned")?,
            endpoint: text("Endpoint")?,
            header_name: text("Header")?,
            condition: text("Condition")?,
            limit: number("MaxSizeAllowed")?.or(number("MinSizeAllowed")?),
            part_number: text("PartNumber")?,
        })
    }

    /// Returns the value of a header in the canonical request of S3. `name` is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.canonical_request.lines().skip(3);
        let mut pairs = lines.filter_map(|line| line.trim_end().split_once(':'));
        pairs
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Returns the method in the canonical request of S3.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.canonical_request
            .lines()
            .next()
            .filter(|method| !method.is_empty())
    }
}

/// Finds and parses the `<Error>` document inside a text. Browsers show entities as characters, so
/// this function accepts a `&` that does not begin an entity.
fn read_document(text: &[u8]) -> Result<Element, DecodeError> {
    let as_it_is = Element::read("Error", text);
    if as_it_is.is_ok() {
        return as_it_is;
    }
    let text = String::from_utf8_lossy(text);
    let inner = text
        .find("<Error>")
        .or_else(|| text.find("<Error "))
        .and_then(|start| {
            let end = text[start..].rfind("</Error>")?;
            Some(&text[start..start + end + "</Error>".len()])
        });
    match inner {
        Some(inner) => Element::read("Error", with_entities(inner).as_bytes()),
        None => as_it_is,
    }
}

fn with_entities(text: &str) -> String {
    let mut parts = text.split('&');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split(';').next().unwrap_or_default();
        let is_entity = part.len() > name.len()
            && (["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with('#'));
        whole += if is_entity { "&" } else { "&amp;" };
        whole += part;
    }
    whole
}

/// Compares S3's canonical request line by line with `ours`, the signed canonical request.
/// `unknown` lists the signed headers whose signed values the caller does not know; for these
/// headers, `ours` contains the values that S3 received ([`ErrorBody::header`]). `expired` is
/// `true` if the URL has expired.
#[must_use]
pub fn explain(
    ours: &str,
    body: &ErrorBody,
    unknown: &[String],
    expired: bool,
) -> SignatureMismatch {
    let no_line = |cause: Cause| SignatureMismatch {
        cause,
        theirs: String::new(),
        ours: String::new(),
    };
    if let Some(headers) = &body.headers_not_signed {
        return no_line(Cause::HeadersNotSigned(headers.clone()));
    }
    if body.canonical_request.is_empty() {
        return no_line(cause::of(body, expired));
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
    let part = part(at, &theirs, &ours);
    if let Part::Query(changes) = &part {
        // S3 reads the body of a form as parameters of the query, and no other parameter begins so.
        let is_body = |change: &QueryChange| change.parameter.starts_with('<');
        if changes.iter().any(is_body) {
            return no_line(Cause::FormContentType);
        }
        // The lines of the query contain the credential and the session token, so the result
        // contains only the names of the parameters.
        return no_line(Cause::Differs(part));
    }
    SignatureMismatch {
        cause: Cause::Differs(part),
        theirs,
        ours,
    }
}

/// Returns the part of the canonical request that the line with the index `at` belongs to.
fn part(at: usize, theirs: &str, ours: &str) -> Part {
    let header = |line: &str| line.split_once(':').map(|(name, _)| name.to_owned());
    match at {
        0 => Part::Method,
        1 => Part::Path,
        2 => Part::Query(query::changes(ours, theirs)),
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
            (
                ("=900", "=901"),
                Part::Query(vec![QueryChange {
                    parameter: "X-Amz-Expires".to_owned(),
                    change: Change::Value,
                }]),
            ),
            (
                ("b.example.com", "proxy.example.com"),
                Part::Header("host".to_owned()),
            ),
            (("UNSIGNED-PAYLOAD", "e3b0"), Part::SignedHeadersOrPayload),
        ] {
            let found = explain(OURS, &body_with(&OURS.replace(from, to)), &[], false);
            assert_eq!(found.cause, Cause::Differs(part));
        }
        let same = explain(OURS, &body_with(OURS), &[], false);
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
        // The signed canonical request contains the value that S3 received, because the signed
        // value is unknown.
        let same = explain(&signed, &body_with(&signed), &unknown, false);
        let seen = vec![("content-type".to_owned(), "text/plain".to_owned())];
        assert_eq!(same.cause, Cause::OtherHeadersOrSecret(seen));
        let moved = signed.replace("b.example.com", "c.example.com");
        assert_eq!(
            explain(&signed, &body_with(&moved), &unknown, false).cause,
            Cause::Differs(Part::Header("host".to_owned()))
        );
        let known = explain(
            &signed,
            &body_with(&signed.replace("text/plain", "text/html")),
            &[],
            false,
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
    fn a_refusal_without_a_canonical_request_is_explained_by_its_code() {
        let denied = |extra: &str, message: &str| {
            let body = format!(
                "<Error><Code>AccessDenied</Code><Message>{message}</Message>{extra}</Error>"
            );
            explain(OURS, &ErrorBody::read(body.as_bytes()).unwrap(), &[], false).cause
        };
        assert_eq!(denied("", "Request has expired"), Cause::Expired);
        assert_eq!(denied("", "Access Denied"), Cause::NotPermitted);
        assert_eq!(
            denied("<HeadersNotSigned>x-amz-acl</HeadersNotSigned>", "m"),
            Cause::HeadersNotSigned("x-amz-acl".to_owned())
        );
    }

    #[test]
    fn reads_a_document_out_of_what_a_browser_or_a_program_shows() {
        let document = "<Error>\n  <Code>SignatureDoesNotMatch</Code>\n<Message>m</Message><CanonicalRequest>PUT\n/k\na=1&b=2&amp;c=3</CanonicalRequest>\n</Error>";
        for text in [
            format!(
                "This XML file does not appear to have any style information associated with it. The document tree is shown below.\n{document}"
            ),
            format!(
                "< HTTP/1.1 403 Forbidden\r\n\r\n<?xml version=\"1.0\"?>\n{document}\n* Connection left intact"
            ),
        ] {
            let body = ErrorBody::read(text.as_bytes()).unwrap();
            assert_eq!(body.code, "SignatureDoesNotMatch");
            assert_eq!(body.canonical_request, "PUT\n/k\na=1&b=2&c=3");
        }
        for text in ["", "<html><body>403</body></html>", "<Error><Code>A</Code>"] {
            assert!(ErrorBody::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
