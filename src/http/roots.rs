//! The certificates that connections trust: from a named file, the system, or those of Mozilla.

use super::error::Cause;
use super::tls::Trust;
use super::{Error, Kind};
use crate::context::Context;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;

const CA_BUNDLE_LIMIT: u64 = 16 << 20;

/// Loads the certificates of `bundle`. Without a bundle, loads the certificates of the system, or
/// those of Mozilla if the system has none.
pub(super) fn load(context: &Context, bundle: Option<&Path>) -> Result<Trust, Error> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = bundle {
        let kind = || Kind::CaBundle(path.to_owned());
        let pem = context
            .read_regular(path, CA_BUNDLE_LIMIT)
            .map_err(|error| Error::new(kind(), error))?
            .ok_or_else(|| Error::new(kind(), Cause::NoFile))?;
        let mut named = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|_| Error::new(kind(), Cause::NotPem))?;
            roots
                .add(certificate.clone())
                .map_err(|error| Error::new(kind(), error))?;
            named.push(certificate);
        }
        if named.is_empty() {
            return Err(Error::new(kind(), Cause::NoCertificate));
        }
        return Ok(Trust { roots, named });
    }
    let found = rustls_native_certs::load_native_certs().certs;
    roots.add_parsable_certificates(found.iter().cloned());
    let mut named = Vec::new();
    // A user who names a CA bundle trusts no other certificates, so a bundle without certificates
    // is an error.
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(path) = context.var(name) {
            if roots.is_empty() {
                let kind = Kind::CaBundle(path.into());
                return Err(Error::new(kind, Cause::NamedBy(name)));
            }
            named.clone_from(&found);
        }
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(Trust { roots, named })
}
