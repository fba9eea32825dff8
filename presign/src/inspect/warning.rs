//! Finds problems of a presigned URL: reasons why S3 rejects the URL, and properties that its user
//! should know.

use super::pasted::Repair;
use super::{Inspected, tracking};
use crate::encode;
use crate::endpoint::{AwsHost, Service};
use crate::timestamp;
use std::fmt;
use time::{Duration, OffsetDateTime};

/// A reason why S3 rejects a presigned URL, or a property that the URL's user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A program had changed the URL, for example a mail program, and [`parse`](super::parse)
    /// repaired the URL.
    Repaired(Repair),
    /// The URL has expired.
    Expired,
    /// The URL is not valid yet, because `X-Amz-Date` is in the future.
    NotYetValid,
    /// `X-Amz-Expires` is more than seven days, which S3 refuses.
    TooLong,
    /// The URL uses plain HTTP, so anyone on the network path can read and use the URL.
    PlainHttp,
    /// The path has `.` or `..` segments, which curl and browsers remove.
    DotSegments,
    /// The path has `%25` before two hexadecimal digits, so the path may have been percent-encoded
    /// twice.
    DoubleEncoding,
    /// The query contains `+`, which some programs read as a space.
    PlusInQuery,
    /// S3 rejects the URL, because the date in the scope differs from the date in `X-Amz-Date`.
    DatesDiffer,
    /// S3 rejects the URL, because `host` is not one of the signed headers.
    HostNotSigned,
    /// The URL is signed for this service, but S3 accepts only `s3`.
    OtherService(String),
    /// The region in the host name differs from the region for which the URL was signed.
    OtherRegion {
        /// The region in the scope.
        signed: String,
        /// The region in the host name.
        host: String,
    },
    /// The access key is temporary, and `X-Amz-Security-Token` is missing.
    NoSessionToken,
    /// The query parameter with this name contains the checksum of an empty file.
    EmptyFileChecksum(String),
    /// The URL has parameters that mail programs and link trackers add, with these names. S3
    /// includes every parameter in the signature, so it rejects the URL.
    AddedParameters(Vec<String>),
    /// The host serves a static website, and such hosts accept no signatures.
    WebsiteHost,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repaired(repair) => repair.fmt(f),
            Self::Expired => f.write_str("the URL has expired"),
            Self::NotYetValid => f.write_str(
                "the URL is not valid yet: its X-Amz-Date is more than 15 minutes in the future; check the signer's clock",
            ),
            Self::TooLong => f.write_str("the URL is valid for more than 7 days: S3 rejects it"),
            Self::PlainHttp => f.write_str(
                "the URL uses http: anyone on the network path can read and use it",
            ),
            Self::DotSegments => f.write_str(
                "the path has `.` or `..` segments: browsers and curl (without --path-as-is) rewrite them, which breaks the signature",
            ),
            Self::DoubleEncoding => f.write_str(
                "the path has %25 followed by two hex digits: it may have been percent-encoded twice",
            ),
            Self::PlusInQuery => {
                f.write_str("the query contains `+`, which some programs decode as a space")
            }
            Self::DatesDiffer => f.write_str(
                "the scope's date differs from the date in X-Amz-Date: S3 rejects the URL",
            ),
            Self::HostNotSigned => f.write_str("the signature does not cover the `host` header: S3 rejects the URL"),
            Self::OtherService(service) => {
                write!(f, "the URL is signed for the service `{service}`, but S3 accepts only `s3`")
            }
            Self::OtherRegion { signed, host } => write!(
                f,
                "the URL is signed for {signed}, but its host belongs to {host}: S3 refuses the URL"
            ),
            Self::NoSessionToken => f.write_str(
                "an access key ID that begins with ASIA is temporary, and X-Amz-Security-Token is missing: S3 refuses the URL",
            ),
            Self::EmptyFileChecksum(name) => write!(
                f,
                "{name} is the checksum of an empty file, so S3 accepts only an empty file: the AWS SDK that signed the URL added this checksum (set its request_checksum_calculation to when_required)"
            ),
            Self::AddedParameters(names) => write!(
                f,
                "a mail program or a link tracker seems to have added {}: S3 refuses parameters that were not signed, so remove them",
                names.join(", ")
            ),
            Self::WebsiteHost => f.write_str(
                "the host serves a static website and does not accept presigned URLs",
            ),
        }
    }
}

/// Returns all warnings about a URL, as of the time `now`.
pub(super) fn all(url: &Inspected, now: OffsetDateTime) -> Vec<Warning> {
    let mut found: Vec<Warning> = url.repairs.iter().copied().map(Warning::Repaired).collect();
    let path = encode::decode(url.raw_path.as_bytes()).unwrap_or_default();
    let dots = |segment: &[u8]| segment == b"." || segment == b"..";
    let doubled = url
        .raw_path
        .split("%25")
        .skip(1)
        .any(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit()));
    let checks = [
        (now >= url.expires_at(), Warning::Expired),
        (url.at > now + Duration::minutes(15), Warning::NotYetValid),
        (url.expires > 604_800, Warning::TooLong),
        (url.scheme == "http", Warning::PlainHttp),
        (path.split(|&b| b == b'/').any(dots), Warning::DotSegments),
        (doubled, Warning::DoubleEncoding),
        (url.plus_in_query, Warning::PlusInQuery),
        (
            !timestamp::amz_date(url.at).starts_with(&url.scope.date),
            Warning::DatesDiffer,
        ),
        (
            !url.signed_headers.iter().any(|name| name == "host"),
            Warning::HostNotSigned,
        ),
        (
            url.access_key_id.starts_with("ASIA") && !url.has_token(),
            Warning::NoSessionToken,
        ),
    ];
    found.extend(
        checks
            .into_iter()
            .filter_map(|(applies, warning)| applies.then_some(warning)),
    );
    if !url.scope.service.starts_with("s3") {
        found.push(Warning::OtherService(url.scope.service.clone()));
    }
    let host = url.host.split(':').next().unwrap_or_default();
    if let Some(host) = AwsHost::parse(host) {
        if host.service == Service::Website {
            found.push(Warning::WebsiteHost);
        }
        if let Some(region) = host.region.filter(|region| *region != url.scope.region) {
            found.push(Warning::OtherRegion {
                signed: url.scope.region.clone(),
                host: region.to_owned(),
            });
        }
    }
    found.extend(
        url.query
            .iter()
            .filter(|(name, value)| is_of_empty_file(name, value))
            .map(|(name, _)| Warning::EmptyFileChecksum(name.clone())),
    );
    let added = tracking(url);
    if !added.is_empty() {
        found.push(Warning::AddedParameters(added));
    }
    found
}

/// Whether a query parameter is the checksum of an empty file. Newer AWS SDKs add this parameter to
/// a presigned PUT, because they sign the URL without the file.
fn is_of_empty_file(name: &str, value: &str) -> bool {
    let empty = match name.to_ascii_lowercase().as_str() {
        "x-amz-checksum-crc32" | "x-amz-checksum-crc32c" => "AAAAAA==",
        "x-amz-checksum-crc64nvme" => "AAAAAAAAAAA=",
        "x-amz-checksum-sha1" => "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        "x-amz-checksum-sha256" => "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        _ => return false,
    };
    value == empty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::parse;

    const URL: &str = "https://drop-box.s3.eu-west-1.amazonaws.com/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    #[track_caller]
    fn warns(url: &str, warnings: &[Warning]) {
        let url = parse(url).unwrap();
        assert_eq!(url.warnings(url.at), warnings);
    }

    #[test]
    fn a_scope_that_s3_refuses_is_reported() {
        warns(URL, &[]);
        warns(
            &URL.replace("%2Fs3%2F", "%2Fsts%2F"),
            &[Warning::OtherService("sts".into())],
        );
        warns(
            &URL.replace("%2Feu-west-1%2F", "%2Fus-east-1%2F"),
            &[Warning::OtherRegion {
                signed: "us-east-1".into(),
                host: "eu-west-1".into(),
            }],
        );
        // The global host of S3 and the hosts of other servers contain no region.
        for host in ["drop-box.s3.amazonaws.com", "s3.eu-west-1.example.com:9000"] {
            let url = URL.replace("drop-box.s3.eu-west-1.amazonaws.com", host);
            warns(&url.replace("%2Feu-west-1%2F", "%2Fus-east-2%2F"), &[]);
        }
        warns(
            &URL.replace("box.s3.eu-west-1", "box.s3-website-eu-west-1"),
            &[Warning::WebsiteHost],
        );
    }

    #[test]
    fn a_temporary_key_without_its_token_is_reported() {
        let temporary = URL.replace("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE");
        warns(&temporary, &[Warning::NoSessionToken]);
        warns(
            &temporary.replace(
                "&X-Amz-SignedHeaders",
                "&X-Amz-Security-Token=t&X-Amz-SignedHeaders",
            ),
            &[],
        );
    }

    #[test]
    fn a_checksum_of_an_empty_file_is_reported() {
        let with = |parameter: &str| {
            URL.replace("&X-Amz-Sig", &format!("&{parameter}&X-Amz-Sig"))
                .replace(
                    &format!("&{parameter}&X-Amz-SignedHeaders"),
                    "&X-Amz-SignedHeaders",
                )
        };
        for (name, parameter) in [
            ("x-amz-checksum-crc32", "x-amz-checksum-crc32=AAAAAA%3D%3D"),
            (
                "x-amz-checksum-crc64nvme",
                "x-amz-checksum-crc64nvme=AAAAAAAAAAA%3D",
            ),
        ] {
            warns(&with(parameter), &[Warning::EmptyFileChecksum(name.into())]);
        }
        warns(&with("x-amz-checksum-crc32=AAAAAQ%3D%3D"), &[]);
    }

    #[test]
    fn parameters_that_were_added_after_signing_are_named_and_can_be_removed() {
        let url = format!("{URL}&utm_source=mail&fbclid=x");
        let names = vec!["utm_source".to_owned(), "fbclid".to_owned()];
        warns(&url, &[Warning::AddedParameters(names)]);
        let without = parse(&url).unwrap().without_tracking().unwrap();
        assert_eq!(without.query, parse(URL).unwrap().query);
        assert_eq!(parse(URL).unwrap().without_tracking(), None);
    }
}
