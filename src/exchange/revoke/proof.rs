//! Proves a revocation: a presigned request that S3 accepted before the write is refused after it.

use super::Error;
use crate::controls::Settings;
use crate::policy::{Revocation, RevocationKind as Kind};
use crate::s3::customer;
use crate::s3::{Bucket, Client, ErrorResponse};
use s3_presign::{Expiry, Method, ObjectKey, Presigner};
use std::time::Duration;

/// The waits before each presigned request after the write, in milliseconds. AWS enforces a new policy within
/// seconds.
const WAITS_MS: [u64; 8] = [0, 100, 250, 500, 1_000, 2_000, 4_000, 8_000];
/// How many of these waits the program uses on servers other than AWS, which do not replicate their policies.
const WAITS_ELSEWHERE: usize = 5;

/// The name of an object that does not exist, for a proof below a prefix.
const NAME: &str = "s3-secure-bucket-proof";

/// The query of a request that aborts an upload that does not exist. Ceph looks for an object before it reads the
/// policy, so it answers 404 to a GET of a missing object even if the policy denies the GET. But Ceph reads the
/// policy before it looks for an upload, and the request changes nothing.
const NO_UPLOAD: (&str, &str) = ("uploadId", "none");

/// The result of a presigned request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// S3 refuses the request because of the statement.
    Refused,
    /// S3 refuses the request, but it refused the request before, too.
    Unproven,
    /// S3 does not refuse the request.
    Allowed,
    /// No request was sent, because each key has `.` or `..` segments, which HTTP clients remove.
    Untried,
}

/// The answer to a presigned request.
enum Answer {
    Refused(ErrorResponse),
    Allowed,
    /// The object does not exist.
    Missing,
    /// The answer, such as 503, does not show whether S3 allows the request.
    Unclear(ErrorResponse),
}

/// A presigned GET of an object that a revocation covers.
pub(super) struct Proof {
    /// `None` if no key can be requested.
    key: Option<ObjectKey>,
    /// The answer with which S3 refused the request before the write.
    refusal_before: Option<ErrorResponse>,
    /// Whether the revocations are for requests with any kind of signature.
    is_for_everyone: bool,
    /// Whether the server allowed a request for [`NO_UPLOAD`] before the write.
    could_abort: bool,
}

impl Proof {
    /// A proof for the first of these revocations whose key has no dot segments.
    pub(super) fn new(revocations: &[Revocation], settings: &Settings) -> Self {
        let mut keys = revocations.iter().map(|one| key(one, settings));
        Proof {
            key: keys.find(|key| !key.has_dot_segments()),
            refusal_before: None,
            is_for_everyone: revocations.iter().any(|one| one.kind == Kind::Everyone),
            could_abort: false,
        }
    }

    /// Sends the request before the write.
    pub(super) async fn try_before(
        &mut self,
        client: &Client,
        bucket: &Bucket<'_>,
    ) -> Result<(), Error> {
        match self.answer(client, bucket, Method::Get).await? {
            Some(Answer::Refused(refusal)) => self.refusal_before = Some(refusal),
            Some(Answer::Missing) if self.is_for_everyone && !bucket.endpoint().is_aws => {
                let abort = self.answer(client, bucket, Method::Delete).await?;
                self.could_abort = matches!(abort, Some(Answer::Missing));
            }
            _ => {}
        }
        Ok(())
    }

    /// Sends the request after the write, until S3 refuses it.
    pub(super) async fn try_after(
        &self,
        client: &Client,
        bucket: &Bucket<'_>,
    ) -> Result<Verdict, Error> {
        let tries = if bucket.endpoint().is_aws {
            WAITS_MS.len()
        } else {
            WAITS_ELSEWHERE
        };
        let mut last = Answer::Allowed;
        for wait in WAITS_MS.into_iter().take(tries) {
            client.context.sleep(Duration::from_millis(wait)).await;
            let Some(mut answer) = self.answer(client, bucket, Method::Get).await? else {
                return Ok(Verdict::Untried);
            };
            if matches!(answer, Answer::Missing) && self.could_abort {
                let abort = self.answer(client, bucket, Method::Delete).await?;
                answer = abort.unwrap_or(answer);
            }
            if let Answer::Refused(refusal) = &answer {
                let is_proof = match &self.refusal_before {
                    None => true,
                    Some(before) => names_a_policy(refusal) && !names_a_policy(before),
                };
                return Ok(if is_proof {
                    Verdict::Refused
                } else {
                    Verdict::Unproven
                });
            }
            last = answer;
        }
        match last {
            Answer::Unclear(answer) => Err(Error::Unclear(answer)),
            _ => Ok(Verdict::Allowed),
        }
    }

    /// The answer of S3 to the request. `None` if no key can be requested.
    async fn answer(
        &self,
        client: &Client,
        bucket: &Bucket<'_>,
        method: Method,
    ) -> Result<Option<Answer>, Error> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let aborts = matches!(method, Method::Delete);
        let query = [(NO_UPLOAD.0.to_owned(), NO_UPLOAD.1.to_owned())];
        let presigner = Presigner::new(&s3_presign::Request {
            method,
            expires_in: Expiry::DEFAULT,
            query: if aborts { &query } else { &[] },
            ..s3_presign::Request::get(bucket.endpoint(), &client.credentials, client.now())
        });
        let url = presigner.map_err(Error::Presign)?.url(key);
        let answer = if aborts {
            customer::delete(client, &url).await
        } else {
            customer::fetch_first_byte(client, &url).await
        };
        let response = ErrorResponse::read(&answer.map_err(Error::NoAnswer)?);
        // S3 looks for the object, its first byte and its storage class only if it allows the request.
        Ok(Some(match (response.status, response.code.as_str()) {
            (403, "AccessDenied") => Answer::Refused(response),
            (404, _) => Answer::Missing,
            (200..=299 | 416, _) | (403, "InvalidObjectState") => Answer::Allowed,
            _ => Answer::Unclear(response),
        }))
    }
}

/// The key of an object that the revocation covers.
fn key(revocation: &Revocation, settings: &Settings) -> ObjectKey {
    let bucket = format!("{}/", settings.bucket_arn());
    let key = revocation.arn.strip_prefix(&bucket).unwrap_or_default();
    let mut plain = key.replace("${*}", "\u{0}");
    if plain.ends_with('*') {
        plain.pop();
        plain += NAME;
    }
    let plain = plain.replace('*', "").replace('\u{0}', "*");
    let plain = plain.replace("${?}", "?").replace("${$}", "$");
    ObjectKey::parse(plain)
        .unwrap_or_else(|_| ObjectKey::parse(NAME).expect("the name of the proof is a valid key"))
}

/// Whether the answer of S3 names a Deny of a policy as the reason, as the answers of AWS do.
fn names_a_policy(answer: &ErrorResponse) -> bool {
    answer.message.contains("explicit deny")
}
