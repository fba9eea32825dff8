//! Recognizes URLs that are not signed with S3's Signature Version 4, so that an error can name the
//! kind of signature.

use std::fmt;

/// A kind of signed URL that this crate recognizes but cannot parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherKind {
    /// A URL with S3's Signature Version 2.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>
    SigV2,
    /// A URL with S3's Signature Version 4A, which multi-Region access points require.
    SigV4a,
    /// Google Cloud Storage.
    Google,
    /// Amazon `CloudFront`.
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html>
    CloudFront,
    /// A shared access signature of Azure Storage.
    Azure,
}

impl OtherKind {
    /// Determines the kind of a signed URL from its decoded query parameters. Returns `None` for
    /// `SigV4` and for URLs without a signature.
    #[must_use]
    pub fn of(query: &[(String, String)]) -> Option<Self> {
        let value = |name: &str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let has = |name: &str| value(name).is_some();
        if value("X-Amz-Algorithm") == Some("AWS4-ECDSA-P256-SHA256") {
            Some(Self::SigV4a)
        } else if has("X-Amz-Signature") || has("X-Amz-Algorithm") {
            None
        } else if has("X-Goog-Signature") || has("X-Goog-Algorithm") || has("GoogleAccessId") {
            Some(Self::Google)
        } else if has("Key-Pair-Id") && has("Signature") {
            Some(Self::CloudFront)
        } else if has("AWSAccessKeyId") && has("Signature") {
            Some(Self::SigV2)
        } else if has("sig") && has("sv") && (has("se") || has("si")) {
            Some(Self::Azure)
        } else {
            None
        }
    }
}

impl fmt::Display for OtherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SigV2 => {
                "a SigV2 URL of S3 (AWSAccessKeyId, Signature): most regions refuse it, it cannot use KMS, and it may be valid for years"
            }
            Self::SigV4a => "a SigV4A URL of S3 (X-Amz-Region-Set), which multi-Region access points use",
            Self::Google => "a signed URL of Google Cloud Storage",
            Self::CloudFront => "a signed URL of Amazon CloudFront, signed with a CloudFront key pair instead of an access key",
            Self::Azure => "a shared access signature (SAS) of Azure Storage",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Option<OtherKind> {
        let pairs = query.split('&').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        });
        OtherKind::of(&pairs.collect::<Vec<_>>())
    }

    #[test]
    fn each_kind_is_known_by_its_parameters() {
        for (query, kind) in [
            ("AWSAccessKeyId=A&Expires=1&Signature=b", OtherKind::SigV2),
            (
                "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Region-Set=%2A",
                OtherKind::SigV4a,
            ),
            (
                "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=b",
                OtherKind::Google,
            ),
            (
                "GoogleAccessId=a@b&Expires=1&Signature=b",
                OtherKind::Google,
            ),
            ("Expires=1&Signature=b&Key-Pair-Id=K", OtherKind::CloudFront),
            ("Policy=p&Signature=b&Key-Pair-Id=K", OtherKind::CloudFront),
            ("sv=2024-01-01&se=2026&sp=r&sig=b", OtherKind::Azure),
        ] {
            assert_eq!(of(query), Some(kind), "{query}");
        }
        for query in [
            "",
            "a=b",
            "Signature=b",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=b",
            "sig=b",
        ] {
            assert_eq!(of(query), None, "{query}");
        }
    }
}
