//! The world: environment, files, clock and sleep. The only reader of any of them.
//!
//! Everything else is given a [`Context`] or plain values, so that a test can stop the clock and
//! write the environment without touching the process's own.

#![allow(clippy::disallowed_methods)] // this is the one place that may

use crate::redact::Secrets;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Environment variables and a clock.
#[derive(Clone)]
pub struct Context {
    /// Wiped from memory at the end: keys and tokens are among them.
    env: BTreeMap<String, Zeroizing<String>>,
    clock: Clock,
    secrets: Arc<Secrets>,
}

#[derive(Debug, Clone, Copy)]
enum Clock {
    System,
    Stopped(OffsetDateTime),
}

impl Context {
    /// The process's own environment and the system's clock. What is not Unicode in a variable becomes
    /// U+FFFD, and so a value that is refused: nothing configured is passed over in silence.
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

    /// A world for tests: these variables and no others, and time stands still.
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

    /// A variable's value without the white space around it; a blank one counts as unset, as in the
    /// AWS SDKs.
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

    /// Now.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match self.clock {
            Clock::System => OffsetDateTime::now_utc(),
            Clock::Stopped(at) => at,
        }
    }

    /// Waits; with a stopped clock not at all.
    pub async fn sleep(&self, duration: Duration) {
        match self.clock {
            Clock::System => tokio::time::sleep(duration).await,
            Clock::Stopped(_) => tokio::task::yield_now().await,
        }
    }

    /// A file's bytes, `None` if there is no such file; one longer than `limit` bytes is an error.
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
                format!("it is longer than {limit} bytes"),
            ));
        }
        Ok(Some(bytes))
    }

    /// Writes a new file that only its owner can read; one that is there already is an error.
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

    /// Where this program keeps what should outlive a run: `s3-secure-bucket` in `XDG_STATE_HOME`, else
    /// in `~/.local/state`. `None` without a home. A relative `XDG_STATE_HOME` counts as unset.
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

    /// Makes a folder that only its owner can read, and those above it; one that is there stays as it is.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn make_private_folder(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
    }

    /// Runs a command by `sh -c`, with one more variable in its environment: how it ended, and what it
    /// wrote to stdout, at most `limit` bytes. It is killed when its time is up; what it leaves behind in
    /// the background is not waited for. Its stderr is ours, so that it can ask and complain.
    ///
    /// Without a terminal it has a process group of its own, which is killed as a whole. On a terminal it
    /// stays in the group that may read from it and is ended by Ctrl-C.
    pub fn shell(
        &self,
        command: &str,
        (variable, value): (&str, &str),
        time: Duration,
        limit: u64,
    ) -> io::Result<(std::process::ExitStatus, Zeroizing<Vec<u8>>)> {
        use std::os::unix::process::CommandExt;
        use std::process::{Command, Stdio};
        use std::sync::mpsc;
        let has_terminal = std::fs::File::open("/dev/tty").is_ok();
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
                        // A group that has gone in this moment is killed enough.
                        let _ = rustix::process::kill_process_group(group, killed);
                    }
                    child.kill()?;
                    child.wait()?;
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long"));
                }
                None => std::thread::sleep(step),
            }
            waited += step;
        };
        let mut bytes = Zeroizing::new(Vec::new());
        // What is in the pipe comes at once; its end does not, if somebody in the background holds it.
        while let Ok(more) = read.recv_timeout(100 * step) {
            bytes.extend_from_slice(&more);
        }
        Ok((status, bytes))
    }

    /// A file to be read piece by piece.
    pub fn open(&self, path: &Path) -> io::Result<std::fs::File> {
        std::fs::File::open(path)
    }

    /// A path with a leading `~` replaced by `HOME`, or the home in /etc/passwd; without a home there is no
    /// such path.
    #[must_use]
    pub fn expand_home(&self, path: &str) -> Option<PathBuf> {
        match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => self
                .home()
                .map(|home| PathBuf::from(format!("{home}{rest}"))),
            _ => Some(PathBuf::from(path)),
        }
    }

    /// `HOME`, else what /etc/passwd says of this user.
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

/// Longer than any that is kept in a file.
const PASSWD_LIMIT: u64 = 4 << 20;

/// The home of a user in the text of /etc/passwd: an absolute path.
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

/// A number from 0 up to `limit`, different each time; for jitter, not for secrets.
#[must_use]
pub fn jitter(limit: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    // Every `RandomState` has keys of its own, seeded by the system: randomness without a crate.
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
    fn a_file_longer_than_the_limit_is_an_error_and_a_missing_one_is_none() {
        let world = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"12345").unwrap();
        assert_eq!(world.read(file.path(), 5).unwrap().unwrap(), b"12345");
        assert!(world.read(file.path(), 4).is_err());
        assert_eq!(world.read(Path::new("/no/such/file"), 5).unwrap(), None);
    }

    #[test]
    fn a_command_is_not_waited_for_longer_than_it_may_take() {
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

    #[test]
    fn the_home_of_a_user_is_an_absolute_path_in_passwd() {
        let users = "root:x:0:0:root:/root:/bin/sh\n#\nodd:x:7::\nrelative:x:8:8::home:/bin/sh\nu:x:1000:1000:U,,:/home/u:/bin/sh\n";
        assert_eq!(home_of(users, 0).as_deref(), Some("/root"));
        assert_eq!(home_of(users, 1000).as_deref(), Some("/home/u"));
        for unknown in [7, 8, 9] {
            assert_eq!(home_of(users, unknown), None);
        }
    }

    #[test]
    fn debug_shows_names_and_no_values() {
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
