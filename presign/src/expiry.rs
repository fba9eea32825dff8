//! The validity period of a presigned URL, from one second to seven days.

use crate::duration::{self, InvalidDuration};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The value of `X-Amz-Expires`, in whole seconds from [`Expiry::MIN`] to [`Expiry::MAX`].
///
/// S3 rejects a URL that is valid for more than seven days (400
/// `AuthorizationQueryParametersError`), so an `Expiry` is never longer than seven days.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry(u32);

impl Expiry {
    /// The shortest expiry: one second.
    pub const MIN: Expiry = Expiry(1);
    /// The longest expiry: seven days, 604800 seconds.
    pub const MAX: Expiry = Expiry(604_800);
    /// The default expiry of a presigned URL: fifteen minutes.
    pub const DEFAULT: Expiry = Expiry(900);

    /// Parses a duration such as `900`, `15m` or `7d`; see [`duration::parse`].
    ///
    /// # Errors
    /// Fails if the text is not a duration, or if the duration is shorter than one second or longer
    /// than seven days.
    pub fn parse(text: &str) -> Result<Self, InvalidExpiry> {
        let duration = duration::parse(text).map_err(InvalidExpiry::NotADuration)?;
        Self::from_duration(duration).ok_or_else(|| InvalidExpiry::OutOfRange(text.to_owned()))
    }

    /// Converts a duration, without its fractions of a second. Returns `None` if the duration is
    /// shorter than one second or longer than seven days.
    #[must_use]
    pub fn from_duration(duration: Duration) -> Option<Self> {
        let seconds = u32::try_from(duration.as_secs()).ok().map(Expiry)?;
        (Self::MIN..=Self::MAX)
            .contains(&seconds)
            .then_some(seconds)
    }

    /// Returns the expiry in seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// Returns the expiry as a [`Duration`].
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }
}

impl FromStr for Expiry {
    type Err = InvalidExpiry;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration::display(self.duration()))
    }
}

/// The error for a text that is not an [`Expiry`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidExpiry {
    /// The text does not have the format of a duration, such as `15m`.
    NotADuration(InvalidDuration),
    /// The duration is shorter than one second or longer than seven days. The variant contains the
    /// text of the duration.
    OutOfRange(String),
}

impl fmt::Display for InvalidExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADuration(error) => error.fmt(f),
            Self::OutOfRange(text) => write!(
                f,
                "`{text}` is not between 1 second and 7 days (604800 seconds), the limits of SigV4"
            ),
        }
    }
}

impl std::error::Error for InvalidExpiry {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_one_second_to_seven_days() {
        assert_eq!(Expiry::parse("1"), Ok(Expiry::MIN));
        assert_eq!(Expiry::parse("7d"), Ok(Expiry::MAX));
        for text in ["0", "0s", "604801", "8d", "4294967297"] {
            assert_eq!(
                Expiry::parse(text),
                Err(InvalidExpiry::OutOfRange(text.into()))
            );
        }
    }
}
