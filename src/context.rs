//! The world: environment, files, clock and sleep. The only reader of any of them.
//!
//! Everything else is given a [`Context`] or plain values, so that a test can stop the clock and
//! write the environment without touching the process's own.

#![allow(clippy::disallowed_methods)] // this is the one place that may

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;

/// Environment variables and a clock.
#[derive(Debug, Clone)]
pub struct Context {
    env: BTreeMap<String, String>,
    clock: Clock,
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
            (text(name), text(value))
        };
        Context {
            env: std::env::vars_os().map(lossy).collect(),
            clock: Clock::System,
        }
    }

    /// A world for tests: these variables and no others, and time stands still.
    #[must_use]
    pub fn stopped(env: &[(&str, &str)], now: OffsetDateTime) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Context {
            env: env.iter().map(owned).collect(),
            clock: Clock::Stopped(now),
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

    /// Runs a command by `sh -c`: how it ended, and what it wrote to stdout. Its stderr is ours, so
    /// that it can ask and complain.
    pub fn shell(&self, command: &str) -> io::Result<(std::process::ExitStatus, Vec<u8>)> {
        let output = std::process::Command::new("sh")
            .args(["-c", command])
            .stdin(std::process::Stdio::null())
            .stderr(std::process::Stdio::inherit())
            .output()?;
        Ok((output.status, output.stdout))
    }

    /// Whether a host's name stands for this machine and no other.
    #[must_use]
    pub fn resolves_to_loopback(&self, host: &str, port: Option<u16>) -> bool {
        use std::net::ToSocketAddrs;
        let Ok(addresses) = (host, port.unwrap_or(80)).to_socket_addrs() else {
            return false;
        };
        let mut addresses = addresses.peekable();
        addresses.peek().is_some() && addresses.all(|address| address.ip().is_loopback())
    }

    /// A file to be read piece by piece.
    pub fn open(&self, path: &Path) -> io::Result<std::fs::File> {
        std::fs::File::open(path)
    }

    /// A path with a leading `~` replaced by `HOME`; without a home there is no such path.
    #[must_use]
    pub fn expand_home(&self, path: &str) -> Option<PathBuf> {
        match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => self
                .var("HOME")
                .map(|home| PathBuf::from(format!("{home}{rest}"))),
            _ => Some(PathBuf::from(path)),
        }
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
    fn jitter_stays_within_its_limit() {
        let limit = Duration::from_millis(3);
        assert!((0..100).all(|_| jitter(limit) <= limit));
        assert_eq!(jitter(Duration::ZERO), Duration::ZERO);
    }
}
