//! Runs a child process and reads its output.

#![allow(clippy::disallowed_methods)] // Only the modules of the context may open files and read the clock.

use super::{Context, system};
use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use zeroize::Zeroizing;

impl Context {
    /// Runs a program with arguments and one additional environment variable. Returns the program's
    /// exit status and at most `limit` bytes of its stdout.
    ///
    /// This function kills the program after `time`, and does not wait for background processes
    /// that the program started. The program inherits stderr, so it can show prompts and errors.
    ///
    /// Without a terminal, the program runs in a separate process group, and this function kills
    /// all processes of this group. With a terminal, the program runs in the foreground process
    /// group, so the program can read from the terminal, and Ctrl-C ends the program. On Windows,
    /// Ctrl-C always ends the program, and the arguments are passed without quotes.
    ///
    /// # Errors
    /// Returns [`io::ErrorKind::NotFound`] if the program does not exist, and
    /// [`io::ErrorKind::TimedOut`] if the program runs longer than `time`.
    pub fn run(
        &self,
        program: (&str, &[&str]),
        variable: (&str, &str),
        time: Duration,
        limit: u64,
    ) -> io::Result<(ExitStatus, Zeroizing<Vec<u8>>)> {
        let has_terminal = system::has_terminal();
        run(program, variable, time, limit, has_terminal)
    }
}

/// Implements [`Context::run`]. The program runs in a new process group unless `has_terminal` is
/// `true`.
fn run(
    (program, arguments): (&str, &[&str]),
    (variable, value): (&str, &str),
    time: Duration,
    limit: u64,
    has_terminal: bool,
) -> io::Result<(ExitStatus, Zeroizing<Vec<u8>>)> {
    let mut command = Command::new(program);
    if !has_terminal {
        system::in_own_group(&mut command);
    }
    system::add_arguments(&mut command, arguments);
    let mut child = command
        .env(variable, value)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (done, read) = mpsc::channel();
    std::thread::Builder::new().spawn(move || {
        let mut stdout = stdout.take(limit);
        let mut buffer = Zeroizing::new([0; 4096]);
        while let Ok(count @ 1..) = stdout.read(&mut *buffer) {
            let read: Vec<u8> = buffer.iter().take(count).copied().collect();
            let _ = done.send(Zeroizing::new(read));
        }
    })?;
    let step = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if waited >= time => {
                if !has_terminal {
                    system::kill_group(&child);
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
    // Each read has a timeout, because the stream does not end while a background process keeps the
    // pipe open. Bytes that are already in the pipe arrive immediately.
    while let Ok(more) = read.recv_timeout(100 * step) {
        bytes.extend_from_slice(&more);
    }
    Ok((status, bytes))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    #[test]
    fn a_command_is_killed_after_its_time_and_its_background_processes_are_ignored() {
        let world = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
        let run = |command: &str| {
            let time = Duration::from_millis(300);
            world.run(("sh", &["-c", command]), ("X", "y"), time, 10)
        };
        assert_eq!(
            run("echo 0123456789abcdef").unwrap().1.as_slice(),
            b"0123456789"
        );
        assert_eq!(run("(sleep 30 &) ; echo hi").unwrap().1.as_slice(), b"hi\n");
        assert!(run("sleep 30").is_err());
        assert_eq!(run("echo $X").unwrap().1.as_slice(), b"y\n");
        assert_eq!(run("exit 3").unwrap().0.code(), Some(3));
    }

    /// If there is a terminal, the child processes stay in the foreground process group: they can
    /// read from the terminal, and Ctrl-C ends them.
    #[test]
    fn a_command_without_a_terminal_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        for (name, has_terminal) in [("killed", false), ("alive", true)] {
            let file = folder.path().join(name);
            let command = format!("(sleep 0.6; : > '{}') & wait", file.display());
            let time = Duration::from_millis(100);
            let error = run(
                ("sh", &["-c", &command]),
                ("X", "y"),
                time,
                10,
                has_terminal,
            )
            .unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            let begun = std::time::Instant::now();
            while !file.exists() && begun.elapsed() < Duration::from_secs(3) {
                std::thread::sleep(Duration::from_millis(20));
            }
            assert_eq!(file.exists(), has_terminal, "{name}");
        }
    }
}
