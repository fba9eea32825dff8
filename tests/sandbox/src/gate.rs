//! The stages of each request: the log of requests, faults, checks, `s3s`, and the conversion of
//! the response to AWS's format.

use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, SERVER, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, S3Result};
use time::macros::format_description;

use crate::access::Guard;
use crate::call::{Call, Hosts, Peer};
use crate::cloudtrail::Trail;
use crate::control::AccountState;
use crate::error::{Detail, Parts, fail};
use crate::fault::{Action, Faults};
use crate::ops::Api;
use crate::route::Newer;
use crate::state::{Store, lock};
use crate::users::Keys;
use crate::{Options, Preset};
use crate::{cors, escapes, explain, post, services, signature};

/// The largest body in bytes: 5 GiB for the object of one PUT or form, and 1 MiB for the fields of
/// the form.
const MAX_BODY: usize = (5 << 30) + (1 << 20);

/// A request that the sandbox has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The scheme of the connection: `http` or `https`.
    pub scheme: String,
    pub method: String,
    /// The path of the request, still percent-encoded.
    pub path: String,
    /// The query of the request, still percent-encoded, without the `?`.
    pub query: String,
    /// The status of the response, even if a fault dropped the response. The status is 0 until the
    /// response exists.
    pub status: u16,
    /// The access key ID in the request. The signature of the request may be invalid, and `status`
    /// shows whether the sandbox accepted the request.
    pub access_key_id: Option<String>,
    pub headers: Vec<(String, String)>,
}

/// The end of a connection on which hyper sends no response.
#[derive(Debug)]
pub enum Ending {
    Reset,
    Raw(Vec<u8>),
}

/// An error that makes hyper close a connection without a response.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection closed on purpose")
    }
}

impl std::error::Error for Closed {}

pub struct Gate {
    pub faults: Faults,
    store: Arc<Store>,
    service: S3Service,
    seen: Mutex<Vec<Seen>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Gate {
    pub fn new(options: Options) -> Self {
        let store = Arc::new(Store::new(&options));
        let mut config = S3Config::default();
        // The module `signature` checks the times of signatures, because only this module knows the
        // option `clock_skew`. The setting below prevents a second check by `s3s`.
        config.presigned_url_max_skew_time_secs = u32::MAX;
        // `s3s` gets the whole body at once and counts the file as a field, so the limit for a
        // field must permit the largest file. The module `post` limits the fields before the file.
        config.form_max_field_size = MAX_BODY;
        config.form_max_fields_size = MAX_BODY;
        let mut builder = S3ServiceBuilder::new(Api(Arc::clone(&store)));
        builder.set_auth(Keys);
        builder.set_access(Guard(Arc::clone(&store)));
        builder.set_host(Hosts);
        builder.set_route(Newer(Arc::clone(&store)));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        Self {
            faults: Faults::new(options.faults),
            store,
            service: builder.build(),
            seen: Mutex::default(),
        }
    }

    pub fn permit(&self, actions: Option<Vec<String>>) {
        *lock(&self.store.permitted) = actions;
    }

    pub fn preset(&self, bucket: &str, state: Preset) -> bool {
        self.store.preset(bucket, state)
    }

    pub fn set_trails(&self, trails: Vec<Trail>) {
        *lock(&self.store.trails) = trails;
    }

    pub fn trails(&self) -> Vec<Trail> {
        lock(&self.store.trails).clone()
    }

    pub fn set_account(&self, state: AccountState) {
        *lock(&self.store.account) = state;
    }

    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    pub fn clear_seen(&self) {
        lock(&self.seen).clear();
    }

    pub async fn handle(
        &self,
        request: Request<Incoming>,
        peer: &Peer,
        ending: &Mutex<Option<Ending>>,
    ) -> Result<Response<Body>, Closed> {
        let close = |how: Ending| {
            *lock(ending) = Some(how);
            Closed
        };
        let (head, body) = request.into_parts();
        // The gate reads the whole body first, because an early error response would leave the rest
        // of the body on the connection.
        let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
            return Err(close(Ending::Reset));
        };
        let call = Arc::new(Call::new(&head, body.to_bytes(), peer, self.store.now()));
        let (log, query) = (
            self.log(&call, &head.uri),
            head.uri.query().unwrap_or_default(),
        );
        let action = self
            .faults
            .strike(head.method.as_str(), head.uri.path(), query);

        let mut response = match &action {
            Some(Action::Reset) => return Err(close(Ending::Reset)),
            Some(Action::Raw(bytes)) => return Err(close(Ending::Raw(bytes.clone()))),
            Some(Action::Error {
                status,
                code,
                headers,
            }) => refusal(*status, code, headers),
            Some(Action::Delay(pause)) => {
                tokio::time::sleep(*pause).await;
                self.answer(&call, head).await?
            }
            _ => self.answer(&call, head).await?,
        };
        if !services::are_meant(&call) {
            self.finish(&call, &mut response).await;
        }
        self.note(log, response.status());

        match action {
            Some(Action::AfterReset) => Err(close(Ending::Reset)),
            Some(Action::Truncate) => Err(close(Ending::Raw(halved(response).await))),
            Some(Action::EmptyBody) => {
                response.headers_mut().remove(CONTENT_LENGTH);
                *response.body_mut() = Body::empty();
                Ok(response)
            }
            _ => Ok(response),
        }
    }

    async fn answer(
        &self,
        call: &Arc<Call>,
        head: http::request::Parts,
    ) -> Result<Response<Body>, Closed> {
        if call.method == Method::OPTIONS {
            return cors::preflight(&self.store, call).or_else(|error| plain(*error));
        }
        if let Some(response) = services::answer(&self.store, call) {
            return Ok(response);
        }
        let examined = measured(call)
            .and_then(|()| signature::examine(&self.store, call))
            .and_then(|()| post::examine(call));
        if let Err(error) = examined {
            return plain(error);
        }
        let body = match escapes::without(call) {
            Ok(body) => body,
            Err(error) => return plain(error),
        };
        let length = body.len();
        let mut request = Request::from_parts(head, Body::from(body));
        request.extensions_mut().insert(Arc::clone(call));
        // The gate has read the whole body, so it replaces the `Transfer-Encoding` header by the
        // known length.
        request.headers_mut().remove(TRANSFER_ENCODING);
        if !call.body.is_empty() || call.method == Method::PUT || call.method == Method::POST {
            request
                .headers_mut()
                .insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        let mut response = self.service.call(request).await.map_err(|_| Closed)?;
        cors::decorate(&self.store, call, response.headers_mut());
        Ok(response)
    }

    /// Rewrites errors to AWS's format, and adds the headers that every response of AWS has.
    async fn finish(&self, call: &Call, response: &mut Response<Body>) {
        let request_id = self.store.id("SANDBOX", 9);
        let host_id = format!("sandbox/{request_id}/loopback/not/aws=");
        let status = response.status();
        let is_error = status.is_client_error() || status.is_server_error();
        if is_error && call.method == Method::HEAD {
            response.headers_mut().remove("x-sandbox-fields");
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = Body::empty();
        } else if is_error {
            let body = std::mem::replace(response.body_mut(), Body::empty());
            let body = body
                .collect()
                .await
                .map(http_body_util::Collected::to_bytes);
            let mut parts = Parts::read(&body.unwrap_or_default(), response.headers_mut());
            if parts.code == "SignatureDoesNotMatch" {
                parts.fields.extend(explain::fields(call));
            }
            if parts.code == "InvalidAccessKeyId"
                && let Some(claim) = &call.claim
            {
                let key = claim.access_key_id().to_owned();
                parts.fields.push(("AWSAccessKeyId".to_owned(), key));
            }
            let body = parts.body(&request_id, &host_id);
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = Body::from(body);
        }
        let tags_bucket =
            call.method == Method::PUT && call.key.is_none() && call.query("tagging").is_some();
        if status == StatusCode::OK && tags_bucket {
            // To PutBucketTagging, `s3s` answers 200, but AWS answers 204.
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        if status == StatusCode::NOT_MODIFIED {
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = Body::empty();
        }
        let headers = response.headers_mut();
        if is_error {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        }
        let format = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = call.now.format(&format).unwrap_or_default();
        set(headers, "x-amz-request-id", &request_id);
        set(headers, "x-amz-id-2", &host_id);
        set(headers, DATE.as_str(), &date);
        set(headers, SERVER.as_str(), "s3-sandbox");
    }

    fn log(&self, call: &Call, uri: &http::Uri) -> usize {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut seen = lock(&self.seen);
        seen.push(Seen {
            scheme: if call.peer.tls.is_some() {
                "https"
            } else {
                "http"
            }
            .to_owned(),
            method: call.method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            status: 0,
            access_key_id: call
                .claim
                .as_ref()
                .map(|claim| claim.access_key_id().to_owned()),
            headers: call
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
        });
        seen.len() - 1
    }

    fn note(&self, log: usize, status: StatusCode) {
        if let Some(seen) = lock(&self.seen).get_mut(log) {
            seen.status = status.as_u16();
        }
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// Returns an error if the request has a body without a length and the chunks of the body are not
/// signed, because S3 refuses such a request.
fn measured(call: &Call) -> S3Result<()> {
    if call.headers.contains_key(TRANSFER_ENCODING)
        && call.header("x-amz-decoded-content-length").is_none()
    {
        let message = "A header you provided implies functionality that is not implemented";
        return Err(fail(501, "NotImplemented", message).field("Header", "Transfer-Encoding"));
    }
    Ok(())
}

fn plain(error: S3Error) -> Result<Response<Body>, Closed> {
    error.to_http_response().map_err(|_| Closed)
}

/// Returns the response for [`Action::Error`].
fn refusal(status: u16, code: &str, headers: &[(String, String)]) -> Response<Body> {
    let error = fail(status, code, "An injected fault.".to_owned());
    let mut response = error.to_http_response().unwrap_or_default();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            http::HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value.as_str()),
        ) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Returns the bytes of a response, truncated in the middle of its body.
async fn halved(response: Response<Body>) -> Vec<u8> {
    let (head, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    let body: Bytes = body.unwrap_or_default();
    let reason = head.status.canonical_reason().unwrap_or("");
    let mut wire = format!("HTTP/1.1 {} {reason}\r\n", head.status.as_u16()).into_bytes();
    for (name, value) in &head.headers {
        if name == CONTENT_LENGTH {
            continue;
        }
        wire.extend_from_slice(name.as_str().as_bytes());
        wire.extend_from_slice(b": ");
        wire.extend_from_slice(value.as_bytes());
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    wire.extend_from_slice(&body[..body.len() / 2]);
    wire
}
