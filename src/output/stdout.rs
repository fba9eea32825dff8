//! Writes data to stdout: texts, JSON documents and streams. `--quiet` and `-v` do not affect data.

use super::escape::escaped_json;
use super::json_line;
use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Writes a text. A closed pipe is no error, but a full disk is an error.
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    match all(text) {
        Err(error) => unless_closed(&error),
        Ok(()) => Ok(()),
    }
}

/// Writes a text for a reader that must receive all of it, so a closed pipe is an error too.
pub(crate) fn all(text: &str) -> io::Result<()> {
    let mut stdout = lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// As [`all`], with a JSON document in one line.
pub(crate) fn line(document: &impl Serialize) -> io::Result<()> {
    all(&json_line(document))
}

/// The failure of a write to stdout, unless the reader has closed the pipe, as `head` does.
pub(crate) fn unless_closed(error: &io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure {
        causes: vec![error.to_string()],
        ..Failure::new("cannot write to stdout", None)
    })
}

/// Writes a JSON document in one line.
pub(crate) fn json(document: &impl Serialize) -> Result<(), Failure> {
    data(&json_line(document))
}

/// Writes a JSON document with line breaks and indentation.
pub(crate) fn pretty(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).expect("a report can be written as JSON");
    data(&escaped_json(text + "\n"))
}

/// Whether stdout is a terminal, which interprets control characters.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Locks stdout for a stream, whose writer handles the errors.
pub(crate) fn lock() -> impl Write {
    io::stdout().lock()
}
