//! Tests of the requests that the calls on a bucket send, and of the hosts that receive the
//! requests.

use super::*;
use crate::context::Context;
use crate::http;
use crate::retry::Policy;
use crate::s3::Owner;
use crate::s3::clock_skew::ClockSkew;
use crate::s3::rate_limiter::RateLimiter;
use s3_presign::Credentials;
use s3_presign::endpoint::{Config, EndpointUrl};

fn client(region: &str, endpoint: Option<&str>) -> Client {
    let at = s3_presign::timestamp::parse("20130524T000000Z").unwrap();
    let context = Context::stopped(&[], at);
    Client {
        http: http::Client::new(&context, &http::Options::default()).unwrap(),
        context,
        config: Config {
            endpoint: endpoint.map(|url| EndpointUrl::parse(url).unwrap()),
            ..Config::aws(Region::parse(region).unwrap())
        },
        credentials: Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret"),
        owner: Owner::new(None, Err("not asked".to_owned())),
        services: Ok(crate::s3::Services::default()),
        retry: Policy::default(),
        clock_skew: ClockSkew::default(),
        rate_limiter: RateLimiter::default(),
        observer: Box::new(|_| {}),
    }
}

fn bucket(client: &Client) -> Bucket<'_> {
    Bucket::new(client, BucketName::parse("drop-box").unwrap()).unwrap()
}

const OWNERSHIP_ENFORCED: CreateOptions = CreateOptions {
    object_ownership_enforced: true,
    account_regional: false,
    keep_region: true,
    tags: Vec::new(),
};

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn on_aws_a_bucket_is_born_with_acls_off_and_elsewhere_no_header_is_risked() {
    let aws = client("eu-west-1", None);
    let call = bucket(&aws).create_call(&OWNERSHIP_ENFORCED);
    assert_eq!(
        header(&call.headers, "x-amz-object-ownership"),
        Some("BucketOwnerEnforced")
    );
    assert!(
        String::from_utf8(call.body)
            .unwrap()
            .contains(">eu-west-1</LocationConstraint>")
    );

    let us = client("us-east-1", None);
    assert_eq!(bucket(&us).create_call(&OWNERSHIP_ENFORCED).body, b"");

    let elsewhere = client("us-east-1", Some("https://s3.example.com"));
    assert_eq!(
        bucket(&elsewhere).create_call(&OWNERSHIP_ENFORCED).headers,
        []
    );
}

#[test]
fn on_aws_tags_go_into_the_create() {
    let options = CreateOptions {
        tags: vec![
            "team=files".parse().unwrap(),
            "cost-centre=".parse().unwrap(),
        ],
        ..CreateOptions::default()
    };
    let body = |client: &Client| {
        let body = bucket(client).create_call(&options).body;
        String::from_utf8(body).unwrap()
    };
    let tags = "<Tags><Tag><Key>team</Key><Value>files</Value></Tag><Tag><Key>cost-centre</Key><Value></Value></Tag></Tags>";
    let in_ireland = body(&client("eu-west-1", None));
    let both = format!(
        "<LocationConstraint>eu-west-1</LocationConstraint>{tags}</CreateBucketConfiguration>"
    );
    assert!(in_ireland.ends_with(&both), "{in_ireland}");
    let in_virginia = body(&client("us-east-1", None));
    assert!(in_virginia.contains(tags) && !in_virginia.contains("Location"));
    let elsewhere = client("us-east-1", Some("https://s3.example.com"));
    assert_eq!(body(&elsewhere), "");
}

#[test]
fn every_call_but_create_names_the_expected_owner() {
    const OWNER: &str = "x-amz-expected-bucket-owner";
    let aws = client("us-east-1", None);
    let get = Call {
        operation: "GetBucketPolicy",
        method: "GET",
        query: "policy".to_owned(),
        ..Call::default()
    };
    let mut bucket_of_ours = bucket(&aws);
    bucket_of_ours.expect_owner("111122223333".parse().ok());
    let target = bucket_of_ours.target;
    let sent = aws.request(&target, &get, aws.now()).unwrap();
    assert_eq!(
        sent.url,
        "https://drop-box.s3.us-east-1.amazonaws.com/?policy"
    );
    assert_eq!(header(&sent.headers, OWNER), Some("111122223333"));
    let signed = header(&sent.headers, "authorization").unwrap();
    assert!(
        signed.contains(
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-expected-bucket-owner,"
        ),
        "{signed}"
    );

    let create = bucket(&aws).create_call(&OWNERSHIP_ENFORCED);
    let sent = aws.request(&target, &create, aws.now()).unwrap();
    assert_eq!(header(&sent.headers, OWNER), None);
    let elsewhere = client("us-east-1", Some("https://s3.example.com/base"));
    let target = bucket(&elsewhere).target;
    let sent = elsewhere.request(&target, &get, elsewhere.now()).unwrap();
    assert_eq!(sent.url, "https://s3.example.com/base/drop-box?policy");
    assert_eq!(header(&sent.headers, OWNER), None);
}

/// The futures of all calls must be `Send`, because a caller may spawn a call on any thread.
#[test]
fn a_call_can_be_moved_to_another_thread() {
    fn assert_send(_: impl Send) {}
    let aws = client("us-east-1", None);
    let mut bucket = bucket(&aws);
    assert_send(bucket.head());
    assert_send(bucket.get("GetBucketPolicy", "policy"));
}
