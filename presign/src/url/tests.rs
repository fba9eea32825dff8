//! Tests of the presigner: each step of AWS's documented example, key encoding, and rejected requests.

use super::*;
use crate::endpoint::{Config, Region};

fn key(bytes: &[u8]) -> ObjectKey {
    ObjectKey::parse(bytes).unwrap()
}

const DATE: &str = "20130524T000000Z";

/// The values are those of the example in
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
fn documented(
    headers: &[(String, String)],
    query: &[(String, String)],
) -> Result<Presigner, InvalidRequest> {
    let mut endpoint = Config::aws(Region::parse("us-east-1").unwrap())
        .resolve(Some("examplebucket"))
        .unwrap();
    // AWS's example uses the host of the global endpoint, which is older than the regional hosts.
    endpoint.host = "examplebucket.s3.amazonaws.com".into();
    Presigner::new(&Request {
        method: Method::Get,
        endpoint: &endpoint,
        credentials: &Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        at: timestamp::parse(DATE).unwrap(),
        expires_in: Expiry::parse("86400").unwrap(),
        headers,
        query,
    })
}

#[test]
fn every_step_matches_the_documented_example() {
    let presigner = documented(&[], &[]).unwrap();
    assert_eq!(
        presigner.canonical_request(&key(b"test.txt")),
        "GET\n\
         /test.txt\n\
         X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\n\
         host:examplebucket.s3.amazonaws.com\n\
         \n\
         host\n\
         UNSIGNED-PAYLOAD"
    );
    assert_eq!(
        presigner.string_to_sign(&key(b"test.txt")),
        "AWS4-HMAC-SHA256\n\
         20130524T000000Z\n\
         20130524/us-east-1/s3/aws4_request\n\
         3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04"
    );
    // This test does not check the signing key, because a test in signing_key.rs does.
    assert_eq!(
        presigner.url(&key(b"test.txt")),
        "https://examplebucket.s3.amazonaws.com/test.txt\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[test]
fn the_path_contains_the_key_byte_for_byte() {
    let presigner = documented(&[], &[]).unwrap();
    let url = presigner.url(&key(b"/../a//./b+c%2F\n~\xff"));
    let path = url.split('?').next().unwrap();
    assert_eq!(
        path,
        "https://examplebucket.s3.amazonaws.com//../a//./b%2Bc%252F%0A~%FF"
    );
    assert!(
        presigner
            .canonical_request(&key(b"/../a//./b+c%2F\n~\xff"))
            .starts_with("GET\n//../a//./b%2Bc%252F%0A~%FF\n")
    );
}

#[test]
fn an_empty_key_presigns_the_bucket_without_a_trailing_slash_in_path_style() {
    assert!(
        documented(&[], &[])
            .unwrap()
            .url(&key(b""))
            .starts_with("https://examplebucket.s3.amazonaws.com/?X-Amz-")
    );
    let endpoint = Config::aws(Region::parse("us-east-1").unwrap())
        .resolve(Some("dotted.name"))
        .unwrap();
    let presigner = Presigner::new(&Request {
        method: Method::Get,
        endpoint: &endpoint,
        credentials: &Credentials::new("AKID", "secret"),
        at: timestamp::parse(DATE).unwrap(),
        expires_in: Expiry::DEFAULT,
        headers: &[],
        query: &[],
    })
    .unwrap();
    let url = presigner.url(&key(b""));
    assert!(
        url.starts_with("https://s3.us-east-1.amazonaws.com/dotted.name?X-Amz-"),
        "{url}"
    );
    let url = presigner.url(&key(b"k"));
    assert!(
        url.starts_with("https://s3.us-east-1.amazonaws.com/dotted.name/k?X-Amz-"),
        "{url}"
    );
}

#[test]
fn rejects_headers_and_parameters_that_would_break_the_signature() {
    let pair = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
    for (headers, query, error) in [
        (
            Some(pair("Host", "x")),
            None,
            InvalidRequest::NeverSigned("host".into()),
        ),
        (
            Some(pair("User-Agent", "x")),
            None,
            InvalidRequest::NeverSigned("user-agent".into()),
        ),
        (
            Some(pair("a b", "x")),
            None,
            InvalidRequest::HeaderName("a b".into()),
        ),
        (
            Some(pair("x", "a\r\nb")),
            None,
            InvalidRequest::HeaderValue("x".into()),
        ),
        (
            Some(pair("x-amz-meta-n", "Pr\u{fc}fung")),
            None,
            InvalidRequest::NotAscii("x-amz-meta-n".into()),
        ),
        (
            None,
            Some(pair("x-amz-signature", "")),
            InvalidRequest::ReservedQuery("x-amz-signature".into()),
        ),
    ] {
        let refused = documented(
            headers.as_ref().map_or(&[], |h| h.as_slice()),
            query.as_ref().map_or(&[], |q| q.as_slice()),
        );
        assert_eq!(refused.unwrap_err(), error);
    }
}
