//! The rate limiter that all requests of a client share. Each "slow down" answer doubles the
//! minimum time between two requests (the gap), and each success reduces the gap.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;

/// The gap between two requests after the first "slow down" answer.
const FIRST_GAP: Duration = Duration::from_millis(20);
/// The maximum gap between two requests.
const WIDEST_GAP: Duration = Duration::from_secs(1);

/// Delays the requests of a client after the server has answered "slow down".
#[derive(Debug, Default)]
pub struct RateLimiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    gap: Duration,
    next: Option<OffsetDateTime>,
    /// The time when the gap was last widened.
    widened: Option<OffsetDateTime>,
}

impl RateLimiter {
    /// Returns the wait before the next request. The wait is zero until a server answers "slow
    /// down".
    pub(super) fn acquire_delay(&self, now: OffsetDateTime) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.gap.is_zero() {
            return Duration::ZERO;
        }
        let turn = state.next.map_or(now, |next| next.max(now));
        state.next = Some(turn + state.gap);
        (turn - now).try_into().unwrap_or_default()
    }

    /// Widens the gap after a "slow down" answer. If the request was `sent` before the gap was last
    /// widened, this method ignores the answer, because the answer concerns the old request rate.
    pub(super) fn on_slow_down(&self, sent: OffsetDateTime, now: OffsetDateTime) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.widened.is_some_and(|widened| sent < widened) {
            return;
        }
        state.widened = Some(now);
        state.gap = (state.gap * 2).clamp(FIRST_GAP, WIDEST_GAP);
    }

    /// Narrows the gap after a successful request.
    pub(super) fn on_success(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.gap = state.gap * 4 / 5;
        if state.gap < FIRST_GAP / 4 {
            state.gap = Duration::ZERO;
            state.next = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_down_widens_the_gap_and_success_narrows_it() {
        let (limiter, now) = (RateLimiter::default(), OffsetDateTime::UNIX_EPOCH);
        assert_eq!(limiter.acquire_delay(now), Duration::ZERO);
        let before = now - Duration::from_millis(1);
        limiter.on_slow_down(before, now);
        // "Slow down" answers to requests that were sent at the old rate must not widen the gap
        // again.
        for _ in 0..8 {
            limiter.on_slow_down(before, now);
        }
        let turns: Vec<u128> = (0..3)
            .map(|_| limiter.acquire_delay(now).as_millis())
            .collect();
        assert_eq!(turns, [0, 20, 40]);
        for _ in 0..30 {
            limiter.on_success();
        }
        assert_eq!(limiter.acquire_delay(now), Duration::ZERO);
        for _ in 0..20 {
            limiter.on_slow_down(now, now);
        }
        limiter.acquire_delay(now);
        assert_eq!(limiter.acquire_delay(now), WIDEST_GAP);
    }
}
