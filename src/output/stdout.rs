//! Data, to stdout: whole texts, JSON documents, streams. No option changes what is written.

use super::escape::escaped_json;
use super::json_line;
use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, Write};

/// A text. A reader that has gone is no error; a disk that is full is one.
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    let mut stdout = lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure {
            causes: vec![error.to_string()],
            ..Failure::new("stdout cannot be written", None)
        }),
        _ => Ok(()),
    }
}

/// One JSON document in a line.
pub(crate) fn json(document: &impl Serialize) -> Result<(), Failure> {
    data(&json_line(document))
}

/// One JSON document for people to read and to paste.
pub(crate) fn pretty(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).expect("reports are structs of texts");
    data(&escaped_json(text + "\n"))
}

/// For streams of data, whose writer deals with the errors.
pub(crate) fn lock() -> impl Write {
    io::stdout().lock()
}
