//! The retry rules of all requests: attempts, waits with jitter, `Retry-After`, and a time limit per call.

use crate::context::{self, Context};
use crate::http::{Exchange, Observer};
use std::time::Duration;
use time::OffsetDateTime;

/// The limits for the attempts, the waits and the duration of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The maximum number of attempts per call, including the first one. At least one.
    pub max_attempts: u32,
    /// The upper limit of the first wait. Each further wait has twice the limit of the previous one.
    pub base: Duration,
    /// The upper limit of every wait, unless the server requests a longer one.
    pub cap: Duration,
    /// The total time, over all calls for a bucket, to wait for errors that only time resolves: a bucket
    /// that was just created and is not visible yet, or a configuration call that conflicts with another
    /// one (409 `OperationAborted`).
    pub eventual_consistency_timeout: Duration,
    /// The time limit for all attempts and waits of a call. No attempt starts after this time.
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
    /// The upper limit of the wait after attempt number `attempt`, counted from 1. With full jitter, the
    /// wait is a random time up to this limit.
    fn ceiling(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

/// Whether to retry a call, and which limit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retryable {
    /// The outcome is final, so the call is not retried.
    No,
    /// The caller has corrected the request, so it is sent again immediately. The caller makes each
    /// correction only once per call, so no limit applies.
    Corrected,
    /// The failure is transient, so the call is retried as often as [`Policy::max_attempts`] allows.
    UntilAttempts,
    /// Only time resolves the failure. The caller adds up the waits and stops at its deadline.
    UntilDeadline,
}

impl Retryable {
    /// [`Retryable::UntilAttempts`] for a transient failure, else [`Retryable::No`].
    #[must_use]
    pub fn until_attempts_if(is_transient: bool) -> Self {
        if is_transient {
            Retryable::UntilAttempts
        } else {
            Retryable::No
        }
    }
}

/// The attempts of one call. Counts them, reports each one to the observer, and waits between them.
pub struct Retry<'a> {
    policy: &'a Policy,
    context: &'a Context,
    observer: &'a Observer,
    begun: OffsetDateTime,
    /// The number of the current attempt, counted from 1.
    number: u32,
}

impl<'a> Retry<'a> {
    /// Starts the time limit of a call. Call this before its first attempt.
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

    /// Reports an attempt to the observer, and waits if another attempt follows. Returns the wait, or
    /// `None` if the outcome is final. `retry_after` is the wait that the server requested, or `None` if
    /// it must be ignored.
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
            // The wait is never zero, even if the server requests that, to avoid an endless loop.
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

    /// The waits that the observer receives until the outcome is final, at most six.
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
        // A `Retry-After` of zero does not cause an immediate retry.
        let at_once = waits(policy, Retryable::UntilAttempts, Some(0)).await;
        assert_eq!(at_once[0], Some(policy.base / 2));
        let too_late = waits(policy, Retryable::UntilAttempts, Some(121)).await;
        assert_eq!(too_late, [None]);
        // `Corrected` and `UntilDeadline` never stop by themselves, so all six attempts are made.
        let corrected = waits(policy, Retryable::Corrected, Some(121)).await;
        assert_eq!(corrected, [second(0); 6]);
        let in_time = waits(policy, Retryable::UntilDeadline, Some(10)).await;
        assert_eq!(in_time, [second(10); 6]);
    }
}
