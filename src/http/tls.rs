//! TLS: decides which certificates to accept, and describes TLS errors.

use super::error::CertificateProblem;
use super::key_usage;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use s3_presign::timestamp::rfc3339;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use time::OffsetDateTime;

/// The certificates that connections trust.
pub(super) struct Trust {
    /// CAs whose certificates are accepted.
    pub(super) roots: RootCertStore,
    /// Certificates that the user names in a file. The program trusts a server that shows one of
    /// these certificates, even if the certificate is a CA certificate.
    pub(super) named: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Trusts no certificate, for clients of plain HTTP.
    pub(super) fn nothing() -> Self {
        Trust {
            roots: RootCertStore::empty(),
            named: Vec::new(),
        }
    }
}

/// A client for TLS 1.2 and 1.3.
pub(super) fn config(trust: Trust) -> Result<ClientConfig, super::Error> {
    let provider = Arc::new(super::provider::provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(super::Error::setup)?;
    if trust.named.is_empty() {
        let config = config.with_root_certificates(trust.roots);
        return Ok(config.with_no_client_auth());
    }
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(trust.roots), provider)
        .build()
        .map_err(super::Error::setup)?;
    let verifier = NamedCertificateVerifier {
        webpki,
        named: trust.named,
    };
    let config = config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(config.with_no_client_auth())
}

/// Verifies as rustls does, and also accepts a self-signed CA certificate that the user named.
///
/// `openssl req -x509` makes such certificates for servers. webpki rejects a server that shows a CA
/// certificate. curl and OpenSSL accept it if the certificate is in their bundle, and so does this verifier,
/// if the certificate is not expired and names the host. rustls still verifies the signature of the
/// handshake, which shows that the server has the private key.
#[derive(Debug)]
struct NamedCertificateVerifier {
    webpki: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for NamedCertificateVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.webpki.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // webpki checks the dates before it reports this error, and the purposes after it; the tests
            // verify this order.
            Err(error) if is_ca(&error) && self.named.contains(end_entity) => {
                match key_usage::allows_server(end_entity) {
                    Some(true) => {}
                    Some(false) => return Err(CertificateError::InvalidPurpose.into()),
                    None => return Err(CertificateError::BadEncoding.into()),
                }
                let certificate = ParsedCertificate::try_from(end_entity)?;
                verify_server_name(&certificate, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Whether the certificate is rejected only because it is a CA certificate. rustls has no variant for this
/// error of webpki, so its text is read.
fn is_ca(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.to_string() == "CaUsedAsEndEntity"
        }
        _ => false,
    }
}

/// The rustls error among the sources of an error. An `io::Error` does not list the rustls error
/// among its sources.
pub(super) fn failure<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inside = error.downcast_ref::<io::Error>();
        next = match inside.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Returns the reason why a certificate is not accepted, or `None` if the failure is not about a
/// certificate.
pub(super) fn problem(error: &rustls::Error) -> Option<CertificateProblem> {
    let rustls::Error::InvalidCertificate(error) = error else {
        return None;
    };
    Some(match error {
        CertificateError::UnknownIssuer => CertificateProblem::Untrusted,
        CertificateError::NotValidForNameContext { presented, .. }
            if hosts(presented).is_empty() =>
        {
            CertificateProblem::NoName
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::Name
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateProblem::Time,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            CertificateProblem::Purpose
        }
        // ring rejects RSA keys of less than 2048 bits with this error.
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateProblem::Algorithm
        }
        _ if is_ca(&rustls::Error::InvalidCertificate(error.clone())) => {
            CertificateProblem::Untrusted
        }
        _ => CertificateProblem::Other,
    })
}

/// Whether the peer sent bytes that are not TLS.
pub(super) fn is_not_tls(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidMessage(_))
}

/// Describes a TLS error in plain English, for an error message.
pub(super) fn in_words(error: &rustls::Error) -> String {
    use rustls::AlertDescription as Alert;
    let certificate = match error {
        rustls::Error::InvalidCertificate(certificate) => certificate,
        error if is_not_tls(error) => {
            return "the answer is not TLS: the port may serve plain HTTP".to_owned();
        }
        rustls::Error::AlertReceived(
            alert
            @ (Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity),
        ) => {
            return format!(
                "the server has no TLS version, cipher or certificate that this program supports ({alert:?})"
            );
        }
        rustls::Error::AlertReceived(alert) => {
            return format!(
                "the server ended the handshake with an alert: {}",
                words(alert)
            );
        }
        rustls::Error::PeerIncompatible(why) => {
            return format!(
                "the server and this program have no TLS settings in common: {}",
                words(why)
            );
        }
        rustls::Error::PeerMisbehaved(why) => {
            return format!("the server breaks the TLS protocol: {}", words(why));
        }
        other => return other.to_string(),
    };
    match certificate {
        CertificateError::UnknownIssuer => {
            "no trusted CA issued the certificate (UnknownIssuer)".to_owned()
        }
        CertificateError::BadSignature => {
            "a signature of the certificate or the handshake is wrong, or its RSA key has less than 2048 bits (BadSignature)".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. }
            if hosts(presented).is_empty() =>
        {
            "the certificate names no host, because it has no subjectAltName".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!("the certificate is for {}", hosts(presented).join(", "))
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not for servers: its extendedKeyUsage lacks serverAuth".to_owned()
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate expired at {}", date(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate is not valid before {}", date(*not_before))
        }
        _ if problem(error) == Some(CertificateProblem::Algorithm) => {
            "the certificate has a key or a signature of an unsupported type; supported are RSA, Ed25519, and ECDSA with P-256 and P-384".to_owned()
        }
        _ if is_ca(error) => {
            "the server's certificate is a CA certificate that is not trusted (CaUsedAsEndEntity)".to_owned()
        }
        CertificateError::Other(rule) => {
            format!("the certificate breaks a rule for server certificates ({})", words(&format_args!("{rule}")))
        }
        other => format!("the certificate cannot be used: {}", words(other)),
    }
}

/// The hosts among the names of a certificate. webpki describes a name as `DnsName("example.com")` or
/// `IpAddress(127.0.0.1)`.
fn hosts(presented: &[String]) -> Vec<&str> {
    presented.iter().filter_map(|name| host(name)).collect()
}

fn host(name: &str) -> Option<&str> {
    let (kind, rest) = name.split_once('(')?;
    let is_host = ["DnsName", "IpAddress"].contains(&kind);
    is_host.then(|| rest.trim_end_matches(')').trim_matches('"'))
}

/// The name of a variant of rustls, such as `UnhandledCriticalExtension`, as words: `unhandled critical
/// extension`. Values in the variant are left out, because rustls formats them for programmers.
fn words(variant: &impl fmt::Debug) -> String {
    let text = format!("{variant:?}");
    let name = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(time) => rfc3339(time),
        Err(_) => format!("second {seconds} since 1970"),
    }
}
