//! The time at which credentials or tokens expire, in the forms that agents, helpers and the AWS CLI write.

use s3_presign::timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads a time: RFC 3339, or one of the variants that the SDKs also accept: an offset without a colon
/// (`+0000`), `UTC` for `Z`, a space for `T`, no offset at all (UTC), and the year 9999 for "never".
/// `None` if the text is not a time.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    if let Ok(at) = timestamp::parse(text) {
        return Some(at);
    }
    let (date, rest) = text.split_at_checked(10)?;
    let (separator, rest) = rest.split_at_checked(1)?;
    if !["T", "t", " "].contains(&separator) {
        return None;
    }
    let zone_at = rest
        .find(|c: char| !c.is_ascii_digit() && !['.', ':'].contains(&c))
        .unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone_at);
    let zone = match zone.trim() {
        "" | "Z" | "z" | "UTC" | "GMT" => "Z".to_owned(),
        offset => match offset.len() {
            3 => format!("{offset}:00"),
            5 => {
                let (hours, minutes) = offset.split_at_checked(3)?;
                format!("{hours}:{minutes}")
            }
            _ => offset.to_owned(),
        },
    };
    let at = OffsetDateTime::parse(&format!("{date}T{time}{zone}"), &Rfc3339).ok()?;
    at.checked_to_offset(time::UtcOffset::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_agents_and_helpers_are_read() {
        let read = |text: &str| parse(text).map(timestamp::rfc3339);
        for (text, at) in [
            ("2099-05-01T12:00:00Z", "2099-05-01T12:00:00Z"),
            ("2099-05-01T12:00:00+0000", "2099-05-01T12:00:00Z"),
            ("2099-05-01T12:00:00.123+0200", "2099-05-01T10:00:00Z"),
            ("2099-05-01T12:00:00-07", "2099-05-01T19:00:00Z"),
            ("2099-05-01T12:00:00UTC", "2099-05-01T12:00:00Z"),
            ("2099-05-01 12:00:00 UTC", "2099-05-01T12:00:00Z"),
            ("2099-05-01 12:00:00+00:00", "2099-05-01T12:00:00Z"),
            ("2099-05-01T12:00:00.5", "2099-05-01T12:00:00Z"),
            (" 20990501T120000Z ", "2099-05-01T12:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59+0000", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(at), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        for text in [
            "",
            "never",
            "2099-05-01",
            "2099-05-01T",
            "2099-13-01T12:00:00Z",
            "4081406400",
            "2099-05-01T12:00:00 o'clock",
            "2099-05-01T12:00:00+é",
            "9999-12-31T23:59:59-2359",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
