//! Implements the retry rules of all requests: attempts, waits with jitter, `Retry-After`, and a
//! time limit for each call.

use crate::context::{self, Context};
use crate::http::{Exchange, Observer};
use std::time::Duration;
use time::OffsetDateTime;

/// The limits for the number of attempts, the waits and the duration of a call. A call is a request
/// with all its retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The maximum number of attempts for each call, including the first attempt. At least 1.
    pub max_attempts: u32,
    /// The upper limit of the first wait. The limit doubles after each attempt.
    pub base: Duration,
    /// The upper limit of every wait, unless the server requests a longer wait.
    pub cap: Duration,
    /// The total time that all calls for a bucket may wait for errors that disappear with time. For
    /// example, a new bucket may not be visible yet, or a configuration call may conflict with
    /// another call (409 `OperationAborted`).
    pub eventual_consistency_timeout: Duration,
    /// The time limit for all attempts and waits of a call. No attempt starts after the time limit.
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
    /// Returns the upper limit of the wait after the attempt with the number `attempt`, starting
    /// with 1. The wait is a random time between zero and the upper limit (full jitter).
    fn ceiling(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

/// The decision whether to retry a call, and the limit that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retryable {
    /// The outcome of the attempt is final, so the call is not retried.
    No,
    /// The caller has corrected the request, so the request is sent again immediately. The caller
    /// makes each correction only once per call, so no limit applies.
    Corrected,
    /// The failure is transient, so the call is retried as often as [`Policy::max_attempts`] allows.
    UntilAttempts,
    /// The failure disappears with time. The caller adds up the waits and stops at a deadline.
    UntilDeadline,
}

impl Retryable {
    /// Returns [`Retryable::UntilAttempts`] for a transient failure, and [`Retryable::No`] for any
    /// other outcome.
    #[must_use]
    pub fn until_attempts_if(is_transient: bool) -> Self {
        if is_transient {
            Retryable::UntilAttempts
        } else {
            Retryable::No
        }
    }
}

/// Counts the attempts of one call, reports each attempt to the observer, and waits between
/// attempts.
pub struct Retry<'a> {
    policy: &'a Policy,
    context: &'a Context,
    observer: &'a Observer,
    begun: OffsetDateTime,
    /// The number of the current attempt, starting with 1.
    number: u32,
}

impl<'a> Retry<'a> {
    /// Starts to count the time of a call, for the time limit. Create a `Retry` before the first
    /// attempt of the call.
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

    /// Whether the current attempt is the last one that the policy allows.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.number >= self.policy.max_attempts
    }

    /// Reports an attempt to the observer, and waits if another attempt follows. Returns the length
    /// of the wait, or `None` if the outcome is final. `retry_after` is the wait that the server
    /// requested, or `None` if the server requested no wait or the wait must be ignored.
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
            // The wait is never zero, even if the server requests a wait of zero, because an
            // endless loop without waits would flood the server.
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

    /// Returns the waits that the observer receives until the outcome is final, but at most six
    /// waits.
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
    async fn the_policy_limits_attempts_waits_and_the_whole_call() {
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
        // A `Retry-After` of zero must not cause an immediate retry.
        let at_once = waits(policy, Retryable::UntilAttempts, Some(0)).await;
        assert_eq!(at_once[0], Some(policy.base / 2));
        let too_late = waits(policy, Retryable::UntilAttempts, Some(121)).await;
        assert_eq!(too_late, [None]);
        // For `Corrected` and `UntilDeadline`, no limit of the retry policy applies, so the test
        // makes all six attempts.
        let corrected = waits(policy, Retryable::Corrected, Some(121)).await;
        assert_eq!(corrected, [second(0); 6]);
        let in_time = waits(policy, Retryable::UntilDeadline, Some(10)).await;
        assert_eq!(in_time, [second(10); 6]);
    }
}
