//! Parses sizes as users type them: `48213`, `10MB`, `10MiB`.

use std::fmt;
use std::str::FromStr;

/// The largest object that one PUT or one form can create on AWS, in bytes (5 GiB).
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>
pub const LARGEST_UPLOAD: u64 = 5 << 30;

/// The names of the units and their sizes in bytes.
const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// A size in bytes, parsed from a whole number with an optional unit. KB, MB, GB and TB are powers
/// of 1000; KiB, MiB, GiB and TiB are powers of 1024. Units may be in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let invalid = || InvalidSize::NotASize(text.to_owned());
        if number.is_empty() {
            return Err(invalid());
        }
        let unit = unit.to_ascii_lowercase();
        if let "k" | "m" | "g" | "t" = unit.as_str() {
            let letter = unit.to_ascii_uppercase();
            let number = number.trim_start_matches('0');
            let reading = |name: String| {
                let size = name.parse().ok()?;
                Some((name, size))
            };
            let decimal = reading(format!("{number}{letter}B"));
            let binary = reading(format!("{number}{letter}iB"));
            return Err(match (decimal, binary) {
                (Some(decimal), Some(binary)) => InvalidSize::Ambiguous {
                    text: text.to_owned(),
                    decimal,
                    binary,
                },
                _ => invalid(),
            });
        }
        let (_, bytes) = (UNITS.iter().find(|(name, _)| *name == unit)).ok_or_else(invalid)?;
        let number: u64 = number.parse().map_err(|_| invalid())?;
        let size = number.checked_mul(*bytes).ok_or_else(invalid)?;
        Ok(ByteSize(size))
    }
}

/// The reason why a text is not a [`ByteSize`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSize {
    /// The text is not a number with a known unit, or the size is greater than `u64::MAX` bytes.
    NotASize(String),
    /// The unit is a single letter, such as `M`, which can mean a power of 1000 or a power of 1024.
    Ambiguous {
        /// The text.
        text: String,
        /// The size if the unit is a power of 1000: the unambiguous text, and the number of bytes.
        decimal: (String, ByteSize),
        /// The size if the unit is a power of 1024: the unambiguous text, and the number of bytes.
        binary: (String, ByteSize),
    },
}

impl fmt::Display for InvalidSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASize(text) => write!(
                f,
                "`{text}` is not a size; write bytes (48213) or a whole number with a unit (10MB, 10MiB)"
            ),
            Self::Ambiguous { text, .. } => {
                write!(f, "`{text}` can mean a power of 1000 or a power of 1024")
            }
        }
    }
}

impl std::error::Error for InvalidSize {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_bytes_and_every_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("48213", 48213),
            ("7B", 7),
            ("1KB", 1000),
            ("10MB", 10_000_000),
            ("5gb", 5_000_000_000),
            ("2TB", 2_000_000_000_000),
            ("1KiB", 1024),
            ("10MiB", 10_485_760),
            ("5GiB", LARGEST_UPLOAD),
            ("1TiB", 1 << 40),
            ("007kB", 7000),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn rejects_text_that_is_not_a_size() {
        for text in [
            "",
            "MB",
            "-1",
            "+1",
            "1.5GB",
            "10 MB",
            "10Mbit",
            "1PB",
            "٣MB",
            "18446744073709551616",
            "99999999TiB",
        ] {
            assert_eq!(
                text.parse::<ByteSize>(),
                Err(InvalidSize::NotASize(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn an_ambiguous_unit_is_rejected_with_both_readings() {
        let error = "10M".parse::<ByteSize>();
        assert_eq!(
            error,
            Err(InvalidSize::Ambiguous {
                text: "10M".to_owned(),
                decimal: ("10MB".to_owned(), ByteSize(10_000_000)),
                binary: ("10MiB".to_owned(), ByteSize(10_485_760)),
            })
        );
    }
}
