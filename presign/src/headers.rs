//! Builds the signed headers and query parameters for upload and download options.
//!
//! Options that S3 must enforce become signed headers. S3 silently ignores query parameters for
//! encryption and checksums, and an uploader could omit other unsigned options.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;

/// The name and the value of a header or a query parameter.
pub type Pair = (String, String);

fn pair(name: &str, value: impl Into<String>) -> Pair {
    (name.to_owned(), value.into())
}

/// Requires the upload to have exactly `bytes` bytes. Only a form upload can require a range of
/// sizes; see [`crate::post`].
#[must_use]
pub fn size(bytes: u64) -> Pair {
    pair("Content-Length", bytes.to_string())
}

/// Requires the uploaded content to have this SHA-256 digest, given in base64. S3 computes the
/// digest of the upload and rejects the upload if the digests differ.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
///
/// # Errors
/// Returns [`InvalidOption::Checksum`] if the text is not the base64 of 32 bytes.
pub fn checksum_sha256(base64: &str) -> Result<Pair, InvalidOption> {
    match BASE64.decode(base64) {
        Ok(hash) if hash.len() == 32 => Ok(pair("x-amz-checksum-sha256", base64)),
        _ => Err(InvalidOption::Checksum(base64.to_owned())),
    }
}

/// Makes S3 reject the upload with the status 412 if an object with the same key exists.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[must_use]
pub fn no_overwrite() -> Pair {
    pair("If-None-Match", "*")
}

/// Makes S3 encrypt the upload with this KMS key (SSE-KMS). `key` is a key ID, a key ARN or an alias.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html>
#[must_use]
pub fn kms_key(key: &str) -> [Pair; 2] {
    [
        pair("x-amz-server-side-encryption", "aws:kms"),
        pair("x-amz-server-side-encryption-aws-kms-key-id", key),
    ]
}

/// Sets these tags on the uploaded object. Each pair is a tag's key and value.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
///
/// # Errors
/// Returns [`InvalidOption::Tags`] if there are more than ten tags, if two tags have the same key,
/// if a key does not have 1 to 128 characters, or if a value has more than 256 characters.
pub fn tags(tags: &[Pair]) -> Result<Pair, InvalidOption> {
    let fits = |(key, value): &Pair| {
        (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256
    };
    let is_unique = |(key, _): &Pair| tags.iter().filter(|(other, _)| other == key).count() == 1;
    if tags.len() > 10 || !tags.iter().all(is_unique) || !tags.iter().all(fits) {
        return Err(InvalidOption::Tags);
    }
    let borrowed: Vec<(&str, &str)> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    Ok(pair("x-amz-tagging", crate::canonical::query(&borrowed)))
}

/// Makes browsers save the downloaded object under this name instead of displaying the object (RFC
/// 6266). A name that is not ASCII is encoded as RFC 8187 specifies.
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

/// The reason why an upload option is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOption {
    /// The text that the variant contains is not a SHA-256 digest in base64.
    Checksum(String),
    /// There are more than ten tags, two tags have the same key, or a key or value has an invalid length.
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
    fn encodes_any_download_name_for_a_header() {
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
    fn tags_are_encoded_as_a_query_string() {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let both = [tag("team", "a&b"), tag("case", "1 2")];
        assert_eq!(tags(&both).unwrap().1, "case=1%202&team=a%26b");
        assert!(tags(&[tag("a", "1"), tag("a", "2")]).is_err());
        assert!(tags(&[tag("", "1")]).is_err());
        let many: Vec<Pair> = (0..11).map(|n| tag(&n.to_string(), "")).collect();
        assert!(tags(&many).is_err() && tags(&many[..10]).is_ok());
    }

    #[test]
    fn accepts_only_a_sha_256_in_base64_as_a_checksum() {
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
