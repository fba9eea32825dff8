//! Sends the requests of probes with presigned URLs, and records the objects and changes that the
//! requests cause.

use super::Request;
use crate::context;
use crate::http::{self, Exchange, PlainHttp, Response};
use crate::retry::{Retry, Retryable};
use crate::s3::{Bucket, Client, ErrorResponse};
use s3_presign::endpoint::{Config, Endpoint, Scheme};
use s3_presign::timestamp::amz_date;
use s3_presign::{Expiry, Method, ObjectKey, Presigner, encode};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;

/// The answer to a request of a probe, or the transport error.
pub(super) type Answered = Result<Response, http::Error>;

/// A finished probe with its outcome. A probe tests one property of the bucket with one or a few
/// requests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The probe's id, such as `plain-http`.
    pub id: &'static str,
    /// A short sentence that is true for the bucket if the probe passes.
    pub title: &'static str,
    /// Whether the bucket has the property that the probe tests.
    pub outcome: Outcome,
    /// The answer of the server, or the reason why the probe was skipped.
    pub(crate) reason: Reason,
}

impl Probe {
    /// Returns the answer of the server, or the reason why the probe was skipped, as an English
    /// text.
    #[must_use]
    pub fn reason(&self) -> String {
        self.reason.to_string()
    }
}

/// The answer that a probe received, or the reason why the probe was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// An English description of the answer or of the reason.
    Seen(String),
    /// The address at which the server answers plain HTTP is unknown. The caller can set it with
    /// [`Verify::http_endpoint`](crate::Verify::http_endpoint).
    PlainHttpUnknown,
    /// The bucket rejected the upload. The bucket policy requires headers that the upload did not
    /// have.
    DemandedHeaders {
        /// An English description of the answer.
        seen: String,
        /// The required headers, each as `NAME: VALUE`.
        headers: Vec<String>,
    },
    /// The caller did not enable this probe with
    /// [`Verify::probe_policy`](crate::Verify::probe_policy).
    NotAskedFor,
    /// The bucket has no policy that could be restored after the probe.
    NoPolicy,
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Reason::Seen(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Reason::Seen(text.to_owned())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seen(text) => text,
            Self::PlainHttpUnknown => {
                "the address at which the server answers plain HTTP is not known"
            }
            Self::DemandedHeaders { seen, headers } => {
                let headers = headers.join(", ");
                return write!(f, "{seen}; the bucket policy demands {headers}");
            }
            Self::NotAskedFor => "not asked for",
            Self::NoPolicy => "the bucket has no policy that could be restored after the probe",
        })
    }
}

/// Whether the bucket has the property that the probe tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The bucket has the tested property.
    Pass,
    /// The bucket does not have the tested property.
    Fail,
    /// The probe was skipped, because its result would show nothing about the bucket.
    Skip,
}

impl Outcome {
    /// Returns the name of the outcome: `pass`, `fail` or `skip`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Skip => "skip",
        }
    }
}

/// The parameters of a probe's request. Every field has a default value.
#[derive(Default)]
pub(super) struct ProbeRequest<'a> {
    /// The key of the object without the folder of the run. An empty text means the bucket itself.
    pub(super) name: &'a str,
    /// The query parameters to sign and send.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// The headers to sign and send.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// The headers to send unsigned.
    pub(super) unsigned: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    /// The time when the URL becomes valid. `None` means the current time.
    pub(super) at: Option<OffsetDateTime>,
    /// Whether to send the request only once if its answer is lost.
    pub(super) once: bool,
    /// An HTTP client to use instead of the HTTP client of the run.
    pub(super) http: Option<&'a http::Client>,
}

pub(super) struct Prober<'a> {
    pub(super) client: &'a Client,
    pub(super) arn: String,
    pub(super) endpoint: Endpoint,
    /// The endpoint for plain HTTP. `None` if the endpoint is unknown.
    pub(super) plain: Option<Endpoint>,
    /// The folder for the probe objects of this run: `.s3-secure-bucket/verify-…/`.
    pub(super) folder: String,
    created: Mutex<Created>,
}

/// The objects and changes that the probes made and must remove.
#[derive(Default)]
pub(super) struct Created {
    /// The number of uploads that S3 did not reject, for each object name.
    pub(super) names: BTreeMap<String, usize>,
    /// The object names and version IDs in S3's answers, including the version IDs of delete
    /// markers.
    pub(super) versions: BTreeSet<(String, String)>,
    /// The multipart uploads that may be unfinished, each as the name of the object and the upload ID.
    /// The ID is `None` if the answer of the server was lost.
    pub(super) uploads: Vec<(String, Option<String>)>,
    /// The bucket policy to restore.
    pub(super) policy: Option<Vec<u8>>,
}

/// The validity period of the URLs of probes. The value equals the clock difference that S3
/// tolerates.
pub(super) const LIFE: Duration = Duration::from_mins(15);
const ROOT: &str = ".s3-secure-bucket/";

impl<'a> Prober<'a> {
    pub(super) fn new(client: &'a Client, request: &Request, bucket: &Bucket<'_>) -> Self {
        let now = amz_date(client.context.now());
        let random = context::jitter(Duration::from_nanos(u64::from(u32::MAX))).as_nanos();
        let partition = bucket.region().partition().id;
        Prober {
            client,
            arn: format!("arn:{partition}:s3:::{}", bucket.name()),
            plain: plain(client, request, bucket),
            endpoint: bucket.endpoint().clone(),
            folder: format!("{ROOT}verify-{now}-{random:08x}/"),
            created: Mutex::default(),
        }
    }

    /// Locks and returns the record of objects and changes that must be removed. Callers must not
    /// keep the guard across an `await`.
    pub(super) fn created(&self) -> MutexGuard<'_, Created> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the name of the bucket.
    pub(super) fn bucket(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or_default()
    }

    /// Returns the complete key of a probe object, or an empty key for an empty name.
    pub(super) fn key(&self, name: &str) -> String {
        if name.is_empty() {
            String::new()
        } else {
            format!("{}{name}", self.folder)
        }
    }

    /// Returns a presigned URL for the request at `endpoint`.
    fn url(&self, endpoint: &Endpoint, method: Method, request: &ProbeRequest<'_>) -> String {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let one = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(one).collect()
        };
        let presigner = Presigner::new(&s3_presign::Request {
            method,
            endpoint,
            credentials: &self.client.credentials,
            at: request.at.unwrap_or_else(|| self.client.now()),
            expires_in: Expiry::from_duration(LIFE).expect("15 minutes are a valid expiry"),
            headers: &owned(request.headers),
            query: &owned(request.query),
        });
        presigner
            .expect("the headers and queries of probes are valid")
            .url(&ObjectKey::parse(self.key(request.name)).expect("names of probes are valid keys"))
    }

    /// Returns a presigned URL for the request at the bucket's endpoint.
    pub(super) fn own_url(&self, method: Method, request: &ProbeRequest<'_>) -> String {
        self.url(&self.endpoint, method, request)
    }

    /// Whether the client reaches the bucket over plain HTTP.
    pub(super) fn url_is_plain(&self) -> bool {
        self.endpoint.scheme == Scheme::Http
    }

    /// Sends a request with a presigned URL.
    pub(super) async fn request(&self, method: Method, request: &ProbeRequest<'_>) -> Answered {
        self.request_with_certainty(method, request).await.0
    }

    /// Does the same as [`request`](Self::request), and also returns whether every attempt had an
    /// answer. If an answer was lost, S3 may have executed the request although a later attempt
    /// failed.
    pub(super) async fn request_with_certainty(
        &self,
        method: Method,
        request: &ProbeRequest<'_>,
    ) -> (Answered, bool) {
        let url = || self.url(&self.endpoint, method, request);
        self.send(method, &url, request).await
    }

    /// Sends a request to the URL that `url` returns, with a new URL for each attempt. The URL may
    /// be changed after signing, for probes of tampered URLs. This method records an upload before
    /// it sends the upload, so that the clean-up never misses an object.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &(dyn Fn() -> String + Sync),
        request: &ProbeRequest<'_>,
    ) -> (Answered, bool) {
        if method == Method::Put && !request.name.is_empty() {
            let mut created = self.created();
            *created.names.entry(request.name.to_owned()).or_default() += 1;
        }
        let headers = request.headers.iter().chain(request.unsigned);
        let mut sent = http::Request {
            method: method.as_str(),
            url: String::new(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: request.body.to_vec(),
        };
        let client = self.client;
        let mut retry = Retry::new(&client.retry, &client.context, &client.observer);
        let mut is_sure = true;
        loop {
            sent.url = url();
            let mut outcome = request.http.unwrap_or(&client.http).send(&sent).await;
            if self.endpoint.is_aws
                && let Ok(answer) = &mut outcome
            {
                replace_error_of_a_proxy(answer);
            }
            let answer = outcome.as_ref().map(ErrorResponse::read);
            let (is_transient, was_answered) = match &answer {
                Ok(answer) => (answer.is_transient(), answer.status < 500),
                Err(error) => (error.is_transient(), false),
            };
            is_sure &= was_answered;
            // A request with `once` is not repeated after a lost answer, because a second DELETE
            // would create a second delete marker.
            let may_repeat = was_answered || !request.once;
            let retryable = Retryable::until_attempts_if(is_transient && may_repeat);
            let retry_after = answer.ok().and_then(|answer| answer.retry_after);
            let exchange = Exchange::new(&sent, &outcome);
            let wait = retry.again(exchange, retryable, retry_after).await;
            if wait.is_none() {
                self.remember(method, request.name, &outcome, is_sure);
                return (outcome, is_sure);
            }
        }
    }

    /// Records the object or the delete marker that a request created. A rejected upload created no
    /// object, but an upload without an answer may have created one.
    fn remember(&self, method: Method, name: &str, outcome: &Answered, is_sure: bool) {
        let makes = matches!(method, Method::Put | Method::Delete) && !name.is_empty();
        let Ok(answer) = outcome else { return };
        if !makes {
            return;
        }
        let mut created = self.created();
        if let Some(version) = answer.header("x-amz-version-id") {
            created
                .versions
                .insert((name.to_owned(), version.to_owned()));
        }
        if let Some(uploads) = created.names.get_mut(name)
            && method == Method::Put
            && (400..500).contains(&answer.status)
            && is_sure
        {
            *uploads -= 1;
        }
    }

    /// Sends a GET request without a signature.
    pub(super) async fn anonymous(&self, name: &str) -> Answered {
        let key = encode::path(self.key(name).as_bytes());
        let url = || format!("{}/{key}", self.endpoint.url());
        let nothing = ProbeRequest {
            name,
            ..ProbeRequest::default()
        };
        self.send(Method::Get, &url, &nothing).await.0
    }

    /// Sends a GET request with a valid signature over plain HTTP. This is the only unencrypted
    /// request of `verify`, and its URL gives access to a single probe object.
    pub(super) async fn over_http(&self, plain: &Endpoint, name: &str) -> Answered {
        let anywhere = self.client.http.with_plain_http(PlainHttp::Anywhere)?;
        let request = ProbeRequest {
            name,
            http: Some(&anywhere),
            ..ProbeRequest::default()
        };
        let url = || self.url(plain, Method::Get, &request);
        self.send(Method::Get, &url, &request).await.0
    }
}

/// Replaces the error in an answer that does not come from S3, so that the error shows nothing about
/// the bucket. Each answer of AWS has a request ID in a header, but a proxy can imitate S3's errors.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html>
fn replace_error_of_a_proxy(answer: &mut Response) {
    if answer.status >= 300 && answer.header("x-amz-request-id").is_none() {
        let why = "the answer has no x-amz-request-id, so it does not come from S3";
        answer.body = format!("<Error><Message>{why}</Message></Error>").into_bytes();
    }
}

/// Returns the endpoint for plain HTTP: the endpoint that the caller named, or port 80 of the same
/// host if HTTPS uses port 443. Returns `None` if HTTPS uses a different port.
fn plain(client: &Client, request: &Request, bucket: &Bucket<'_>) -> Option<Endpoint> {
    let endpoint = bucket.endpoint();
    if endpoint.scheme == Scheme::Http {
        return Some(endpoint.clone());
    }
    if let Some(url) = &request.http_endpoint {
        let config = Config {
            endpoint: Some(url.clone()),
            region: bucket.region().clone(),
            ..client.config.clone()
        };
        return config.resolve(Some(bucket.name().as_str())).ok();
    }
    let port = endpoint.host.rsplit_once(':').map(|(_, port)| port);
    let is_usual = port.is_none_or(|port| port.ends_with(']'));
    is_usual.then(|| Endpoint {
        scheme: Scheme::Http,
        ..endpoint.clone()
    })
}

/// Describes an answer, or the reason why there is no answer, in one line.
pub(super) fn describe(outcome: &Answered) -> String {
    match outcome {
        Ok(response) => ErrorResponse::read(response).to_string(),
        Err(error) => error.in_one_line(),
    }
}
