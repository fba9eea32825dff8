//! Reads files. A settings file must be a regular file, because a FIFO without a writer would block the run
//! forever.

#![allow(clippy::disallowed_methods)] // As in `context.rs`.

use super::system;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The contents of a file of any type. `None` if the file does not exist.
pub(super) fn read_any(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    contents(File::open(path), limit)
}

/// The contents of a regular file. `None` if the file does not exist.
///
/// /dev/null is an empty file, because users name it to disable a settings file. A path in /dev/fd and
/// /dev/stdin may be a pipe, because a shell writes such a path for `<(command)`, and the pipe has a writer.
pub(super) fn read_regular(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    if is_open_already(path) {
        return read_any(path, limit);
    }
    contents(system::open_regular(path), limit)
}

fn contents(file: io::Result<File>, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("the file is longer than {limit} bytes"),
        ));
    }
    Ok(Some(bytes))
}

/// Whether the path names a file that this process has open, such as the pipe of `<(command)`.
fn is_open_already(path: &Path) -> bool {
    path == Path::new("/dev/stdin")
        || ["/dev/fd", "/proc/self/fd"]
            .iter()
            .any(|folder| path.parent() == Some(Path::new(folder)))
}

/// The error for a file of this type, such as `a FIFO`.
pub(super) fn refusal(kind: &str) -> io::Error {
    let text = format!("the file is {kind}, not a regular file");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
