//! The objects that a lifecycle rule deletes: a number of days, and a key prefix.

use crate::xml::is_xml;
use s3_presign::ObjectKey;
use std::fmt;
use std::str::FromStr;

/// The largest number of days that S3 accepts in practice: about a century.
const MOST_DAYS: u32 = 36_500;

/// The objects whose keys begin with a prefix, and the number of days after which S3 deletes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpireAfter {
    days: u32,
    prefix: String,
}

impl ExpireAfter {
    /// Objects under `prefix` that are older than `days`. An empty prefix means every object.
    ///
    /// # Errors
    /// See [`InvalidExpireAfter`].
    pub fn new(days: u32, prefix: &str) -> Result<Self, InvalidExpireAfter> {
        if days == 0 || days > MOST_DAYS {
            return Err(InvalidExpireAfter::Days);
        }
        if prefix.len() > ObjectKey::MAX_LEN || !prefix.chars().all(is_xml) {
            return Err(InvalidExpireAfter::Prefix);
        }
        Ok(ExpireAfter {
            days,
            prefix: prefix.to_owned(),
        })
    }

    /// Days from the creation of an object until S3 deletes it.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.days
    }

    /// The beginning of the keys. Empty for every object.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for ExpireAfter {
    type Err = InvalidExpireAfter;

    /// Parses `N` or `N:PREFIX`. Refuses `N:`, which a script writes if the variable for the prefix is empty.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (days, prefix) = match text.split_once(':') {
            Some((_, "")) => return Err(InvalidExpireAfter::EmptyPrefix),
            Some(parts) => parts,
            None => (text, ""),
        };
        let days = days.parse().map_err(|_| InvalidExpireAfter::Days)?;
        Self::new(days, prefix)
    }
}

/// Why a text or a pair of values is not an [`ExpireAfter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidExpireAfter {
    /// The number of days is not from 1 to 36500.
    Days,
    /// The prefix is longer than a key, or contains a character that XML cannot carry.
    Prefix,
    /// The text has a `:` and no prefix after it.
    EmptyPrefix,
}

impl fmt::Display for InvalidExpireAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Days => {
                "the number of days must be from 1 to 36500; write N or N:PREFIX, such as 30:in/"
            }
            Self::Prefix => "the prefix has more than 1024 bytes, or a control character",
            Self::EmptyPrefix => {
                "the prefix is empty; write N without `:` to delete every object, or N:PREFIX, such as 30:in/"
            }
        })
    }
}

impl std::error::Error for InvalidExpireAfter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_days_with_or_without_a_prefix() {
        for (text, days, prefix) in [("30", 30, ""), ("1:in/", 1, "in/"), ("7:a:b", 7, "a:b")] {
            let parsed: ExpireAfter = text.parse().unwrap();
            assert_eq!((parsed.days(), parsed.prefix()), (days, prefix), "{text}");
        }
        for (text, error) in [
            ("", InvalidExpireAfter::Days),
            ("0", InvalidExpireAfter::Days),
            ("-1", InvalidExpireAfter::Days),
            ("36501", InvalidExpireAfter::Days),
            ("in/:30", InvalidExpireAfter::Days),
            ("9:", InvalidExpireAfter::EmptyPrefix),
            ("30:\u{1}", InvalidExpireAfter::Prefix),
            (
                &format!("30:{}", "x".repeat(1025)),
                InvalidExpireAfter::Prefix,
            ),
        ] {
            assert_eq!(text.parse::<ExpireAfter>(), Err(error), "{text}");
        }
    }
}
