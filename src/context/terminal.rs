//! Asks the user a question on the terminal.

use super::Context;
use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

impl Context {
    /// Asks a question on the terminal of this process. Stdin and stderr may be redirected. The answer is
    /// not echoed. `None` without a terminal, and for a background process, which the system would stop if it
    /// read from the terminal.
    ///
    /// # Errors
    /// The terminal fails, or the user presses Ctrl-C ([`io::ErrorKind::Interrupted`]).
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
        // Ctrl-C ends the line and not the process, which would leave the terminal without echo.
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
