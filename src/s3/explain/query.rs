//! Compares the parameters of two canonical queries. The result contains the names of parameters
//! and the kinds of changes, but no values, because the values include the credential and the
//! session token.

use s3_presign::encode;
use std::fmt;

/// A query parameter that differs between the signed URL and the request that S3 received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryChange {
    /// The decoded name.
    pub parameter: String,
    /// How it differs.
    pub change: Change,
}

/// The kind of change between the signed query parameter and the parameter that S3 received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// S3 did not receive the parameter.
    Missing,
    /// S3 received the parameter, but it was not signed.
    Added,
    /// S3 received a space instead of each `+` in the value.
    PlusBecameSpace,
    /// S3 received the value with one more level of percent-encoding, or with one level less.
    Encoding,
    /// S3 received only the beginning of the value.
    Truncated,
    /// S3 received the value with different upper and lower case.
    LetterCase,
    /// S3 received the value with more or fewer spaces or line breaks.
    Whitespace,
    /// S3 received a different value.
    Value,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing in the request",
            Self::Added => "was added after signing",
            Self::PlusBecameSpace => "a `+` became a space: write each `+` as %2B",
            Self::Encoding => "was percent-encoded again, or decoded",
            Self::Truncated => "was cut off",
            Self::LetterCase => "changed between upper and lower case",
            Self::Whitespace => "gained or lost spaces or line breaks",
            Self::Value => "has another value",
        })
    }
}

/// Returns the parameters that differ between the signed canonical query and the query that S3
/// received. The result has the order of the signed query, followed by the added parameters.
pub(super) fn changes(signed: &str, received: &str) -> Vec<QueryChange> {
    let (signed, received) = (pairs(signed), pairs(received));
    let mut changes = Vec::new();
    let mut left = received;
    for (name, value) in &signed {
        let same = left.iter().position(|pair| pair == &(*name, *value));
        let named = same.or_else(|| left.iter().position(|(known, _)| known == name));
        let change = match named.map(|at| left.remove(at)) {
            None => Change::Missing,
            Some((_, found)) if found == *value => continue,
            Some((_, found)) => change(value, found),
        };
        changes.push(QueryChange {
            parameter: decoded(name),
            change,
        });
    }
    changes.extend(left.into_iter().map(|(name, _)| QueryChange {
        parameter: decoded(name),
        change: Change::Added,
    }));
    changes
}

fn pairs(query: &str) -> Vec<(&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect()
}

/// Determines how the value `found` differs from the value `signed`. `found` and `signed` are
/// percent-encoded.
fn change(signed: &str, found: &str) -> Change {
    let (signed, found) = (decoded(signed), decoded(found));
    let without_space =
        |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    if signed.contains('+') && signed.replace('+', " ") == found {
        Change::PlusBecameSpace
    } else if decoded(&found) == signed || decoded(&signed) == found {
        Change::Encoding
    } else if without_space(&signed) == without_space(&found) {
        Change::Whitespace
    } else if !found.is_empty() && signed.starts_with(&found) {
        Change::Truncated
    } else if signed.eq_ignore_ascii_case(&found) {
        Change::LetterCase
    } else {
        Change::Value
    }
}

fn decoded(text: &str) -> String {
    match encode::decode(text.as_bytes()) {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_parameter_that_differs_and_how() {
        let signed = "X-Amz-Credential=A%2F1&X-Amz-Expires=900&X-Amz-Security-Token=a%2Bb%2Fc&versionId=Ab%2FcD";
        for (from, to, parameter, kind) in [
            (
                "a%2Bb",
                "a%20b",
                "X-Amz-Security-Token",
                Change::PlusBecameSpace,
            ),
            (
                "a%2Bb%2Fc",
                "a%2Bb",
                "X-Amz-Security-Token",
                Change::Truncated,
            ),
            ("A%2F1", "A%252F1", "X-Amz-Credential", Change::Encoding),
            ("A%2F1", "B%2F1", "X-Amz-Credential", Change::Value),
            ("Ab%2FcD", "ab%2Fcd", "versionId", Change::LetterCase),
            ("Ab%2FcD", "Ab%2FcD%0A", "versionId", Change::Whitespace),
            ("&X-Amz-Expires=900", "", "X-Amz-Expires", Change::Missing),
            (
                "&versionId",
                "&utm_source=x&versionId",
                "utm_source",
                Change::Added,
            ),
        ] {
            let expected = QueryChange {
                parameter: parameter.to_owned(),
                change: kind,
            };
            assert_eq!(changes(signed, &signed.replace(from, to)), [expected]);
        }
        assert_eq!(changes(signed, signed), []);
    }

    #[test]
    fn a_parameter_that_occurs_twice_is_compared_with_each_occurrence() {
        assert_eq!(changes("a=1&a=2", "a=2&a=1"), []);
        let added = QueryChange {
            parameter: "a".to_owned(),
            change: Change::Added,
        };
        assert_eq!(changes("a=1", "a=1&a=2"), [added]);
    }
}
