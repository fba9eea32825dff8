//! Tests of presigned URLs, signing times and forms that the sandbox must refuse with AWS's error
//! messages.

mod support;

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use s3_sandbox::{OWNER, Options};
use support::{Client, Reply};

async fn ready(options: Options) -> Client {
    let client = Client::new(options);
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(client.outcome("PUT", "/b-1/k", &[], "x").await, "200");
    client
}

async fn get(client: &Client, url: &str, headers: &[(&str, &str)]) -> Reply {
    client
        .raw("GET", url, headers, "")
        .await
        .expect("the sandbox sends a response")
}

#[tokio::test]
async fn a_url_lives_at_most_a_week() {
    let client = ready(Options::default()).await;
    let url = client.presign("GET", "/b-1/k", &[], 604_800);
    assert_eq!(get(&client, &url, &[]).await.outcome(), "200");
    let url = client.presign("GET", "/b-1/k", &[], 604_801);
    assert_eq!(
        get(&client, &url, &[]).await.outcome(),
        "400 AuthorizationQueryParametersError"
    );
    let url = url.replace("&X-Amz-Expires=604801", "");
    assert_eq!(
        get(&client, &url, &[]).await.outcome(),
        "400 AuthorizationQueryParametersError"
    );
}

#[tokio::test]
async fn expired_and_early_urls_are_refused() {
    let mut client = ready(Options::default()).await;
    client.clock = -61;
    let url = client.presign("GET", "/b-1/k", &[], 60);
    let reply = get(&client, &url, &[]).await;
    assert_eq!(reply.outcome(), "403 AccessDenied");
    assert_eq!(reply.field("Message"), Some("Request has expired"));
    assert!(reply.field("ServerTime").is_some() && reply.field("Expires").is_some());
    client.clock = 3600;
    let url = client.presign("GET", "/b-1/k", &[], 60);
    assert_eq!(
        get(&client, &url, &[]).await.field("Message"),
        Some("Request is not yet valid")
    );
}

#[tokio::test]
async fn a_wrong_signature_gets_an_explanation() {
    let client = ready(Options::default()).await;
    let url = client.presign("GET", "/b-1/k", &[("x-amz-meta-a", "b")], 60);
    for (target, headers) in [
        (
            url.replace("Expires=60", "Expires=61"),
            [("x-amz-meta-a", "b")],
        ),
        (url.replace("/k?", "/other?"), [("x-amz-meta-a", "b")]),
        (url.clone(), [("x-amz-meta-a", "c")]),
    ] {
        let reply = get(&client, &target, &headers).await;
        assert_eq!(reply.outcome(), "403 SignatureDoesNotMatch");
        let canonical = reply
            .field("CanonicalRequest")
            .expect("the error contains the canonical request");
        assert!(
            canonical.starts_with("GET\n/b-1/") && canonical.ends_with("UNSIGNED-PAYLOAD"),
            "{canonical}"
        );
        assert!(
            reply
                .field("StringToSign")
                .is_some_and(|text| text.starts_with("AWS4-HMAC-SHA256\n"))
        );
        assert_eq!(reply.field("AWSAccessKeyId"), Some(OWNER.access_key_id));
    }
    assert_eq!(
        get(&client, &url, &[("x-amz-meta-a", "b")]).await.outcome(),
        "200"
    );
}

#[tokio::test]
async fn a_body_without_a_length_is_refused() {
    let client = ready(Options::default()).await;
    let url = client.presign("PUT", "/b-1/k", &[], 60);
    let chunked = [("transfer-encoding", "chunked")];
    let reply = client
        .raw("PUT", &url, &chunked, "x")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(reply.outcome(), "501 NotImplemented");
    assert_eq!(reply.field("Header"), Some("Transfer-Encoding"));
}

#[tokio::test]
async fn unsigned_amz_headers_are_refused() {
    let client = ready(Options::default()).await;
    let url = client.presign("GET", "/b-1/k", &[], 60);
    assert_eq!(
        get(&client, &url, &[("content-type", "a/b")])
            .await
            .outcome(),
        "200"
    );
    let reply = get(&client, &url, &[("x-amz-meta-a", "b")]).await;
    assert_eq!(reply.outcome(), "403 AccessDenied");
    assert_eq!(reply.field("HeadersNotSigned"), Some("x-amz-meta-a"));
}

#[tokio::test]
async fn an_authorization_header_beside_a_presigned_query_is_refused() {
    let client = ready(Options::default()).await;
    let url = client.presign("GET", "/b-1/k", &[], 60);
    let reply = get(&client, &url, &[("authorization", "Bearer x")]).await;
    assert_eq!(reply.outcome(), "400 InvalidArgument");
    assert_eq!(
        reply.field("Message"),
        Some(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"
        )
    );
}

#[tokio::test]
async fn a_signed_header_that_is_not_ascii_never_matches() {
    let client = ready(Options::default()).await;
    let name = [("x-amz-meta-n", "Prüfung")];
    let url = client.presign("PUT", "/b-1/k", &name, 60);
    let reply = client.raw("PUT", &url, &name, "x").await;
    let reply = reply.expect("the sandbox sends a response");
    assert_eq!(reply.outcome(), "403 SignatureDoesNotMatch");
}

#[tokio::test]
async fn the_server_clock_can_be_wrong() {
    let clock_skew = time::Duration::minutes(20);
    let mut client = Client::new(Options {
        clock_skew,
        ..Options::default()
    });
    let reply = client
        .call("GET", "/", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(reply.outcome(), "403 RequestTimeTooSkewed");
    assert!(reply.field("ServerTime").is_some());
    client.clock = 20 * 60;
    assert_eq!(client.outcome("GET", "/", &[], "").await, "200");
}

/// Posts a form whose policy contains these conditions and the conditions that every form needs.
async fn post(client: &Client, conditions: &str, fields: &[(&str, &str)], file: &str) -> Reply {
    let now = SystemTime::now();
    let stamp = time::OffsetDateTime::from(now)
        .format(&time::macros::format_description!(
            "[year][month][day]T[hour][minute][second]Z"
        ))
        .expect("the date is valid");
    let credential = format!(
        "{}/{}/us-east-1/s3/aws4_request",
        OWNER.access_key_id,
        &stamp[..8]
    );
    let policy = format!(
        r#"{{"expiration":"2099-01-01T00:00:00Z","conditions":[{{"bucket":"b-1"}},["starts-with","$key","up/"],{{"x-amz-algorithm":"AWS4-HMAC-SHA256"}},{{"x-amz-credential":"{credential}"}},{{"x-amz-date":"{stamp}"}}{conditions}]}}"#
    );
    let policy = base64_simd::STANDARD.encode_to_string(policy);
    let key = generate_signing_key(OWNER.secret_access_key, now, "us-east-1", "s3");
    let signature = calculate_signature(key, policy.as_bytes());
    let mut body = String::new();
    let usual = [
        ("key", "up/${filename}"),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", &credential),
        ("x-amz-date", &stamp),
        ("policy", &policy),
        ("x-amz-signature", &signature),
    ];
    for (name, value) in usual.iter().chain(fields) {
        body.push_str(&format!(
            "--sep\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!("--sep\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\n{file}\r\n--sep--\r\n"));
    let form = [("content-type", "multipart/form-data; boundary=sep")];
    client
        .raw("POST", "/b-1", &form, &body)
        .await
        .expect("the sandbox sends a response")
}

#[tokio::test]
async fn forms_obey_their_policy() {
    let client = ready(Options::default()).await;
    let range = r#",["content-length-range",2,4]"#;
    assert_eq!(post(&client, range, &[], "abc").await.outcome(), "204");
    assert_eq!(
        client
            .call("GET", "/b-1/up/f.txt", &[], "")
            .await
            .expect("the sandbox sends a response")
            .body,
        "abc"
    );
    let large = post(&client, range, &[], "abcde").await;
    assert_eq!(
        (large.outcome().as_str(), large.field("MaxSizeAllowed")),
        ("400 EntityTooLarge", Some("4"))
    );
    assert_eq!(
        post(&client, range, &[], "a").await.outcome(),
        "400 EntityTooSmall"
    );
    let extra = post(&client, "", &[("content-type", "a/b")], "a").await;
    assert_eq!(
        extra.field("Message"),
        Some("Invalid according to Policy: Extra input fields: content-type")
    );
    let wrong = post(
        &client,
        r#",["eq","$content-type","x/y"]"#,
        &[("content-type", "a/b")],
        "a",
    )
    .await;
    assert_eq!(wrong.outcome(), "403 AccessDenied");
    let created = post(
        &client,
        r#",{"success_action_status":"201"}"#,
        &[("success_action_status", "201")],
        "a",
    )
    .await;
    assert_eq!(
        (created.status, created.field("Key")),
        (201, Some("up/f.txt"))
    );
}

#[tokio::test]
async fn the_name_of_the_file_is_replaced_before_the_policy_is_checked() {
    let client = ready(Options::default()).await;
    let fields = [("x-amz-meta-name", "file ${filename}")];
    let exact = r#",{"x-amz-meta-name":"file ${filename}"}"#;
    let refused = post(&client, exact, &fields, "a").await;
    assert_eq!(refused.outcome(), "403 AccessDenied");
    let prefix = r#",["starts-with","$x-amz-meta-name","file "]"#;
    assert_eq!(post(&client, prefix, &fields, "a").await.outcome(), "204");
    let stored = client.call("HEAD", "/b-1/up/f.txt", &[], "").await;
    let stored = stored.expect("the sandbox sends a response");
    assert_eq!(stored.header("x-amz-meta-name"), Some("file f.txt"));
}

#[tokio::test]
async fn a_dollar_sign_in_a_policy_needs_a_backslash() {
    let client = ready(Options::default()).await;
    let fields = [("x-amz-meta-price", "$$5")];
    let plain = post(&client, r#",{"x-amz-meta-price":"$$5"}"#, &fields, "a").await;
    assert_eq!(plain.outcome(), "403 AccessDenied");
    let message = plain.field("Message").unwrap().replace("&quot;", "\"");
    assert_eq!(
        message,
        "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$x-amz-meta-price\", \"$$5\"]"
    );
    for escaped in [
        r#",{"x-amz-meta-price":"\$\$5"}"#,
        r#",["starts-with","$x-amz-meta-price","\$"]"#,
    ] {
        let reply = post(&client, escaped, &fields, "a").await;
        assert_eq!(reply.outcome(), "204", "{escaped}");
    }
}

#[tokio::test]
async fn forms_carry_large_files_but_not_large_fields() {
    let client = ready(Options::default()).await;
    let file = "x".repeat(30 << 20);
    assert_eq!(post(&client, "", &[], &file).await.outcome(), "204");
    let field = "x".repeat(21 << 10);
    let fields = [("x-ignore-me", field.as_str())];
    let reply = post(&client, "", &fields, "a").await;
    assert_eq!(reply.outcome(), "400 MaxPostPreDataLengthExceeded");
}

/// A bucket policy that denies everything on the objects of `b-1`, under a condition.
fn deny(condition: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b-1/*","Condition":{condition}}}]}}"#
    )
}

#[tokio::test]
async fn the_bucket_policy_applies_to_the_object_of_a_form() {
    let client = ready(Options::default()).await;
    let sse = ("x-amz-server-side-encryption", "AES256");
    let tag = (
        "tagging",
        "<Tagging><TagSet><Tag><Key>Team</Key><Value>x</Value></Tag></TagSet></Tagging>",
    );
    let allowed = format!(
        r#",["starts-with","${}",""],["starts-with","$tagging",""]"#,
        sse.0
    );
    let up = |fields: Vec<(&'static str, &'static str)>| {
        let (client, allowed) = (&client, &allowed);
        async move { post(client, allowed, &fields, "a").await.outcome() }
    };
    for (condition, fields, outcome) in [
        ("{}", vec![], "403 AccessDenied"),
        (
            r#"{"StringEquals":{"s3:authType":"POST"}}"#,
            vec![],
            "403 AccessDenied",
        ),
        (
            r#"{"StringEquals":{"s3:authType":"REST-QUERY-STRING"}}"#,
            vec![],
            "204",
        ),
        (
            r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#,
            vec![],
            "403 AccessDenied",
        ),
        (
            r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#,
            vec![sse, tag],
            "204",
        ),
        (
            r#"{"StringEquals":{"s3:ExistingObjectTag/Team":"x"}}"#,
            vec![],
            "403 AccessDenied",
        ),
        (
            r#"{"StringEquals":{"s3:ExistingObjectTag/Team":"y"}}"#,
            vec![],
            "204",
        ),
    ] {
        assert_eq!(client.put("/b-1?policy", &deny(condition)).await, "204");
        assert_eq!(up(fields).await, outcome, "{condition}");
    }
    let folder = deny("{}").replace("b-1/*", "b-1/up/*");
    assert_eq!(client.put("/b-1?policy", &folder).await, "204");
    assert_eq!(up(vec![]).await, "403 AccessDenied");
    let other = deny("{}").replace("b-1/*", "b-1/down/*");
    assert_eq!(client.put("/b-1?policy", &other).await, "204");
    assert_eq!(up(vec![]).await, "204");
}

#[tokio::test]
async fn the_bucket_policy_applies_to_a_get_with_a_presigned_url() {
    let client = ready(Options::default()).await;
    let url = client.presign("GET", "/b-1/k", &[], 60);
    for (auth_type, presigned, signed) in [
        ("REST-QUERY-STRING", "403 AccessDenied", "200"),
        ("REST-HEADER", "200", "403 AccessDenied"),
        ("POST", "200", "200"),
    ] {
        let condition = format!(r#"{{"StringEquals":{{"s3:authType":"{auth_type}"}}}}"#);
        assert_eq!(client.put("/b-1?policy", &deny(&condition)).await, "204");
        assert_eq!(get(&client, &url, &[]).await.outcome(), presigned);
        assert_eq!(client.outcome("GET", "/b-1/k", &[], "").await, signed);
    }
}
