//! A progress line on a terminal, which disappears when the work ends.

use super::to_stderr;
use crate::context::Context;
use std::pin::pin;
use time::{Duration, OffsetDateTime};

/// The shortest time between two updates of the line.
const EVERY: Duration = Duration::milliseconds(100);

const GRACE: Duration = Duration::seconds(1);

pub(crate) struct Progress {
    what: &'static str,
    context: Context,
    is_shown: bool,
    begun: OffsetDateTime,
    last: OffsetDateTime,
    has_line: bool,
    total: Option<usize>,
    frame: usize,
}

impl Progress {
    pub(super) fn new(what: &'static str, context: &Context, is_shown: bool) -> Self {
        let now = context.now();
        Progress {
            what,
            context: context.clone(),
            is_shown,
            begun: now,
            // Work that ends within a second shows no progress line.
            last: now + GRACE - EVERY,
            has_line: false,
            total: None,
            frame: 0,
        }
    }

    /// The total is known, so the line gets a bar.
    pub(crate) fn with_total(mut self, total: usize) -> Self {
        self.total = Some(total);
        self
    }

    pub(crate) fn seconds(&self) -> f64 {
        (self.context.now() - self.begun).as_seconds_f64()
    }

    pub(crate) fn show(&mut self, done: u64) {
        if !self.is_shown {
            return;
        }
        let now = self.context.now();
        if now - self.last < EVERY {
            return;
        }
        self.last = now;
        self.has_line = true;
        let seconds = (now - self.begun).whole_seconds();
        let what = self.what;
        let line = match self.total {
            None => format!("{done} {what} in {seconds} s"),
            Some(total) => format!("{} {done}/{total} {what}, {seconds} s", bar(done, total)),
        };
        to_stderr(&format!("\r\x1b[K{line}"));
    }

    /// Shows a spinner, for work that cannot be counted.
    pub(crate) fn spin(&mut self) {
        let now = self.context.now();
        if !self.is_shown || now - self.last < EVERY {
            return;
        }
        self.last = now;
        self.has_line = true;
        self.frame = (self.frame + 1) % 4;
        let sign = ["|", "/", "-", "\\"][self.frame];
        let seconds = (now - self.begun).whole_seconds();
        to_stderr(&format!("\r\x1b[K{sign} {seconds} s"));
    }

    /// Removes the line before another message. The next update prints the line again.
    pub(crate) fn clear(&mut self) {
        if self.has_line {
            to_stderr("\r\x1b[K");
            self.has_line = false;
            // The next update may follow at once, because the line is removed.
            self.last = self.begun - EVERY;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A bar with room for twenty characters.
fn bar(done: u64, total: usize) -> String {
    let filled = (done.saturating_mul(20) / (total as u64).max(1)).min(20) as usize;
    format!("[{}{}]", "#".repeat(filled), "-".repeat(20 - filled))
}

/// Runs `work` to its end and calls `tick` every 120 ms.
pub(crate) async fn with_spinner<T>(
    work: impl Future<Output = T>,
    context: &Context,
    mut tick: impl FnMut(),
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = context.sleep(std::time::Duration::from_millis(120)) => tick(),
        }
    }
}
