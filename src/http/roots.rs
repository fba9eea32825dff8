//! The certificate authorities that a connection trusts.

use super::error::Cause;
use super::{Error, Kind};
use crate::context::Context;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;

const CA_BUNDLE_LIMIT: u64 = 16 << 20;

/// The roots to trust: those of `bundle`, else the system's, else Mozilla's.
pub(super) fn load(
    context: &Context,
    bundle: Option<&Path>,
) -> Result<rustls::RootCertStore, Error> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = bundle {
        let kind = || Kind::CaBundle(path.to_owned());
        let pem = context
            .read(path, CA_BUNDLE_LIMIT)
            .map_err(|error| Error::new(kind(), error))?
            .ok_or_else(|| Error::new(kind(), Cause::NoFile))?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|_| Error::new(kind(), Cause::NotPem))?;
            roots
                .add(certificate)
                .map_err(|error| Error::new(kind(), error))?;
        }
        if roots.is_empty() {
            return Err(Error::new(kind(), Cause::NoCertificate));
        }
        return Ok(roots);
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    // Whoever names the roots trusts no others: without them nobody is trusted.
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(path) = context.var(name).filter(|_| roots.is_empty()) {
            let kind = Kind::CaBundle(path.into());
            return Err(Error::new(kind, Cause::NamedBy(name)));
        }
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}
