//! Proves a revocation: a presigned request that S3 accepted before the write is refused after it.

use super::Error;
use crate::controls::Settings;
use crate::policy::Revocation;
use crate::s3::customer;
use crate::s3::{Bucket, Client, ErrorResponse};
use s3_presign::{Expiry, ObjectKey, Presigner};
use std::time::Duration;

/// The waits before each presigned request after the write, in milliseconds. AWS enforces a new policy within
/// seconds.
const WAITS_MS: [u64; 8] = [0, 100, 250, 500, 1_000, 2_000, 4_000, 8_000];
/// How many of these waits the program uses on servers other than AWS, which do not replicate their policies.
const WAITS_ELSEWHERE: usize = 5;

/// The name of an object that does not exist, for a proof below a prefix.
const NAME: &str = "s3-secure-bucket-proof";

/// The result of a presigned request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// S3 refuses the request because of the statement.
    Refused,
    /// S3 refuses the request, but it refused the request before, too.
    Unproven,
    /// S3 does not refuse the request.
    Allowed,
}

/// A presigned GET of an object that a revocation covers.
pub(super) struct Proof {
    key: Vec<u8>,
    /// The answer with which S3 refused the request before the write.
    refusal_before: Option<ErrorResponse>,
}

impl Proof {
    /// A proof for this revocation.
    pub(super) fn new(revocation: &Revocation, settings: &Settings) -> Self {
        let bucket = format!("{}/", settings.bucket_arn());
        let key = revocation.arn.strip_prefix(&bucket).unwrap_or_default();
        let mut plain = key.replace("${*}", "\u{0}");
        if plain.ends_with('*') {
            plain.pop();
            plain += NAME;
        }
        let plain = plain.replace('*', "").replace('\u{0}', "*");
        let plain = plain.replace("${?}", "?").replace("${$}", "$");
        Proof {
            key: plain.into_bytes(),
            refusal_before: None,
        }
    }

    /// Sends the request before the write.
    pub(super) async fn try_before(
        &mut self,
        client: &Client,
        bucket: &Bucket<'_>,
    ) -> Result<(), Error> {
        self.refusal_before = self.refusal(client, bucket).await?;
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
        for wait in WAITS_MS.into_iter().take(tries) {
            client.context.sleep(Duration::from_millis(wait)).await;
            if let Some(answer) = self.refusal(client, bucket).await? {
                let is_proof = match &self.refusal_before {
                    None => true,
                    Some(before) => names_a_policy(&answer) && !names_a_policy(before),
                };
                return Ok(if is_proof {
                    Verdict::Refused
                } else {
                    Verdict::Unproven
                });
            }
        }
        Ok(Verdict::Allowed)
    }

    /// The answer with which S3 refuses the request. `None` if S3 does not refuse it.
    async fn refusal(
        &self,
        client: &Client,
        bucket: &Bucket<'_>,
    ) -> Result<Option<ErrorResponse>, Error> {
        let presigner = Presigner::new(&s3_presign::Request {
            expires_in: Expiry::DEFAULT,
            ..s3_presign::Request::get(bucket.endpoint(), &client.credentials, client.now())
        });
        let key = ObjectKey::parse(self.key.clone()).unwrap_or_else(|_| {
            ObjectKey::parse(NAME).expect("the name of the proof is a valid key")
        });
        let url = presigner.map_err(Error::Presign)?.url(&key);
        let answer = customer::fetch_first_byte(client, &url).await;
        let answer = answer.map_err(Error::NoAnswer)?;
        let refusal = ErrorResponse::read(&answer);
        Ok((answer.status == 403 && refusal.code == "AccessDenied").then_some(refusal))
    }
}

/// Whether the answer of S3 names a Deny of a policy as the reason, as the answers of AWS do.
fn names_a_policy(answer: &ErrorResponse) -> bool {
    answer.message.contains("explicit deny")
}
