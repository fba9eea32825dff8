//! Options of an upload or a download, as the signed headers and parameters that carry them.
//!
//! What S3 must obey travels as a signed header: in the query it would be ignored in silence
//! (encryption, checksums) or could be left out by the uploader.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;

/// A header's or parameter's name and value.
pub type Pair = (String, String);

fn pair(name: &str, value: impl Into<String>) -> Pair {
    (name.to_owned(), value.into())
}

/// The upload has exactly this many bytes. (A range of sizes only a form upload can hold to: see
/// [`crate::post`].)
#[must_use]
pub fn size(bytes: u64) -> Pair {
    pair("Content-Length", bytes.to_string())
}

/// The upload has this SHA-256, in base64; S3 computes it again and refuses any other content.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
pub fn checksum_sha256(base64: &str) -> Result<Pair, InvalidOption> {
    match BASE64.decode(base64) {
        Ok(hash) if hash.len() == 32 => Ok(pair("x-amz-checksum-sha256", base64)),
        _ => Err(InvalidOption::Checksum(base64.to_owned())),
    }
}

/// The upload fails (412) if the key exists.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[must_use]
pub fn no_overwrite() -> Pair {
    pair("If-None-Match", "*")
}

/// The upload is encrypted with this KMS key.
#[must_use]
pub fn kms_key(key: &str) -> [Pair; 2] {
    [
        pair("x-amz-server-side-encryption", "aws:kms"),
        pair("x-amz-server-side-encryption-aws-kms-key-id", key),
    ]
}

/// The object gets these tags: at most ten, each key once.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
pub fn tags(tags: &[Pair]) -> Result<Pair, InvalidOption> {
    let fits = |(key, value): &Pair| {
        (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256
    };
    let mut keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    if tags.len() > 10 || keys.len() < tags.len() || !tags.iter().all(fits) {
        return Err(InvalidOption::Tags);
    }
    let borrowed: Vec<(&str, &str)> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    Ok(pair("x-amz-tagging", crate::canonical::query(&borrowed)))
}

/// The browser saves the download under this name in place of showing it (RFC 6266; names beyond
/// ASCII as RFC 8187 has it).
#[must_use]
pub fn download_as(name: &str) -> Pair {
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    let fallback: String = name
        .chars()
        .map(|c| {
            if plain(c) && !"\"\\%".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut value = format!("attachment; filename=\"{fallback}\"");
    if fallback != name {
        let encoded = crate::encode::query(name.as_bytes());
        value += &format!("; filename*=UTF-8''{encoded}");
    }
    pair("response-content-disposition", value)
}

/// Why an option cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidOption {
    /// No SHA-256 in base64.
    Checksum(String),
    /// More than ten tags, a key twice, or one that is too long.
    Tags,
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checksum(text) => {
                write!(f, "`{text}` is not a SHA-256 in base64 (44 characters)")
            }
            Self::Tags => f.write_str(
                "an object can have at most 10 tags with distinct keys; a key has 1 to 128 characters, a value at most 256",
            ),
        }
    }
}

impl std::error::Error for InvalidOption {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_name_is_safe_in_a_header_whatever_it_is() {
        for (name, value) in [
            ("report.pdf", "attachment; filename=\"report.pdf\""),
            (
                "a \"b\".txt",
                "attachment; filename=\"a _b_.txt\"; filename*=UTF-8''a%20%22b%22.txt",
            ),
            (
                "\u{e9}t\u{e9}\r\nX: y",
                "attachment; filename=\"_t___X: y\"; filename*=UTF-8''%C3%A9t%C3%A9%0D%0AX%3A%20y",
            ),
        ] {
            assert_eq!(
                download_as(name),
                ("response-content-disposition".into(), value.into())
            );
        }
    }

    #[test]
    fn tags_are_a_query_of_their_own() {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let both = [tag("team", "a&b"), tag("case", "1 2")];
        assert_eq!(tags(&both).unwrap().1, "case=1%202&team=a%26b");
        assert!(tags(&[tag("a", "1"), tag("a", "2")]).is_err());
        assert!(tags(&[tag("", "1")]).is_err());
        let many: Vec<Pair> = (0..11).map(|n| tag(&n.to_string(), "")).collect();
        assert!(tags(&many).is_err() && tags(&many[..10]).is_ok());
    }

    #[test]
    fn a_checksum_is_a_sha_256() {
        assert!(checksum_sha256("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").is_ok());
        for wrong in [
            "",
            "abcd",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert!(checksum_sha256(wrong).is_err(), "{wrong}");
        }
    }
}
