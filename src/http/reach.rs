//! The addresses that a connection may reach: any address over TLS, because the certificate identifies the
//! server; only those of [`PlainHttp`] over plain HTTP.
//!
//! Each connection resolves its name once and connects to the addresses that were checked. So a name server
//! that changes its answer after the check cannot redirect the connection.

use crate::resolver;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The addresses that plain HTTP may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// The loopback addresses, and the listed addresses.
    LoopbackAnd(&'static [IpAddr]),
    /// Every address.
    Anywhere,
}

impl PlainHttp {
    /// The loopback addresses alone.
    pub const LOOPBACK: Self = PlainHttp::LoopbackAnd(&[]);

    /// Rejects a URL whose host is a forbidden address. Names are checked when they are resolved.
    pub(super) fn check_literal(self, url: &Url) -> Result<(), Forbidden> {
        let host = url.host_str().unwrap_or_default();
        match host.trim_matches(['[', ']']).parse() {
            Ok(address) => self.check(address),
            Err(_) => Ok(()),
        }
    }

    fn check(self, address: IpAddr) -> Result<(), Forbidden> {
        // `::ffff:127.0.0.1` is another form of 127.0.0.1.
        let address = address.to_canonical();
        match self {
            PlainHttp::LoopbackAnd(others)
                if !address.is_loopback() && !others.contains(&address) =>
            {
                Err(Forbidden(address))
            }
            PlainHttp::LoopbackAnd(_) | PlainHttp::Anywhere => Ok(()),
        }
    }
}

/// An address that plain HTTP may not connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forbidden(pub(super) IpAddr);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plain HTTP may not connect to {}", self.0)
    }
}

impl Error for Forbidden {}

/// Resolves names for reqwest, and fails if one of the addresses is forbidden.
pub(super) struct Reach(pub(super) PlainHttp);

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let Reach(allowed) = *self;
        Box::pin(async move {
            let addresses = resolver::addresses(name.as_str()).await?;
            for address in &addresses {
                allowed.check(*address)?;
            }
            // reqwest replaces port 0 by the port of the URL.
            let sockets = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

/// The first error of this type among the sources of an error.
pub(super) fn cause<T: Error + 'static>(error: &dyn Error) -> Option<&T> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const AGENT: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2));

    #[test]
    fn plain_http_reaches_loopback_and_the_addresses_named() {
        let allowed = |rule: PlainHttp, url: &str| {
            let url = Url::parse(url).unwrap();
            rule.check_literal(&url).is_ok()
        };
        for (url, loopback, with_agent) in [
            ("http://127.0.0.1:9000/x", true, true),
            ("http://127.1", true, true),
            ("http://[::1]:80", true, true),
            ("http://[::ffff:127.0.0.1]", true, true),
            ("http://0.0.0.0", false, false),
            ("http://[::]", false, false),
            ("http://[::ffff:10.0.0.1]", false, false),
            ("http://167772161", false, false), // 10.0.0.1
            ("http://169.254.170.2/v2", false, true),
            ("http://[::ffff:169.254.170.2]", false, true),
        ] {
            assert_eq!(allowed(PlainHttp::LOOPBACK, url), loopback, "{url}");
            let rule = PlainHttp::LoopbackAnd(&[AGENT]);
            assert_eq!(allowed(rule, url), with_agent, "{url}");
            assert!(allowed(PlainHttp::Anywhere, url), "{url}");
        }
    }
}
