//! The cryptography of TLS: the parts of rustls's provider for ring that a client of S3 needs.
//!
//! rustls's own provider also has ChaCha20-Poly1305 and the signatures of client certificates. This
//! provider omits both, which makes the binary smaller. Every server of TLS 1.3 must support
//! AES-GCM, and S3 has no client certificates. A server that supports only TLS 1.2 with
//! ChaCha20-Poly1305 cannot be used.

use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::crypto::ring::{cipher_suite, kx_group};
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SignatureScheme};
use std::sync::Arc;
use webpki::ring as signature;

/// Returns the provider for [`ClientConfig`](rustls::ClientConfig).
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ],
        kx_groups: vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1],
        signature_verification_algorithms: SIGNATURES,
        secure_random: &System,
        key_provider: &System,
    }
}

/// The signatures of certificates and handshakes, in the order of rustls's own provider.
const SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        signature::ECDSA_P256_SHA256,
        signature::ECDSA_P256_SHA384,
        signature::ECDSA_P384_SHA256,
        signature::ECDSA_P384_SHA384,
        signature::ED25519,
        signature::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        signature::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        signature::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        signature::RSA_PKCS1_2048_8192_SHA256,
        signature::RSA_PKCS1_2048_8192_SHA384,
        signature::RSA_PKCS1_2048_8192_SHA512,
        signature::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        signature::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        signature::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    mapping: &[
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[signature::ECDSA_P384_SHA384, signature::ECDSA_P256_SHA384],
        ),
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[signature::ECDSA_P256_SHA256, signature::ECDSA_P384_SHA256],
        ),
        (SignatureScheme::ED25519, &[signature::ED25519]),
        (
            SignatureScheme::RSA_PSS_SHA512,
            &[signature::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PSS_SHA384,
            &[signature::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PSS_SHA256,
            &[signature::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA512,
            &[signature::RSA_PKCS1_2048_8192_SHA512],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA384,
            &[signature::RSA_PKCS1_2048_8192_SHA384],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA256,
            &[signature::RSA_PKCS1_2048_8192_SHA256],
        ),
    ],
};

/// The random numbers of the operating system, and no private keys.
#[derive(Debug)]
struct System;

impl SecureRandom for System {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        SystemRandom::new()
            .fill(buffer)
            .map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for System {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General(
            "client certificates are not supported".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::SignatureVerificationAlgorithm;

    #[test]
    fn the_provider_equals_that_of_rustls_without_chacha20() {
        let (ours, theirs) = (provider(), rustls::crypto::ring::default_provider());
        let mut suites = theirs.cipher_suites.clone();
        suites.retain(|it| !format!("{it:?}").contains("CHACHA20"));
        assert_eq!(ours.cipher_suites, suites);
        assert_eq!(suites.len(), 6);
        assert_eq!(
            format!("{:?}", ours.kx_groups),
            format!("{:?}", theirs.kx_groups)
        );
        let algorithms = |provider: &CryptoProvider| {
            let WebPkiSupportedAlgorithms { all, mapping } =
                provider.signature_verification_algorithms;
            let ids = |list: &[&dyn SignatureVerificationAlgorithm]| -> Vec<_> {
                (list
                    .iter()
                    .map(|it| (it.public_key_alg_id(), it.signature_alg_id())))
                .collect()
            };
            let mapping = mapping.iter().map(|(scheme, list)| (*scheme, ids(list)));
            (ids(all), mapping.collect::<Vec<_>>())
        };
        assert_eq!(algorithms(&ours), algorithms(&theirs));
        let random = || {
            let mut bytes = [0; 16];
            ours.secure_random.fill(&mut bytes).map(|()| bytes).ok()
        };
        let (first, second) = (random(), random());
        assert!(first.is_some() && first != second);
    }
}
