//! Why an exchange failed, with what the system, TLS or reqwest reported about it.

use super::reach;
use crate::resolver;
use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Why there is no answer. Neither it nor a source of it holds a URL.
#[derive(Debug, Clone)]
pub struct Error {
    /// What went wrong.
    pub kind: Kind,
    pub(super) source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The situations an exchange can fail in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The request or the client could not be made.
    Setup,
    /// The file of CA certificates that was named cannot be used.
    CaBundle(PathBuf),
    /// `HTTPS_PROXY` is not the URL of a proxy. (It may hold a password, so it is not quoted.)
    Proxy,
    /// The server's address is not one that plain HTTP may connect to.
    PlainHttp(IpAddr),
    /// The name does not resolve.
    Dns,
    /// The name may resolve in a moment: no name server gave a usable answer.
    DnsTemporary,
    /// No connection: refused, unreachable, or TLS failed.
    Connect,
    /// Too slow.
    Timeout,
    /// The connection broke while the request was under way or the answer was read.
    Broken,
    /// The answer is too long.
    TooLarge,
}

/// A cause that no other library reports.
#[derive(Debug)]
pub(super) enum Cause {
    NoFile,
    NotPem,
    NoCertificate,
    /// The variable of this name names a file or folder without certificates.
    NamedBy(&'static str),
    LongerThan(usize),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("there is no such file"),
            Self::NotPem => f.write_str("it is not PEM"),
            Self::NoCertificate => f.write_str("it holds no certificate"),
            Self::NamedBy(name) => {
                write!(f, "{name} names it, and no certificate was found there")
            }
            Self::LongerThan(limit) => write!(f, "the answer is longer than {limit} bytes"),
        }
    }
}

impl StdError for Cause {}

impl Error {
    pub(super) fn new(kind: Kind, source: impl StdError + Send + Sync + 'static) -> Self {
        Error {
            kind,
            source: Some(Arc::new(source)),
        }
    }

    /// The request could not be made, for this reason.
    pub(crate) fn setup(source: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(Kind::Setup, source)
    }

    pub(super) fn forbidden(reach::Forbidden(address): reach::Forbidden) -> Self {
        Error {
            kind: Kind::PlainHttp(address),
            source: None,
        }
    }

    pub(super) fn from_reqwest(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(forbidden) = reach::cause(&error) {
            return Self::forbidden(*forbidden);
        }
        let kind = if error.is_builder() {
            Kind::Setup
        } else if error.is_timeout() {
            Kind::Timeout
        } else if error.is_dns() {
            match reach::cause(&error).map(|failure: &resolver::Failure| failure.reason) {
                Some(resolver::Reason::Temporary) => Kind::DnsTemporary,
                _ => Kind::Dns,
            }
        } else if error.is_connect() {
            Kind::Connect
        } else {
            Kind::Broken
        };
        Self::new(kind, error)
    }

    /// The innermost source: of a connection that failed, what the operating system or TLS reported.
    #[must_use]
    pub fn root_cause(&self) -> Option<&(dyn StdError + 'static)> {
        self.sources().last()
    }

    /// From the outside in.
    fn sources(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        std::iter::successors(self.source(), |&error| error.source())
    }

    /// Whether the connection stood, and broke.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.kind == Kind::Broken
    }

    /// Whether the same request may do better in a moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            Kind::Timeout | Kind::Broken | Kind::DnsTemporary => true,
            Kind::Connect => !self.is_about_a_certificate(),
            Kind::Setup
            | Kind::CaBundle(_)
            | Kind::Proxy
            | Kind::PlainHttp(_)
            | Kind::Dns
            | Kind::TooLarge => false,
        }
    }

    /// Whether the connection failed because the server's certificate was not accepted.
    #[must_use]
    pub fn is_about_a_certificate(&self) -> bool {
        self.sources()
            .any(|source| source.to_string().contains("certificate"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Setup => f.write_str("the request could not be made"),
            Kind::CaBundle(path) => write!(f, "the CA bundle {} cannot be used", path.display()),
            Kind::Proxy => f.write_str("HTTPS_PROXY is not the URL of a proxy"),
            Kind::PlainHttp(address) => write!(
                f,
                "plain HTTP to {address} is refused: it is not a loopback address"
            ),
            Kind::Dns => f.write_str("the host name does not resolve"),
            Kind::DnsTemporary => f.write_str("the host name does not resolve at the moment"),
            Kind::Connect => f.write_str("no connection to the server"),
            Kind::Timeout => f.write_str("the server took too long"),
            Kind::Broken => f.write_str("the connection broke before the answer was complete"),
            Kind::TooLarge => f.write_str("the answer is too long"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
