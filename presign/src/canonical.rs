//! Builds the canonical request and the string to sign of Signature Version 4.
//!
//! The same function writes the query of the URL and the query of the canonical request, so the two
//! queries cannot differ.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use crate::encode;
use sha2::{Digest, Sha256};

/// The payload hash of a presigned request, whose body is unknown when the URL is signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The signed headers in the two forms that a canonical request contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// The header names in lower case, sorted and joined by `;`, such as `host;x-amz-acl`.
    pub names: String,
    /// One line `name:value\n` for each header, sorted by name. Spaces around a value are removed,
    /// and each run of spaces inside a value becomes one space.
    pub lines: String,
}

impl SignedHeaders {
    /// Builds both forms from pairs of a header name and a value. The values of pairs with equal
    /// names are joined by `,` in the order of the pairs.
    #[must_use]
    pub fn new(headers: &[(&str, &str)]) -> Self {
        let mut folded: Vec<(String, String)> = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            let value = fold_spaces(value);
            match folded.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => *values = format!("{values},{value}"),
                None => folded.push((name, value)),
            }
        }
        folded.sort_unstable();
        let names: Vec<&str> = folded.iter().map(|(name, _)| name.as_str()).collect();
        SignedHeaders {
            names: names.join(";"),
            lines: folded
                .iter()
                .flat_map(|(name, value)| [name, ":", value, "\n"])
                .collect(),
        }
    }
}

/// Returns the query string: percent-encoded `name=value` pairs, sorted by encoded name and then by
/// encoded value, joined by `&`.
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut encoded: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| {
            (
                encode::query(name.as_bytes()),
                encode::query(value.as_bytes()),
            )
        })
        .collect();
    encoded.sort_unstable();
    let joined: Vec<String> = encoded
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// Returns the part of a canonical request after the path. This part begins with the newline that
/// ends the path.
#[must_use]
pub fn after_path(query: &str, headers: &SignedHeaders, payload_hash: &str) -> String {
    let SignedHeaders { names, lines } = headers;
    format!("\n{query}\n{lines}\n{names}\n{payload_hash}")
}

/// Returns the complete canonical request. The caller must have percent-encoded `path` and `query`.
#[must_use]
pub fn request(
    method: &str,
    path: &str,
    query: &str,
    headers: &SignedHeaders,
    payload_hash: &str,
) -> String {
    let rest = after_path(query, headers, payload_hash);
    format!("{method}\n{path}{rest}")
}

/// Returns the string to sign without its last line, which is the [`hash`] of the canonical
/// request.
///
/// `amz_date` has the format `YYYYMMDDTHHMMSSZ`, and `scope` has the format
/// `DATE/REGION/SERVICE/aws4_request`.
#[must_use]
pub fn before_hash(amz_date: &str, scope: &str) -> String {
    format!("AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n")
}

/// Returns the SHA-256 digest as 64 lower-case hex digits.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn fold_spaces(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_sorted_and_values_trimmed_and_joined() {
        let headers = SignedHeaders::new(&[
            ("X-Amz-Meta-B", "  two   words "),
            ("Host", "example.com"),
            ("x-amz-meta-b", "again"),
        ]);
        assert_eq!(
            headers,
            SignedHeaders {
                names: "host;x-amz-meta-b".into(),
                lines: "host:example.com\nx-amz-meta-b:two words,again\n".into(),
            }
        );
    }

    #[test]
    fn the_query_is_sorted_after_encoding() {
        // The byte '/' sorts before the byte '0', and the percent-encoded slash %2F sorts before
        // both.
        assert_eq!(
            query(&[("b", "2"), ("a/", "x y"), ("a0", ""), ("b", "1")]),
            "a%2F=x%20y&a0=&b=1&b=2"
        );
    }
}
