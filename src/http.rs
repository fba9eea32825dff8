//! One HTTP exchange. The only importer of reqwest.
//!
//! No redirect is followed (a signed request is meant for one host), answers are bounded in size and
//! time, and no error carries a URL: a presigned one is a credential.

mod build;
mod echo;
mod error;
mod proxy;
mod reach;
mod roots;

use crate::context::Context;
use crate::redact::Secrets;
use error::Cause;
pub use error::{Error, Kind};
pub use reach::PlainHttp;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The longest answer, unless the caller sets a lower limit. A list of a thousand buckets has 250 KB.
const BODY_LIMIT: usize = 1 << 20;

/// How connections are made.
#[derive(Debug, Clone)]
pub struct Options {
    /// PEM file with the roots to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The longest a connection may take to stand.
    pub connect_timeout: Duration,
    /// The longest a whole exchange may take.
    pub timeout: Duration,
    /// Whether `HTTPS_PROXY` counts.
    pub proxy: bool,
    /// Whether any root is trusted; without, only plain HTTP works.
    pub roots: bool,
    /// The addresses that plain HTTP may connect to; by default those of this machine.
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
    options: Options,
    /// What no answer may repeat.
    secrets: Arc<Secrets>,
}

/// What is sent. Its URL, headers and body may all be secret, so `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PUT` …
    pub method: &'static str,
    /// Absolute.
    pub url: String,
    /// Name and value.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// What came back: credentials, perhaps, so `Debug` shows no body.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// At most 1 MiB.
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
    /// The first header of this (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// Roots: `ca_bundle` if named, else the system's, else Mozilla's as compiled in (a scratch
    /// container has no others).
    pub fn new(context: &Context, options: &Options) -> Result<Self, Error> {
        Ok(Client {
            https: build::https(context, options)?,
            http: build::plain(options)?,
            options: options.clone(),
            secrets: Arc::clone(context.secrets()),
        })
    }

    /// The same client, but with other addresses that plain HTTP may connect to.
    pub fn with_plain_http(&self, plain_http: PlainHttp) -> Result<Self, Error> {
        let options = Options {
            plain_http,
            ..self.options.clone()
        };
        Ok(Client {
            https: self.https.clone(),
            http: build::plain(&options)?,
            options,
            secrets: Arc::clone(&self.secrets),
        })
    }

    /// One request, one answer of any status. Headers, and the body of an answer other than 2xx, are
    /// without the secrets of the run.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        self.send_limited(request, BODY_LIMIT).await
    }

    /// The same; a body longer than `limit` bytes is an error.
    pub async fn send_limited(&self, request: &Request, limit: usize) -> Result<Response, Error> {
        let limit = limit.min(BODY_LIMIT);
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|error| Error::new(Kind::Setup, error))?;
        let url =
            reqwest::Url::parse(&request.url).map_err(|error| Error::new(Kind::Setup, error))?;
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

/// Sees every exchange.
pub type Observer = Box<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// One try of a request, as an [`Observer`] sees it.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// As signed and sent: holds the signature and the session token, which nobody may see.
    pub request: &'a Request,
    /// What came of it.
    pub outcome: Result<&'a Response, &'a Error>,
    /// How long until the next try, if there will be one.
    pub retry_in: Option<Duration>,
    /// How far the server's clock is ahead of this machine's, if that was just learnt.
    pub clock_ahead: Option<time::Duration>,
}

impl<'a> Exchange<'a> {
    /// An exchange that no other follows, and that revealed nothing of the server's clock.
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
/// Checks that this process may open at least `pairs` pairs of sockets at once.
///
/// # Errors
/// A limit of open files is reached.
pub fn check_open_files(pairs: usize) -> std::io::Result<()> {
    use std::os::unix::net::UnixStream;
    let opened: std::io::Result<Vec<_>> = (0..pairs).map(|_| UnixStream::pair()).collect();
    opened.map(drop)
}

