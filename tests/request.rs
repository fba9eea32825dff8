//! `request`: the published page and its link, each way in which a link cannot work, and that no page stays
//! in the bucket after a failure.

use crate::support::program::{BUCKET, Output, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Options, STRANGER};
use std::time::Duration;

const URI: &str = "s3://drop-box/in/";

pub async fn hardened() -> World {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.sandbox.clear_requests();
    world
}

pub fn request(world: &World, more: &[&str]) -> Output {
    world.run(&[&["request", URI], more].concat())
}

/// The keys below `prefix`, including versions and delete markers.
async fn keys(world: &World, prefix: &str) -> Vec<String> {
    let at = format!("s3://{BUCKET}/");
    let query = format!("prefix={prefix}");
    let args = ["get", &at, "--query", "versions=", "--query", &query];
    let url = world.presign(&world.sandbox.https(), &args);
    let list = String::from_utf8(world.send("GET", &url, &[], "").await.body).unwrap();
    let keys = list.split("<Key>").skip(1);
    keys.map(|key| key.split('<').next().unwrap().to_owned())
        .collect()
}

pub async fn assert_no_page(world: &World) {
    assert_eq!(keys(world, "").await, Vec::<String>::new());
}

pub async fn put_policy(world: &World, statements: &str) {
    let at = format!("s3://{BUCKET}/");
    let url = world.presign(&world.sandbox.https(), &["put", &at, "--query", "policy"]);
    let policy = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{statements}]}}");
    let answer = world.send("PUT", &url, &[], &policy).await;
    assert_eq!(answer.status, 204, "{policy}");
}

pub fn deny(action: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":"arn:aws:s3:::{BUCKET}/*","Condition":{condition}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_is_printed_and_the_page_is_in_the_bucket() {
    let world = hardened().await;
    let output = request(&world, &["--expires-in", "1h", "-o", "json"]).exits(0);
    let document = output.json();
    let id = document["link_id"].as_str().unwrap();
    let page_key = format!(".s3-secure-bucket/pages/{id}.html");
    assert_eq!(document["page_key"], page_key);
    assert_eq!(document["prefix"], format!("in/{id}/"));
    let members: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "schema_version",
            "link",
            "link_id",
            "page_key",
            "prefix",
            "expires_at"
        ]
    );
    let lines: Vec<&str> = output.stderr.lines().collect();
    let end = document["expires_at"].as_str().unwrap();
    assert_eq!(
        lines,
        [
            &*format!("The link works until {end} (1h from now), as --expires-in requests."),
            "No lifecycle rule removes the files that arrive.",
            "No lifecycle rule removes the page.",
            &*format!("Published {page_key}, and fetched the link without credentials."),
            &*format!(
                "Everyone who has the link can upload below s3://{BUCKET}/in/{id}/, as often as they want: S3 has no quota."
            ),
        ]
    );
    let link = document["link"].as_str().unwrap();
    assert_lacks(&output.stderr, &["X-Amz-Signature"]);
    let requests = world.log();
    let shown: Vec<&str> = requests
        .iter()
        .map(|line| line.split("?X-Amz").next().unwrap().trim_end())
        .collect();
    assert_eq!(
        shown,
        [
            "HEAD",
            "GET",
            "GET ?publicAccessBlock",
            "GET ?encryption",
            "GET ?ownershipControls",
            "GET ?policy",
            "GET ?lifecycle",
            "POST",
            "PUT ?partNumber=1&uploadId=none",
            "PUT",
            "GET",
        ]
    );
    let answer = world.send("GET", link, &[], "").await;
    let header = |name: &str| answer.header(name).unwrap();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    assert!(answer.body.len() < 64 << 10, "{} bytes", answer.body.len());
    assert_eq!(keys(&world, "").await, [page_key]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_never_works_longer_than_credentials_and_policy_allow() {
    let world = hardened().await;
    let in_an_hour = time::OffsetDateTime::now_utc() + time::Duration::minutes(61);
    let format = time::format_description::well_known::Rfc3339;
    let expiration = in_an_hour.format(&format).unwrap();
    // A lifetime has whole seconds, so the link can end in the second before the expiration.
    let ends = [0, 1].map(|seconds| {
        let end = in_an_hour - time::Duration::seconds(seconds);
        format!(
            "The link works until {}Z",
            &end.format(&format).unwrap()[..19]
        )
    });
    let profile = [
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_CREDENTIAL_EXPIRATION", &expiration),
    ];
    let output = world.run_with(&["request", URI], &profile);
    let first = output.stderr.lines().next().unwrap();
    assert!(
        ends.iter().any(|end| first.starts_with(end))
            && first.contains("Z (1h 5")
            && first.contains("s from now), ")
            && first.ends_with("because the credentials expire then; an access key of an IAM user makes longer links."),
        "{output:?}"
    );
    let age = r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"}}"#;
    put_policy(&world, &deny("s3:*", age)).await;
    let output = request(&world, &[]).exits(0);
    let first = output.stderr.lines().next().unwrap();
    assert!(
        first.ends_with(
            "(10m from now), because the bucket policy refuses signatures that are older than 10m."
        ),
        "{output:?}"
    );
    assert!(output.stdout.contains("X-Amz-Expires=600&"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_show_the_page_gets_a_clear_refusal_and_no_page() {
    let html = |headers: &str| {
        Action::Raw(
            format!("HTTP/1.1 200 OK\r\n{headers}content-length: 1\r\nconnection: close\r\n\r\nx")
                .into_bytes(),
        )
    };
    let get = |action| Fault {
        path: Some("pages".to_owned()),
        method: Some("GET".to_owned()),
        ..Fault::any(0, usize::MAX, action)
    };
    let post = |action| Fault {
        method: Some("POST".to_owned()),
        ..Fault::any(0, usize::MAX, action)
    };
    let world = hardened().await;
    for (fault, error, hint) in [
        (
            post(Action::error(501, "NotImplemented", &[])),
            "error: this server does not support upload forms: S3 answered 501 NotImplemented: An injected fault.",
            "hint: give your customer a link for one file with `presign put`, or use another server",
        ),
        (
            post(Action::error(403, "AccessDenied", &[])),
            "error: the server refuses uploads, as Ceph does while Block Public Access is on: S3 answered 403 AccessDenied: An injected fault.",
            "hint: create a bucket for files with `bootstrap --skip public-access-block`, or switch Block Public Access off; otherwise check that these credentials may upload",
        ),
        (
            post(Action::error(400, "InvalidRequest", &[])),
            "error: the server refuses upload forms: S3 answered 400 InvalidRequest: An injected fault.",
            "hint: check the bucket policy for a Deny on s3:PutObject, and grant s3:PutObject on the prefix to these credentials",
        ),
        (
            get(html("content-type: text/plain\r\n")),
            "error: the server returns the page with the content type `text/plain`, so a browser shows its source",
            "hint: use another server, or send the page as a file: `presign post -o html`",
        ),
        (
            get(html(
                "content-type: text/html\r\ncontent-disposition: attachment\r\n",
            )),
            "error: the server returns the page as a download (Content-Disposition: attachment), so a browser does not show it",
            "hint: use another server, or send the page as a file: `presign post -o html`",
        ),
        (
            get(Action::error(403, "AccessDenied", &[])),
            "error: the server refused the link to the page: 403 AccessDenied: An injected fault.",
            "hint: check the bucket policy: a customer without credentials must be able to use a presigned URL",
        ),
    ] {
        world.sandbox.clear_faults();
        world.sandbox.inject(fault);
        let output = request(&world, &["--max-attempts", "1"]).exits(1);
        let text = crate::support::program::without_request_ids(&output.stderr);
        assert!(text.contains(error), "{error}\n{output:?}");
        assert!(text.contains(hint), "{hint}\n{output:?}");
        assert_eq!(output.stdout, "");
        world.sandbox.clear_faults();
        assert_no_page(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_shuts_customers_out_is_found() {
    let world = World::new(false).await;
    world.bootstrap(&["--skip", "public-access-block", "--no-presign"]);
    for (action, condition, error) in [
        (
            "s3:PutObject",
            r#"{"StringEquals":{"s3:authType":"POST"}}"#,
            "error: the server refuses upload forms: S3 answered 403 AccessDenied",
        ),
        (
            "s3:GetObject",
            r#"{"StringEquals":{"s3:authType":"REST-QUERY-STRING"}}"#,
            "error: the server refused the link to the page: 403 AccessDenied",
        ),
        (
            "s3:PutObject",
            r#"{"Null":{"s3:x-amz-copy-source":"true"}}"#,
            "error: the bucket policy refuses uploads without the header `x-amz-copy-source: VALUE`, which an upload page cannot send",
        ),
    ] {
        put_policy(&world, &deny(action, condition)).await;
        let output = request(&world, &[]).exits(1);
        assert!(output.stderr.contains(error), "{output:?}");
        assert_no_page(&world).await;
    }
    let network = r#"{"NotIpAddress":{"aws:SourceIp":["127.0.0.0/8"]}}"#;
    put_policy(&world, &deny("s3:*", network)).await;
    let output = request(&world, &[]).exits(0);
    let warning = "the bucket policy allows only certain networks (aws:SourceIp 127.0.0.0/8): the link does not work for customers elsewhere";
    assert!(output.stderr.contains(warning), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_and_forms_have_the_headers_that_the_policy_demands() {
    let world = hardened().await;
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let demanded = [
        r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}"#,
        &format!(
            r#"{{"StringNotEquals":{{"s3:x-amz-server-side-encryption-aws-kms-key-id":"{key}"}}}}"#
        ),
    ];
    let statements = demanded.map(|condition| deny("s3:PutObject", condition));
    put_policy(&world, &statements.join(",")).await;
    let output = request(&world, &[]).exits(0);
    let page = world.send("GET", output.stdout.trim_end(), &[], "").await;
    assert_eq!(page.header("x-amz-server-side-encryption"), Some("aws:kms"));
    let text = String::from_utf8(page.body).unwrap();
    let field = format!("[\"x-amz-server-side-encryption-aws-kms-key-id\",\"{key}\"]");
    assert_eq!(text.matches(&field).count(), 2, "both forms have the field");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_bucket_and_a_bucket_of_another_account_are_refused() {
    let world = World::new(false).await;
    world.bootstrap(&["--skip", "public-access-block", "--no-presign"]);
    let open = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/*"}}"#
    );
    put_policy(&world, &open).await;
    let output = request(&world, &[]).exits(1);
    let error = "error: the bucket is public: the bucket policy is public, so everyone could read the files that arrive";
    assert!(output.stderr.contains(error), "{output:?}");
    let all = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"s3:*","Resource":["arn:aws:s3:::{BUCKET}","arn:aws:s3:::{BUCKET}/*"]}}"#,
        STRANGER.account_id
    );
    put_policy(&world, &all).await;
    let output = world.run_as(&STRANGER, &world.sandbox.https(), &["request", URI]);
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("belongs to another account"),
        "{output:?}"
    );
    assert_no_page(&world).await;
    assert_ne!(OWNER, STRANGER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_controls_gets_a_warning_for_each() {
    let world = World::new(false).await;
    let skip = "public-access-block,encryption,ownership-controls,tls-only";
    world.bootstrap(&["--no-presign", "--skip", skip]).exits(0);
    let output = request(&world, &[]).exits(0);
    for title in [
        "Block Public Access (all 4)",
        "Default encryption",
        "TLS-only",
    ] {
        let line = output.stderr.lines().find(|line| line.contains(title));
        let line = line.unwrap_or_else(|| panic!("{title}: {output:?}"));
        assert!(
            line.ends_with("the bucket lacks this control; `bootstrap drop-box` sets it"),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_removes_the_page_in_a_bucket_with_versioning_too() {
    let world = World::new(true).await;
    world.harden(&["--versioning"]).exits(0);
    for method in ["PUT", "GET"] {
        world.sandbox.clear_faults();
        world.sandbox.inject(Fault {
            path: Some("pages".to_owned()),
            method: Some(method.to_owned()),
            ..Fault::any(0, 1, Action::Delay(Duration::from_secs(4)))
        });
        let wait = Duration::from_millis(2_500);
        let output = world
            .run_and_signal(&["request", URI], wait, "INT")
            .exits(1);
        assert!(
            output
                .stderr
                .contains("error: interrupted, before the link was checked"),
            "{method}: {output:?}"
        );
        assert_no_page(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_removed_is_named() {
    let world = hardened().await;
    for method in ["GET", "DELETE"] {
        world.sandbox.inject(Fault {
            path: Some("pages".to_owned()),
            method: Some(method.to_owned()),
            ..Fault::any(0, usize::MAX, Action::error(403, "AccessDenied", &[]))
        });
    }
    let output = request(&world, &["-o", "json"]).exits(1);
    world.sandbox.clear_faults();
    let [page] = &keys(&world, "").await[..] else {
        panic!("{output:?}");
    };
    let error = format!("and the page `{page}` could not be removed");
    assert!(output.stderr.is_empty() || !output.stderr.contains("X-Amz-Signature"));
    assert!(
        output.json()["error"].as_str().unwrap().contains(&error),
        "{output:?}"
    );
    let hint = format!("remove the object {page} with another tool: until then, its link may work");
    assert_eq!(output.json()["hint"], hint);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_clock_decides_when_the_link_begins_and_ends() {
    let options = Options {
        aws_defaults: true,
        clock_skew: time::Duration::hours(1),
        ..Options::default()
    };
    let world = World::with(options).await;
    world.harden(&[]).exits(0);
    let output = request(&world, &["--expires-in", "10m"]).exits(0);
    assert!(output.stdout.contains("X-Amz-Expires=600&"), "{output:?}");
}
