//! Reads one shared file and decides what a file that cannot be read means for the run.
//!
//! | file | result |
//! |---|---|
//! | a default file that does not exist | skipped |
//! | a default file that is a directory, or whose folder may not be entered | skipped with a warning |
//! | a default file that exists and cannot be read, or breaks the format | an error, once a run needs the profile |
//! | a file that a variable names and that does not exist | an error, once a run needs the profile |
//! | a file that a variable names and that cannot be read, or breaks the format | an error |

use super::ini::{self, Ini};
use crate::context::Context;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The largest size of a shared file in bytes, which is more than any real file has.
const SIZE_LIMIT: u64 = 4 << 20;

/// A shared file that cannot be used, although it exists or a variable names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The reason, from the system or the parser.
    pub why: String,
}

impl fmt::Display for UnreadableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for UnreadableFile {}

/// One shared file.
pub(super) enum Found {
    Sections(Ini),
    /// There is no such file.
    Absent,
    /// There is no usable file at the path, for a reason that the user should know.
    NotThere(String),
    /// The file cannot be used. The run fails only if the run needs the selected profile.
    Unusable(UnreadableFile),
}

/// Reads the file that a variable names, or the default file if the variable is not set.
///
/// # Errors
/// Fails if the variable names a file that exists and cannot be read, or that breaks the format.
pub(super) fn load(
    context: &Context,
    variable: &str,
    default: &str,
) -> Result<Found, UnreadableFile> {
    let named = context.var(variable);
    let Some(path) = context.expand_home(named.unwrap_or(default)) else {
        return match named {
            None => Ok(Found::Absent),
            Some(named) => Err(UnreadableFile {
                path: named.into(),
                why: "there is no home directory".to_owned(),
            }),
        };
    };
    let unreadable = |why: String| UnreadableFile {
        path: path.clone(),
        why,
    };
    let outcome = match context.read_regular(&path, SIZE_LIMIT) {
        Ok(Some(bytes)) => sections(bytes).map(Found::Sections).map_err(unreadable),
        Ok(None) if named.is_some() => {
            let why = format!("there is no such file ({variable} names it)");
            Ok(Found::Unusable(unreadable(why)))
        }
        Ok(None) => Ok(Found::Absent),
        Err(error) if named.is_some() => Err(unreadable(error.to_string())),
        Err(error) => Ok(unread_default(context, &path, &error)),
    };
    match outcome {
        Err(file) if named.is_none() => Ok(Found::Unusable(file)),
        other => other,
    }
}

fn sections(bytes: Vec<u8>) -> Result<Ini, String> {
    let text = String::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
    ini::parse(&text).map_err(|error| error.to_string())
}

/// Decides how a system error for a default file affects the run.
fn unread_default(context: &Context, path: &Path, error: &io::Error) -> Found {
    let folder = path.parent().unwrap_or(path).display();
    match error.kind() {
        // A component of the path is a file: `HOME=/dev/null`, for example.
        ErrorKind::NotADirectory => Found::Absent,
        // If a file to mount is missing, Docker creates a directory with its name.
        ErrorKind::IsADirectory => Found::NotThere(format!(
            "{} is a directory, not a file, and is skipped",
            path.display()
        )),
        _ if context.exists(path) => Found::Unusable(UnreadableFile {
            path: path.to_owned(),
            why: error.to_string(),
        }),
        // The folder cannot be entered, so the file may not exist, for example with `HOME=/root` for another
        // user.
        _ => Found::NotThere(format!(
            "the AWS files in {folder} are skipped: the folder cannot be entered ({error})"
        )),
    }
}
