//! The proxy that connections go through.

use super::{Error, Kind};
use crate::context::Context;

/// `HTTPS_PROXY`, for https alone: the request goes through it as a tunnel, unseen. What stays on this
/// machine never goes through a proxy, nor does what `NO_PROXY` names.
pub(super) fn load(context: &Context) -> Result<Option<reqwest::Proxy>, Error> {
    let either = |upper: &str| {
        context
            .var(upper)
            .or_else(|| context.var(&upper.to_lowercase()))
    };
    let Some(url) = either("HTTPS_PROXY") else {
        return Ok(None);
    };
    let excepted = either("NO_PROXY").unwrap_or_default();
    let excepted = format!("localhost,127.0.0.0/8,::1,{excepted}");
    let proxy = reqwest::Proxy::https(url).map_err(|_| Error {
        kind: Kind::Proxy,
        // It would quote the URL, which may hold a password.
        source: None,
    })?;
    Ok(Some(
        proxy.no_proxy(reqwest::NoProxy::from_string(&excepted)),
    ))
}
