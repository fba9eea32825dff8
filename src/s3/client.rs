//! One call: signs, sends, retries, and follows the bucket's region.

use super::clock_skew::ClockSkew;
use super::error::{Error, ErrorResponse, Kind};
use super::owner::Owner;
use super::rate_limiter::RateLimiter;
use super::target::Target;
use crate::config::ResolvedConfig;
use crate::context::Context;
use crate::http::{self, Exchange, Observer, Request, Response};
use crate::retry::{Policy, Retry, Retryable};
use crate::signer::Signer;
use s3_presign::Credentials;
use s3_presign::endpoint::{Config, Region};
use time::OffsetDateTime;

/// The client: credentials, endpoint, connections and request rate of all calls.
pub struct Client {
    /// Clock, sleep and environment.
    pub context: Context,
    /// The connections.
    pub http: http::Client,
    /// Region, endpoint and addressing.
    pub config: Config,
    /// The credentials that sign each request.
    pub credentials: Credentials,
    /// The account that must own every bucket.
    pub owner: Owner,
    /// The number of attempts, and the waits between them.
    pub retry: Policy,
    /// The difference between the server's clock and the local clock.
    pub clock_skew: ClockSkew,
    /// The request rate that all requests share.
    pub rate_limiter: RateLimiter,
    /// The observer that receives every request and answer, for `-v`.
    pub observer: Observer,
}

/// One request to the S3 API, without its endpoint and signature.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The API's name, for errors.
    pub operation: &'static str,
    /// `GET`, `PUT` or `HEAD`.
    pub method: &'static str,
    /// `policy` for `?policy`; empty for the bucket, or the account, itself.
    pub query: String,
    /// Headers in addition to those of the signature.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Whether to fail instead of repeating the call in the region that an answer names.
    pub keep_region: bool,
    /// Whether to send the call only once, because it only asks why another call failed.
    pub once: bool,
    /// The limit for the answer in bytes, if it is lower than that of the connection.
    pub answer_limit: Option<usize>,
}

impl Client {
    /// A client with the default request rate and retries; `config` may set the number of attempts.
    #[must_use]
    pub fn new(
        context: Context,
        http: http::Client,
        config: &ResolvedConfig,
        credentials: Credentials,
        owner: Owner,
        observer: Observer,
    ) -> Self {
        let retry = Policy::default();
        Client {
            context,
            http,
            config: config.endpoint.clone(),
            credentials,
            owner,
            retry: Policy {
                max_attempts: config.max_attempts.unwrap_or(retry.max_attempts),
                ..retry
            },
            clock_skew: ClockSkew::default(),
            rate_limiter: RateLimiter::default(),
            observer,
        }
    }

    /// The present time by the server's clock, for which requests are signed.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock_skew.time(self.context.now())
    }

    /// Sends `call` until it succeeds (2xx), fails permanently, or all attempts are used.
    ///
    /// If S3 names another region, `target` changes to it, and the request is signed again once.
    ///
    /// # Errors
    /// S3 answered with an error, or there was no complete answer.
    pub async fn send(&self, target: &mut Target, call: &Call) -> Result<Response, Error> {
        let failed = |kind| Error {
            operation: call.operation,
            kind,
        };
        let mut retry = Retry::new(&self.retry, &self.context, &self.observer);
        let (mut region_corrected, mut clock_corrected) = (false, false);
        loop {
            self.wait_for_rate().await;
            let (sent, signed) = (self.context.now(), self.now());
            let request = self
                .request(target, call, signed)
                .map_err(|error| failed(Kind::Transport(error)))?;
            let outcome = match call.answer_limit {
                Some(limit) => self.http.send_limited(&request, limit).await,
                None => self.http.send(&request).await,
            };
            let mut exchange = Exchange::new(&request, &outcome);
            let (kind, retryable, retry_after) = match &outcome {
                Ok(response) if is_success(call, response, retry.is_last()) => {
                    self.rate_limiter.on_success();
                    retry.again(exchange, Retryable::No, None).await;
                    let response = outcome.map_err(|error| failed(Kind::Transport(error)))?;
                    return Ok(self.without_secrets(response));
                }
                Ok(response) => {
                    let answer = ErrorResponse::read(response);
                    if answer.says_slow_down() {
                        self.rate_limiter.on_slow_down(sent, self.context.now());
                    }
                    let retryable = if !region_corrected
                        && !call.keep_region
                        && let Some(region) = other_region(&answer, &target.region)
                        && may_move(target.endpoint.is_aws, &target.region, &region)
                    {
                        if let Err(error) = target.move_to(&self.config, region) {
                            retry.again(exchange, Retryable::No, None).await;
                            return Err(failed(Kind::Endpoint(error)));
                        }
                        region_corrected = true;
                        Retryable::Corrected
                    } else if !clock_corrected
                        && let Some(correction) =
                            self.clock_skew.learn(response, &answer, signed, sent)
                    {
                        exchange.clock_ahead = correction.is_news.then_some(correction.ahead);
                        clock_corrected = true;
                        Retryable::Corrected
                    } else {
                        self.retryable(target, call, &answer)
                    };
                    let retry_after = answer.retry_after;
                    (Kind::Response(answer), retryable, retry_after)
                }
                Err(error) => {
                    let retryable = Retryable::until_attempts_if(error.is_transient());
                    (Kind::Transport(error.clone()), retryable, None)
                }
            };
            let retryable = match retryable {
                Retryable::UntilAttempts | Retryable::UntilDeadline if call.once => Retryable::No,
                other => other,
            };
            let Some(wait) = retry.again(exchange, retryable, retry_after).await else {
                return Err(failed(kind));
            };
            if retryable == Retryable::UntilDeadline {
                target.waited += wait;
            }
        }
    }

    /// Waits until the shared rate limit allows another request.
    async fn wait_for_rate(&self) {
        let delay = self.rate_limiter.acquire_delay(self.context.now());
        if !delay.is_zero() {
            self.context.sleep(delay).await;
        }
    }

    /// Removes secrets of this run from an answer, so that they are not printed, saved or sent back.
    fn without_secrets(&self, mut response: Response) -> Response {
        let secrets = self.context.secrets();
        let clean = std::str::from_utf8(&response.body)
            .ok()
            .and_then(|text| secrets.removed_from(text));
        if let Some(text) = clean {
            response.body = text.into_bytes();
        }
        response
    }

    fn retryable(&self, target: &Target, call: &Call, answer: &ErrorResponse) -> Retryable {
        let says = |status, code| {
            // The answer to HEAD has no body that could name the reason.
            answer.status == status && ["", code].contains(&answer.code.as_str())
        };
        if (target.is_fresh && says(404, "NoSuchBucket")) || says(409, "OperationAborted") {
            // If the caller allows only one attempt, no request is repeated.
            if self.retry.max_attempts > 1
                && target.waited < self.retry.eventual_consistency_timeout
            {
                Retryable::UntilDeadline
            } else {
                Retryable::No
            }
        } else {
            Retryable::until_attempts_if(answer.is_transient() || is_wordless(call, answer))
        }
    }

    /// The signed request of a call.
    ///
    /// # Errors
    /// A header has a value that HTTP does not allow.
    pub(super) fn request(
        &self,
        target: &Target,
        call: &Call,
        at: OffsetDateTime,
    ) -> Result<Request, http::Error> {
        let endpoint = &target.endpoint;
        let mut url = endpoint.url();
        if endpoint.base_path.is_empty() {
            url.push('/');
        }
        if !call.query.is_empty() {
            url = format!("{url}?{}", call.query);
        }
        let mut headers = call.headers.clone();
        if let Some(owner) = &target.owner
            && call.operation != "CreateBucket"
        {
            headers.push(("x-amz-expected-bucket-owner".into(), owner.to_string()));
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
        let secret = self.credentials.secret_access_key.expose();
        self.context.secrets().keep(secret);
        signer.sign(&mut request, at)?;
        Ok(request)
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

/// A GET that succeeds with an empty body was truncated on its way, so it is retried. An empty answer to the
/// last attempt is final.
fn is_success(call: &Call, response: &Response, is_last: bool) -> bool {
    let says_it = call.method != "GET" || !response.body.is_empty() || is_last;
    (200..300).contains(&response.status) && says_it
}

/// Whether the answer to a GET is empty: even an error has a body, so an empty answer was truncated on its
/// way.
fn is_wordless(call: &Call, answer: &ErrorResponse) -> bool {
    call.method == "GET" && answer.code.is_empty() && !(300..400).contains(&answer.status)
}

/// The region that S3 names, if the request was signed for another one.
pub(super) fn other_region(answer: &ErrorResponse, signed_for: &Region) -> Option<Region> {
    let misdirected = matches!(answer.status, 301 | 307)
        || answer.code == "AuthorizationHeaderMalformed"
        // The answer to HEAD has no body that could name the region.
        || (answer.status == 400 && answer.code.is_empty());
    let named = answer.region.as_deref().filter(|_| misdirected)?;
    Region::parse(named)
        .ok()
        .filter(|region| region != signed_for)
}

/// Whether a region that an answer names may be followed. Partitions of AWS share neither accounts nor
/// keys, so an answer that names a region of another partition does not come from AWS, and must not cause a
/// signed request.
fn may_move(is_aws: bool, from: &Region, to: &Region) -> bool {
    !is_aws || from.partition().id == to.partition().id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_of_another_partition_is_not_followed_on_aws() {
        let region = |name| Region::parse(name).unwrap();
        for (is_aws, from, to, may) in [
            (true, "us-east-1", "eu-west-1", true),
            (true, "cn-north-1", "cn-northwest-1", true),
            (true, "us-east-1", "cn-north-1", false),
            (true, "us-east-1", "us-gov-west-1", false),
            (true, "us-gov-west-1", "us-west-1", false),
            (true, "eu-central-1", "eusc-de-east-1", false),
            (false, "us-east-1", "cn-north-1", true),
        ] {
            assert_eq!(
                may_move(is_aws, &region(from), &region(to)),
                may,
                "{from} {to}"
            );
        }
    }
}
