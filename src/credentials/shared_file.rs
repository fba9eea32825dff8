//! Reads one shared file and decides what a file that cannot be read means for the run.
//!
//! | file | result |
//! |---|---|
//! | a default file that does not exist | skipped |
//! | a default file that is a directory, or whose folder may not be entered | skipped with a warning |
//! | a default file that exists and cannot be read | an error, once a run needs the profile |
//! | a file that a variable names and that does not exist | an error, once a run needs the profile |
//! | a file that a variable names and that cannot be read | an error |
//! | a file that breaks the format | an error |

use super::ini::{self, Ini};
use crate::context::Context;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Longer than any real file.
const SIZE_LIMIT: u64 = 4 << 20;

/// A shared file that exists, or that a variable names, and cannot be used.
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
    /// Nothing that could be the file is there, for a reason that the user should know.
    NotThere(String),
    /// The run fails if it needs the profile.
    Unusable(UnreadableFile),
}

/// Reads the file that a variable names, else the default one.
///
/// # Errors
/// The file breaks the format, or the variable names a file that exists and cannot be read.
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
    match context.read(&path, SIZE_LIMIT) {
        Ok(Some(bytes)) => {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| unreadable("the file is not UTF-8".to_owned()))?;
            let sections = ini::parse(&text).map_err(|error| unreadable(error.to_string()))?;
            Ok(Found::Sections(sections))
        }
        Ok(None) if named.is_some() => {
            let why = format!("there is no such file ({variable} names it)");
            Ok(Found::Unusable(unreadable(why)))
        }
        Ok(None) => Ok(Found::Absent),
        Err(error) if named.is_some() || error.kind() == ErrorKind::FileTooLarge => {
            Err(unreadable(error.to_string()))
        }
        Err(error) => Ok(unread_default(context, &path, &error)),
    }
}

/// What an error of the system means for a default file.
fn unread_default(context: &Context, path: &Path, error: &io::Error) -> Found {
    let folder = path.parent().unwrap_or(path).display();
    match error.kind() {
        // A component of the path is a file: `HOME=/dev/null`, for example.
        ErrorKind::NotADirectory => Found::Absent,
        // Docker makes a directory where a file to mount is missing.
        ErrorKind::IsADirectory => Found::NotThere(format!(
            "{} is a directory, not a file, and is skipped",
            path.display()
        )),
        _ if context.exists(path) => Found::Unusable(UnreadableFile {
            path: path.to_owned(),
            why: error.to_string(),
        }),
        // Nothing shows that the file exists: `HOME=/root` for another user, for example.
        _ => Found::NotThere(format!(
            "the AWS files in {folder} are skipped: the folder cannot be entered ({error})"
        )),
    }
}
