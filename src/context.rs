//! Access to the environment, files, the clock and child processes. No other module uses them directly.
//!
//! Other modules receive a [`Context`] or plain values, so a test can stop the clock and set environment
//! variables without changing its own process.

#![allow(clippy::disallowed_methods)] // Only this module may call these methods.
#![allow(clippy::unused_self)] // Methods, because only code with a context may use files.

use crate::redact::Secrets;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Environment variables, a clock, and the secrets of a run.
#[derive(Clone)]
pub struct Context {
    /// The environment variables. Their values include keys and tokens, so they are wiped from memory.
    env: BTreeMap<String, Zeroizing<String>>,
    clock: Clock,
    secrets: Arc<Secrets>,
}

#[derive(Debug, Clone, Copy)]
enum Clock {
    System,
    #[cfg_attr(not(any(test, feature = "internals")), allow(dead_code))]
    Stopped(OffsetDateTime),
}

impl Context {
    /// The environment of the process and the clock of the system.
    ///
    /// Bytes that are not Unicode become U+FFFD. The code that uses the value rejects this character, so
    /// an invalid setting is never silently ignored.
    #[must_use]
    pub fn process() -> Self {
        let lossy = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let text = |raw: std::ffi::OsString| raw.to_string_lossy().into_owned();
            (text(name), Zeroizing::new(text(value)))
        };
        let mut env = BTreeMap::new();
        env.extend(std::env::vars_os().map(lossy));
        Context {
            env,
            clock: Clock::System,
            secrets: Arc::default(),
        }
    }

    /// A context for tests: only these environment variables, and a clock that always returns `now`.
    #[cfg(any(test, feature = "internals"))]
    #[must_use]
    pub fn stopped(env: &[(&str, &str)], now: OffsetDateTime) -> Self {
        let owned = |(name, value): &(&str, &str)| {
            let value = Zeroizing::new((*value).to_owned());
            ((*name).to_owned(), value)
        };
        Context {
            env: env.iter().map(owned).collect(),
            clock: Clock::Stopped(now),
            secrets: Arc::default(),
        }
    }

    /// The value of a variable without surrounding white space. A blank variable counts as unset, as in
    /// the AWS SDKs.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The secrets that this run has used, in all clones of this context.
    #[must_use]
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// The current time in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match self.clock {
            Clock::System => OffsetDateTime::now_utc(),
            Clock::Stopped(at) => at,
        }
    }

    /// Waits for `duration`. With a stopped clock, this function returns immediately.
    pub async fn sleep(&self, duration: Duration) {
        match self.clock {
            Clock::System => tokio::time::sleep(duration).await,
            Clock::Stopped(_) => tokio::task::yield_now().await,
        }
    }

    /// The contents of a file. `None` if the file does not exist.
    ///
    /// # Errors
    /// The file cannot be read, or is longer than `limit` bytes.
    pub fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match std::fs::File::open(path) {
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

    /// Writes a new file that only its owner can read.
    ///
    /// # Errors
    /// The file already exists, or cannot be written.
    pub fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// The folder for files that outlive a run, such as backups: `s3-secure-bucket` in `XDG_STATE_HOME`, or
    /// in `~/.local/state` if that variable is unset or relative. `None` if `HOME` is unset too.
    ///
    /// <https://specifications.freedesktop.org/basedir-spec/latest/>
    #[must_use]
    pub fn state_folder(&self) -> Option<PathBuf> {
        let named = self.var("XDG_STATE_HOME").map(PathBuf::from);
        let base = named
            .filter(|path| path.is_absolute())
            .or_else(|| Some(Path::new(self.var("HOME")?).join(".local/state")))?;
        Some(base.join("s3-secure-bucket"))
    }

    /// Creates a folder that only its owner can read, and its missing parents. An existing folder is not
    /// changed.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn make_private_folder(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
    }

    /// Runs a command with `sh -c` and one additional environment variable. Returns its exit status and at
    /// most `limit` bytes of its stdout.
    ///
    /// The command is killed after `time`. Processes that it leaves in the background are not waited for.
    /// The command inherits stderr, so it can show prompts and errors.
    ///
    /// Without a terminal, the command runs in a separate process group, which is killed as a whole. On a
    /// terminal, it stays in the foreground process group, so it can read from the terminal, and Ctrl-C
    /// ends it.
    ///
    /// # Errors
    /// The command cannot be started, or runs longer than `time`.
    pub fn shell(
        &self,
        command: &str,
        (variable, value): (&str, &str),
        time: Duration,
        limit: u64,
    ) -> io::Result<(std::process::ExitStatus, Zeroizing<Vec<u8>>)> {
        let has_terminal = std::fs::File::open("/dev/tty").is_ok();
        shell(command, (variable, value), time, limit, has_terminal)
    }

    /// Opens a file for reading piece by piece.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self, path: &Path) -> io::Result<std::fs::File> {
        std::fs::File::open(path)
    }

    /// Replaces a leading `~` in a path by `HOME`, or by the home directory in /etc/passwd if `HOME` is
    /// unset. `None` if the path begins with `~` and there is no home directory.
    #[must_use]
    pub fn expand_home(&self, path: &str) -> Option<PathBuf> {
        match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => self
                .home()
                .map(|home| PathBuf::from(format!("{home}{rest}"))),
            _ => Some(PathBuf::from(path)),
        }
    }

    /// The value of `HOME`, or this user's home directory in /etc/passwd.
    fn home(&self) -> Option<String> {
        if let Some(home) = self.var("HOME") {
            return Some(home.to_owned());
        }
        if matches!(self.clock, Clock::Stopped(_)) {
            return None;
        }
        let users = self.read(Path::new("/etc/passwd"), PASSWD_LIMIT).ok()??;
        let users = String::from_utf8_lossy(&users).into_owned();
        home_of(&users, rustix::process::getuid().as_raw())
    }
}

/// [`Context::shell`], in a process group of its own unless there is a terminal.
fn shell(
    command: &str,
    (variable, value): (&str, &str),
    time: Duration,
    limit: u64,
    has_terminal: bool,
) -> io::Result<(std::process::ExitStatus, Zeroizing<Vec<u8>>)> {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::sync::mpsc;
    let mut sh = Command::new("sh");
    if !has_terminal {
        sh.process_group(0);
    }
    let mut child = sh
        .args(["-c", command])
        .env(variable, value)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (done, read) = mpsc::channel();
    std::thread::spawn(move || {
        let mut stdout = stdout.take(limit);
        let mut buffer = Zeroizing::new([0; 4096]);
        while let Ok(count @ 1..) = stdout.read(&mut *buffer) {
            let read: Vec<u8> = buffer.iter().take(count).copied().collect();
            let _ = done.send(Zeroizing::new(read));
        }
    });
    let step = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if waited >= time => {
                if !has_terminal {
                    let group = rustix::process::Pid::from_child(&child);
                    let killed = rustix::process::Signal::KILL;
                    // An error means that the process group has already ended.
                    let _ = rustix::process::kill_process_group(group, killed);
                }
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the command took too long",
                ));
            }
            None => std::thread::sleep(step),
        }
        waited += step;
    };
    let mut bytes = Zeroizing::new(Vec::new());
    // Bytes in the pipe arrive immediately. The end of the stream does not arrive while a background
    // process keeps the pipe open, so each read has a timeout.
    while let Ok(more) = read.recv_timeout(100 * step) {
        bytes.extend_from_slice(&more);
    }
    Ok((status, bytes))
}

/// The largest /etc/passwd that is read, in bytes.
const PASSWD_LIMIT: u64 = 4 << 20;

/// The home directory of the user with the ID `user` in the text of /etc/passwd. `None` if the entry is
/// missing, or if its path is not absolute.
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

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("env", &self.env.keys())
            .finish_non_exhaustive()
    }
}

/// A random duration from zero to `limit`, for jitter. The random numbers are not suitable for secrets.
#[must_use]
pub fn jitter(limit: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    // Every `RandomState` has different keys, which the system seeds, so no crate for random numbers is
    // needed.
    let random = std::hash::RandomState::new().build_hasher().finish();
    let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random % nanos.saturating_add(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_variable_counts_as_unset() {
        let world = Context::stopped(&[("A", " x "), ("B", "  ")], OffsetDateTime::UNIX_EPOCH);
        assert_eq!(world.var("A"), Some("x"));
        assert_eq!(world.var("B"), None);
    }

    #[test]
    fn a_file_longer_than_the_limit_is_an_error_and_a_missing_file_gives_none() {
        let world = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"12345").unwrap();
        assert_eq!(world.read(file.path(), 5).unwrap().unwrap(), b"12345");
        assert!(world.read(file.path(), 4).is_err());
        assert_eq!(world.read(Path::new("/no/such/file"), 5).unwrap(), None);
    }

    #[test]
    fn a_command_is_killed_after_its_time_and_its_background_processes_are_ignored() {
        let world = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
        let run = |command: &str| world.shell(command, ("X", "y"), Duration::from_millis(300), 10);
        assert_eq!(
            run("echo 0123456789abcdef").unwrap().1.as_slice(),
            b"0123456789"
        );
        assert_eq!(run("(sleep 30 &) ; echo hi").unwrap().1.as_slice(), b"hi\n");
        assert!(run("sleep 30").is_err());
        assert_eq!(run("echo $X").unwrap().1.as_slice(), b"y\n");
        assert_eq!(run("exit 3").unwrap().0.code(), Some(3));
    }

    /// On a terminal, the children stay in the group that the terminal reads and ends.
    #[test]
    fn a_command_without_a_terminal_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        for (name, has_terminal) in [("killed", false), ("alive", true)] {
            let file = folder.path().join(name);
            let command = format!("(sleep 0.6; : > '{}') & wait", file.display());
            let time = Duration::from_millis(100);
            let error = shell(&command, ("X", "y"), time, 10, has_terminal).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            let begun = std::time::Instant::now();
            while !file.exists() && begun.elapsed() < Duration::from_secs(3) {
                std::thread::sleep(Duration::from_millis(20));
            }
            assert_eq!(file.exists(), has_terminal, "{name}");
        }
    }

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
    fn debug_prints_the_names_of_variables_without_their_values() {
        let world = Context::stopped(&[("SECRET_KEY", "MARKER")], OffsetDateTime::UNIX_EPOCH);
        let shown = format!("{world:?}");
        assert!(
            shown.contains("SECRET_KEY") && !shown.contains("MARKER"),
            "{shown}"
        );
    }

    #[test]
    fn jitter_stays_within_its_limit() {
        let limit = Duration::from_millis(3);
        assert!((0..100).all(|_| jitter(limit) <= limit));
        assert_eq!(jitter(Duration::ZERO), Duration::ZERO);
    }
}
