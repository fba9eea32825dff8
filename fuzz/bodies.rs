//! The functions that the fuzz targets call. Each function parses untrusted bytes and asserts the
//! properties that the result must have.
//!
//! `tests/fuzz_corpus.rs` also calls the functions of this file, with the saved corpus.

#![allow(dead_code, unreachable_pub)] // each fuzz target uses only one function

use s3_secure_bucket::internals::controls::{
    ALL, Lifecycle, LogDelivery, Logging, Network, Settings, TlsVersion,
};
use s3_secure_bucket::internals::credentials::{check_header_values, ini};
use s3_secure_bucket::internals::http::{self, Response};
use s3_secure_bucket::internals::policy::Document;
use s3_secure_bucket::internals::s3::ErrorResponse;
use s3_secure_bucket::internals::s3::explain::{self, ErrorBody};
use s3_secure_bucket::internals::signer::Signer;
use s3_secure_bucket::internals::xml::Element;
use s3_secure_bucket::presign::endpoint::{Addressing, BucketName, Config, EndpointUrl, Region};
use s3_secure_bucket::presign::{
    Credentials, Expiry, Method, ObjectKey, Presigner, Request, S3Uri, duration, encode, inspect,
    timestamp,
};
use std::time::Duration;

/// Returns settings that request every control.
fn everything() -> Settings {
    let name = |text| BucketName::parse(text).expect("the name is valid");
    let mut network = Network::default();
    network.vpc_endpoints = vec!["vpce-1a2b3c4d".parse().unwrap()];
    network.source_ips = vec!["203.0.113.0/24".parse().unwrap()];
    network.exempt = vec!["arn:aws:iam::111122223333:role/ops".parse().unwrap()];
    let mut lifecycle = Lifecycle::default();
    lifecycle.transition_ia = Some(30);
    lifecycle.expire_noncurrent = Some(90);
    let mut logging = Logging::to(name("the-logs"));
    logging.prefix = Some(String::new());
    Settings {
        min_tls: Some(TlsVersion::V1_2),
        max_presign_age: Some(Duration::from_hours(1)),
        network: Some(network),
        log_delivery: Some(LogDelivery {
            sources: vec![name("source-1")],
            account: "111122223333".to_owned(),
            prefix: String::new(),
        }),
        versioning: true,
        lifecycle: Some(lifecycle),
        logging: Some(logging),
        tags: vec!["team=files".parse().unwrap()],
        ..Settings::new(name("drop-box"), "aws")
    }
}

/// Fuzzes the parsers of S3's responses. A document that a control writes must satisfy that
/// control, so after the function reads the document back, the control must request no change.
pub fn xml_answer(data: &[u8]) {
    let settings = everything();
    for control in ALL {
        let Ok(review) = control.review(Some(data), &settings) else {
            continue;
        };
        if let Some(change) = review.change {
            let again = control.review(Some(&change), &settings);
            let again = again.expect("the written document can be parsed");
            assert_eq!(again.change, None, "{}", control.info().id);
        }
    }
    let answer = ErrorResponse::read(&Response {
        status: 403,
        headers: Vec::new(),
        body: data.to_vec(),
    });
    let _ = (answer.to_string(), answer.says_unsupported());
    if let Ok(refused) = ErrorBody::read(data) {
        let _ = explain::explain(
            "GET\n/\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD",
            &refused,
            &[],
            false,
        );
    }
    for root in ["LifecycleConfiguration", "Tagging", "ListVersionsResult"] {
        if let Ok(read) = Element::read(root, data) {
            let again =
                Element::read(root, &read.write()).expect("the written element can be parsed");
            assert_eq!(again, read);
        }
    }
}

const OURS: [&str; 6] = [
    "DenyInsecureTransport",
    "DenyOutdatedTLS",
    "DenyOldSignatures",
    "DenySignatureVersion2",
    "DenyOutsideNetwork",
    "S3ServerAccessLogsPolicy",
];

/// Fuzzes the function that merges this program's statements into a bucket policy. The merged
/// policy must keep every statement whose Sid does not belong to this program, unchanged and in the
/// original order.
pub fn policy(data: &[u8]) {
    let settings = everything();
    let Ok(before) = Document::read(data) else {
        return;
    };
    let again = Document::read(&before.write()).expect("the written policy can be parsed");
    assert_eq!(again, before);
    let mut body = data.to_vec();
    let policies = || {
        ALL.iter()
            .filter(|control| control.info().subresource.name == "policy")
    };
    for control in policies() {
        let review = control.review(Some(&body), &settings);
        let review = review.expect("the policy was parsed before");
        body = review.change.unwrap_or(body);
    }
    for control in policies() {
        let review = control
            .review(Some(&body), &settings)
            .expect("the merged policy can be parsed");
        assert_eq!(review.change, None, "{}", control.info().id);
    }
    let foreign = |document: &Document| {
        let mut values = document.values();
        values.retain(|value| {
            let sid = value["Sid"].as_str().unwrap_or_default();
            !OURS.iter().any(|ours| sid.starts_with(ours))
        });
        values
    };
    let after = Document::read(&body).expect("the merged policy can be parsed");
    assert_eq!(foreign(&after), foreign(&before));
}

/// Fuzzes values that the program copies from a response into the next request: a region, a bucket
/// name, the token of a list, the session token of a role. Each line of the input is one value. The
/// signer either rejects the request or signs it. A signed request must go to a host of the
/// partition and must have no header with a control character.
pub fn answer_to_request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let answer = ErrorResponse::read(&Response {
        status: 301,
        headers: vec![("x-amz-bucket-region".to_owned(), line().to_owned())],
        body: Vec::new(),
    });
    let region = answer
        .region
        .as_deref()
        .and_then(|name| Region::parse(name).ok());
    let Some(region) = region else { return };
    let config = Config::aws(region);
    let name = BucketName::parse_compatible(line());
    let name = name.as_ref().ok().map(|(name, _)| name.as_str());
    let Ok(endpoint) = config.resolve(name) else {
        return;
    };
    let (list_token, session_token) = (line(), line());
    let token = encode::query(list_token.as_bytes());
    let credentials = Credentials::new(line(), "secret").with_token(session_token);
    let url = endpoint.url();
    let slash = if endpoint.base_path.is_empty() {
        "/"
    } else {
        ""
    };
    let mut request = http::Request {
        method: "GET",
        url: format!("{url}{slash}?continuation-token={token}"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let signer = Signer {
        credentials: &credentials,
        region: &endpoint.signing_region,
        service: "s3",
    };
    let outcome = signer.sign(&mut request, timestamp::parse("20130524T000000Z").unwrap());
    if outcome.is_ok() {
        let is_clean = |value: &str| !value.chars().any(|c| c.is_control() && c != '\t');
        assert!(request.headers.iter().all(|(_, value)| is_clean(value)));
        let suffix = config.region.partition().dns_suffix;
        assert!(
            endpoint.host.ends_with(&format!(".{suffix}")),
            "{}",
            endpoint.host
        );
    } else {
        let is_long = request.url.len() > 60_000;
        assert!(is_long || check_header_values(&credentials).is_err());
    }
}

/// Fuzzes the parser of the shared config and credentials files.
pub fn ini(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(read) = ini::parse(text) {
        for (_, properties) in &read.sections {
            for value in properties.values() {
                let _ = ini::nested(value);
            }
        }
        let _ = format!("{read:?}");
    }
}

/// Fuzzes the parsers of presigned URLs, endpoints and `s3://` URIs.
pub fn url(data: &[u8]) {
    let _ = S3Uri::parse(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(endpoint) = EndpointUrl::parse(text) {
        let _ = (
            endpoint.authority(),
            endpoint.is_ip(),
            endpoint.is_loopback(),
        );
        let config = Config {
            endpoint: Some(endpoint),
            ..Config::aws(Region::parse("eu-west-1").expect("the region is valid"))
        };
        if let Ok(resolved) = config.resolve(Some("drop-box")) {
            let url = resolved.url();
            assert!(!url.contains(['?', '#', '@', ' ', '\n']), "{url}");
        }
    }
    if let Ok(seen) = inspect::parse(text) {
        let now = timestamp::parse("20261124T000000Z").expect("the date is valid");
        let _ = (seen.warnings(now), seen.expires_at(), format!("{seen:?}"));
        let canonical = seen.canonical_request("PUT", &[]);
        let _ = seen.string_to_sign(&canonical);
        let _ = seen.is_signed_by("secret", "PUT", &[]);
    }
}

/// Fuzzes the parsers of durations, of the validity of URLs, and of dates. If a text parses to a
/// value, the formatted value must parse to the same value.
pub fn duration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(read) = duration::parse(text) {
        assert_eq!(duration::parse(&duration::display(read)), Ok(read));
    }
    if let Ok(expiry) = Expiry::parse(text) {
        assert!((1..=604_800).contains(&expiry.seconds()));
    }
    if let Ok(at) = timestamp::parse(text) {
        // A date of S3 has no fraction of a second.
        let second = at.replace_nanosecond(0).expect("zero is in range");
        assert_eq!(timestamp::parse(&timestamp::amz_date(at)), Ok(second));
        assert_eq!(timestamp::parse(&timestamp::rfc3339(at)), Ok(second));
    }
}

/// Fuzzes bucket names and regions. An accepted value must be safe in a host name and in a path.
pub fn bucket_name(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(region) = Region::parse(text)
        && let Ok(endpoint) = Config::aws(region).resolve(None)
    {
        assert!(endpoint.host.bytes().all(in_a_host), "{}", endpoint.host);
    }
    let strict = BucketName::parse(text);
    if let Ok(name) = &strict {
        let bytes = name.as_str().bytes();
        assert!((3..=63).contains(&name.as_str().len()));
        assert!(bytes.into_iter().all(in_a_host), "{name}");
    }
    let loose = BucketName::parse_compatible(text).map(|(name, _)| name);
    assert!(strict.is_err() || loose.is_ok(), "{text}");
    for name in [strict, loose].into_iter().flatten() {
        for addressing in [Addressing::Auto, Addressing::Path, Addressing::Virtual] {
            let config = Config {
                addressing,
                ..Config::aws(Region::parse("eu-west-1").expect("the region is valid"))
            };
            if let Ok(endpoint) = config.resolve(Some(name.as_str())) {
                assert!(endpoint.host.bytes().all(in_a_host), "{}", endpoint.host);
                let url = endpoint.url();
                assert!(!url.contains(['?', '#', '@', ' ', '\n']), "{url}");
            }
        }
    }
}

fn in_a_host(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
}

/// Fuzzes object keys. An encoded key must decode to the same bytes, and `inspect` must show the
/// same key for a URL with this key.
pub fn key(data: &[u8]) {
    let (path, query) = (encode::path(data), encode::query(data));
    assert_eq!(encode::decode(path.as_bytes()).as_deref(), Some(data));
    assert_eq!(encode::decode(query.as_bytes()).as_deref(), Some(data));
    let region = Region::parse("eu-west-1").expect("the region is valid");
    let endpoint = Config::aws(region).resolve(Some("drop-box"));
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret");
    let presigner = Presigner::new(&Request {
        method: Method::Put,
        endpoint: &endpoint.expect("the host name is valid"),
        credentials: &credentials,
        at: timestamp::parse("20261124T000000Z").expect("the date is valid"),
        expires_in: Expiry::parse("15m").expect("the expiry is valid"),
        headers: &[],
        query: &[(
            "x-id".to_owned(),
            String::from_utf8_lossy(data).into_owned(),
        )],
    });
    let presigner = presigner.expect("the request has no reserved header");
    let Ok(key) = ObjectKey::parse(data) else {
        assert!(data.len() > ObjectKey::MAX_LEN);
        return;
    };
    let url = presigner.url(&key);
    let mut batch = presigner.batch();
    for _ in 0..2 {
        let mut out = Vec::new();
        batch.push_url(&mut out, &key);
        assert_eq!(out, url.as_bytes());
    }
    let seen = inspect::parse(&url).expect("the presigned URL can be parsed");
    assert_eq!(seen.raw_path, format!("/{path}"));
    assert!(seen.is_signed_by("secret", "PUT", &[]), "{url}");
    assert_eq!(
        seen.canonical_request("PUT", &[]),
        presigner.canonical_request(&key)
    );
}
