//! JSON in one line that can break between its values.

use super::sanitize;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::Formatter;
use std::io;

/// The value as JSON in one line. With `spaced`, a space follows each comma and colon, so that the line can break
/// there.
pub(super) fn line(value: &Value, spaced: bool) -> String {
    if !spaced {
        return sanitize(&value.to_string());
    }
    let mut json = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut json, Spaced);
    value
        .serialize(&mut writer)
        .expect("a JSON value can be written");
    sanitize(&String::from_utf8_lossy(&json))
}

/// Writes JSON with a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}
