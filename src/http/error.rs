//! The reason why a request failed: the situation, the server, the proxy if there is one, and the
//! cause.

use super::{reach, tls};
use crate::resolver;
use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// The reason why a request got no answer. Neither the error nor any of its sources contains a URL
/// or a password.
#[derive(Debug, Clone)]
pub struct Error {
    /// The situation.
    pub kind: Kind,
    /// The service that the request was for.
    pub service: Service,
    route: Route,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The service that a request is for. Each service has its own setting that names the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Service {
    /// S3, at AWS or at another server.
    #[default]
    S3,
    /// The Security Token Service.
    Sts,
    /// CloudTrail.
    CloudTrail,
    /// S3 Control, which configures access points and the account.
    S3Control,
    /// The portal of IAM Identity Center, which issues the credentials of roles.
    Sso,
    /// The OIDC service of IAM Identity Center, which renews tokens.
    SsoOidc,
    /// The container agent of ECS or EKS.
    ContainerAgent,
    /// The instance metadata service of EC2.
    Metadata,
}

/// The hosts that a request goes through: the server and perhaps a proxy.
#[derive(Debug, Clone, Default)]
pub(super) struct Route {
    /// The server, as `HOST[:PORT]`; empty if the failure concerns no server.
    pub(super) host: String,
    /// The proxy, as `HOST[:PORT]`, if the request goes through one.
    pub(super) proxy: Option<String>,
}

/// The situations in which an exchange fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The request or the client could not be built.
    Setup,
    /// The named file of CA certificates cannot be used.
    CaBundle(PathBuf),
    /// A proxy variable has a value that cannot be used. The value may hold a password, so it is not
    /// quoted.
    ProxySetting {
        /// `HTTPS_PROXY`, `NO_PROXY`, or one of them in lower case.
        variable: String,
        /// The defect of the value.
        reason: &'static str,
    },
    /// Plain HTTP may not connect to this address of the server.
    PlainHttp(IpAddr),
    /// The host name of this hop does not resolve.
    Dns(Hop),
    /// No name server gave a usable answer for the host name of this hop. A retry may succeed.
    DnsTemporary(Hop),
    /// This hop cannot be reached: the connection is refused, or there is no route.
    Connect(Hop),
    /// The TLS certificate of this hop is not accepted.
    Certificate(Hop, CertificateProblem),
    /// The TLS handshake with this hop failed, and the certificate is not the reason.
    Tls(Hop),
    /// This hop answered the TLS handshake with bytes that are not TLS, such as a page of HTML.
    NotTls(Hop),
    /// The proxy demands a user name and a password: it answered 407.
    ProxyAuthentication,
    /// The proxy does not connect to the server.
    ProxyRefused,
    /// An IPv6 address cannot be reached through a proxy.
    Ipv6ThroughProxy,
    /// The time limit was reached.
    Timeout,
    /// The connection broke during the request or the answer.
    Broken,
    /// The answer is longer than the limit.
    TooLarge,
}

/// The hop of a connection that failed: the server or the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// The server of the URL.
    Server,
    /// The proxy.
    Proxy,
}

/// The reason why the program does not accept a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No trusted CA issued the certificate.
    Untrusted,
    /// The certificate names other hosts.
    Name,
    /// The certificate names no host, because it has no subjectAltName.
    NoName,
    /// The certificate is not for servers: its extendedKeyUsage lacks serverAuth.
    Purpose,
    /// The certificate has expired, or is not valid yet.
    Time,
    /// The certificate's key or signature has an unsupported type or length, or the signature is wrong.
    Algorithm,
    /// Any other problem of the certificate, such as an unknown critical extension.
    Other,
}

/// A cause that this crate reports itself.
#[derive(Debug)]
pub(super) enum Cause {
    NoFile,
    NotPem,
    NoCertificate,
    /// The variable with this name points to a file or folder without certificates.
    NamedBy(&'static str),
    LongerThan(usize),
    /// The TLS error, as an English text.
    Tls(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("there is no such file"),
            Self::NotPem => f.write_str("the file is not PEM"),
            Self::NoCertificate => f.write_str("the file contains no certificate"),
            Self::NamedBy(name) => {
                write!(
                    f,
                    "{name} names this path, but no certificate was found there"
                )
            }
            Self::LongerThan(limit) => write!(f, "the answer is longer than {limit} bytes"),
            Self::Tls(text) => f.write_str(text),
        }
    }
}

impl StdError for Cause {}

impl Error {
    pub(super) fn new(kind: Kind, source: impl StdError + Send + Sync + 'static) -> Self {
        Error {
            source: Some(Arc::new(source)),
            ..Self::without_source(kind)
        }
    }

    pub(super) fn without_source(kind: Kind) -> Self {
        Error {
            kind,
            service: Service::default(),
            route: Route::default(),
            source: None,
        }
    }

    /// The request could not be built, for this reason.
    pub(crate) fn setup(source: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(Kind::Setup, source)
    }

    pub(super) fn forbidden(reach::Forbidden(address): reach::Forbidden) -> Self {
        Self::without_source(Kind::PlainHttp(address))
    }

    /// Returns the same error with this route.
    pub(super) fn on(self, route: Route) -> Self {
        Error { route, ..self }
    }

    /// An error of a request to this service and host, for tests of texts.
    #[cfg(test)]
    pub(crate) fn example(kind: Kind, service: Service, host: &str) -> Self {
        let route = Route {
            host: host.to_owned(),
            proxy: None,
        };
        Self::without_source(kind).of(service).on(route)
    }

    /// Returns the same error for a request to this service.
    pub(crate) fn of(self, service: Service) -> Self {
        Error { service, ..self }
    }

    /// The host of the server, without its port; empty if the failure concerns no server.
    #[must_use]
    pub fn host(&self) -> &str {
        without_port(&self.route.host)
    }

    pub(super) fn from_reqwest(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(forbidden) = reach::cause(&error) {
            return Self::forbidden(*forbidden);
        }
        let tunnel = tunnel_failure(&error);
        let hop = match tunnel {
            Some(UNREACHED) => Hop::Proxy,
            _ => Hop::Server,
        };
        if let Some(failure) = tls::failure(&error) {
            let kind = match tls::problem(failure) {
                Some(problem) => Kind::Certificate(hop, problem),
                None if tls::is_not_tls(failure) => Kind::NotTls(hop),
                None => Kind::Tls(hop),
            };
            return Self::new(kind, Cause::Tls(tls::in_words(failure)));
        }
        let kind = match tunnel {
            Some("proxy authorization required") => Kind::ProxyAuthentication,
            _ if error.is_builder() => Kind::Setup,
            _ if error.is_timeout() => Kind::Timeout,
            _ if error.is_dns() => {
                match reach::cause(&error).map(|failure: &resolver::Failure| failure.reason) {
                    Some(resolver::Reason::Temporary) => Kind::DnsTemporary(hop),
                    _ => Kind::Dns(hop),
                }
            }
            None | Some(UNREACHED) if error.is_connect() => Kind::Connect(hop),
            None | Some(UNREACHED) => Kind::Broken,
            Some(_) => Kind::ProxyRefused,
        };
        Self::new(kind, error)
    }

    /// The innermost source. For a failed connection, it is the error that the operating system or TLS
    /// reported.
    #[must_use]
    pub fn root_cause(&self) -> Option<&(dyn StdError + 'static)> {
        std::iter::successors(self.source(), |&error| error.source()).last()
    }

    /// The error and its innermost source, in one line.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        match self.root_cause() {
            Some(cause) => format!("{self} ({cause})"),
            None => self.to_string(),
        }
    }

    /// Whether the connection broke after it was made.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.kind == Kind::Broken
    }

    /// Whether the request was to go through a proxy.
    #[must_use]
    pub fn is_through_proxy(&self) -> bool {
        self.route.proxy.is_some()
    }

    /// Whether a retry of the same request may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            Kind::Timeout
            | Kind::Broken
            | Kind::DnsTemporary(_)
            | Kind::Connect(_)
            | Kind::Tls(_)
            | Kind::NotTls(_)
            | Kind::ProxyRefused => true,
            Kind::Setup
            | Kind::CaBundle(_)
            | Kind::ProxySetting { .. }
            | Kind::PlainHttp(_)
            | Kind::Dns(_)
            | Kind::Certificate(..)
            | Kind::ProxyAuthentication
            | Kind::Ipv6ThroughProxy
            | Kind::TooLarge => false,
        }
    }
}

/// The text of hyper-util's error if the proxy itself could not be reached.
const UNREACHED: &str = "failed to create underlying connection";

/// Reads hyper-util's error about the tunnel through a proxy. The type of that error is not public,
/// so its text is read.
fn tunnel_failure(error: &reqwest::Error) -> Option<&'static str> {
    const TEXTS: [&str; 7] = [
        UNREACHED,
        "proxy authorization required",
        "proxy response headers too long",
        "unexpected end of file",
        "unsuccessful",
        "io error establishing tunnel",
        "missing destination host",
    ];
    let text = std::iter::successors(error.source(), |&error| error.source())
        .map(ToString::to_string)
        .find_map(|text| text.strip_prefix("tunnel error: ").map(str::to_owned))?;
    TEXTS.into_iter().find(|known| *known == text)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.route.host.as_str() {
            "" => "the server",
            host => host,
        };
        let proxy = match &self.route.proxy {
            Some(name) => format!("the proxy {name}"),
            None => "the proxy".to_owned(),
        };
        let through = match &self.route.proxy {
            Some(name) => format!(" through the proxy {name}"),
            None => String::new(),
        };
        let name_of = |hop: &Hop| match hop {
            Hop::Server => format!("the host name {}", without_port(server)),
            Hop::Proxy => format!("the name of {}", without_port(&proxy)),
        };
        let machine = |hop: &Hop| match hop {
            Hop::Server => format!("{server}{through}"),
            Hop::Proxy => proxy.clone(),
        };
        match &self.kind {
            Kind::Setup => f.write_str("the request could not be built"),
            Kind::CaBundle(path) => write!(f, "the CA bundle {} cannot be used", path.display()),
            Kind::ProxySetting { variable, reason } => {
                write!(f, "{variable} cannot be used: {reason}")
            }
            Kind::PlainHttp(address) => write!(
                f,
                "plain HTTP to {address} is refused, because it is not a loopback address"
            ),
            Kind::Dns(hop) => write!(f, "{} does not resolve", name_of(hop)),
            Kind::DnsTemporary(hop) => {
                write!(f, "{} does not resolve at the moment", name_of(hop))
            }
            Kind::Connect(hop) => write!(f, "no connection to {}", machine(hop)),
            Kind::Certificate(hop, _) => {
                write!(f, "the TLS certificate of {} is not accepted", machine(hop))
            }
            Kind::NotTls(Hop::Server) if self.route.proxy.is_some() => {
                write!(f, "{proxy} answers instead of {server}")
            }
            Kind::Tls(hop) | Kind::NotTls(hop) => {
                write!(f, "no TLS connection to {}", machine(hop))
            }
            Kind::ProxyAuthentication => {
                write!(f, "{proxy} demands a user name and a password (407)")
            }
            Kind::ProxyRefused => write!(f, "{proxy} does not connect to {server}"),
            Kind::Ipv6ThroughProxy => {
                write!(
                    f,
                    "{server} cannot be reached through {proxy}, because the server is an IPv6 address"
                )
            }
            Kind::Timeout => write!(f, "{server} took too long to answer{through}"),
            Kind::Broken => write!(
                f,
                "the connection to {server}{through} broke before the answer was complete"
            ),
            Kind::TooLarge => write!(f, "the answer of {server} is too long"),
        }
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
