//! Parses custom endpoint URLs. The parser uses no URL library, because a library might normalize
//! the path, which the signature covers.

use super::EndpointError;
use super::aws_host::{AwsHost, Service};
use super::provider::ProviderHost;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The scheme of an endpoint: `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP without TLS. Anyone on the network path can read and change the requests.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Returns the scheme without `://`: `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// A custom endpoint URL, such as the value of `--endpoint`. The URL consists of a scheme, a host,
/// an optional port and an optional path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointUrl {
    /// The scheme, `http` or `https`.
    pub scheme: Scheme,
    /// The host in lower case, without the port. An IPv6 address includes its brackets.
    pub host: String,
    /// The port, or `None` for the scheme's default port. Clients omit the default port from the
    /// `Host` header, so the signed `Host` header must omit the port too.
    pub port: Option<u16>,
    /// The path without trailing slashes. The path is empty if the URL has no path.
    pub path: String,
}

impl EndpointUrl {
    /// Parses `SCHEME://HOST[:PORT][/PATH]`.
    ///
    /// # Errors
    /// Fails if the text is not `SCHEME://HOST[:PORT][/PATH]`, or if the text contains a user name,
    /// a password, a query or a fragment. The error message omits the user name, the password and
    /// the query.
    pub fn parse(text: &str) -> Result<Self, InvalidEndpoint> {
        let invalid = |reason| InvalidEndpoint {
            url: text.to_owned(),
            reason,
        };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or(invalid("the scheme is missing; write https://HOST"))?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(invalid("the scheme is neither http nor https")),
        };
        if rest.contains(['?', '#']) {
            return Err(invalid("the URL has a query or a fragment"));
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if authority.contains('@') {
            return Err(invalid("the URL contains a user name or password"));
        }
        let (host, port) =
            split_port(authority).ok_or(invalid("the port is not a number from 1 to 65535"))?;
        let host = host.to_ascii_lowercase();
        if !is_host(&host) {
            return Err(invalid("the host is neither a name nor an IP address"));
        }
        let path_ok = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%".contains(&b);
        if !path.bytes().all(path_ok) {
            return Err(invalid(
                "the path contains characters that must be percent-encoded",
            ));
        }
        let default_port = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        Ok(EndpointUrl {
            scheme,
            host,
            port: port.filter(|port| *port != default_port),
            path: path.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the value of the `Host` header: `HOST[:PORT]`.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether the host is an endpoint of AWS `PrivateLink`.
    pub(crate) fn is_private_link(&self) -> bool {
        self.host.contains(".vpce.")
    }

    /// Whether the host is an IP address, which cannot contain a bucket name.
    #[must_use]
    pub fn is_ip(&self) -> bool {
        ip(&self.host).is_some()
    }

    /// Whether the host is the local machine: `localhost`, `*.localhost`, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_localhost() || ip(&self.host).is_some_and(|ip| ip.is_loopback())
    }

    /// Whether the host has a single label, such as the host `minio` in a container network.
    #[must_use]
    pub fn is_single_label(&self) -> bool {
        !self.is_ip() && !self.host.trim_end_matches('.').contains('.')
    }

    /// Returns the endpoint without its bucket name. Web consoles of providers print endpoints with
    /// a bucket name: before the host of AWS or of a known provider, or at the end of the path.
    ///
    /// # Errors
    /// Returns [`EndpointError::AnotherBucket`] if the endpoint names a bucket that is not
    /// `wanted`.
    pub(super) fn without_bucket(&self, wanted: Option<&str>) -> Result<Self, EndpointError> {
        let another = |names: &str| EndpointError::AnotherBucket {
            endpoint: self.to_string(),
            names: names.to_owned(),
            wanted: wanted.unwrap_or_default().to_owned(),
        };
        let mut url = self.clone();
        let aws = AwsHost::parse(&self.host)
            .filter(|host| matches!(host.service, Service::Buckets | Service::Acceleration));
        let provider = ProviderHost::parse(&self.host);
        let in_host = match (aws, provider) {
            (Some(aws), _) => aws.name,
            (None, Some(provider)) => provider.bucket,
            (None, None) => None,
        };
        if let Some(names) = in_host {
            if wanted.is_some_and(|wanted| wanted != names) {
                return Err(another(names));
            }
            self.host[names.len() + 1..].clone_into(&mut url.host);
        }
        // AWS's endpoint rules allow a path for a `PrivateLink` host, for example the path of a
        // proxy.
        let is_aws = aws.is_some() && !self.is_private_link();
        let (before, last) = self.path.rsplit_once('/').unwrap_or_default();
        if wanted == Some(last) {
            before.clone_into(&mut url.path);
        } else if (is_aws || provider.is_some()) && !self.path.is_empty() {
            // On AWS and at the known providers, the path begins with the bucket, so any other path
            // is an error.
            match wanted {
                Some(_) => return Err(another(self.path.trim_start_matches('/'))),
                None => url.path.clear(),
            }
        }
        Ok(url)
    }

    /// Whether the host is `localhost` or ends with `.localhost`.
    #[must_use]
    pub fn is_localhost(&self) -> bool {
        self.host == "localhost" || self.host.ends_with(".localhost")
    }
}

impl FromStr for EndpointUrl {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            self.scheme.as_str(),
            self.authority(),
            self.path
        )
    }
}

fn ip(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .and_then(|inner| inner.parse::<Ipv6Addr>().ok())
            .map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[host_end..].find(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let (host, port) = authority.split_at(host_end + colon);
            let digits = &port[1..];
            let port = digits.parse().ok().filter(|port| *port > 0)?;
            digits
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then_some((host, Some(port)))
        }
    }
}

fn is_host(host: &str) -> bool {
    if host.starts_with('[') {
        return ip(host).is_some();
    }
    !host.is_empty()
        && host.len() <= 253
        && host.trim_end_matches('.').split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// The error of [`EndpointUrl::parse`]: the text is not an endpoint URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEndpoint {
    url: String,
    reason: &'static str,
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The user info of a URL and the query of a presigned URL are secret, so the message omits
        // both.
        let before_query = self.url.split(['?', '#']).next().unwrap_or_default();
        let more = if before_query == self.url { "" } else { "?…" };
        let shown = match before_query.rsplit_once('@') {
            Some((_, host)) => format!("…@{host}{more}"),
            None => format!("{before_query}{more}"),
        };
        write!(f, "`{shown}` is not an endpoint URL: {}", self.reason)
    }
}

impl std::error::Error for InvalidEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_scheme_host_port_and_path() {
        for (text, shown, loopback, ip) in [
            (
                "HTTPS://Example.COM:443/",
                "https://example.com",
                false,
                false,
            ),
            (
                "http://localhost:4566",
                "http://localhost:4566",
                true,
                false,
            ),
            ("http://[::1]:80/a/b/", "http://[::1]/a/b", true, true),
            ("http://127.1.2.3:9000", "http://127.1.2.3:9000", true, true),
            ("https://10.0.0.1", "https://10.0.0.1", false, true),
            (
                "http://localhost.example.com",
                "http://localhost.example.com",
                false,
                false,
            ),
        ] {
            let url = EndpointUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!((url.is_loopback(), url.is_ip()), (loopback, ip), "{text}");
        }
    }

    #[test]
    fn rejects_invalid_endpoints_without_repeating_a_password() {
        for text in [
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///b",
            "https://a b",
            "https://h:0",
            "https://h:x",
            "https://h:99999",
            "https://h:+1",
            "https://h?x=1",
            "https://h#f",
            "abcde://nota#url",
            "https://[::1",
            "https://h/a b",
            "https://-..-/",
        ] {
            assert!(EndpointUrl::parse(text).is_err(), "{text}");
        }
        let error = EndpointUrl::parse("https://user:hunter2@h").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
