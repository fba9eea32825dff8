//! Parses and formats durations as users type them: `900`, `90s`, `15m`, `1h`, `7d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Parses a whole number of seconds (`900`), or a whole number with a unit (`s`, `m`, `h` or `d`).
///
/// # Errors
/// Returns [`InvalidDuration`] if the text is not a whole number with an optional unit, or if the
/// duration has more than `u64::MAX` seconds.
pub fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    let invalid = || InvalidDuration(text.to_owned());
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds: u64 = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(invalid()),
    };
    let number: u64 = number.parse().map_err(|_| invalid())?;
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(invalid)
}

/// Formats a duration for [`parse`], with the largest unit that divides the duration evenly.
/// Fractions of a second are dropped.
#[must_use]
pub fn display(duration: Duration) -> String {
    let seconds = duration.as_secs();
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(size) {
            return format!("{}{unit}", seconds / size);
        }
    }
    format!("{seconds}s")
}

/// Formats a duration for people, with every unit that is not zero, such as `1h 59s`. [`parse`] does
/// not accept such a text. Fractions of a second are dropped.
#[must_use]
pub fn in_units(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut parts = Vec::new();
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        let number = seconds / size;
        seconds %= size;
        if number > 0 || unit == "s" && parts.is_empty() {
            parts.push(format!("{number}{unit}"));
        }
    }
    parts.join(" ")
}

/// A duration that may be zero, parsed by [`parse`] and formatted by [`display`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(pub Duration);

impl FromStr for HumanDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(HumanDuration)
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display(self.0))
    }
}

/// A duration greater than zero, such as a timeout, parsed by [`parse`] and formatted by
/// [`display`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PositiveDuration(Duration);

impl PositiveDuration {
    /// Returns the duration, which is always greater than zero.
    #[must_use]
    pub fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for PositiveDuration {
    type Err = InvalidPositiveDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse(text) {
            Ok(Duration::ZERO) => Err(InvalidPositiveDuration::Zero),
            Ok(duration) => Ok(PositiveDuration(duration)),
            Err(error) => Err(InvalidPositiveDuration::NotADuration(error)),
        }
    }
}

/// The error for a text that is not a [`PositiveDuration`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPositiveDuration {
    /// The text does not have the format of a duration, such as `15m`.
    NotADuration(InvalidDuration),
    /// The duration is zero.
    Zero,
}

impl fmt::Display for InvalidPositiveDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADuration(error) => error.fmt(f),
            Self::Zero => f.write_str("the duration must be greater than zero"),
        }
    }
}

impl std::error::Error for InvalidPositiveDuration {}

/// The error of [`parse`]: the text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDuration(String);

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a duration; write seconds (900) or a number with a unit (90s, 15m, 1h, 7d)",
            self.0
        )
    }
}

impl std::error::Error for InvalidDuration {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_formats_every_unit() {
        for (text, seconds, shown) in [
            ("900", 900, "15m"),
            ("90s", 90, "90s"),
            ("15m", 900, "15m"),
            ("1h", 3600, "1h"),
            ("7d", 604_800, "7d"),
            ("0", 0, "0s"),
        ] {
            assert_eq!(parse(text).unwrap(), Duration::from_secs(seconds), "{text}");
            assert_eq!(display(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn formats_durations_for_people_with_several_units() {
        for (seconds, shown) in [
            (0, "0s"),
            (599, "9m 59s"),
            (600, "10m"),
            (3659, "1h 59s"),
            (604_799, "6d 23h 59m 59s"),
            (604_800, "7d"),
        ] {
            assert_eq!(in_units(Duration::from_millis(seconds * 1000 + 999)), shown);
        }
    }

    #[test]
    fn rejects_a_timeout_of_zero() {
        assert_eq!("0".parse(), Ok(HumanDuration(Duration::ZERO)));
        assert_eq!(
            "0s".parse::<PositiveDuration>(),
            Err(InvalidPositiveDuration::Zero)
        );
        assert_eq!(
            "30s".parse().map(PositiveDuration::get),
            Ok(Duration::from_secs(30))
        );
    }

    #[test]
    fn rejects_text_that_is_not_a_duration() {
        for text in [
            "",
            "s",
            "-1",
            "1.5h",
            "15 m",
            "1w",
            "1H",
            "٣s",
            "99999999999999999999",
            "1h30m",
            "213503982334602d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
