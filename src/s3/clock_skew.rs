//! Corrects a wrong local clock. S3 rejects a request whose time differs from the server's time by more than
//! 15 minutes.

use super::error::ErrorResponse;
use crate::http::Response;
use std::sync::{Mutex, PoisonError};
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

/// A smaller difference is not the reason for a refusal.
const TOLERANCE: Duration = Duration::minutes(5);
/// The limit for a correction, so that no answer can cause a signature for a time further away. The limit is
/// the longest validity of a presigned URL.
const FURTHEST: Duration = Duration::days(7);

/// How far the server's clock is ahead of the local clock. Zero until a server rejects the local time.
#[derive(Debug, Default)]
pub struct ClockSkew(Mutex<Duration>);

/// A correction that the `Date` of an answer causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Correction {
    /// How far the server's clock is ahead.
    pub(super) ahead: Duration,
    /// Whether the correction is new, so that a retry makes sense.
    pub(super) is_news: bool,
}

impl ClockSkew {
    /// The server's time when the local clock shows `now`.
    #[must_use]
    pub fn time(&self, now: OffsetDateTime) -> OffsetDateTime {
        now + *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the server's time from `Date`, if the answer rejects the time for which the request was signed.
    /// The answer to HEAD names no reason, so a large difference from `Date` counts as the reason.
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
        // After the correction the time is right, so a second refusal has another reason.
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
