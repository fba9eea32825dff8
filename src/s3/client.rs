//! One call: sign, send, try again, find the bucket's region.

use super::clock::Clock;
use super::error::{Answer, Error, Kind};
use super::pace::Pace;
use crate::context::{self, Context};
use crate::http::{self, Exchange, Observer, Request, Response};
use crate::retry::Policy;
use crate::signer::Signer;
use s3_presign::Credentials;
use s3_presign::endpoint::{Config, Endpoint, EndpointError, Region};
use std::time::Duration;
use time::OffsetDateTime;

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
    /// The server's clock.
    pub clock: Clock,
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
    /// Now, as the server sees it: what is signed is signed for this moment.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock.time(self.context.now())
    }

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
    /// bucket was made a moment ago, so that its absence is only eventual consistency. `waited` counts
    /// what all calls on the bucket together waited for what only time can mend.
    pub async fn call(
        &self,
        bucket: Option<&str>,
        region: &mut Region,
        fresh: bool,
        waited: &mut Duration,
        call: &Call,
    ) -> Result<Response, Error> {
        let failed = |kind| Error {
            operation: call.operation,
            kind,
        };
        let begun = self.context.now();
        let mut attempt = 0;
        let mut region_corrected = false;
        let mut clock_corrected = false;
        loop {
            attempt += 1;
            let turn = self.pace.turn(self.context.now());
            if !turn.is_zero() {
                self.context.sleep(turn).await;
            }
            let (sent, signed) = (self.context.now(), self.now());
            let request = self.request(bucket, region, call, signed);
            let outcome = self.http.send(&request).await;
            let (error, patience) = match &outcome {
                Ok(response) if is_success(call, response, attempt >= self.retry.max_attempts) => {
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
                    if !clock_corrected
                        && let Some(correction) = self.clock.learn(response, &answer, signed, sent)
                    {
                        (self.observer)(&Exchange {
                            request: &request,
                            outcome: outcome.as_ref(),
                            retry_in: Some(Duration::ZERO),
                            clock_ahead: correction.is_news.then_some(correction.ahead),
                        });
                        clock_corrected = true;
                        continue;
                    }
                    let patience = patience_with(call, &answer, fresh);
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
                Patience::Time => self.retry.max_attempts > 1 && *waited < self.retry.patience,
            };
            let wait = self.wait_after(attempt, begun, error.answer());
            let wait = wait.filter(|_| again);
            self.observe(&request, &outcome, wait);
            let Some(wait) = wait else {
                return Err(error);
            };
            self.context.sleep(wait).await;
            if matches!(patience, Patience::Time) {
                *waited += wait;
            }
        }
    }

    /// How long to wait after a try that failed, with the server's word if it said one; nothing if the next
    /// one would begin outside the budget of what `begun` then.
    pub(crate) fn wait_after(
        &self,
        attempt: u32,
        begun: OffsetDateTime,
        answer: Option<&Answer>,
    ) -> Option<Duration> {
        let asked = answer.and_then(|answer| answer.retry_after);
        let wait = match asked {
            // Never at once, whatever the server says: that would be an endless loop.
            Some(asked) => asked.max(self.retry.ceiling(attempt) / 2),
            None => context::jitter(self.retry.ceiling(attempt)),
        };
        let so_far = Duration::try_from(self.context.now() - begun).unwrap_or_default();
        (so_far.saturating_add(wait) <= self.retry.budget).then_some(wait)
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
            clock_ahead: None,
        });
    }

    /// The signed request of a call.
    pub(super) fn request(
        &self,
        bucket: Option<&str>,
        region: &Region,
        call: &Call,
        at: OffsetDateTime,
    ) -> Request {
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
        signer.sign(&mut request, at);
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

/// A success that has to say something and says nothing broke on its way; asked often enough, it counts.
fn is_success(call: &Call, response: &Response, is_last: bool) -> bool {
    let says_it = call.method != "GET" || !response.body.is_empty() || is_last;
    (200..300).contains(&response.status) && says_it
}

/// An answer to GET says something, be it a refusal: without a word it broke on its way.
fn is_wordless(call: &Call, answer: &Answer) -> bool {
    call.method == "GET" && answer.code.is_empty() && !(300..400).contains(&answer.status)
}

/// What limits the tries.
enum Patience {
    None,
    Tries,
    Time,
}

fn patience_with(call: &Call, answer: &Answer, fresh: bool) -> Patience {
    let says = |status, code| {
        // HEAD has no body to say it in.
        answer.status == status && ["", code].contains(&answer.code.as_str())
    };
    if (fresh && says(404, "NoSuchBucket")) || says(409, "OperationAborted") {
        Patience::Time
    } else if answer.is_transient() || is_wordless(call, answer) {
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
