//! Values that an option rejects, and the values that the user probably means.

use crate::values::{SourceRange, unmapped};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The value that the user probably means, and a note after the command line.
pub(super) fn meant(option: &str, value: &str) -> Option<(String, String)> {
    let meant = match option {
        "--content-type" | "--response-content-type" => {
            media_type(value.trim_start_matches('.'))?.to_owned()
        }
        "--checksum-sha256" => BASE64_STANDARD.encode(from_hex(value)?),
        "--source-ip" => {
            if let Some(form) = unmapped(value) {
                return Some((form, String::new()));
            }
            let network = SourceRange::parse(value).ok()?.network()?;
            let (address, _) = value.split_once('/')?;
            let note = format!("; or --source-ip {address} for this single address");
            return Some((network, note));
        }
        "--since" if value.starts_with('-') => {
            let note = "; a duration without a sign reaches back from now".to_owned();
            return Some((duration(value)?, note));
        }
        "--expires-in" | "--timeout" | "--connect-timeout" | "--settle" | "--max-presign-age"
        | "--since" | "--wait" => duration(value)?,
        _ => return None,
    };
    Some((meant, String::new()))
}

/// Rewrites a duration with a minus sign, or with a unit such as `hours`, to one that this program accepts.
fn duration(value: &str) -> Option<String> {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let end = unsigned.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = unsigned.split_at(end.unwrap_or(unsigned.len()));
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "s" if unsigned.len() < value.len() => "s",
        "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" if number == "1" => return Some("7d".to_owned()),
        _ => return None,
    };
    let meant = format!("{number}{unit}");
    (!number.is_empty() && meant != value).then_some(meant)
}

/// The 32 bytes of a SHA-256 hash in hexadecimal.
pub(in crate::cli) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).ok();
    digits.chunks_exact(2).map(byte).collect()
}

/// The edit distance of two words: the number of letters to insert, remove or replace. The
/// computation is quadratic, so the function treats long words as different.
pub(super) fn distance(one: &str, other: &str) -> usize {
    const LONGEST: usize = 40;
    if one.len() > LONGEST || other.len() > LONGEST {
        return LONGEST;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (at, known) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *known);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

/// The media type of a file name's extension.
/// <https://www.iana.org/assignments/media-types/media-types.xhtml>
fn media_type(extension: &str) -> Option<&'static str> {
    Some(match extension.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "json" => "application/json",
        "zip" => "application/zip",
        "gz" | "gzip" => "application/gzip",
        "xml" => "application/xml",
        "bin" | "binary" => "application/octet-stream",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "txt" | "text" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "image" | "images" => "image/*",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_letters_that_differ() {
        for (one, other, count) in [
            ("", "", 0),
            ("--region", "--region", 0),
            ("--regoin", "--region", 2),
            ("--regio", "--region", 1),
            ("--version-id", "--region", 6),
            ("ab", "", 2),
        ] {
            assert_eq!(distance(one, other), count, "{one} {other}");
            assert_eq!(distance(other, one), count, "{other} {one}");
        }
    }

    #[test]
    fn reads_durations_with_long_units() {
        for (text, meant) in [
            ("1hour", Some("1h")),
            ("15 minutes", Some("15m")),
            ("1week", Some("7d")),
            ("-1d", Some("1d")),
            ("-90", Some("90s")),
            ("-2hours", Some("2h")),
            ("-", None),
            ("-d", None),
            ("--1d", None),
            ("90", None),
            ("9d", None),
            ("hour", None),
            ("2weeks", None),
            ("", None),
        ] {
            assert_eq!(duration(text).as_deref(), meant, "{text}");
        }
    }
}
