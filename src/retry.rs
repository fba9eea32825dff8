//! The retry rules of every request: attempts, jittered waits, `Retry-After`, and a limit on the whole.

use crate::context::{self, Context};
use crate::http::{Exchange, Observer};
use std::time::Duration;
use time::OffsetDateTime;

/// How often a call is tried, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// All attempts of a call, the first one included; at least one.
    pub max_attempts: u32,
    /// The upper end of the first wait; each further one is twice as long.
    pub base: Duration,
    /// No wait is longer, unless the server asks for more.
    pub cap: Duration,
    /// How long to wait, all waits of a bucket's calls together, for what only time resolves: a bucket
    /// that was just created and is not visible yet, a configuration call that meets another (409
    /// `OperationAborted`).
    pub eventual_consistency_timeout: Duration,
    /// How long a call may take, attempts and waits together: no attempt begins later.
    pub call_timeout: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_attempts: 5,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            eventual_consistency_timeout: Duration::from_mins(1),
            call_timeout: Duration::from_mins(2),
        }
    }
}

impl Policy {
    /// The upper end of the wait after attempt number `attempt` (from 1); full jitter takes any time up
    /// to it.
    fn ceiling(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

/// Whether another attempt is worth it, and what limits the attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retryable {
    /// The outcome is final.
    No,
    /// The request was wrong and has been corrected: it is sent again at once. The caller makes each
    /// correction once a call, so no limit applies.
    Corrected,
    /// The failure is transient: as often as [`Policy::max_attempts`] allows.
    UntilAttempts,
    /// Only time resolves it: the caller counts the waits, and stops at a deadline of its own.
    UntilDeadline,
}

impl Retryable {
    /// For a failure that is either transient or final.
    #[must_use]
    pub fn until_attempts_if(is_transient: bool) -> Self {
        if is_transient {
            Retryable::UntilAttempts
        } else {
            Retryable::No
        }
    }
}

/// The attempts of one call: counts them, reports each to the observer, and waits between them.
pub struct Retry<'a> {
    policy: &'a Policy,
    context: &'a Context,
    observer: &'a Observer,
    begun: OffsetDateTime,
    /// The number of the attempt under way, from 1.
    number: u32,
}

impl<'a> Retry<'a> {
    /// Before the first attempt of a call.
    #[must_use]
    pub fn new(policy: &'a Policy, context: &'a Context, observer: &'a Observer) -> Self {
        Retry {
            policy,
            context,
            observer,
            begun: context.now(),
            number: 1,
        }
    }

    /// Whether the policy allows no attempt after the one under way.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.number >= self.policy.max_attempts
    }

    /// After an attempt: reports it, and waits if another one follows. Returns the wait, or `None` if
    /// the outcome is final. `retry_after` is the wait that the server asks for, where it is honoured.
    pub async fn again(
        &mut self,
        mut exchange: Exchange<'_>,
        retryable: Retryable,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        let wait = self.wait(retryable, retry_after);
        exchange.retry_in = wait;
        (self.observer)(&exchange);
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            self.context.sleep(wait).await;
        }
        self.number += 1;
        wait
    }

    fn wait(&self, retryable: Retryable, retry_after: Option<Duration>) -> Option<Duration> {
        match retryable {
            Retryable::No => return None,
            Retryable::Corrected => return Some(Duration::ZERO),
            Retryable::UntilAttempts if self.is_last() => return None,
            Retryable::UntilAttempts | Retryable::UntilDeadline => {}
        }
        let ceiling = self.policy.ceiling(self.number);
        let wait = match retry_after {
            // Never at once, whatever the server says: that would be an endless loop.
            Some(asked) => asked.max(ceiling / 2),
            None => context::jitter(ceiling),
        };
        let elapsed = Duration::try_from(self.context.now() - self.begun).unwrap_or_default();
        (elapsed.saturating_add(wait) <= self.policy.call_timeout).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Request, Response};
    use std::sync::{Arc, Mutex};

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = Policy::default();
        let waits: Vec<_> = [1, 2, 3, 7, 40]
            .map(|n| policy.ceiling(n).as_millis())
            .into();
        assert_eq!(waits, [200, 400, 800, 10_000, 10_000]);
    }

    /// The waits that the observer saw until the outcome was final, at most six.
    async fn waits(
        policy: Policy,
        retryable: Retryable,
        retry_after: Option<u64>,
    ) -> Vec<Option<Duration>> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&seen);
        let observer: Observer = Box::new(move |exchange: &Exchange<'_>| {
            writer.lock().unwrap().push(exchange.retry_in);
        });
        let context = Context::stopped(&[], OffsetDateTime::UNIX_EPOCH);
        let request = Request {
            method: "GET",
            url: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let outcome = Ok(Response::default());
        let retry_after = retry_after.map(Duration::from_secs);
        let mut retry = Retry::new(&policy, &context, &observer);
        for _ in 0..6 {
            let exchange = Exchange::new(&request, &outcome);
            let wait = retry.again(exchange, retryable, retry_after).await;
            if wait.is_none() {
                break;
            }
        }
        let seen = seen.lock().unwrap();
        seen.clone()
    }

    #[tokio::test]
    async fn attempts_waits_and_the_whole_call_are_limited() {
        let second = |seconds| Some(Duration::from_secs(seconds));
        let policy = Policy {
            max_attempts: 3,
            ..Policy::default()
        };
        assert_eq!(waits(policy, Retryable::No, None).await, [None]);
        let transient = waits(policy, Retryable::UntilAttempts, Some(2)).await;
        assert_eq!(transient, [second(2), second(2), None]);
        let jittered = waits(policy, Retryable::UntilAttempts, None).await;
        assert!(jittered[0] <= Some(policy.base) && jittered.len() == 3);
        // "Retry at once" is not obeyed.
        let at_once = waits(policy, Retryable::UntilAttempts, Some(0)).await;
        assert_eq!(at_once[0], Some(policy.base / 2));
        let too_late = waits(policy, Retryable::UntilAttempts, Some(121)).await;
        assert_eq!(too_late, [None]);
        // The caller stops these two.
        let corrected = waits(policy, Retryable::Corrected, Some(121)).await;
        assert_eq!(corrected, [second(0); 6]);
        let in_time = waits(policy, Retryable::UntilDeadline, Some(10)).await;
        assert_eq!(in_time, [second(10); 6]);
    }
}
