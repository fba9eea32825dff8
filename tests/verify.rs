//! Tests of `verify`: a probe passes only if the bucket enforces the control, and no run leaves
//! objects or settings of the probes in the bucket.

use crate::support::program::{BUCKET, DEFAULT_CONTROLS, KMS_KEY, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn probes(output: &Output) -> BTreeMap<String, String> {
    let all = output.json()["probes"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|probe| (text(&probe["id"]), text(&probe["status"])))
        .collect()
}

fn verify(world: &World, more: &[&str]) -> Output {
    let http = world.sandbox.http();
    let args = ["verify", BUCKET, "--http-endpoint", &http, "-o", "json"];
    world.run(&[&args, more].concat())
}

/// Asserts that the bucket contains no objects and no versions of objects.
async fn assert_clean(world: &World) {
    let at = format!("s3://{BUCKET}/");
    let url = world.presign(
        &world.sandbox.https(),
        &["get", &at, "--query", "versions="],
    );
    let list = String::from_utf8(world.send("GET", &url, &[], "").await.body).unwrap();
    assert_eq!(
        list,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated><KeyMarker></KeyMarker><MaxKeys>1000</MaxKeys><Name>drop-box</Name><Prefix></Prefix></ListVersionsResult>"
    );
}

async fn policy(world: &World) -> Vec<u8> {
    let at = format!("s3://{BUCKET}/");
    let url = world.presign(&world.sandbox.https(), &["get", &at, "--query", "policy"]);
    world.send("GET", &url, &[], "").await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_passes_on_a_hardened_bucket_and_removes_its_objects() {
    let world = World::new(true).await;
    world.harden(&["--versioning"]).exits(0);
    let before = policy(&world).await;
    let output = verify(&world, &["--probe-policy"]).exits(0);
    let found = probes(&output);
    let skipped: Vec<&String> = found
        .iter()
        .filter(|(_, status)| *status == "skip")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(skipped, ["cors", "kms"], "{output:?}");
    assert_eq!((found.len(), &output.json()["passed"]), (18, &16.into()));
    assert_eq!(output.json()["left_behind"], serde_json::json!([]));
    assert_eq!(policy(&world).await, before);
    assert_clean(&world).await;
}

/// The server in this test also answers over plain HTTP, as a server on a different machine may.
/// The test uses the address 0.0.0.0, which leads to this machine but is not a loopback address.
/// The program sends only the `plain-http` probe over plain HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn plain_http_of_another_machine_is_probed() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let http = world.sandbox.http().replace("127.0.0.1", "0.0.0.0");
    let output = world.run(&["verify", BUCKET, "--http-endpoint", &http, "-o", "json"]);
    let status = probes(&output).remove("plain-http");
    assert_eq!(status.as_deref(), Some("pass"), "{http} {output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_reports_each_failure_with_its_remedy() {
    let world = World::new(false).await;
    world.harden(&["--skip", DEFAULT_CONTROLS]).exits(0);
    let output = verify(&world, &["--probe-policy"]).exits(3);
    let found = probes(&output);
    let failed: Vec<&str> = found
        .iter()
        .filter(|(_, status)| *status == "fail")
        .map(|(id, _)| id.as_str())
        .collect();
    let expected = ["encryption", "plain-http", "public-acl", "sse-c"];
    assert_eq!(failed, expected, "{output:?}");
    // The bucket has no policy that the probe could restore afterwards, so the program skips the
    // `public-policy` probe.
    assert_eq!(found["public-policy"], "skip");
    for probe in output.json()["probes"].as_array().unwrap() {
        assert_eq!(
            probe["status"] == "fail",
            probe["remedy"].is_string(),
            "{probe}"
        );
    }
    assert_clean(&world).await;
}

/// If S3 accepts a public policy, the probe restores the old policy at once.
#[tokio::test(flavor = "multi_thread")]
async fn verify_removes_a_public_policy_that_was_accepted() {
    let world = World::new(false).await;
    let bpa = ["--skip", "public-access-block"];
    world.harden(&bpa).exits(0);
    let before = policy(&world).await;
    let output = verify(&world, &["--probe-policy"]).exits(3);
    assert_eq!(probes(&output)["public-policy"], "fail");
    assert_eq!(policy(&world).await, before);
    assert_clean(&world).await;
}

/// The program does not change a policy that is not a JSON object or that has no list of
/// statements.
#[tokio::test(flavor = "multi_thread")]
async fn verify_skips_the_public_policy_if_the_existing_policy_has_no_statements() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    for body in ["[]", "7", "\"Statement\"", "[{\"Statement\":[]}]", "{}"] {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        world.sandbox.clear_faults();
        world.sandbox.inject(Fault {
            method: Some("GET".to_owned()),
            path: None,
            subresource: Some("policy".to_owned()),
            skip: 0,
            times: usize::MAX,
            action: Action::Raw(answer.into_bytes()),
        });
        world.log();
        let output = verify(&world, &["--probe-policy"]).exits(0);
        assert_eq!(probes(&output)["public-policy"], "skip", "{body}");
        let log = world.log();
        assert!(!log.contains(&"PUT ?policy".to_owned()), "{body} {log:?}");
    }
}

/// In this test, Ctrl-C or SIGTERM (which container runtimes send) arrives during a request. After
/// the signal, the program removes the objects of the probes and restores the settings.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_cleans_up() {
    for (signal, versioned, skip) in [
        ("INT", false, 2),
        ("TERM", true, 8),
        ("INT", true, 16),
        ("TERM", false, 5),
        // When a terminal closes, the operating system may send a program more than one signal.
        ("HUP", true, 5),
        ("HUP HUP", false, 8),
    ] {
        let world = World::new(false).await;
        let mut args = vec!["--skip", "public-access-block"];
        if versioned {
            args.push("--versioning");
        }
        world.harden(&args).exits(0);
        let before = policy(&world).await;
        // The sandbox delays one request, and the signals arrive during this delay.
        world
            .sandbox
            .inject(Fault::any(skip, 1, Action::Delay(Duration::from_secs(20))));
        let http = world.sandbox.http();
        let args = [
            "verify",
            BUCKET,
            "--http-endpoint",
            &http,
            "--probe-policy",
            "-o",
            "json",
        ];
        let output = world.run_and_signal(&args, Duration::from_millis(1500), signal);
        assert_eq!(output.code, 1, "{signal} {skip} {output:?}");
        assert_eq!(output.json()["interrupted"], true, "{output:?}");
        assert_eq!(
            output.failure(),
            "error: interrupted; everything that the probes created was removed\n"
        );
        assert_eq!(policy(&world).await, before, "{signal} {skip}");
        assert_clean(&world).await;
    }
}

/// A probe waits for the time in the server's `Retry-After` header, and sends its request again.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_waits_for_retry_after() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.sandbox.inject(Fault {
        method: Some("PUT".to_owned()),
        path: Some(".s3-secure-bucket/".to_owned()),
        subresource: None,
        skip: 0,
        times: 1,
        action: Action::error(503, "SlowDown", &[("retry-after", "2")]),
    });
    let begun = Instant::now();
    let output = verify(&world, &[]).exits(0);
    assert!(begun.elapsed() >= Duration::from_secs(2), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_rejects_a_missing_bucket() {
    let world = World::new(true).await;
    let missing = verify(&world, &[]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert_eq!(missing.json()["error"], "there is no bucket `drop-box`");
    assert_eq!(
        missing.stderr,
        "error: there is no bucket `drop-box`\n\
            hint: create the bucket with `bootstrap drop-box`\n"
    );
}

/// The permissions that `iam-policy verify` prints are sufficient for every probe.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_verify_policy_is_sufficient() {
    let world = World::new(true).await;
    world.harden(&["--versioning"]).exits(0);
    let printed = world.run(&[
        "iam-policy",
        "verify",
        BUCKET,
        "--versioning",
        "--probe-policy",
    ]);
    let actions = printed.actions();
    let names: Vec<&str> = actions.iter().map(String::as_str).collect();
    world.sandbox.permit(Some(&names));
    verify(&world, &["--probe-policy"]).exits(0);
    world.sandbox.permit(None);
    assert_clean(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_uploads_and_downloads_with_a_kms_key() {
    let world = World::new(true).await;
    world.harden(&["--kms-key", KMS_KEY]).exits(0);
    let output = verify(&world, &[]).exits(0);
    assert_eq!(probes(&output)["kms"], "pass");
    assert_clean(&world).await;
}

/// The text output contains a remedy below each failed probe, and a summary in the last line.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_probe_is_printed_with_its_remedy() {
    let world = World::new(true).await;
    world.harden(&["--skip", "tls-only"]).exits(0);
    let http = world.sandbox.http();
    let output = world
        .run(&["verify", BUCKET, "--http-endpoint", &http])
        .exits(3);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.starts_with("fail  plain-http"));
    assert!(
        lines[at.unwrap() + 1].starts_with("                     run bootstrap"),
        "{output:?}"
    );
    assert_eq!(
        output.stderr, "13 passed, 1 failed, 4 skipped\n",
        "{output:?}"
    );
}

/// In this test, the response to the PUT of a public policy is lost, and S3 refuses the retry.
/// Although the response to the PUT is lost, the program must remove the public policy.
#[tokio::test(flavor = "multi_thread")]
async fn verify_removes_a_public_policy_after_a_lost_response() {
    let world = World::new(false).await;
    let bpa = ["--skip", "public-access-block"];
    world.harden(&bpa).exits(0);
    let before = policy(&world).await;
    let conflict = Action::error(403, "AccessDenied", &[]);
    for action in [Action::AfterReset, conflict] {
        world.sandbox.inject(Fault {
            method: Some("PUT".to_owned()),
            path: None,
            subresource: Some("policy".to_owned()),
            skip: 0,
            times: 1,
            action,
        });
    }
    let output = verify(&world, &["--probe-policy"]);
    assert_eq!(
        output.json()["left_behind"],
        serde_json::json!([]),
        "{output:?}"
    );
    assert_eq!(policy(&world).await, before);
    assert_clean(&world).await;
}

/// If an endpoint is unreachable, the program must not report that S3 refused the request.
#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_plain_http_endpoint_skips_the_probe() {
    let world = World::new(false).await;
    world.harden(&["--skip", "tls-only"]).exits(0);
    let run = |http: &str| {
        let args = [
            "verify",
            BUCKET,
            "--http-endpoint",
            http,
            "-o",
            "json",
            "--max-attempts",
            "1",
        ];
        world.run(&args)
    };
    assert_eq!(probes(&run("http://127.0.0.1:1"))["plain-http"], "skip");
    run(&world.sandbox.https()).exits(2);
}

/// S3 refuses every request of an expired session, so the refusal shows nothing about the bucket.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_passes_no_probe() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    // The fault skips the first four requests: HEAD, ListBuckets, the upload and the download.
    world.sandbox.inject(Fault::any(
        4,
        usize::MAX,
        Action::error(400, "ExpiredToken", &[]),
    ));
    let output = verify(&world, &[]);
    let passed: Vec<String> = probes(&output)
        .into_iter()
        .filter(|(_, status)| status == "pass")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(passed, ["encryption", "round-trip"], "{output:?}");
    // The program cannot remove the objects of the probes, so its error names the remaining
    // objects.
    assert_eq!(output.code, 1, "{output:?}");
    let error = output.line("error: the probes left behind: .s3-secure-bucket/verify-");
    assert!(error.ends_with("/probe.txt"), "{error}");
    assert_eq!(
        output.stderr.lines().last(),
        Some("hint: remove what the probes left behind with another tool")
    );
}

/// If a proxy or a firewall refuses a request, or if the signature is wrong, the refusal shows
/// nothing about the bucket.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_passes_only_if_s3_answers_access_denied() {
    let page = "<html><body>Forbidden by policy</body></html>";
    let page = format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let of_s3 = |status, code| Action::error(status, code, &[]);
    for (action, wanted) in [
        (Action::Raw(page.into_bytes()), "skip"),
        (of_s3(403, "SignatureDoesNotMatch"), "skip"),
        (of_s3(400, "InvalidRequest"), "skip"),
        (of_s3(403, "InvalidObjectState"), "skip"),
        (of_s3(501, "NotImplemented"), "skip"),
        (of_s3(403, "AccessDenied"), "pass"),
    ] {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        // The fault skips the first four requests: HEAD, ListBuckets, the upload and the download.
        // The fault then affects three probes: plain HTTP, anonymous requests, and uploads with a
        // public ACL. Other faults select the remaining probes by the names of their objects.
        world.sandbox.inject(Fault::any(4, 3, action.clone()));
        world.sandbox.inject(Fault {
            method: Some("PUT".to_owned()),
            path: Some("sse-c.txt".to_owned()),
            subresource: None,
            skip: 0,
            times: 1,
            action: action.clone(),
        });
        let output = verify(&world, &["--max-attempts", "1"]);
        let found = probes(&output);
        for id in ["plain-http", "anonymous", "public-acl", "sse-c"] {
            assert_eq!(found[id], wanted, "{action:?} {id}: {output:?}");
        }
        assert_clean(&world).await;
    }
}
