//! The proxy of `HTTPS_PROXY`, and the hosts that `NO_PROXY` excludes.
//!
//! reqwest ignores a value of `HTTPS_PROXY` that it cannot read, and `NO_PROXY=*` for IP addresses.
//! So this module reads both variables.

use super::{Error, Kind, no_proxy};
use crate::context::Context;
use crate::redact::Secrets;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use reqwest::Url;
use s3_presign::encode;
use s3_presign::endpoint::EndpointUrl;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// A proxy that tunnels TLS connections, so it sees host names but no requests.
pub(super) struct Proxy {
    /// The URL of the proxy, including the user name and the password.
    url: Url,
    /// `HOST[:PORT]`.
    name: String,
    excepted: Vec<Exception>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.name).finish()
    }
}

impl Proxy {
    /// The proxy of `HTTPS_PROXY`, `None` if it is not set.
    ///
    /// # Errors
    /// Fails if the value of a proxy variable cannot be used.
    pub(super) fn load(context: &Context) -> Result<Option<Arc<Self>>, Error> {
        let Some((variable, value)) = either(context, "HTTPS_PROXY") else {
            return Ok(None);
        };
        let (url, name) = parse(value).map_err(|reason| invalid(variable, reason))?;
        keep_password(context.secrets(), &url);
        let excepted = match either(context, "NO_PROXY") {
            Some((variable, value)) => {
                exceptions(value).map_err(|reason| invalid(variable, reason))?
            }
            None => Vec::new(),
        };
        Ok(Some(Arc::new(Proxy {
            url,
            name,
            excepted,
        })))
    }

    /// `HOST[:PORT]`, without the user name and the password.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a request to this URL goes through the proxy. Plain HTTP and requests to loopback addresses do
    /// not go through the proxy.
    pub(super) fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        let address: Option<IpAddr> = host.parse().ok();
        let is_local = match address {
            Some(address) => address.to_canonical().is_loopback(),
            None => host == "localhost" || host.ends_with(".localhost"),
        };
        let port = url.port_or_known_default();
        let is_excepted = |exception: &Exception| exception.holds(host, address, port);
        url.scheme() == "https" && !is_local && !self.excepted.iter().any(is_excepted)
    }

    /// The proxy as a value of reqwest.
    pub(super) fn for_reqwest(self: &Arc<Self>) -> reqwest::Proxy {
        let proxy = Arc::clone(self);
        reqwest::Proxy::custom(move |url| proxy.is_for(url).then(|| proxy.url.clone()))
    }
}

/// Records the password of the proxy in its plain form and as in `Proxy-Authorization`. A proxy that
/// decrypts TLS may repeat either of the two in an answer.
fn keep_password(secrets: &Secrets, url: &Url) {
    let decoded = |text: &str| {
        let bytes = encode::decode(text.as_bytes())?;
        String::from_utf8(bytes).ok()
    };
    if let Some(password) = url.password().and_then(decoded)
        && let Some(user) = decoded(url.username())
    {
        secrets.keep(&BASE64.encode(format!("{user}:{password}")));
        secrets.keep(&password);
    }
}

/// A variable with an upper-case name, or else the one with the same name in lower case.
pub(super) fn either<'a>(context: &'a Context, upper: &str) -> Option<(String, &'a str)> {
    let lower = upper.to_lowercase();
    match (context.var(upper), context.var(&lower)) {
        (Some(value), _) => Some((upper.to_owned(), value)),
        (None, Some(value)) => Some((lower, value)),
        (None, None) => None,
    }
}

fn invalid(variable: String, reason: &'static str) -> Error {
    Error::without_source(Kind::ProxySetting { variable, reason })
}

/// Reads `[SCHEME://][USER:PASSWORD@]HOST[:PORT][/]`: the URL, and `HOST[:PORT]`.
fn parse(value: &str) -> Result<(Url, String), &'static str> {
    check_characters(value)?;
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let scheme = scheme.to_ascii_lowercase();
    if !["http", "https"].contains(&scheme.as_str()) {
        return Err("the scheme is neither http nor https");
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#', '\\']) {
        return Err("the URL has a path, or its password has a character that must be encoded");
    }
    let (user, host) = match rest.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), rest),
    };
    let no_host = "the host is not a name or an IP address with an optional port";
    let endpoint = EndpointUrl::parse(&format!("{scheme}://{host}")).map_err(|_| no_host)?;
    let name = endpoint.host.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && endpoint.host.parse::<Ipv4Addr>().is_err() {
        return Err(no_host);
    }
    let url = Url::parse(&format!("{scheme}://{user}{host}")).map_err(|_| no_host)?;
    Ok((url, endpoint.authority()))
}

/// `docker --env-file` keeps quotes as a part of the value.
pub(super) fn check_characters(value: &str) -> Result<(), &'static str> {
    if value.contains(['"', '\'', '`']) {
        return Err("the value contains quotes");
    }
    if value.contains(|c: char| c.is_control() || c == '\u{fffd}') {
        return Err("the value contains control characters");
    }
    Ok(())
}

/// Hosts that are reached without the proxy: all their ports, or one port.
#[derive(Debug, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// A network: an address and the length of its prefix in bits.
    Network(IpAddr, u8),
    /// A host name, and its subdomains.
    Domain(String),
}

/// Reads a list such as `example.com,.example.org,10.0.0.0/8,[::1]:443`, separated by commas or spaces.
fn exceptions(value: &str) -> Result<Vec<Exception>, &'static str> {
    check_characters(value)?;
    let matches_hosts = |entry: &&str| no_proxy::defect(entry).is_none();
    Ok(no_proxy::entries(value)
        .filter(matches_hosts)
        .map(exception)
        .collect())
}

fn exception(entry: &str) -> Exception {
    if entry == "*" {
        return Exception {
            hosts: Hosts::All,
            port: None,
        };
    }
    let (host, port) = match entry.rsplit_once(':') {
        // An IPv6 address without brackets has no port.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    };
    let bare = host.trim_matches(['[', ']']);
    let network = match bare.split_once('/') {
        Some((address, bits)) => address.parse().ok().zip(bits.parse().ok()),
        None => bare.parse().ok().map(|address| (address, 128)),
    };
    let hosts = if let Some((address, bits)) = network {
        Hosts::Network(address, bits)
    } else {
        let name = bare.strip_prefix('*').unwrap_or(bare);
        Hosts::Domain(name.trim_matches('.').to_ascii_lowercase())
    };
    Exception { hosts, port }
}

impl Exception {
    fn holds(&self, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
        if self.port.is_some() && self.port != port {
            return false;
        }
        match (&self.hosts, address) {
            (Hosts::All, _) => true,
            (Hosts::Network(network, bits), Some(address)) => {
                is_in(address.to_canonical(), network.to_canonical(), *bits)
            }
            (Hosts::Domain(name), None) => {
                let below = host.strip_suffix(name.as_str());
                !name.is_empty() && below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Hosts::Network(..), None) | (Hosts::Domain(_), Some(_)) => false,
        }
    }
}

/// Whether the first `bits` bits of two addresses are the same.
fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let rest = 32_u32.saturating_sub(u32::from(bits));
            let differing = address.to_bits() ^ network.to_bits();
            differing.checked_shr(rest).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let rest = 128_u32.saturating_sub(u32::from(bits));
            let differing = address.to_bits() ^ network.to_bits();
            differing.checked_shr(rest).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn load(env: &[(&str, &str)]) -> Result<Option<Arc<Proxy>>, Error> {
        Proxy::load(&Context::stopped(env, OffsetDateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_proxy_variable_that_cannot_be_read_is_an_error_without_its_value() {
        for value in [
            "\"http://user:MARKER@proxy:3128\"",
            "'http://proxy:3128'",
            "http://proxy:3128\"",
            "socks5://proxy:1080",
            "ftp://proxy",
            "http://",
            "http://:3128",
            "http://proxy:port",
            "http://proxy:99999",
            "http://user:MA/RKER@proxy:3128",
            "http://user:MA#RKER@proxy:3128",
            "http://proxy:3128/path",
            "3128",
            "http://a b:3128",
            "http://10.0.0.256:3128",
            "http://[::1:3128",
        ] {
            for variable in ["HTTPS_PROXY", "https_proxy"] {
                let error = load(&[(variable, value)]).expect_err(value);
                let shown = format!("{error} {error:?}");
                assert!(shown.starts_with(variable), "{shown}");
                assert!(!shown.contains("RKER"), "{shown}");
            }
        }
        let quoted = [
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("NO_PROXY", "\"example.com\""),
        ];
        let error = load(&quoted).unwrap_err().to_string();
        assert_eq!(error, "NO_PROXY cannot be used: the value contains quotes");
        assert!(load(&quoted[1..]).unwrap().is_none());
    }

    #[test]
    fn a_proxy_has_a_name_without_its_password() {
        for (value, name) in [
            ("http://proxy:3128", "proxy:3128"),
            ("proxy:3128", "proxy:3128"),
            ("HTTPS://User:p%40ss@Proxy.Corp.:8443/", "proxy.corp.:8443"),
            ("http://us@er:x@[2001:db8::1]:3128", "[2001:db8::1]:3128"),
            ("http://10.0.0.1", "10.0.0.1"),
        ] {
            let proxy = load(&[("HTTPS_PROXY", value)]).unwrap().unwrap();
            assert_eq!(proxy.name(), name);
        }
    }

    #[test]
    fn no_proxy_excepts_names_networks_and_ports() {
        let goes_through = |excepted: &str, url: &str| {
            let env = [("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", excepted)];
            let proxy = load(&env).unwrap().unwrap();
            proxy.is_for(&Url::parse(url).unwrap())
        };
        for (excepted, url, through) in [
            ("", "https://s3.example.com", true),
            ("", "http://s3.example.com", false),
            ("", "https://localhost:9000", false),
            ("", "https://b.s3.localhost", false),
            ("", "https://127.1.2.3", false),
            ("", "https://[::1]:9000", false),
            ("*", "https://s3.example.com", false),
            ("*", "https://10.0.0.1", false),
            ("*", "https://[2001:db8::1]", false),
            ("example.com", "https://example.com", false),
            ("example.com", "https://s3.example.com.", false),
            ("Example.Com", "https://s3.example.com", false),
            (".example.com", "https://example.com", false),
            ("*.example.com", "https://s3.example.com", false),
            ("example.com", "https://notexample.com", true),
            ("ample.com", "https://example.com", true),
            ("a.test b.test", "https://b.test", false),
            ("a.test, b.test", "https://b.test", false),
            ("example.com:443", "https://s3.example.com", false),
            ("example.com:8443", "https://s3.example.com", true),
            ("10.0.0.1", "https://10.0.0.1:9000", false),
            ("10.0.0.1", "https://10.0.0.2:9000", true),
            ("10.0.0.0/8", "https://10.9.9.9", false),
            ("10.0.0.0/8", "https://11.0.0.1", true),
            ("0.0.0.0/0", "https://11.0.0.1", false),
            ("2001:db8::/32", "https://[2001:db8:1::1]", false),
            ("2001:db8::/32", "https://[2001:db9::1]", true),
            ("[2001:db8::1]:9000", "https://[2001:db8::1]:9000", false),
            ("2001:db8::1", "https://[2001:db8::1]:9000", false),
            (".", "https://s3.example.com", true),
        ] {
            assert_eq!(goes_through(excepted, url), through, "{excepted} {url}");
        }
    }
}
