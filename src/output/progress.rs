//! A line on a terminal that counts while something goes on, and is gone when it ends.

use super::to_stderr;
use s3_secure_bucket::context::Context;
use time::{Duration, OffsetDateTime};

/// Often enough to see it move, seldom enough to cost nothing.
const EVERY: Duration = Duration::milliseconds(100);

pub(crate) struct Progress {
    what: &'static str,
    context: Context,
    is_shown: bool,
    begun: OffsetDateTime,
    last: OffsetDateTime,
    has_line: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, context: &Context, is_shown: bool) -> Self {
        let now = context.now();
        Progress {
            what,
            context: context.clone(),
            is_shown,
            begun: now,
            last: now,
            has_line: false,
        }
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
        to_stderr(&format!("\r\x1b[K{done} {} in {seconds} s", self.what));
    }

    pub(crate) fn end(&mut self) {
        if self.has_line {
            to_stderr("\r\x1b[K");
        }
    }
}
