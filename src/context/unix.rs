//! The parts of the context that differ between Unix and Windows, for Unix.

#![allow(clippy::disallowed_methods)] // As in `context.rs`.

use super::file::refusal;
use super::{Clock, Context};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, geteuid, getuid, kill_process_group};
use std::borrow::Cow;
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

/// The variable with an absolute path, and the folder in this path, for files that are kept after a run.
pub(super) const STATE_FOLDER: (&str, &str) = ("HOME", ".local/state");

/// The characters that end the `~` of a path.
pub(super) const SEPARATORS: &[char] = &['/'];

/// The name under which the context keeps a variable. Upper and lower case differ.
pub(super) fn variable(name: &str) -> Cow<'_, str> {
    name.into()
}

/// Creates a file that only its owner can read. Fails if the file exists.
pub(super) fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Implements [`Context::make_private_folder`].
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let folder = path.metadata()?;
    if others_can_replace_files(folder.uid(), folder.mode(), geteuid().as_raw()) {
        return Err(io::Error::other(
            "another user could replace the files in this folder",
        ));
    }
    Ok(())
}

/// Opens a file for reading. Fails if the file is not a regular file, unless the file is /dev/null.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    // Without O_NONBLOCK, the system would wait here for the writer of a FIFO.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
        .open(path);
    match opened {
        Ok(file) => match irregular(&file.metadata()?) {
            Some(kind) => Err(refusal(kind)),
            None => Ok(file),
        },
        // A socket cannot be opened at all.
        Err(error) => match path.metadata().ok().as_ref().and_then(irregular) {
            Some(kind) => Err(refusal(kind)),
            None => Err(error),
        },
    }
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

/// Whether this process has a terminal.
pub(super) fn has_terminal() -> bool {
    File::open("/dev/tty").is_ok()
}

/// Adds the arguments of a command.
pub(super) fn add_arguments(command: &mut Command, arguments: &[&str]) {
    command.args(arguments);
}

/// Lets the command run in a process group that [`kill_group`] can kill.
pub(super) fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

/// Kills all processes of the group of `child`.
pub(super) fn kill_group(child: &Child) {
    // The result is ignored, because killing fails only if all processes of the group have already
    // ended.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

/// Returns the home directory of the current user in /etc/passwd. Returns `None` if the clock is stopped,
/// so that the result of a test does not depend on the user.
pub(super) fn home(context: &Context) -> Option<String> {
    if matches!(context.clock, Clock::Stopped(_)) {
        return None;
    }
    let users = context
        .read(Path::new("/etc/passwd"), PASSWD_LIMIT)
        .ok()??;
    let users = String::from_utf8_lossy(&users).into_owned();
    home_of(&users, getuid().as_raw())
}

/// Whether users other than `user` and root can replace a file of `user` in a folder. `owner` and `mode` describe
/// the folder. In a folder with the sticky bit, only the owners of the file and of the folder can replace the
/// file.
fn others_can_replace_files(owner: u32, mode: u32, user: u32) -> bool {
    const ROOT: u32 = 0;
    const STICKY: u32 = 0o1000;
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    let is_foreign = owner != user && owner != ROOT;
    is_foreign || (mode & WRITABLE_BY_OTHERS != 0 && mode & STICKY == 0)
}

/// The maximum size of /etc/passwd that the program reads, in bytes.
const PASSWD_LIMIT: u64 = 4 << 20;

/// Returns the home directory of the user with the ID `user`, from the text of /etc/passwd. Returns
/// `None` if the file has no entry for the user, or if the path in the entry is not absolute.
fn home_of(users: &str, user: u32) -> Option<String> {
    let fields = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    fields.into_iter().find_map(|fields| match fields[..] {
        [_, _, id, _, _, home, _] if id.parse() == Ok(user) && home.starts_with('/') => {
            Some(home.to_owned())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_directory_in_passwd_must_be_an_absolute_path() {
        let users = "root:x:0:0:root:/root:/bin/sh\n#\nodd:x:7::\nrelative:x:8:8::home:/bin/sh\nu:x:1000:1000:U,,:/home/u:/bin/sh\n";
        assert_eq!(home_of(users, 0).as_deref(), Some("/root"));
        assert_eq!(home_of(users, 1000).as_deref(), Some("/home/u"));
        for unknown in [7, 8, 9] {
            assert_eq!(home_of(users, unknown), None);
        }
    }

    #[test]
    fn files_in_a_folder_that_others_can_write_to_are_not_safe() {
        for (owner, mode, unsafe_for_7) in [
            (7, 0o40700, false),
            (7, 0o40755, false),
            (0, 0o40755, false),
            (0, 0o41777, false),
            (7, 0o41777, false),
            (7, 0o40777, true),
            (7, 0o40770, true),
            (0, 0o40777, true),
            (8, 0o40700, true),
            (8, 0o41777, true),
        ] {
            let found = others_can_replace_files(owner, mode, 7);
            assert_eq!(found, unsafe_for_7, "{owner} {mode:o}");
        }
    }
}
