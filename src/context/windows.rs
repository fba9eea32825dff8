//! The parts of the context that differ between Unix and Windows, for Windows.

#![allow(clippy::disallowed_methods)] // As in `context.rs`.

use super::Context;
use super::file::refusal;
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use zeroize::Zeroizing;

/// The variable with an absolute path, and the folder in this path, for files that are kept after a run.
pub(super) const STATE_FOLDER: (&str, &str) = ("LOCALAPPDATA", "");

/// The characters that end the `~` of a path.
pub(super) const SEPARATORS: &[char] = &['/', '\\'];

/// The name under which the context keeps a variable. Windows does not distinguish upper and lower case.
pub(super) fn variable(name: &str) -> Cow<'_, str> {
    name.to_ascii_uppercase().into()
}

/// Creates a file with the access rights of its folder. Fails if the file exists.
///
/// A folder in the profile of a user allows access to this user, the system and the administrators. The
/// standard library cannot set the access rights of a file.
pub(super) fn create_private_file(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Implements [`Context::make_private_folder`].
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Opens a file for reading. Fails if the file is a device or a pipe, unless the file is `NUL`.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    // Windows describes only files and folders.
    let is_file = file.metadata().is_ok_and(|file| file.is_file());
    let is_nul = path.as_os_str().eq_ignore_ascii_case("NUL");
    if is_file || is_nul {
        Ok(file)
    } else {
        Err(refusal("a device or a pipe"))
    }
}

/// Whether this process has a console.
pub(super) fn has_terminal() -> bool {
    File::open("CONIN$").is_ok()
}

/// Adds the arguments of a command. The arguments are not quoted, because cmd.exe has other rules for
/// quotes than all other programs.
pub(super) fn add_arguments(command: &mut Command, arguments: &[&str]) {
    for argument in arguments {
        command.raw_arg(argument);
    }
}

/// Does nothing, because [`kill_group`] kills the child processes of a process.
pub(super) fn in_own_group(_command: &mut Command) {}

/// Kills a process and its child processes.
pub(super) fn kill_group(child: &Child) {
    // The result is ignored, because the caller kills the process itself too.
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &child.id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Returns the value of `USERPROFILE`.
pub(super) fn home(context: &Context) -> Option<String> {
    context.var("USERPROFILE").map(str::to_owned)
}

impl Context {
    /// Asks a question on the console of this process, even if stdin and stderr are redirected. The
    /// console shows the answer, because the standard library cannot switch the echo off. Returns `None`
    /// if there is no console.
    ///
    /// # Errors
    /// Fails if the console fails.
    pub fn ask_on_terminal(&self, question: &str) -> io::Result<Option<Zeroizing<String>>> {
        let output = OpenOptions::new().write(true).open("CONOUT$");
        let (Ok(input), Ok(mut output)) = (File::open("CONIN$"), output) else {
            return Ok(None);
        };
        output.write_all(question.as_bytes())?;
        let mut answer = Zeroizing::new(String::new());
        BufReader::with_capacity(256, input).read_line(&mut answer)?;
        Ok(Some(Zeroizing::new(answer.trim().to_owned())))
    }
}
