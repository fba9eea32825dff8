//! Formats and parses times as texts: `20130524T000000Z` in signatures, and RFC 3339 in reports.

use std::fmt;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// Formats a time for `X-Amz-Date`, in UTC and in the format `YYYYMMDDTHHMMSSZ`. The first eight
/// characters are the date of a [`Scope`](crate::signing_key::Scope).
#[must_use]
pub fn amz_date(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Formats a time as RFC 3339 in UTC, without fractions of a second: `2013-05-24T00:00:00Z`.
#[must_use]
pub fn rfc3339(at: OffsetDateTime) -> String {
    let whole = at
        .to_offset(UtcOffset::UTC)
        .replace_nanosecond(0)
        .unwrap_or(at);
    whole.format(&Rfc3339).unwrap_or_else(|_| amz_date(at))
}

/// Parses a time in the format `20130524T000000Z` or RFC 3339, and returns the time in UTC.
///
/// # Errors
/// Returns [`InvalidTimestamp`] if the text has neither format, or if the year is before 1970 or
/// after 9998.
pub fn parse(text: &str) -> Result<OffsetDateTime, InvalidTimestamp> {
    parse_amz_date(text)
        .or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok())
        .and_then(|at| at.checked_to_offset(UtcOffset::UTC))
        // The date of a scope has four digits for the year. The year 9999 is excluded, because a
        // time plus an expiry of one week could then have a year with five digits.
        .filter(|at| (1970..=9998).contains(&at.year()))
        .ok_or_else(|| InvalidTimestamp(text.to_owned()))
}

fn parse_amz_date(text: &str) -> Option<OffsetDateTime> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u16> {
        let digits = &bytes[range];
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0')))
    };
    let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
    let month = Month::try_from(small(4..6)?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(0..4)?), month, small(6..8)?).ok()?;
    let time = Time::from_hms(small(9..11)?, small(11..13)?, small(13..15)?).ok()?;
    Some(date.with_time(time).assume_utc())
}

/// The error of [`parse`]: the text has neither the format `20130524T000000Z` nor that of RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTimestamp(String);

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a time; write 20130524T000000Z or 2013-05-24T00:00:00Z",
            self.0
        )
    }
}

impl std::error::Error for InvalidTimestamp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_formats_both_forms() {
        let at = parse("20130524T010203Z").unwrap();
        assert_eq!(parse("2013-05-24T03:02:03+02:00").unwrap(), at);
        assert_eq!(amz_date(at), "20130524T010203Z");
        assert_eq!(rfc3339(at), "2013-05-24T01:02:03Z");
    }

    #[test]
    fn rejects_text_that_is_not_a_time() {
        for text in [
            "",
            "yesterday",
            "20130524",
            "20131324T000000Z",
            "20130524T250000Z",
            "2013052٤T000000Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
