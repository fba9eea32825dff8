//! Exceptions: drift that the operator accepts until a date, with a reason.

use super::checks::CHECKS;
use super::{Report, Verdict};
use crate::controls::ALL;
use crate::values::covers;
use std::fmt;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// The exceptions of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exceptions(Vec<Exception>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    /// The line in the file, starting with 1.
    line: usize,
    /// The name of the bucket, or a pattern such as `web-*`.
    bucket: String,
    /// The ID of the finding, such as `public-access`.
    finding: String,
    /// The day on which the exception was granted.
    since: Date,
    /// The last day of the exception.
    until: Date,
    reason: String,
}

/// The error for a line that is not an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidException {
    /// The line in the file, starting with 1.
    pub line: usize,
    why: String,
}

impl fmt::Display for InvalidException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for InvalidException {}

impl Exceptions {
    /// Parses a file with one exception per line: `BUCKET CONTROL DATE UNTIL REASON`. Blank lines and
    /// lines that begin with `#` are ignored.
    ///
    /// # Errors
    /// Fails if a line has no reason, if no finding has the ID, or if a date is invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidException> {
        let mut all = Vec::new();
        for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let one = exception(line, text);
            all.push(one.map_err(|why| InvalidException { line, why })?);
        }
        Ok(Exceptions(all))
    }

    /// Marks the drift that an exception covers as accepted, and returns a warning for each exception
    /// that would cover drift on another day.
    #[must_use]
    pub fn apply(&self, report: &mut Report, now: OffsetDateTime) -> Vec<String> {
        let today = now.date();
        let mut warnings = Vec::new();
        for finding in &mut report.findings {
            if finding.verdict != Verdict::Drift {
                continue;
            }
            let id = finding.topic.id;
            let mut matching = self.0.iter().filter(|exception| {
                exception.finding == id && covers(&exception.bucket, &report.bucket)
            });
            let is_valid = |it: &&Exception| (it.since..=it.until).contains(&today);
            if let Some(exception) = matching.clone().find(is_valid) {
                finding.verdict = Verdict::Accepted;
                let accepted = format!(
                    "accepted on {} until {}: {}",
                    exception.since, exception.until, exception.reason
                );
                finding.detail = Some(match finding.detail.take() {
                    Some(detail) => format!("{accepted}; {detail}"),
                    None => accepted,
                });
            } else if let Some(exception) = matching.next() {
                let (verb, day) = if today < exception.since {
                    ("begins", exception.since)
                } else {
                    ("ended", exception.until)
                };
                warnings.push(format!(
                    "{}: the exception for {id} in line {} {verb} on {day}, so the audit reports drift",
                    report.bucket, exception.line
                ));
            }
        }
        warnings
    }
}

fn exception(line: usize, text: &str) -> Result<Exception, String> {
    let mut rest = text;
    let mut word = || {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = after.trim_start();
        word.to_owned()
    };
    let (bucket, finding, since, until) = (word(), word(), word(), word());
    if rest.is_empty() {
        return Err(
            "an exception is written BUCKET CONTROL DATE UNTIL REASON, with dates such as 2026-11-30"
                .to_owned(),
        );
    }
    let is_known = ["public-access", "outside-access", "sse-c-blocked"].contains(&&*finding)
        || ALL.iter().any(|control| control.info().id == finding)
        || (CHECKS.iter())
            .any(|check| check.id == finding || (check.is_full() && check.finding == finding));
    if !is_known {
        return Err(format!(
            "`{finding}` is not the ID of a finding, such as public-access, or S3.2 with --standard"
        ));
    }
    let date = |text: &str| {
        OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339)
            .map(OffsetDateTime::date)
            .map_err(|_| format!("`{text}` is not a date such as 2026-11-30"))
    };
    let (since, until) = (date(&since)?, date(&until)?);
    if until < since {
        return Err(format!(
            "the exception ends on {until}, before it begins on {since}"
        ));
    }
    Ok(Exception {
        line,
        bucket,
        finding,
        since,
        until,
        reason: rest.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_may_begin_with_a_byte_order_mark() {
        let text = "\u{feff}web S3.2 2026-11-02 2027-06-30 a public web site\r\n";
        let Exceptions(found) = Exceptions::parse(text).unwrap();
        assert_eq!(
            (found[0].bucket.as_str(), found[0].reason.as_str()),
            ("web", "a public web site")
        );
    }

    #[test]
    fn an_exception_has_a_bucket_a_control_two_dates_and_a_reason() {
        let text =
            "# the web sites\n\nweb-* public-access 2026-11-02 2027-06-30  a public web site\n";
        let Exceptions(found) = Exceptions::parse(text).unwrap();
        assert_eq!(
            (found[0].line, found[0].reason.as_str()),
            (3, "a public web site")
        );
        for (bad, why) in [
            (
                "web public-access 2026-11-02 2027-06-30",
                "an exception is written",
            ),
            (
                "web public-access 2026-11-02 soon ok",
                "`soon` is not a date",
            ),
            (
                "web public-axess 2026-11-02 2027-06-30 ok",
                "`public-axess` is not the ID of a finding",
            ),
            (
                "web * 2026-11-02 2027-06-30 ok",
                "`*` is not the ID of a finding",
            ),
            (
                "web public-access 2026-11-02 2026-11-01 ok",
                "before it begins",
            ),
        ] {
            let error = Exceptions::parse(bad).unwrap_err().to_string();
            assert!(
                error.starts_with("line 1: ") && error.contains(why),
                "{error}"
            );
        }
    }
}
