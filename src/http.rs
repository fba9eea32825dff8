//! Sends HTTP requests; only this module imports reqwest.
//!
//! Redirects are not followed, because a request is signed for one host. Answers have limits of size and
//! time. No error contains a URL, because a presigned URL is a credential.

mod build;
mod echo;
mod error;
mod key_usage;
mod no_proxy;
mod provider;
mod proxy;
mod reach;
mod roots;
mod tls;

use crate::context::Context;
use crate::redact::Secrets;
use error::{Cause, Route};
pub use error::{CertificateProblem, Error, Hop, Kind, Service};
pub use no_proxy::no_proxy_warnings;
use proxy::Proxy;
pub use reach::PlainHttp;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The longest body of an answer in bytes, unless the caller sets another limit. A list of 1,000 buckets has
/// about 250 KB.
const BODY_LIMIT: usize = 1 << 20;

/// The options for connections.
#[derive(Debug, Clone)]
pub struct Options {
    /// A PEM file with the certificates to trust instead of those of the system.
    pub ca_bundle: Option<PathBuf>,
    /// The time limit of a connection attempt.
    pub connect_timeout: Duration,
    /// The time limit of a whole exchange: connection, request and answer.
    pub timeout: Duration,
    /// Whether requests use the proxy that `HTTPS_PROXY` names.
    pub proxy: bool,
    /// Whether certificates are loaded. Without certificates, only plain HTTP works.
    pub roots: bool,
    /// The addresses that plain HTTP may connect to. The default is the loopback addresses.
    pub plain_http: PlainHttp,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ca_bundle: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            proxy: true,
            roots: true,
            plain_http: PlainHttp::LOOPBACK,
        }
    }
}

/// Sends requests over kept-alive connections.
#[derive(Debug, Clone)]
pub struct Client {
    https: reqwest::Client,
    http: reqwest::Client,
    proxy: Option<Arc<Proxy>>,
    options: Options,
    /// The secrets that are removed from every answer.
    secrets: Arc<Secrets>,
}

/// A request. The URL, headers and body may be secret, so `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `GET` or `PUT`.
    pub method: &'static str,
    /// The absolute URL, with scheme and host.
    pub url: String,
    /// The names and values of the headers, in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The whole body; empty for none.
    pub body: Vec<u8>,
}

/// An answer. The body may contain credentials, so `Debug` shows only the length of the body.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status code, such as 404.
    pub status: u16,
    /// The headers: names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Response {
    /// The value of the first header with this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// Returns a client that trusts the certificates of `ca_bundle`. Without a CA bundle, the
    /// client trusts the certificates of the system, and on a system without certificates those of
    /// Mozilla, which are compiled in.
    ///
    /// # Errors
    /// Fails if the CA bundle or a proxy variable cannot be used.
    pub fn new(context: &Context, options: &Options) -> Result<Self, Error> {
        let proxy = if options.proxy {
            Proxy::load(context)?
        } else {
            None
        };
        Ok(Client {
            https: build::https(context, options, proxy.as_ref())?,
            http: build::plain(options)?,
            proxy,
            options: options.clone(),
            secrets: Arc::clone(context.secrets()),
        })
    }

    /// Returns the same client, except that plain HTTP may connect to the given addresses.
    ///
    /// # Errors
    /// Fails if the HTTP library cannot be set up.
    pub fn with_plain_http(&self, plain_http: PlainHttp) -> Result<Self, Error> {
        let options = Options {
            plain_http,
            ..self.options.clone()
        };
        Ok(Client {
            https: self.https.clone(),
            http: build::plain(&options)?,
            proxy: self.proxy.clone(),
            options,
            secrets: Arc::clone(&self.secrets),
        })
    }

    /// Sends one request and returns the answer with any status. The secrets of the run are removed
    /// from the headers of the answer, and unless the status is 2xx, from the body.
    ///
    /// # Errors
    /// Fails if there is no answer, or the answer is too long.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        self.send_limited(request, BODY_LIMIT).await
    }

    /// As [`send`](Self::send), but a body longer than `limit` bytes is an error.
    ///
    /// # Errors
    /// Fails if there is no answer, or the answer is too long.
    pub async fn send_limited(&self, request: &Request, limit: usize) -> Result<Response, Error> {
        let url = reqwest::Url::parse(&request.url).map_err(Error::setup)?;
        let proxy = self.proxy.as_ref().filter(|proxy| proxy.is_for(&url));
        let route = Route {
            host: authority(&url),
            proxy: proxy.map(|proxy| proxy.name().to_owned()),
        };
        // reqwest would compare the name in the certificate with the address including its brackets.
        if proxy.is_some() && route.host.starts_with('[') {
            return Err(Error::without_source(Kind::Ipv6ThroughProxy).on(route));
        }
        let outcome = self.exchange(request, url, limit).await;
        outcome.map_err(|error| error.on(route))
    }

    async fn exchange(
        &self,
        request: &Request,
        url: reqwest::Url,
        limit: usize,
    ) -> Result<Response, Error> {
        let method =
            reqwest::Method::from_bytes(request.method.as_bytes()).map_err(Error::setup)?;
        let client = if url.scheme() == "http" {
            let checked = self.options.plain_http.check_literal(&url);
            checked.map_err(Error::forbidden)?;
            &self.http
        } else {
            &self.https
        };
        let mut builder = client.request(method, url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        } else if request.method == "PUT" {
            builder = builder.header("content-length", "0");
        }
        echo::remember(&self.secrets, request);
        let mut answer = builder.send().await.map_err(Error::from_reqwest)?;
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers = headers.collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Error::from_reqwest)? {
            if body.len() + chunk.len() > limit {
                return Err(Error::new(Kind::TooLarge, Cause::LongerThan(limit)));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response {
            status: answer.status().as_u16(),
            headers,
            body,
        };
        echo::remove(&self.secrets, &mut response);
        Ok(response)
    }
}

/// `HOST[:PORT]` of a URL.
fn authority(url: &reqwest::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// A function that is called after each attempt of a request.
pub type Observer = Box<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// One attempt of a request, as an [`Observer`] gets it.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// The request as sent, with its signature and session token, which must not be printed.
    pub request: &'a Request,
    /// The answer, or the reason why no answer came.
    pub outcome: Result<&'a Response, &'a Error>,
    /// The wait before the next attempt, if there is one.
    pub retry_in: Option<Duration>,
    /// How far the server's clock is ahead of the local clock, if the answer to this attempt shows the
    /// difference.
    pub clock_ahead: Option<time::Duration>,
}

impl<'a> Exchange<'a> {
    /// The last attempt of a request, without a difference between the clocks.
    #[must_use]
    pub fn new(request: &'a Request, outcome: &'a Result<Response, Error>) -> Self {
        Exchange {
            request,
            outcome: outcome.as_ref(),
            retry_in: None,
            clock_ahead: None,
        }
    }
}

/// Checks that this process may open at least `pairs` pairs of sockets at once. Windows has no such
/// limit.
///
/// # Errors
/// Fails if a limit of open files is reached.
pub fn check_open_files(pairs: usize) -> std::io::Result<()> {
    #[cfg(unix)]
    let open = std::os::unix::net::UnixStream::pair;
    #[cfg(windows)]
    let open = || Ok(());
    let opened: std::io::Result<Vec<_>> = (0..pairs).map(|_| open()).collect();
    opened.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_that_could_be_secret() {
        let request = Request {
            method: "GET",
            url: "https://h/?X-Amz-Signature=MARKER".into(),
            headers: vec![("authorization".into(), "MARKER".into())],
            body: b"MARKER".to_vec(),
        };
        let response = Response {
            status: 200,
            headers: vec![("x".into(), "MARKER".into())],
            body: b"MARKER".to_vec(),
        };
        let shown = format!("{request:?} {response:?}");
        assert!(
            !shown.contains("MARKER") && shown.contains("200"),
            "{shown}"
        );
    }
}
