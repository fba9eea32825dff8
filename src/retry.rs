//! Which failures are worth another try, and how long to wait before it.

use std::time::Duration;

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// All tries together, the first one included; at least one.
    pub max_attempts: u32,
    /// The first wait's upper end; each further one is twice as long.
    pub base: Duration,
    /// No wait is longer.
    pub cap: Duration,
    /// How long to wait, all waits together, for what only time can mend: a bucket that was just
    /// made and is not seen yet, a configuration call that meets another (409 `OperationAborted`).
    pub patience: Duration,
    /// How long a call may take, tries and waits together: no try begins later.
    pub budget: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_attempts: 5,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            patience: Duration::from_mins(1),
            budget: Duration::from_mins(2),
        }
    }
}

impl Policy {
    /// The upper end of the wait after try number `attempt` (from 1); full jitter takes any time up to it.
    #[must_use]
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = Policy::default();
        let waits: Vec<_> = [1, 2, 3, 7, 40]
            .map(|n| policy.ceiling(n).as_millis())
            .into();
        assert_eq!(waits, [200, 400, 800, 10_000, 10_000]);
    }
}
