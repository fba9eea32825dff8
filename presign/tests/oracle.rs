//! Compares this crate with AWS's `aws-sigv4` crate: both sign the same random requests, and the
//! results must be equal byte for byte.

#![allow(clippy::unwrap_used, missing_docs)]

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest,
    SignatureLocation, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use proptest::collection::vec;
use proptest::prelude::*;
use s3_presign::endpoint::{Addressing, Config, EndpointUrl, Region};
use s3_presign::{Credentials, Expiry, Method, ObjectKey, Presigner, Request, encode};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// The parameters of a random request.
#[derive(Debug, Clone)]
struct Case {
    method: Method,
    region: String,
    endpoint: Option<&'static str>,
    bucket: &'static str,
    key: Vec<u8>,
    token: Option<String>,
    at: i64,
    expires: u32,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

/// Signs the request with aws-sigv4, which needs a percent-encoded path. Only the path's encoding
/// comes from this crate; the unit tests of `encode` and the published test vectors check the
/// encoding.
fn signed_by_aws(case: &Case, base: &str) -> Vec<(String, String)> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    settings.session_token_mode = SessionTokenMode::Include;
    settings.expires_in = Some(Duration::from_secs(u64::from(case.expires)));
    settings.excluded_headers = None;
    let identity = AwsCredentials::new(KEY_ID, SECRET, case.token.clone(), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&case.region)
        .name("s3")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(case.at).unwrap()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let query: Vec<String> = case
        .query
        .iter()
        .map(|(n, v)| {
            format!(
                "{}={}",
                encode::query(n.as_bytes()),
                encode::query(v.as_bytes())
            )
        })
        .collect();
    let mut uri = format!("{base}/{}", encode::path(&case.key));
    if !query.is_empty() {
        uri = format!("{uri}?{}", query.join("&"));
    }
    let headers = case.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let request = SignableRequest::new(
        case.method.as_str(),
        uri,
        headers,
        SignableBody::UnsignedPayload,
    )
    .unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let mut all: Vec<(String, String)> = case.query.clone();
    all.extend(
        instructions
            .params()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_string())),
    );
    all.sort();
    all
}

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn query_of(url: &str) -> Vec<(String, String)> {
    let decode = |text: &str| String::from_utf8(encode::decode(text.as_bytes()).unwrap()).unwrap();
    let mut pairs: Vec<(String, String)> = url
        .split_once('?')
        .unwrap()
        .1
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    pairs.sort();
    pairs
}

fn case() -> impl Strategy<Value = Case> {
    let method = prop_oneof![
        Just(Method::Get),
        Just(Method::Put),
        Just(Method::Head),
        Just(Method::Delete)
    ];
    let endpoint = prop_oneof![
        Just(None),
        Just(Some("http://127.0.0.1:9000")),
        Just(Some("https://s3.example.com/base")),
    ];
    let bucket = prop_oneof![
        Just("examplebucket"),
        Just("dotted.bucket"),
        Just("UPPER_case")
    ];
    // A key of any bytes. The key must not be empty, because the path for aws-sigv4 would then be a
    // single slash.
    let key = prop_oneof![
        vec(any::<u8>(), 1..80),
        "[ -~]{1,60}".prop_map(String::into_bytes),
        "(\\.\\.?/|//|[a-z+%~é]){1,12}".prop_map(String::into_bytes),
    ];
    let headers = vec(("x-amz-meta-[a-f]", "[!-~]([ -~]{0,12}[!-~])?"), 0..3).prop_map(unique);
    let query = vec(("[a-zA-Z][a-z-]{0,8}", "[ -~é]{0,16}"), 0..4).prop_map(unique);
    (
        method,
        "[a-z]{2}-[a-z]{4,9}-[1-9]",
        endpoint,
        bucket,
        key,
        proptest::option::of("[A-Za-z0-9+/=]{1,90}"),
        0_i64..4_102_444_800,
        1_u32..=604_800,
        headers,
        query,
    )
        .prop_map(
            |(method, region, endpoint, bucket, key, token, at, expires, headers, query)| Case {
                method,
                region,
                endpoint,
                bucket,
                key,
                token,
                at,
                expires,
                headers,
                query,
            },
        )
}

/// Removes repeated header and query names, because SigV4 joins the values of repeated names and
/// the comparison needs each name once.
fn unique(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.sort();
    pairs.dedup_by(|a, b| a.0 == b.0);
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_signatures_are_equal_and_the_path_decodes_to_the_key(case in case()) {
        let endpoint = Config {
            endpoint: case.endpoint.map(|url| EndpointUrl::parse(url).unwrap()),
            addressing: Addressing::Auto,
            ..Config::aws(Region::parse(&case.region).unwrap())
        }
        .resolve(Some(case.bucket))
        .unwrap();
        let mut credentials = Credentials::new(KEY_ID, SECRET);
        if let Some(token) = &case.token {
            credentials = credentials.with_token(token.clone());
        }
        let url = Presigner::new(&Request {
            method: case.method,
            endpoint: &endpoint,
            credentials: &credentials,
            at: OffsetDateTime::from_unix_timestamp(case.at).unwrap(),
            expires_in: Expiry::from_duration(Duration::from_secs(u64::from(case.expires))).unwrap(),
            headers: &case.headers,
            query: &case.query,
        })
        .unwrap()
        .url(&ObjectKey::parse(case.key.clone()).unwrap());

        prop_assert_eq!(query_of(&url), signed_by_aws(&case, &endpoint.url()));

        let (target, query) = url.split_once('?').unwrap();
        let path = target.strip_prefix(&format!("{}/", endpoint.url())).unwrap();
        prop_assert_eq!(encode::decode(path.as_bytes()).unwrap(), case.key);
        let well_formed = |text: &str, also: &str| {
            let mut rest = text.as_bytes();
            while let [byte, tail @ ..] = rest {
                rest = tail;
                match byte {
                    b'%' if tail.len() >= 2 && tail[..2].iter().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b)) => rest = &tail[2..],
                    byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || also.as_bytes().contains(byte) => {}
                    _ => return false,
                }
            }
            true
        };
        prop_assert!(well_formed(path, "/"), "{}", path);
        prop_assert!(well_formed(query, "=&"), "{}", query);
    }
}
