//! One call: sign, send, try again, find the bucket's region.

use super::error::{Answer, Error, Kind};
use super::pace::Pace;
use super::retry::{self, Policy};
use crate::context::{self, Context};
use crate::http::{self, Exchange, Observer, Request, Response};
use crate::signer::Signer;
use s3_presign::Credentials;
use s3_presign::endpoint::{Config, Endpoint, EndpointError, Region};
use std::time::Duration;

/// Who calls, and where to.
pub struct Client {
    /// Clock and sleep.
    pub context: Context,
    /// The connections.
    pub http: http::Client,
    /// Region, endpoint and addressing.
    pub config: Config,
    /// Who signs.
    pub credentials: Credentials,
    /// The account that must own every bucket: `x-amz-expected-bucket-owner` in every call but create.
    pub expected_owner: Option<String>,
    /// How often to try.
    pub retry: Policy,
    /// How fast, all requests together.
    pub pace: Pace,
    /// Sees every exchange; for `-v`.
    pub observer: Observer,
}

/// What to send.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The API's name, for errors.
    pub operation: &'static str,
    /// `GET`, `PUT` or `HEAD`.
    pub method: &'static str,
    /// `policy` for `?policy`; empty for the bucket, or the account, itself.
    pub query: String,
    /// Headers beside those of the signature.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Client {
    /// Where a call on `bucket`, or on the account, goes in `region`.
    pub fn endpoint(
        &self,
        bucket: Option<&str>,
        region: &Region,
    ) -> Result<Endpoint, EndpointError> {
        let config = Config {
            region: region.clone(),
            ..self.config.clone()
        };
        config.resolve(bucket)
    }

    /// Sends `call` until it succeeds (2xx), fails for good or the tries are used up.
    ///
    /// `region` is corrected when S3 names another one: the request is signed again, once, and goes
    /// to a host that is derived here, never to one that an answer names. `fresh` says that the
    /// bucket was made a moment ago, so that its absence is only eventual consistency.
    pub async fn call(
        &self,
        bucket: Option<&str>,
        region: &mut Region,
        fresh: bool,
        call: &Call,
    ) -> Result<Response, Error> {
        let failed = |kind| Error {
            operation: call.operation,
            kind,
        };
        let mut attempt = 0;
        let mut waited = Duration::ZERO;
        let mut region_corrected = false;
        loop {
            attempt += 1;
            let turn = self.pace.turn(self.context.now());
            if !turn.is_zero() {
                self.context.sleep(turn).await;
            }
            let request = self.request(bucket, region, call);
            let sent = self.context.now();
            let outcome = self.http.send(&request).await;
            let (error, patience) = match &outcome {
                Ok(response) if (200..300).contains(&response.status) => {
                    self.pace.ease();
                    self.observe(&request, &outcome, None);
                    return outcome.map_err(|error| failed(Kind::Transport(error)));
                }
                Ok(response) => {
                    let answer = Answer::read(response);
                    if answer.says_slow_down() {
                        self.pace.slow_down(sent, self.context.now());
                    }
                    if !region_corrected && let Some(other) = other_region(&answer, region) {
                        self.observe(&request, &outcome, Some(Duration::ZERO));
                        *region = other;
                        region_corrected = true;
                        continue;
                    }
                    let patience = patience_with(&answer, fresh);
                    (failed(Kind::Answer(answer)), patience)
                }
                Err(error) => {
                    let patience = if error.is_transient() {
                        Patience::Tries
                    } else {
                        Patience::None
                    };
                    (failed(Kind::Transport(error.clone())), patience)
                }
            };
            let exhausted = attempt >= self.retry.max_attempts;
            let again = match patience {
                Patience::None => false,
                Patience::Tries => !exhausted,
                // One attempt means one attempt.
                Patience::Time => self.retry.max_attempts > 1 && waited < self.retry.patience,
            };
            if !again {
                self.observe(&request, &outcome, None);
                return Err(error);
            }
            let wait = self.wait_after(attempt, error.answer());
            self.observe(&request, &outcome, Some(wait));
            self.context.sleep(wait).await;
            waited += wait;
        }
    }

    fn wait_after(&self, attempt: u32, answer: Option<&Answer>) -> Duration {
        let asked = answer
            .and_then(|answer| answer.retry_after)
            .map(Duration::from_secs);
        match asked {
            // Never at once, whatever the server says: that would be an endless loop.
            Some(asked) => asked.clamp(self.retry.ceiling(attempt) / 2, self.retry.cap),
            None => context::jitter(self.retry.ceiling(attempt)),
        }
    }

    fn observe(
        &self,
        request: &Request,
        outcome: &Result<Response, http::Error>,
        retry_in: Option<Duration>,
    ) {
        (self.observer)(&Exchange {
            request,
            outcome: outcome.as_ref(),
            retry_in,
        });
    }

    /// The signed request of a call.
    pub(super) fn request(&self, bucket: Option<&str>, region: &Region, call: &Call) -> Request {
        let endpoint = self
            .endpoint(bucket, region)
            .expect("the same choices resolved when the bucket was opened");
        let mut url = endpoint.url();
        if endpoint.base_path.is_empty() {
            url.push('/');
        }
        if !call.query.is_empty() {
            url = format!("{url}?{}", call.query);
        }
        let mut headers = call.headers.clone();
        if let Some(owner) = &self.expected_owner
            && bucket.is_some()
            && call.operation != "CreateBucket"
        {
            headers.push(("x-amz-expected-bucket-owner".into(), owner.clone()));
        }
        let mut request = Request {
            method: call.method,
            url,
            headers,
            body: call.body.clone(),
        };
        let signer = Signer {
            credentials: &self.credentials,
            region: &endpoint.signing_region,
            service: "s3",
        };
        signer.sign(&mut request, self.context.now());
        request
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.config)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// What limits the tries.
enum Patience {
    None,
    Tries,
    Time,
}

fn patience_with(answer: &Answer, fresh: bool) -> Patience {
    let no_bucket = answer.status == 404 && ["", "NoSuchBucket"].contains(&answer.code.as_str());
    if (fresh && no_bucket) || answer.code == "OperationAborted" {
        Patience::Time
    } else if retry::answer_is_transient(answer) {
        Patience::Tries
    } else {
        Patience::None
    }
}

/// The region that S3 names in place of the one that was signed for.
fn other_region(answer: &Answer, signed_for: &Region) -> Option<Region> {
    let misdirected = matches!(answer.status, 301 | 307)
        || answer.code == "AuthorizationHeaderMalformed"
        // HEAD has no body to say it in.
        || (answer.status == 400 && answer.code.is_empty());
    let named = answer.region.as_deref().filter(|_| misdirected)?;
    Region::parse(named)
        .ok()
        .filter(|region| region != signed_for)
}
