//! Parses the origins of web pages that a CORS rule admits.

use std::fmt;
use std::str::FromStr;

/// An origin, as a browser sends it: `SCHEME://HOST[:PORT]` in lower case, without the default port of the
/// scheme. A `*` in it matches any text, and the origin `*` admits every page. `null` is the origin of a page
/// in a file or in a sandboxed frame.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorsOrigin(String);

impl CorsOrigin {
    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CorsOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if ["*", "null"].contains(&text) {
            return Ok(CorsOrigin(text.to_owned()));
        }
        let lower = text.to_ascii_lowercase();
        let (scheme, rest) = lower.split_once("://").ok_or(InvalidOrigin::NoScheme)?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(is_scheme)
        {
            return Err(InvalidOrigin::NoScheme);
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        let origin = format!("{scheme}://{authority}");
        if !after.is_empty() {
            return Err(InvalidOrigin::Path(origin));
        }
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => "",
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._~*[]:".contains(c);
        if authority.is_empty() || !authority.chars().all(is_host) {
            return Err(InvalidOrigin::Host);
        }
        if !default_port.is_empty()
            && let Some(host) = authority.strip_suffix(default_port)
        {
            return Err(InvalidOrigin::DefaultPort(format!("{scheme}://{host}")));
        }
        let port = authority
            .rsplit_once(':')
            .filter(|_| !authority.ends_with(']'));
        if let Some((host, port)) = port {
            let is_number = port.parse::<u16>().is_ok_and(|port| port > 0);
            if host.is_empty() || !(is_number || port == "*") {
                return Err(InvalidOrigin::Port);
            }
        }
        if authority.matches('*').count() > 1 {
            return Err(InvalidOrigin::Wildcards);
        }
        if lower != text {
            return Err(InvalidOrigin::UpperCase(lower));
        }
        Ok(CorsOrigin(origin))
    }
}

/// The reason why a text is not an origin that a browser can send. The text in a variant is the corrected
/// origin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// The text has no scheme.
    NoScheme,
    /// The host is missing, or has characters that no host has.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The text has a path, a query or a slash at its end.
    Path(String),
    /// The text names the default port of the scheme.
    DefaultPort(String),
    /// The text has upper-case letters.
    UpperCase(String),
    /// The text has more than one `*`.
    Wildcards,
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoScheme => f.write_str("an origin begins with a scheme; write https://HOST[:PORT]"),
            Self::Host => f.write_str(
                "the host of an origin has only ASCII letters, digits, dots and hyphens; write https://HOST[:PORT]",
            ),
            Self::Port => f.write_str("the port of an origin is a number from 1 to 65535"),
            Self::Path(origin) => write!(
                f,
                "an origin has no path and no slash at its end; write {origin}"
            ),
            Self::DefaultPort(origin) => write!(
                f,
                "browsers leave out the default port, so this origin matches no page; write {origin}"
            ),
            Self::UpperCase(origin) => write!(
                f,
                "browsers send an origin in lower case, so this origin matches no page; write {origin}"
            ),
            Self::Wildcards => f.write_str("S3 accepts one `*` in an origin"),
        }
    }
}

impl std::error::Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_origins_as_browsers_send_them() {
        for text in [
            "*",
            "null",
            "https://pages.example.com",
            "http://localhost:8080",
            "https://*.example.com",
            "http://127.0.0.1:*",
            "http://[::1]:3000",
            "http://[::1]",
            "tauri://localhost",
            "https://xn--bcher-kva.example",
        ] {
            let origin: CorsOrigin = text.parse().unwrap();
            assert_eq!(origin.as_str(), text);
        }
    }

    #[test]
    fn rejects_origins_that_no_browser_sends_and_names_the_right_one() {
        let right = || "https://a.example".to_owned();
        for (text, error) in [
            ("", InvalidOrigin::NoScheme),
            ("a.example", InvalidOrigin::NoScheme),
            ("NULL", InvalidOrigin::NoScheme),
            ("https://", InvalidOrigin::Host),
            ("https://b\u{fc}cher.example", InvalidOrigin::Host),
            ("https://user@a.example", InvalidOrigin::Host),
            ("https://a.example/", InvalidOrigin::Path(right())),
            ("https://A.example/x?y", InvalidOrigin::Path(right())),
            ("https://a.example:443", InvalidOrigin::DefaultPort(right())),
            ("HTTPS://A.example", InvalidOrigin::UpperCase(right())),
            ("https://a.example:", InvalidOrigin::Port),
            ("https://a.example:0", InvalidOrigin::Port),
            ("https://*.*.example", InvalidOrigin::Wildcards),
        ] {
            assert_eq!(text.parse::<CorsOrigin>(), Err(error), "{text}");
        }
    }
}
