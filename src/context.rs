//! Gives access to the environment, files, the clock and child processes. No other module uses the
//! environment, files, the clock or child processes directly.
//!
//! Other modules receive a [`Context`] or plain values. A test can therefore stop the clock and set
//! environment variables without changing the test process.

// Only this module may call the disallowed functions of the standard library.
#![allow(clippy::disallowed_methods)]
// The file functions are methods that ignore `self`, because only code with a context may use files.
#![allow(clippy::unused_self)]

mod command;
mod file;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use crate::redact::Secrets;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;
use zeroize::Zeroizing;

/// The environment variables, the clock and the secrets of a run.
#[derive(Clone)]
pub struct Context {
    /// The environment variables. Their values include keys and tokens, so dropping a value zeroes
    /// its memory.
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
    /// Returns a context with the environment variables of the process and the system clock.
    ///
    /// Bytes that are not valid Unicode become U+FFFD. The code that uses a setting rejects this
    /// character, so a setting with invalid bytes is reported and never silently ignored.
    #[must_use]
    pub fn process() -> Self {
        let lossy = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let text = |raw: std::ffi::OsString| raw.to_string_lossy().into_owned();
            let name = text(name);
            (
                system::variable(&name).into_owned(),
                Zeroizing::new(text(value)),
            )
        };
        let mut env = BTreeMap::new();
        env.extend(std::env::vars_os().map(lossy));
        Context {
            env,
            clock: Clock::System,
            secrets: Arc::default(),
        }
    }

    /// Returns a context for tests, with only these environment variables and a clock that always
    /// returns `now`.
    #[cfg(any(test, feature = "internals"))]
    #[must_use]
    pub fn stopped(env: &[(&str, &str)], now: OffsetDateTime) -> Self {
        let owned = |(name, value): &(&str, &str)| {
            let value = Zeroizing::new((*value).to_owned());
            (system::variable(name).into_owned(), value)
        };
        Context {
            env: env.iter().map(owned).collect(),
            clock: Clock::Stopped(now),
            secrets: Arc::default(),
        }
    }

    /// Returns the value of an environment variable without surrounding white space. Returns `None`
    /// for a blank variable too, as the AWS SDKs treat a blank variable as unset.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env
            .get(system::variable(name).as_ref())
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Returns the secrets that this run has used so far. All clones of a context share the same
    /// secrets.
    #[must_use]
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Returns the current time in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match self.clock {
            Clock::System => OffsetDateTime::now_utc(),
            Clock::Stopped(at) => at,
        }
    }

    /// Waits for `duration`. If the clock is stopped, this function returns immediately.
    pub async fn sleep(&self, duration: Duration) {
        match self.clock {
            Clock::System => tokio::time::sleep(duration).await,
            Clock::Stopped(_) => tokio::task::yield_now().await,
        }
    }

    /// Returns the contents of a file, or `None` if the file does not exist.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or if the file is longer than `limit` bytes.
    pub fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        file::read_any(path, limit)
    }

    /// As [`read`](Self::read), but a FIFO, a socket or a device is an error and never blocks the run: see
    /// [`file::read_regular`].
    ///
    /// # Errors
    /// Fails if the file cannot be read, is no regular file, or is longer than `limit` bytes.
    pub fn read_regular(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        file::read_regular(path, limit)
    }

    /// Whether a file, a folder or a link with this name exists. The result is also `false` if the
    /// system denies the check.
    #[must_use]
    pub fn exists(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }

    /// Creates a file that only its owner can read. On Windows, the file has the access rights of its
    /// folder. If a write fails, the incomplete file is removed.
    ///
    /// # Errors
    /// Fails if the file already exists, or if the file cannot be written.
    pub fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = system::create_private_file(path)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if written.is_err() {
            // The error of the write is more useful than the error of the removal.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    /// Replaces the contents of a file atomically: another process reads either the old contents or
    /// the new contents. Only the owner can read the new file. If `path` is a symbolic link, the link
    /// stays, and its target is replaced.
    ///
    /// # Errors
    /// Fails if the folder or the file cannot be written.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut name = target.clone().into_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = PathBuf::from(name);
        let outcome = self
            .write_new(&temporary, bytes)
            .and_then(|()| std::fs::rename(&temporary, &target));
        if outcome.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        outcome
    }

    /// Returns the folder for files that are kept after a run, such as backups: `s3-secure-bucket`
    /// in `XDG_STATE_HOME`, or in `~/.local/state` (on Windows, in `LOCALAPPDATA`) if `XDG_STATE_HOME` is
    /// unset or a relative path. Returns `None` if `HOME` (on Windows, `LOCALAPPDATA`) is unset or relative
    /// too. A path with U+FFFD counts as unset, because the variable contains bytes that are not valid
    /// Unicode, so the path names another folder.
    ///
    /// <https://specifications.freedesktop.org/basedir-spec/latest/>
    #[must_use]
    pub fn state_folder(&self) -> Option<PathBuf> {
        let absolute = |name| {
            let path = self.var(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute() && !path.to_string_lossy().contains('\u{fffd}'))
        };
        let (home, folder) = system::STATE_FOLDER;
        let base = absolute("XDG_STATE_HOME").or_else(|| Some(absolute(home)?.join(folder)))?;
        Some(base.join("s3-secure-bucket"))
    }

    /// Creates a folder that only its owner can read, and the missing parent folders. On Windows, the
    /// folder has the access rights of its parent folder. This function does not change a folder that
    /// exists already.
    ///
    /// # Errors
    /// Fails if the folder cannot be created, or, on Unix, if another user could replace the files in the
    /// folder.
    pub fn make_private_folder(&self, path: &Path) -> io::Result<()> {
        system::make_private_folder(path)
    }

    /// Opens a file, so that the caller can read it in parts.
    ///
    /// # Errors
    /// Fails if the file cannot be opened.
    pub fn open(&self, path: &Path) -> io::Result<std::fs::File> {
        std::fs::File::open(path)
    }

    /// Replaces a leading `~` in a path with the home directory. Returns `None` if the path begins with
    /// `~` but the home directory is unknown.
    #[must_use]
    pub fn expand_home(&self, path: &str) -> Option<PathBuf> {
        match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with(system::SEPARATORS) => self
                .home()
                .map(|home| PathBuf::from(format!("{home}{rest}"))),
            _ => Some(PathBuf::from(path)),
        }
    }

    /// Returns the value of `HOME`. If `HOME` is unset, returns the home directory of the current user
    /// in /etc/passwd, or on Windows the value of `USERPROFILE`.
    fn home(&self) -> Option<String> {
        if let Some(home) = self.var("HOME") {
            return Some(home.to_owned());
        }
        system::home(self)
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("env", &self.env.keys())
            .finish_non_exhaustive()
    }
}

/// Returns a random duration from zero to `limit`, for the jitter of retries. The random numbers
/// are not suitable for secrets.
#[must_use]
pub fn jitter(limit: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    // The standard library gives every `RandomState` different random keys, so this function needs
    // no crate for random numbers.
    let random = std::hash::RandomState::new().build_hasher().finish();
    let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random % nanos.saturating_add(1).max(1))
}

/// 128 random bits for an identifier that others must not guess.
///
/// # Errors
/// The system has no source of random numbers.
pub fn random() -> io::Result<[u8; 16]> {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bits = [0; 16];
    match SystemRandom::new().fill(&mut bits) {
        Ok(()) => Ok(bits),
        Err(_) => Err(io::Error::other("the system gives no random numbers")),
    }
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
    #[cfg(unix)]
    fn a_file_behind_a_symbolic_link_is_replaced_and_the_link_stays() {
        use std::os::unix::fs::PermissionsExt;
        let world = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
        let folder = tempfile::tempdir().unwrap();
        let [real, link] = ["real", "link"].map(|name| folder.path().join(name));
        std::fs::write(&real, b"old").unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        world.replace(&link, b"new").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&real).unwrap(), b"new");
        let mode = real.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
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
