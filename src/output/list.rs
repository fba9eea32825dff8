//! The output of `list`.

use super::escape::{escaped, escaped_bytes};
use super::json_line;
use crate::exchange::list::{Arrival, Doubt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3_presign::timestamp::rfc3339;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_base64: Option<String>,
    size: u64,
    last_modified: String,
    etag: &'a str,
    delivery: Option<&'a str>,
    complete: Option<bool>,
    name: Option<&'a str>,
}

/// A JSON document in one line. A key that is not UTF-8 is in `key_base64`.
pub(crate) fn json(arrival: &Arrival) -> String {
    let object = &arrival.object;
    let key = std::str::from_utf8(&object.key).ok();
    json_line(&Document {
        schema_version: 1,
        key,
        key_base64: key.is_none().then(|| BASE64.encode(&object.key)),
        size: object.size,
        last_modified: rfc3339(object.last_modified),
        etag: &object.etag,
        delivery: arrival
            .delivery
            .as_deref()
            .and_then(|folder| std::str::from_utf8(folder).ok()),
        complete: arrival.complete,
        name: arrival.name.as_deref(),
    })
}

/// A line for people: size, time, key, and the name that the receipt claims. Characters that could deceive the
/// reader are escaped.
pub(crate) fn long(arrival: &Arrival) -> String {
    let object = &arrival.object;
    let mut line = format!(
        "{:>13}  {}  {}",
        object.size,
        rfc3339(object.last_modified),
        escaped_bytes(&object.key)
    );
    if let Some(name) = &arrival.name {
        line += &format!("  \"{}\"", escaped(name));
    }
    if arrival.delivery.is_some() {
        line += match arrival.complete {
            Some(true) => "",
            Some(false) => "  (incomplete)",
            None => "  (unknown)",
        };
    }
    line + "\n"
}

/// The key for a terminal, which must not receive control characters.
pub(crate) fn on_terminal(key: &[u8]) -> String {
    escaped_bytes(key)
}

/// The warning about a receipt that cannot be used.
pub(crate) fn doubtful(receipt: &[u8], doubt: &Doubt) -> String {
    let receipt = escaped_bytes(receipt);
    match doubt {
        Doubt::Refused(error) => format!("the receipt `{receipt}` cannot be read: {error}"),
        Doubt::Invalid(_) | Doubt::Disagrees => {
            format!("the receipt `{receipt}` is untrustworthy: {doubt}")
        }
    }
}

/// The error for a key that does not fit on one line.
pub(crate) fn not_one_line(key: &[u8]) -> String {
    format!(
        "the key `{}` contains a newline, so the list cannot show the key on one line",
        escaped_bytes(key)
    )
}
