//! Corrects a wrong local clock. S3 rejects a request whose time differs from the server's time by more than
//! 15 minutes.

use super::error::ErrorResponse;
use crate::http::Response;
use std::sync::{Mutex, PoisonError};
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

/// The smallest clock difference that is corrected. A smaller difference is not the reason why S3
/// refused a request.
const TOLERANCE: Duration = Duration::minutes(5);
/// The largest clock difference that is corrected, so that a wrong answer cannot cause a signature
/// for a distant time. The largest corrected difference equals the maximum validity of a presigned
/// URL.
const FURTHEST: Duration = Duration::days(7);

/// The duration by which the server's clock is ahead of the local clock. The value is zero until a
/// server rejects the local time.
#[derive(Debug, Default)]
pub struct ClockSkew(Mutex<Duration>);

/// A correction of the clock difference, from the `Date` header of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Correction {
    /// The duration by which the server's clock is ahead of the local clock.
    pub(super) ahead: Duration,
    /// Whether the clock difference has changed. A retry can succeed only if the clock difference
    /// has changed.
    pub(super) is_news: bool,
}

impl ClockSkew {
    /// Returns the time of the server's clock at the local time `now`.
    #[must_use]
    pub fn time(&self, now: OffsetDateTime) -> OffsetDateTime {
        now + *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Corrects the clock difference with the `Date` header of an answer, if S3 rejected the time
    /// for which the request was signed. An answer to HEAD contains no reason, so this method
    /// assumes a wrong clock if the time differs much from `Date`.
    pub(super) fn learn(
        &self,
        refusal: &Response,
        answer: &ErrorResponse,
        signed: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<Correction> {
        let complains = answer.code == "RequestTimeTooSkewed"
            || (answer.status == 403 && answer.code.is_empty());
        let date = refusal.header("date").filter(|_| complains)?;
        let date = OffsetDateTime::parse(date, &Rfc2822).ok()?;
        let ahead = date - now;
        if (date - signed).abs() < TOLERANCE || ahead.abs() > FURTHEST {
            return None;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = (*known - ahead).abs() >= TOLERANCE;
        *known = ahead;
        Some(Correction { ahead, is_news })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(skew: &ClockSkew, status: u16, code: &str, date: &str) -> Option<Correction> {
        let refusal = Response {
            status,
            headers: vec![("date".into(), date.into())],
            body: Vec::new(),
        };
        let answer = ErrorResponse {
            code: code.into(),
            ..ErrorResponse::read(&refusal)
        };
        let now = s3_presign::timestamp::parse("20261124T120000Z").unwrap();
        skew.learn(&refusal, &answer, skew.time(now), now)
    }

    #[test]
    fn the_servers_date_is_believed_if_it_is_about_the_clock() {
        let later = "Tue, 24 Nov 2026 12:30:00 GMT";
        let half_an_hour = Some(Correction {
            ahead: Duration::minutes(30),
            is_news: true,
        });
        let skew = ClockSkew::default();
        assert_eq!(learn(&skew, 403, "AccessDenied", later), None);
        assert_eq!(
            learn(&skew, 403, "RequestTimeTooSkewed", later),
            half_an_hour
        );
        // After the correction, the signing time is right, so a second refusal must have another
        // reason.
        assert_eq!(learn(&skew, 403, "RequestTimeTooSkewed", later), None);
        assert_eq!(learn(&ClockSkew::default(), 403, "", later), half_an_hour);
        for (status, date) in [
            (403, "Tue, 24 Nov 2026 12:04:00 GMT"),
            (404, later),
            (403, "Tue, 24 Nov 2037 12:30:00 GMT"),
            (403, "yesterday"),
        ] {
            assert_eq!(
                learn(&ClockSkew::default(), status, "", date),
                None,
                "{date}"
            );
        }
    }
}
