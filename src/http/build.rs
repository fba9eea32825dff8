//! Builds the clients of reqwest.

use super::proxy::Proxy;
use super::reach::{PlainHttp, Reach};
use super::tls::{self, Trust};
use super::{Error, Options, roots};
use crate::context::Context;
use std::sync::Arc;

/// Returns a client for https, which uses the proxy if one is set. The certificate identifies the
/// server, so the client may connect to any address.
pub(super) fn https(
    context: &Context,
    options: &Options,
    proxy: Option<&Arc<Proxy>>,
) -> Result<reqwest::Client, Error> {
    let trust = if options.roots {
        roots::load(context, options.ca_bundle.as_deref())?
    } else {
        Trust::nothing()
    };
    let mut builder = builder(options, trust, PlainHttp::Anywhere)?.https_only(true);
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy.for_reqwest());
    }
    builder.build().map_err(Error::from_reqwest)
}

/// A client for plain HTTP, which connects only to the addresses of `plain_http`.
pub(super) fn plain(options: &Options) -> Result<reqwest::Client, Error> {
    let builder = builder(options, Trust::nothing(), options.plain_http)?;
    builder.build().map_err(Error::from_reqwest)
}

/// Returns a builder with the settings that all clients share. Names resolve only to addresses that
/// `reach` allows.
fn builder(
    options: &Options,
    trust: Trust,
    reach: PlainHttp,
) -> Result<reqwest::ClientBuilder, Error> {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls::config(trust)?)
        .dns_resolver(Reach(reach))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .http1_only()
        .user_agent(concat!("s3-secure-bucket/", env!("CARGO_PKG_VERSION")));
    Ok(builder)
}
