//! A `SignatureDoesNotMatch` of S3, held against what was signed: the first line that differs, and
//! what usually makes it differ.

use crate::xml::{DecodeError, Element};

/// S3's `<Error>` with its view of the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
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
pub struct Difference {
    /// What differs: `method`, `path`, `header content-type` …; empty if nothing does.
    pub part: String,
    /// S3's line.
    pub theirs: String,
    /// Ours.
    pub ours: String,
    /// What usually causes it, and what to do.
    pub cause: String,
}

impl Refusal {
    /// Reads the body of a refusal.
    pub fn read(body: &[u8]) -> Result<Self, DecodeError> {
        let error = Element::read("Error", body)?;
        let text = |name| Ok(error.text(name)?.map(str::to_owned));
        Ok(Refusal {
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
/// S3's stand in for them ([`Refusal::header`]).
#[must_use]
pub fn difference(ours: &str, refusal: &Refusal, unknown: &[String]) -> Difference {
    let nothing = |cause: String| Difference {
        part: String::new(),
        theirs: String::new(),
        ours: String::new(),
        cause,
    };
    if let Some(headers) = &refusal.headers_not_signed {
        return nothing(format!(
            "the client sent headers that were not signed ({headers}): send none of them, or sign them with --header"
        ));
    }
    if refusal.canonical_request.is_empty() {
        return nothing(match (refusal.code.as_str(), refusal.message.as_str()) {
            ("AccessDenied", message) if message.contains("expired") => "it was used after its end: make a new one".to_owned(),
            ("AccessDenied", _) => "the signature is right, the permission is not: whoever signed lacks it (with SSE-KMS: kms:Decrypt, kms:GenerateDataKey), or a policy denies it (plain HTTP?)".to_owned(),
            ("InvalidAccessKeyId", _) => "the access key is gone, or belongs to another partition or server".to_owned(),
            ("AuthorizationQueryParametersError", message) if message.contains("region") => format!("the bucket is in another region than the one signed for: make the URL with --region ({message})"),
            ("ExpiredToken", _) => "the session that signed it has ended: make a new one".to_owned(),
            ("AccessControlListNotSupported" | "InvalidRequest", _) => "the client sends x-amz-acl; with BucketOwnerEnforced it must not".to_owned(),
            (code, message) => format!("S3 says {code}: {message}"),
        });
    }
    let theirs: Vec<&str> = refusal
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
            return nothing("S3 saw exactly what the URL says: then the secret access key is another than the one that signed, or the URL's date, region or signature was changed".to_owned());
        }
        let seen =
            |name: &String| format!("{name}: `{}`", refusal.header(name).unwrap_or_default());
        let seen: Vec<String> = unknown.iter().map(seen).collect();
        return nothing(format!(
            "S3 saw what the URL says, and of the signed headers, whose values a URL does not tell, it saw {}: if one was signed otherwise, that is it (compare with --header 'NAME: VALUE'); else another secret access key signed",
            seen.join(", ")
        ));
    };
    let (theirs, ours) = (line(&theirs, at), line(&ours_lines, at));
    let (part, cause) = explain(at, &theirs, &ours);
    Difference {
        part,
        theirs,
        ours,
        cause,
    }
}

fn explain(at: usize, theirs: &str, ours: &str) -> (String, String) {
    let header = |line: &str| line.split_once(':').map(|(name, _)| name.to_owned());
    let (part, cause) = match at {
        0 => (
            "method".to_owned(),
            "the URL was made for one method and used with another: curl -T is PUT, a browser's link is GET",
        ),
        1 => (
            "path".to_owned(),
            "the path was changed on its way: curl and browsers rewrite `.` and `..` (curl --path-as-is does not), some clients decode, encode again or join slashes",
        ),
        2 => (
            "query".to_owned(),
            "a parameter was added, lost or encoded again: copy the URL whole, in quotes, and add nothing to it",
        ),
        _ => match header(ours).or_else(|| header(theirs)).as_deref() {
            Some("host") => (
                "header host".to_owned(),
                "the request went to another host name than the one signed: a proxy, or an endpoint that customers reach by another name (presign --public-endpoint)",
            ),
            Some("content-type") => (
                "header content-type".to_owned(),
                "the client sent another Content-Type than the one signed; it must be the same, byte for byte (curl --header 'Content-Type: …')",
            ),
            Some("content-length") => (
                "header content-length".to_owned(),
                "the file has another size than the one signed",
            ),
            Some(name) => (
                format!("header {name}"),
                "the client must send this header just as it was signed",
            ),
            None => (
                "signed headers or payload".to_owned(),
                "the client signs or hashes the request itself: a presigned URL is used without credentials",
            ),
        },
    };
    (part, cause.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "PUT\n/in/a.txt\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900\nhost:b.example.com\n\nhost\nUNSIGNED-PAYLOAD";

    fn refusal(canonical_request: &str) -> Refusal {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><CanonicalRequest>{}</CanonicalRequest><RequestId>1</RequestId></Error>",
            canonical_request.replace('&', "&amp;")
        );
        Refusal::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn the_first_line_that_differs_is_named_with_its_cause() {
        for (change, part, cause) in [
            (("PUT\n", "GET\n"), "method", "used with another"),
            (("/in/a.txt", "/a.txt"), "path", "--path-as-is"),
            (("=900", "=901"), "query", "a parameter"),
            (
                ("b.example.com", "proxy.example.com"),
                "header host",
                "--public-endpoint",
            ),
        ] {
            let found = difference(OURS, &refusal(&OURS.replace(change.0, change.1)), &[]);
            assert_eq!(found.part, part);
            assert!(found.cause.contains(cause), "{found:?}");
        }
        let same = difference(OURS, &refusal(OURS), &[]);
        assert!(
            same.part.is_empty() && same.cause.contains("secret access key"),
            "{same:?}"
        );
    }

    #[test]
    fn a_signed_header_of_unknown_value_does_not_hide_what_differs_behind_it() {
        let signed = OURS
            .replace("host:b", "content-type:text/plain\nhost:b")
            .replace("\nhost\n", "\ncontent-type;host\n");
        let unknown = ["content-type".to_owned()];
        assert_eq!(refusal(&signed).header("content-type"), Some("text/plain"));
        // S3's value stands in for the one that is not known.
        let same = difference(&signed, &refusal(&signed), &unknown);
        assert!(
            same.part.is_empty() && same.cause.contains("content-type: `text/plain`"),
            "{same:?}"
        );
        let moved = signed.replace("b.example.com", "c.example.com");
        assert_eq!(
            difference(&signed, &refusal(&moved), &unknown).part,
            "header host"
        );
        let known = difference(
            &signed,
            &refusal(&signed.replace("text/plain", "text/html")),
            &[],
        );
        assert_eq!(
            (known.part.as_str(), known.theirs.as_str()),
            ("header content-type", "content-type:text/html")
        );
    }

    #[test]
    fn a_refusal_without_a_canonical_request_has_causes_too() {
        let denied = |extra: &str, message: &str| {
            let body = format!(
                "<Error><Code>AccessDenied</Code><Message>{message}</Message>{extra}</Error>"
            );
            difference(OURS, &Refusal::read(body.as_bytes()).unwrap(), &[]).cause
        };
        assert!(denied("", "Request has expired").contains("make a new one"));
        assert!(denied("", "Access Denied").contains("kms:Decrypt"));
        assert!(
            denied("<HeadersNotSigned>x-amz-acl</HeadersNotSigned>", "m").contains("x-amz-acl")
        );
    }
}
