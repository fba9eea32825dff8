//! How the clients of reqwest are built.

use super::reach::{PlainHttp, Reach};
use super::{Error, Kind, Options, proxy, roots};
use crate::context::Context;
use std::sync::Arc;

/// A client for https, through the proxy if there is one. The certificate says who the server is, so
/// every address will do.
pub(super) fn https(context: &Context, options: &Options) -> Result<reqwest::Client, Error> {
    let roots = if options.roots {
        roots::load(context, options.ca_bundle.as_deref())?
    } else {
        rustls::RootCertStore::empty()
    };
    let mut builder = builder(options, tls(roots)?, PlainHttp::Anywhere).https_only(true);
    if options.proxy
        && let Some(proxy) = proxy::load(context)?
    {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(Error::from_reqwest)
}

/// A client for plain HTTP, which reaches the addresses of `plain_http` only.
pub(super) fn plain(options: &Options) -> Result<reqwest::Client, Error> {
    let tls = tls(rustls::RootCertStore::empty())?;
    let client = builder(options, tls, options.plain_http).build();
    client.map_err(Error::from_reqwest)
}

/// What is the same for all clients of reqwest; names resolve to addresses that `reach` allows.
fn builder(
    options: &Options,
    tls: rustls::ClientConfig,
    reach: PlainHttp,
) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Reach(reach))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .http1_only()
        .user_agent(concat!("s3-secure-bucket/", env!("CARGO_PKG_VERSION")))
}

/// TLS 1.2 and 1.3 with these roots.
fn tls(roots: rustls::RootCertStore) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Setup, error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
