//! The only module that writes to stdout and stderr: data to stdout, messages to stderr.

pub(crate) mod audit;
pub(crate) mod bootstrap;
pub(crate) mod credentials;
mod curl;
pub(crate) mod downloads;
mod escape;
mod event;
mod html;
pub(crate) mod inspect;
pub(crate) mod inspect_form;
pub(crate) mod list;
pub(crate) mod multipart;
pub(crate) mod post;
pub(crate) mod presign;
mod progress;
pub(crate) mod request;
pub(crate) mod revoke;
mod spaced_json;
pub(crate) mod stdout;
mod trace;
pub(crate) mod upload_page;
pub(crate) mod upload_script;
pub(crate) mod verify;

use crate::context::Context;
use crate::failure::Failure;
use crate::hints;
use crate::http::Observer;
use crate::redact::hide_named_values;
pub(crate) use event::{Step, StepStatus};
use progress::Progress;
pub(crate) use progress::with_spinner;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Prints messages as the global options configure.
#[derive(Clone)]
pub(crate) struct Printer {
    quiet: bool,
    verbosity: u8,
    color: ColorChoice,
}

/// Whether messages and reports for people are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorChoice {
    /// Colours are on if the stream is a terminal and `NO_COLOR` is not set.
    Auto,
    Always,
    Never,
}

/// Adds colours to text if they are enabled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    fn new(when: ColorChoice, stream: &impl IsTerminal) -> Self {
        Paint(match when {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => stream.is_terminal() && !no_color(),
        })
    }

    fn paint(self, text: &str, color: &str) -> String {
        if self.0 {
            format!("\x1b[{color}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

impl Printer {
    pub(crate) fn new(quiet: bool, verbosity: u8, color: ColorChoice) -> Self {
        Printer {
            quiet,
            verbosity,
            color,
        }
    }

    /// The colours of stderr. This method checks the terminal for each message, because most runs of
    /// `presign` print none.
    fn on_stderr(&self) -> Paint {
        Paint::new(self.color, &io::stderr())
    }

    /// The colours of text on stdout. JSON, SARIF and HTML have no colours.
    pub(crate) fn on_stdout(&self) -> Paint {
        Paint::new(self.color, &io::stdout())
    }

    /// Prints help to stdout: `styled` if colours are enabled, otherwise `plain`.
    pub(crate) fn help(&self, plain: &str, styled: &str) -> Result<(), Failure> {
        stdout::data(if self.on_stdout().0 { styled } else { plain })
    }

    /// Returns a function that removes the progress line from the terminal, if there is one. Callers need
    /// no access to the [`Progress`] that printed it.
    pub(crate) fn clear_line(&self) -> impl Fn() + use<> {
        let printer = self.clone();
        move || {
            if printer.shows_progress() {
                to_stderr("\r\x1b[K");
            }
        }
    }

    fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal() && !is_dumb()
    }

    /// Creates a progress line, which only a terminal shows.
    pub(crate) fn progress(&self, what: &'static str, context: &Context) -> Progress {
        Progress::new(what, context, self.shows_progress())
    }

    /// Prints a step of bootstrap. With `--quiet` it prints only failures.
    pub(crate) fn step(&self, step: &Step) {
        if !self.quiet || step.status == StepStatus::Fail {
            let detail = step.detail.as_ref().map(hints::detail);
            let detail = detail.map(|detail| format!(" ({detail})"));
            let text = format!("{}{}", step.text, detail.unwrap_or_default());
            self.status(step.status, &text);
            if let Some(was) = step.was.as_deref().filter(|_| !self.quiet) {
                to_stderr(&format!("       was: {}\n", shortened(&sanitize(was))));
            }
            for statement in step.adds.iter().filter(|_| !self.quiet) {
                const LABEL: &str = "       adds:";
                let columns = columns();
                let json = spaced_json::line(statement, columns.is_some());
                let json = wrapped(&json, LABEL.len() + 1, columns);
                to_stderr(&format!("{LABEL} {json}\n"));
            }
            if let Some(backup) = &step.backup {
                let command = curl::restore(backup);
                to_stderr(&format!("       restore: {}\n", sanitize(&command)));
            }
        }
    }

    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.line("warning:", YELLOW, text);
        }
    }

    /// Warns that the owner of a bucket is unverified, because the server does not report owners.
    pub(crate) fn unproven_owner(&self, bucket: &str, why: &str) {
        self.warning(&format!(
            "bucket `{bucket}` exists, and these credentials may use it; its owner cannot be verified: {why}"
        ));
    }

    /// Prints a message that contains its own line breaks.
    pub(crate) fn info(&self, text: &str) {
        if !self.quiet {
            to_stderr(text);
        }
    }

    /// Prints a failure as [`failure`](Self::failure) does, and as a JSON document on stdout too.
    pub(crate) fn failure_in_json(&self, failure: &Failure) -> ExitCode {
        // The result is ignored, because stderr shows the error even if stdout is closed or full.
        let _ = stdout::data(&json_failure(None, failure));
        self.failure(failure)
    }

    /// Prints why a command failed, and returns its exit code.
    pub(crate) fn failure(&self, failure: &Failure) -> ExitCode {
        let Failure {
            exit,
            situation,
            causes,
            hint,
        } = failure;
        self.line("error:", RED, situation);
        for cause in causes {
            to_stderr(&format!("  {}\n", wrapped(&sanitize(cause), 4, columns())));
        }
        if let Some(hint) = hint {
            self.line("hint:", CYAN, hint);
        }
        (*exit).into()
    }

    /// Shows each request with `-v`, and its canonical request too with `-vv`.
    pub(crate) fn observer(&self) -> Observer {
        let (printer, clear) = (self.clone(), self.clear_line());
        Box::new(move |exchange| {
            if printer.quiet {
                return;
            }
            if let Some(ahead) = exchange.clock_ahead {
                clear();
                let label = printer.on_stderr().paint("warning:", YELLOW);
                to_stderr(&format!("{label} {}", trace::clock(ahead)));
            }
            if printer.verbosity > 0 {
                clear();
                to_stderr(&trace::lines(exchange, printer.verbosity > 1));
            }
        })
    }

    fn status(&self, status: StepStatus, text: &str) {
        let (label, color) = match status {
            StepStatus::Ok => ("[ OK ]", GREEN),
            StepStatus::Skip => ("[SKIP]", CYAN),
            StepStatus::Warn => ("[WARN]", YELLOW),
            StepStatus::Plan => ("[PLAN]", YELLOW),
            StepStatus::Fail => ("[FAIL]", RED),
        };
        self.line(label, color, text);
    }

    /// Prints a label and a text, which is wrapped to the width of the terminal.
    fn line(&self, label: &str, color: &str, text: &str) {
        let text = wrapped(&sanitize(text), label.len() + 1, columns());
        to_stderr(&format!(
            "{} {text}\n",
            self.on_stderr().paint(label, color)
        ));
    }
}

/// The width of the terminal at stderr in columns. `None` if stderr is not a terminal.
fn columns() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stderr())?;
    Some(width.0.into())
}

/// The width of the terminal at stdout in columns. `None` if stdout is not a terminal.
fn columns_of_stdout() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(width.0.into())
}

/// Wraps a text between words at `columns`. The first line starts at column `indent`, after a label; the
/// others get that many spaces. A word that is longer than a line, such as a URL, stays whole.
fn wrapped(text: &str, indent: usize, columns: Option<usize>) -> String {
    wrapped_from(indent, text, indent, columns)
}

/// Wraps a text as [`wrapped`] does, but its first line starts at column `start`.
fn wrapped_from(start: usize, text: &str, indent: usize, columns: Option<usize>) -> String {
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let mut lines = String::with_capacity(text.len());
    let (mut at, mut is_first) = (start, true);
    for word in text.split(' ') {
        let width = word.chars().count();
        let fits = at + usize::from(!is_first) + width <= columns;
        if !fits && (at > indent || !is_first) {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            at = indent;
        } else if !is_first {
            lines.push(' ');
            at += 1;
        }
        lines.push_str(word);
        at += width;
        is_first = false;
    }
    lines
}

/// The text, cut after 300 characters.
fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

const RED: &str = "1;31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// The JSON document of a failure, in one line. In a run over many buckets, the document names the
/// bucket that failed.
fn json_failure(bucket: Option<&str>, failure: &Failure) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        schema_version: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        bucket: Option<&'a str>,
        error: &'a str,
        causes: &'a [String],
        hint: Option<&'a str>,
    }
    json_line(&Document {
        schema_version: 1,
        bucket,
        error: &failure.situation,
        causes: &failure.causes,
        hint: failure.hint.as_deref(),
    })
}

fn json_line(document: &impl Serialize) -> String {
    let line = serde_json::to_string(document).expect("a report can be written as JSON");
    escape::escaped_json(line + "\n")
}

/// Whether a header carries a secret. stderr may be a log, so it never shows the values of these headers.
fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "authorization"
        || name == "x-amz-mfa"
        || name.ends_with("-customer-key")
        || name.contains("token") && !name.ends_with("-ttl-seconds")
}

/// The longest text that is shown, in bytes. A policy, which has at most 20 KB, is never cut.
const LONGEST: usize = 24 * 1024;

/// Makes text from a server or from the command line safe for a terminal. Escapes control
/// characters and invisible characters, so that no answer of a server can forge a line. Removes
/// signatures and tokens, in case a presigned URL reaches this function by mistake. Cuts text after
/// [`LONGEST`] bytes, which is enough for a whole policy.
fn sanitize(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST);
    let mut shown = hide_named_values(&escape::escaped(&text[..end]));
    if end < text.len() {
        shown += &format!("… ({} bytes more)", text.len() - end);
    }
    for name in trace::HIDDEN {
        let mut rest = shown.as_str();
        let mut kept = String::with_capacity(rest.len());
        while let Some(at) = rest.find(name) {
            let value = at + name.len();
            kept.push_str(&rest[..value]);
            rest = rest[value..]
                .trim_start_matches(|c: char| !c.is_whitespace() && !"&'\"`".contains(c));
        }
        kept.push_str(rest);
        shown = kept;
    }
    shown
}

/// Ignores write errors, because stderr may be closed.
fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[allow(clippy::disallowed_methods)] // the variable describes the terminal, which only output/ uses
/// Whether `NO_COLOR` is set or the terminal has no colours.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_dumb()
}

#[allow(clippy::disallowed_methods)] // the variable describes the terminal, which only output/ uses
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::{sanitize, wrapped};

    #[test]
    fn wraps_lines_between_words() {
        let text = "one two three, and https://a-long-one.example/ too";
        assert_eq!(wrapped(text, 7, None), text);
        assert_eq!(
            wrapped(text, 4, Some(16)),
            "one two\n    three, and\n    https://a-long-one.example/\n    too"
        );
    }

    #[test]
    fn escapes_control_characters() {
        assert_eq!(
            sanitize("a\n[ OK ] b\u{1b}[2J\u{9b}c"),
            "a\\n[ OK ] b\\u{1b}[2J\\u{9b}c"
        );
    }

    #[test]
    fn removes_signatures_and_tokens() {
        assert_eq!(
            sanitize(
                "'https://h/k?X-Amz-Credential=AK%2Fx&X-Amz-Date=1&X-Amz-Signature=beef' X-Amz-Security-Token=t"
            ),
            "'https://h/k?X-Amz-Credential&X-Amz-Date=1&X-Amz-Signature' X-Amz-Security-Token"
        );
    }
}
