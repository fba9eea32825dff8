//! Signs requests to S3 and STS with AWS's crate `aws-sigv4`, which adds the signature as a header.
//! Only this module imports `aws-sigv4`.
//!
//! The crate `s3-presign` signs presigned URLs. `presign/tests/oracle.rs` compares the signatures
//! of both crates.

use crate::http::{Error, Request};
use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as sign_v4,
};
use aws_sigv4::sign::v4;
use s3_presign::Credentials;
use std::fmt;
use std::time::SystemTime;
use time::OffsetDateTime;

/// The credentials and the scope with which requests are signed.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The credentials that sign the requests.
    pub credentials: &'a Credentials,
    /// The region in the scope of the signature.
    pub region: &'a str,
    /// The service in the scope of the signature: `s3` or `sts`.
    pub service: &'a str,
}

impl Signer<'_> {
    /// Adds the headers `authorization`, `x-amz-date`, `x-amz-content-sha256` and, for temporary
    /// credentials, `x-amz-security-token`. The signature also covers the headers that the request
    /// already has.
    ///
    /// # Errors
    /// Fails if a header, the access key ID or the URL contains characters that HTTP does not
    /// allow, or if the URL is too long.
    pub fn sign(&self, request: &mut Request, at: OffsetDateTime) -> Result<(), Error> {
        // This check is necessary, because `aws-sigv4` accepts every character in an access key ID,
        // and non-ASCII control characters in a session token.
        let is_plain = |value: &str| value.bytes().all(|byte| byte.is_ascii_graphic());
        let token = self.credentials.session_token.as_ref();
        if !is_plain(&self.credentials.access_key_id) {
            return Err(Error::setup(NotAHeaderValue("access key id")));
        }
        if token.is_some_and(|token| !is_plain(token.expose())) {
            return Err(Error::setup(NotAHeaderValue("session token")));
        }
        // The defaults of `aws-sigv4` do not apply to S3. S3 percent-encodes a path only once, does
        // not normalize the path, and requires the hash of the payload in a header.
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = AwsCredentials::new(
            &self.credentials.access_key_id,
            self.credentials.secret_access_key.expose(),
            self.credentials
                .session_token
                .as_ref()
                .map(|token| token.expose().to_owned()),
            None,
            "s3-secure-bucket",
        )
        .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::from(at))
            .settings(settings)
            .build()
            .map_err(Error::setup)?
            .into();
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableRequest::new(
            request.method,
            request.url.as_str(),
            headers,
            SignableBody::Bytes(&request.body),
        )
        .map_err(Error::setup)?;
        let (instructions, _) = sign_v4(signable, &params)
            .map_err(Error::setup)?
            .into_parts();
        let signed: Vec<(String, String)> = instructions
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        request.headers.extend(signed);
        Ok(())
    }
}

/// The error for credentials whose named part contains characters that a header cannot contain.
#[derive(Debug)]
struct NotAHeaderValue(&'static str);

impl fmt::Display for NotAHeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the {} contains white space, control characters or non-ASCII characters",
            self.0
        )
    }
}

impl std::error::Error for NotAHeaderValue {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request is the example "GET Bucket Lifecycle" in
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    #[test]
    fn the_documented_lifecycle_request_has_the_documented_signature() {
        let credentials = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        );
        let mut request = Request {
            method: "GET",
            url: "https://examplebucket.s3.amazonaws.com/?lifecycle".into(),
            headers: vec![],
            body: vec![],
        };
        let at = s3_presign::timestamp::parse("20130524T000000Z").unwrap();
        Signer {
            credentials: &credentials,
            region: "us-east-1",
            service: "s3",
        }
        .sign(&mut request, at)
        .unwrap();
        let header = |name: &str| {
            let found = request.headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str()).unwrap()
        };
        assert_eq!(
            header("x-amz-content-sha256"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            header("authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
             Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        );
    }

    /// URLs and headers may contain secrets, so the error quotes neither a URL nor a header.
    #[test]
    fn what_http_cannot_carry_is_an_error_without_a_value() {
        let long = format!("https://h/?continuation-token={}", "A".repeat(70_000));
        for (url, token) in [
            (long.as_str(), "MARKER"),
            ("https://h/", "MARKER\nb"),
            ("https://h/", "MARKER\u{0}"),
            ("https://h/", "MARKER\u{91}"),
            ("https://h/MARKER b", "MARKER"),
            ("not a url MARKER", "MARKER"),
        ] {
            let credentials = Credentials::new("AKID", "secret").with_token(token);
            let mut request = Request {
                method: "GET",
                url: url.to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
            };
            let signer = Signer {
                credentials: &credentials,
                region: "us-east-1",
                service: "s3",
            };
            let error = signer
                .sign(&mut request, OffsetDateTime::UNIX_EPOCH)
                .unwrap_err();
            let causes: Vec<String> =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| {
                    error.source()
                })
                .map(ToString::to_string)
                .collect();
            let shown = causes.join(": ");
            assert!(!shown.contains("MARKER"), "{shown}");
            assert!(shown.len() < 200, "{shown}");
        }
    }
}
