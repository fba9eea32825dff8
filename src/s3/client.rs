//! Implements one call to S3: signs and sends the request, retries failures, and changes to the
//! bucket's region if S3 names another region.

use super::clock_skew::ClockSkew;
use super::error::{Error, ErrorResponse, Kind};
use super::owner::Owner;
use super::rate_limiter::RateLimiter;
use super::services::Services;
use super::target::Target;
use crate::config::ResolvedConfig;
use crate::context::Context;
use crate::http::{self, Exchange, Observer, Request, Response};
use crate::retry::{Policy, Retry, Retryable};
use crate::signer::Signer;
use s3_presign::endpoint::{Config, Region};
use s3_presign::{Credentials, encode};
use time::OffsetDateTime;

/// The client for S3, with everything that all calls share: credentials, endpoint, connections and
/// request rate.
pub struct Client {
    /// The access to the clock, to waits and to the environment.
    pub context: Context,
    /// The connections.
    pub http: http::Client,
    /// The options for the endpoint: region, custom endpoint and addressing style.
    pub config: Config,
    /// The credentials that sign each request.
    pub credentials: Credentials,
    /// The account that must own every bucket.
    pub owner: Owner,
    /// The endpoints of the other services, or the reason why a configured endpoint cannot be used.
    pub services: Result<Services, String>,
    /// The retry policy, with the number of attempts and the waits between attempts.
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
    /// The name of the API operation, for error messages.
    pub operation: &'static str,
    /// The HTTP method: `GET`, `PUT` or `HEAD`, and for objects also `POST` or `DELETE`.
    pub method: &'static str,
    /// The key of the object as bytes. The key is empty for a call on the bucket itself or on the
    /// account.
    pub key: Vec<u8>,
    /// The query of the URL without `?`, such as `policy`. The query is empty for a call on the
    /// bucket itself or on the account.
    pub query: String,
    /// The headers of the request, without the headers of the signature.
    pub headers: Vec<(String, String)>,
    /// The body of the request. An empty value means that the request has no body.
    pub body: Vec<u8>,
    /// Whether the call fails if an answer names another region. If this field is `false`, the
    /// client repeats the call in the other region.
    pub keep_region: bool,
    /// Whether to send the call without retries. A call that only finds out why another call failed
    /// needs no retries.
    pub once: bool,
    /// The maximum size of the answer in bytes, if it differs from the maximum size of the HTTP
    /// client.
    pub answer_limit: Option<usize>,
}

impl Client {
    /// Returns a client with the default request rate and retry policy. `config` may set the number
    /// of attempts.
    #[must_use]
    pub fn new(
        context: Context,
        http: http::Client,
        config: &ResolvedConfig,
        credentials: Credentials,
        owner: Owner,
        services: Result<Services, String>,
        observer: Observer,
    ) -> Self {
        let retry = Policy::default();
        Client {
            context,
            http,
            config: config.endpoint.clone(),
            credentials,
            owner,
            services,
            retry: Policy {
                max_attempts: config.max_attempts.unwrap_or(retry.max_attempts),
                ..retry
            },
            clock_skew: ClockSkew::default(),
            rate_limiter: RateLimiter::default(),
            observer,
        }
    }

    /// Returns the current time of the server's clock. Requests are signed for the time of the
    /// server's clock.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock_skew.time(self.context.now())
    }

    /// Sends `call` until it succeeds (2xx), fails permanently, or all attempts are used.
    ///
    /// If S3 names another region, this method changes `target` to that region, and signs and sends
    /// the request once more.
    ///
    /// # Errors
    /// Fails if S3 answers with an error, or if there is no complete answer.
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
                    let error = error.clone().of(target.service);
                    (Kind::Transport(error), retryable, None)
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

    /// Removes the secrets of this run from an answer, so that the program never prints, saves or
    /// sends back a secret of an answer.
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
            // An empty code also counts, because the answer to HEAD has no body that could contain
            // a code.
            answer.status == status && ["", code].contains(&answer.code.as_str())
        };
        if (target.is_fresh && says(404, "NoSuchBucket")) || says(409, "OperationAborted") {
            // If the retry policy allows only one attempt, the client does not wait for eventual
            // consistency either.
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

    /// Builds and signs the request of a call.
    ///
    /// # Errors
    /// Fails if a header has a value that HTTP does not allow.
    pub(super) fn request(
        &self,
        target: &Target,
        call: &Call,
        at: OffsetDateTime,
    ) -> Result<Request, http::Error> {
        let endpoint = &target.endpoint;
        let mut url = endpoint.url();
        if endpoint.base_path.is_empty() || !call.key.is_empty() {
            url.push('/');
        }
        url.push_str(&encode::path(&call.key));
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
            service: target.signing_name(),
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

/// Whether an answer is a success (2xx). If the answer to a GET has an empty body, a proxy or the
/// network truncated the answer, so only the last attempt counts as a success.
fn is_success(call: &Call, response: &Response, is_last: bool) -> bool {
    let says_it = call.method != "GET" || !response.body.is_empty() || is_last;
    (200..300).contains(&response.status) && says_it
}

/// Whether the answer to a GET has no error code. Every error answer of S3 has a body with a code,
/// so a proxy or the network truncated an answer without a code.
fn is_wordless(call: &Call, answer: &ErrorResponse) -> bool {
    call.method == "GET" && answer.code.is_empty() && !(300..400).contains(&answer.status)
}

/// Returns the region that S3 names in an answer, if the request was signed for a different region.
pub(super) fn other_region(answer: &ErrorResponse, signed_for: &Region) -> Option<Region> {
    let misdirected = matches!(answer.status, 301 | 307)
        || answer.code == "AuthorizationHeaderMalformed"
        // The answer to HEAD has no body with an error code, so the status 400 is sufficient.
        || (answer.status == 400 && answer.code.is_empty());
    let named = answer.region.as_deref().filter(|_| misdirected)?;
    Region::parse(named)
        .ok()
        .filter(|region| region != signed_for)
}

/// Whether the client may repeat a request in the region `to`, which comes from an answer of the
/// server. The partitions of AWS share neither accounts nor keys. An answer that names a region of
/// another partition therefore does not come from AWS and must not cause a signed request.
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
