//! Where connections go: reqwest's names are resolved by our resolver.

use crate::resolver;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::net::SocketAddr;

/// The resolver that a client of reqwest is given.
pub(super) struct Reach;

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = resolver::addresses(name.as_str()).await?;
            // Port 0 stands for the URL's.
            let sockets = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

/// The cause of this type below an error.
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
