//! Derives the signing key of Signature Version 4, which is valid for one day, one region and one
//! service.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#derive-signing-key>

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The scope of a signature: the date, the region and the service for which the signature is valid.
///
/// As a text, a scope has the format `DATE/REGION/SERVICE/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The date in UTC, in the format `YYYYMMDD`.
    pub date: String,
    /// The region for which the request is signed, such as `eu-west-1`.
    pub region: String,
    /// The name of the service for signatures, such as `s3` or `sts`.
    pub service: String,
}

impl Scope {
    /// Returns the scope of an S3 request that is signed at the time `amz_date`
    /// (`YYYYMMDDTHHMMSSZ`).
    #[must_use]
    pub fn s3(amz_date: &str, region: &str) -> Self {
        Scope {
            date: amz_date.chars().take(8).collect(),
            region: region.to_owned(),
            service: "s3".to_owned(),
        }
    }
}

impl Scope {
    /// Parses a scope such as `20130524/us-east-1/s3/aws4_request`. Returns `None` if the text does
    /// not have the format of a scope.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let scope = Scope {
            date: parts.next()?.to_owned(),
            region: parts.next()?.to_owned(),
            service: parts.next()?.to_owned(),
        };
        (parts.next() == Some("aws4_request") && parts.next().is_none()).then_some(scope)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scope {
            date,
            region,
            service,
        } = self;
        write!(f, "{date}/{region}/{service}/aws4_request")
    }
}

/// The key that signs requests in one [`Scope`]. Anyone who knows the signing key can sign any
/// request in this scope, so the signing key must stay secret.
#[derive(Clone)]
pub struct SigningKey {
    bytes: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    /// Derives the key as `HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service),
    /// "aws4_request")`.
    #[must_use]
    pub fn derive(secret_access_key: &str, scope: &Scope) -> Self {
        let seed = Zeroizing::new(format!("AWS4{secret_access_key}"));
        let date = hmac(seed.as_bytes(), scope.date.as_bytes());
        let region = hmac(&*date, scope.region.as_bytes());
        let service = hmac(&*region, scope.service.as_bytes());
        SigningKey {
            bytes: hmac(&*service, b"aws4_request"),
        }
    }

    /// Returns the 32 bytes of the key.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Returns the signature of a string to sign, as 64 lower-case hex digits.
    #[must_use]
    pub fn sign(&self, string_to_sign: &[u8]) -> String {
        hex::encode(*hmac(&*self.bytes, string_to_sign))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

fn hmac(key: &[u8], message: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts a key of any length");
    mac.update(message);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_documented_signing_key() {
        let scope = Scope::s3("20130524T000000Z", "us-east-1");
        let key = SigningKey::derive("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", &scope);
        assert_eq!(scope.to_string(), "20130524/us-east-1/s3/aws4_request");
        assert_eq!(
            hex::encode(*key.bytes),
            "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378"
        );
        assert_eq!(format!("{key:?}"), "SigningKey(secret)");
    }
}
