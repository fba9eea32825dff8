//! A temporary CA, which signs a certificate for each host name that a client requests.
//!
//! Most TLS clients reject a wildcard certificate for `*.localhost`, so the server creates a
//! certificate for the host name of each handshake.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::state::lock;

pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
    leaves: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    pub fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "s3-sandbox temporary CA");
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self {
            pem,
            issuer: Issuer::new(params, key),
            leaves: Mutex::default(),
        })
    }

    fn leaf(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let mut leaves = lock(&self.leaves);
        if let Some(leaf) = leaves.get(host) {
            return Some(Arc::clone(leaf));
        }
        let leaf = Arc::new(self.sign(host)?);
        leaves.insert(host.to_owned(), Arc::clone(&leaf));
        Some(leaf)
    }

    fn sign(&self, host: &str) -> Option<CertifiedKey> {
        let mut names: Vec<String> = ["localhost", "*.localhost", "127.0.0.1", "::1"]
            .map(str::to_owned)
            .to_vec();
        if host != "localhost" {
            names.push(host.to_owned());
        }
        let mut params = CertificateParams::new(names).ok()?;
        params
            .distinguished_name
            .push(DnType::CommonName, "s3-sandbox");
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().ok()?;
        let chain = vec![params.signed_by(&key, &self.issuer).ok()?.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).ok()?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).ok()
    }
}

/// Returns whether the CA signs a certificate for a host name. The CA signs certificates for
/// `localhost` names, for the example names of RFC 2606, and for AWS's names, which the tests reach
/// through a tunnel. The CA may sign certificates for AWS's names, because its private key never
/// leaves the process.
fn is_known(name: &str) -> bool {
    let domains = [".localhost", ".example.com", ".amazonaws.com"];
    name == "localhost" || domains.iter().any(|domain| name.ends_with(domain))
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        match hello.server_name() {
            Some(name) if is_known(name) => self.leaf(name),
            _ => self.leaf("localhost"),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}
