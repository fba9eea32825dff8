//! What a probe found, and the two requests that most of them begin with.

use super::probe::{Ask, Outcome, Prober, said};
use crate::http::{Error as HttpError, Response};
use s3_presign::Method;

/// What a probe found: its outcome, and what was seen.
pub(super) type Found = (Outcome, String);
pub(super) type Answered = Result<Response, HttpError>;

/// What the main object holds.
pub(super) const CONTENT: &[u8] = b"s3-secure-bucket verify: this object can be deleted\n";
/// Its name.
pub(super) const MAIN: &str = "probe.txt";

pub(super) fn pass(reason: String) -> Found {
    (Outcome::Pass, reason)
}

pub(super) fn fail(reason: String) -> Found {
    (Outcome::Fail, reason)
}

pub(super) fn skip(reason: &str) -> Found {
    (Outcome::Skip, reason.to_owned())
}

pub(super) fn is_ok(answered: &Answered) -> bool {
    answered.as_ref().is_ok_and(|answer| answer.status < 300)
}

/// Refused by the server, in whatever words; no answer proves nothing.
pub(super) fn refused(answered: Answered) -> Found {
    let text = said(&answered);
    match answered {
        Ok(answer) if (400..500).contains(&answer.status) => pass(text),
        Ok(answer) if answer.status < 300 => fail(format!("it was allowed: {text}")),
        _ => fail(format!("it was not refused, and not allowed: {text}")),
    }
}

pub(super) async fn put(prober: &Prober<'_>, name: &str, headers: &[(&str, &str)]) -> Answered {
    let ask = Ask {
        name,
        headers,
        body: CONTENT,
        ..Ask::default()
    };
    prober.ask(Method::Put, &ask).await
}

pub(super) async fn get(prober: &Prober<'_>, name: &str) -> Answered {
    let ask = Ask {
        name,
        ..Ask::default()
    };
    prober.ask(Method::Get, &ask).await
}
