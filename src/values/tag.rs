//! Bucket tags.

use std::fmt;
use std::str::FromStr;

/// The key and value of a tag, within S3's limits for bucket tags.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    key: String,
    value: String,
}

impl Tag {
    /// Creates a tag from a key and a value that follow S3's rules.
    ///
    /// # Errors
    /// Fails if the key does not have 1 to 128 characters, if the value has more than 256
    /// characters, if the key begins with `aws:`, or if S3 does not allow one of the characters.
    pub fn new(key: &str, value: &str) -> Result<Self, InvalidTag> {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(InvalidTag::Length);
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(InvalidTag::Reserved);
        }
        let is_allowed = |c: char| c.is_alphanumeric() || " +-=._:/@".contains(c);
        if !key.chars().all(is_allowed) || !value.chars().all(is_allowed) {
            return Err(InvalidTag::Characters);
        }
        Ok(Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Returns the key, which has 1 to 128 characters.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value, which has 0 to 256 characters.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Parses `KEY=VALUE`. The first `=` separates the key and the value.
impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or(InvalidTag::Form)?;
        Self::new(key, value)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// The reason why a text is not a [`Tag`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidTag {
    /// The text has no `=`.
    Form,
    /// The key is empty, or the key or the value is too long.
    Length,
    /// The key begins with `aws:`, which is reserved for AWS.
    Reserved,
    /// S3 does not allow one of the characters.
    Characters,
}

impl fmt::Display for InvalidTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a tag is written KEY=VALUE",
            Self::Length => "a tag's key has 1 to 128 characters, its value at most 256",
            Self::Reserved => "tag keys beginning with `aws:` are reserved for AWS",
            Self::Characters => {
                "a tag may contain only letters, digits, spaces and + - = . _ : / @"
            }
        })
    }
}

impl std::error::Error for InvalidTag {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_tags_that_s3_allows() {
        let parts = |text: &str| {
            let tag = text.parse::<Tag>()?;
            Ok((tag.key().to_owned(), tag.value().to_owned()))
        };
        assert_eq!(parts("team=a=b"), Ok(("team".into(), "a=b".into())));
        assert_eq!(parts("empty="), Ok(("empty".into(), String::new())));
        for (bad, why) in [
            ("team", InvalidTag::Form),
            ("=x", InvalidTag::Length),
            ("aws:x=y", InvalidTag::Reserved),
            ("a<b=c", InvalidTag::Characters),
        ] {
            assert_eq!(parts(bad), Err(why), "{bad}");
        }
    }
}
