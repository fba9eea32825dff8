//! Asks the user a question on the terminal.

use super::Context;
use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

impl Context {
    /// Asks a question on the terminal of this process, even if stdin and stderr are redirected.
    /// The terminal does not echo the answer. Returns `None` if there is no terminal, or if this
    /// process runs in the background, because the system stops a background process that reads
    /// from the terminal.
    ///
    /// # Errors
    /// Fails if the terminal fails, or if the user presses Ctrl-C ([`io::ErrorKind::Interrupted`]).
    pub fn ask_on_terminal(&self, question: &str) -> io::Result<Option<Zeroizing<String>>> {
        const CTRL_C: u8 = 3;
        let terminal = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty");
        let Ok(mut terminal) = terminal else {
            return Ok(None);
        };
        if termios::tcgetpgrp(&terminal).ok() != Some(rustix::process::getpgrp()) {
            return Ok(None);
        }
        terminal.write_all(question.as_bytes())?;
        let modes = termios::tcgetattr(&terminal)?;
        let mut silent = modes.clone();
        // While the echo is off, Ctrl-C ends the input line instead of the process, because a
        // killed process would leave the terminal without echo.
        silent
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        termios::tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        let mut line = Zeroizing::new([0; 256]);
        let read = terminal.read(&mut *line);
        termios::tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        terminal.write_all(b"\n")?;
        let answer = line.get(..read?).unwrap_or_default();
        if answer.contains(&CTRL_C) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "cancelled"));
        }
        let answer = String::from_utf8_lossy(answer);
        Ok(Some(Zeroizing::new(answer.trim().to_owned())))
    }
}
