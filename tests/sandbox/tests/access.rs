//! Tests of the access to buckets and objects: TLS-only policies over http and https, Block Public
//! Access, ACLs, and unusual object keys.

mod support;

use s3_sandbox::{OWNER, Options};
use support::Client;

const TLS_ONLY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b-1","arn:aws:s3:::b-1/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
const PUBLIC: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b-1/*"}]}"#;
const BLOCK_ALL: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";

#[tokio::test]
async fn tls_only_refuses_http_for_the_owner_too() {
    let mut client = Client::new(Options::default());
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(client.outcome("PUT", "/b-1/k", &[], "x").await, "200");
    assert_eq!(client.put("/b-1?policy", TLS_ONLY).await, "204");
    for (secure, expected) in [(true, "200"), (false, "403 AccessDenied")] {
        client.secure = secure;
        for target in [
            "/b-1/k",
            "/b-1?list-type=2",
            "/b-1?policy",
            "/b-1?versioning",
        ] {
            assert_eq!(
                client.outcome("GET", target, &[], "").await,
                expected,
                "{target}"
            );
        }
        assert_eq!(client.outcome("PUT", "/b-1/k", &[], "y").await, expected);
        let url = client.presign("GET", "/b-1/k", &[], 60);
        let reply = client
            .raw("GET", &url, &[], "")
            .await
            .expect("the sandbox sends a response");
        assert_eq!(reply.outcome(), expected);
    }
}

#[tokio::test]
async fn public_access_is_opened_and_blocked_again() {
    let mut client = Client::new(Options::default());
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(
        client
            .outcome("PUT", "/b-1/acl", &[("x-amz-acl", "public-read")], "x")
            .await,
        "200"
    );
    assert_eq!(client.outcome("PUT", "/b-1/policy", &[], "x").await, "200");
    assert_eq!(client.put("/b-1?policy", PUBLIC).await, "204");
    let status = client
        .call("GET", "/b-1?policyStatus", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(status.field("IsPublic"), Some("true"));
    client.user = None;
    assert_eq!(client.outcome("GET", "/b-1/acl", &[], "").await, "200");
    assert_eq!(client.outcome("GET", "/b-1/policy", &[], "").await, "200");
    assert_eq!(
        client.outcome("GET", "/b-1?list-type=2", &[], "").await,
        "403 AccessDenied"
    );
    assert_eq!(
        client.outcome("GET", "/b-1/missing", &[], "").await,
        "403 AccessDenied"
    );
    client.user = Some(OWNER);
    assert_eq!(client.put("/b-1?publicAccessBlock", BLOCK_ALL).await, "200");
    assert_eq!(client.put("/b-1?policy", PUBLIC).await, "403 AccessDenied");
    assert_eq!(
        client
            .outcome("PUT", "/b-1/k", &[("x-amz-acl", "public-read")], "x")
            .await,
        "403 AccessDenied"
    );
    client.user = None;
    assert_eq!(
        client.outcome("GET", "/b-1/acl", &[], "").await,
        "403 AccessDenied"
    );
    assert_eq!(
        client.outcome("GET", "/b-1/policy", &[], "").await,
        "403 AccessDenied"
    );
}

#[tokio::test]
async fn keys_are_stored_unchanged() {
    let client = Client::new(Options::default());
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    for key in [
        "a//b/../c%20%2B%25~%C3%A9",
        "./x",
        "..",
        "new%0Aline",
        "/lead",
        "q%3F%3D%26",
    ] {
        let target = format!("/b-1/{key}");
        let put = client.presign("PUT", &target, &[], 60);
        let reply = client
            .raw("PUT", &put, &[], key)
            .await
            .expect("the sandbox sends a response");
        assert_eq!(reply.outcome(), "200", "{key}: {}", reply.body);
        let get = client.presign("GET", &target, &[], 60);
        assert_eq!(
            client
                .raw("GET", &get, &[], "")
                .await
                .expect("the sandbox sends a response")
                .body,
            key
        );
    }
    let list = client
        .call("GET", "/b-1?encoding-type=url&list-type=2", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert!(
        list.body.contains("<Key>a//b/../c+%2B%25~%C3%A9</Key>"),
        "{}",
        list.body
    );
}

#[tokio::test]
async fn virtual_hosts_have_a_certificate() {
    let mut client = Client::new(Options::default());
    client.host = Some("b-1.localhost".to_owned());
    assert_eq!(client.outcome("PUT", "/", &[], "").await, "200");
    assert_eq!(client.outcome("PUT", "/k", &[], "x").await, "200");
    client.secure = false;
    assert_eq!(client.outcome("GET", "/k", &[], "").await, "200");
    let seen = client.sandbox.requests();
    assert_eq!(seen.len(), 3);
    assert_eq!(
        (seen[1].scheme.as_str(), seen[2].scheme.as_str()),
        ("https", "http")
    );
    assert_eq!(seen[0].access_key_id.as_deref(), Some(OWNER.access_key_id));
}

#[tokio::test]
async fn supports_versions_and_preconditions() {
    let client = Client::new(Options::default());
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(
        client
            .put(
                "/b-1?versioning",
                "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            )
            .await,
        "200"
    );
    let first = client
        .call("PUT", "/b-1/k", &[("if-none-match", "*")], "one")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(
        client
            .outcome("PUT", "/b-1/k", &[("if-none-match", "*")], "two")
            .await,
        "412 PreconditionFailed"
    );
    assert_eq!(client.outcome("DELETE", "/b-1/k", &[], "").await, "204");
    assert_eq!(
        client.outcome("GET", "/b-1/k", &[], "").await,
        "404 NoSuchKey"
    );
    let version = format!(
        "/b-1/k?versionId={}",
        first
            .header("x-amz-version-id")
            .expect("the response names a version")
    );
    assert_eq!(
        client
            .call("GET", &version, &[], "")
            .await
            .expect("the sandbox sends a response")
            .body,
        "one"
    );
    assert_eq!(
        client.outcome("DELETE", "/b-1", &[], "").await,
        "409 BucketNotEmpty"
    );
}
