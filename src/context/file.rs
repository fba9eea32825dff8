//! Reads files. A settings file must be a regular file, because a FIFO without a writer would block the run
//! forever.

#![allow(clippy::disallowed_methods)] // As in `context.rs`.

use rustix::fs::OFlags;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
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
    // Without O_NONBLOCK, the system would wait here for the writer of a FIFO.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
        .open(path);
    let checked = match opened {
        Ok(file) => match irregular(&file.metadata()?) {
            Some(kind) => Err(refusal(kind)),
            None => Ok(file),
        },
        // A socket cannot be opened at all.
        Err(error) => match path.metadata().ok().as_ref().and_then(irregular) {
            Some(kind) => Err(refusal(kind)),
            None => Err(error),
        },
    };
    contents(checked, limit)
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

/// The type of a file that is neither regular nor /dev/null. Reading reports a directory as an error, so a
/// directory is `None`.
fn irregular(file: &Metadata) -> Option<&'static str> {
    let kind = file.file_type();
    if kind.is_fifo() {
        return Some("a FIFO");
    }
    if kind.is_socket() {
        return Some("a socket");
    }
    let is_null = |null: Metadata| null.rdev() == file.rdev();
    let is_device = kind.is_char_device() || kind.is_block_device();
    let is_device = is_device && !Path::new("/dev/null").metadata().is_ok_and(is_null);
    is_device.then_some("a device")
}

fn refusal(kind: &str) -> io::Error {
    let text = format!("the file is {kind}, not a regular file");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
