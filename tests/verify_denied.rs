//! Tests of `verify` if S3 denies requests: a probe passes after `AccessDenied` only if the bucket's
//! policy can be the reason, and an upload that S3 denies ends the run.

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, Program};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER};

/// S3 also answers `AccessDenied` to a request with a wrong date or an unsigned header, so
/// `AccessDenied` alone says nothing about the policy.
#[tokio::test(flavor = "multi_thread")]
async fn access_denied_because_of_the_request_passes_no_probe() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    for (detail, wanted) in [
        ("<Message>Request has expired</Message>", "skip"),
        ("<Message>Request is not valid yet</Message>", "skip"),
        ("<Message>Request is not yet valid</Message>", "skip"),
        (
            "<Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-x</HeadersNotSigned>",
            "skip",
        ),
        ("<Message>Access Denied</Message>", "pass"),
    ] {
        let body = format!("<Error><Code>AccessDenied</Code>{detail}</Error>");
        let length = body.len();
        let text = format!(
            "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        // The fault skips HEAD, ListBuckets, the upload and the download, so it affects the probe
        // for plain HTTP.
        world.sandbox.clear_faults();
        let action = Action::Raw(text.into_bytes());
        world.sandbox.inject(Fault::any(4, 1, action));
        let http = world.sandbox.http();
        let args = [
            "verify",
            BUCKET,
            "--http-endpoint",
            &http,
            "-o",
            "json",
            "--max-attempts",
            "1",
        ];
        let output = world.run(&args);
        let report = output.json();
        let probes = report["probes"].as_array().unwrap();
        let plain_http = probes
            .iter()
            .find(|probe| probe["id"] == "plain-http")
            .unwrap();
        assert_eq!(plain_http["status"], wanted, "{detail}: {output:?}");
    }
}

fn actions(args: &[&str]) -> Vec<String> {
    let output = Program::bare(&[&["iam-policy"], args].concat()).run();
    output.exits(0).actions().into_iter().collect()
}

/// The sandbox checks the actions of a policy but not its resources, so the policy is for `--no-presign`.
#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_bootstrap_is_not_enough_for_verify() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let permitted = actions(&["bootstrap", BUCKET, "--no-presign"]);
    let permitted: Vec<&str> = permitted.iter().map(String::as_str).collect();
    world.sandbox.permit(Some(&permitted));
    for options in [&[][..], &["--probe-policy"], &["-o", "json"]] {
        let output = world.run(&[&["verify", BUCKET], options].concat()).exits(1);
        let failure = output.failure();
        let (error, hint) = failure.split_once("\nhint: ").unwrap();
        let begin = "error: these credentials may not write the probe object: 403 AccessDenied";
        assert!(error.starts_with(begin), "{output:?}");
        assert_eq!(
            hint,
            "give the credentials the policy that `iam-policy verify BUCKET` prints\n"
        );
    }
    let printed = actions(&["verify", BUCKET]);
    let printed: Vec<&str> = printed.iter().map(String::as_str).collect();
    world.sandbox.permit(Some(&printed));
    world.run(&["verify", BUCKET]).exits(0);
}

/// Ceph gives no reason for a denial, which can be Block Public Access instead of a missing permission.
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_upload_without_a_message_fails_the_probe() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let text = "<Error><Code>AccessDenied</Code></Error>";
    let length = text.len();
    let answer = format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\n\r\n{text}");
    world.sandbox.inject(Fault {
        method: Some("PUT".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Raw(answer.into_bytes()))
    });
    let output = world.run(&["verify", BUCKET]).exits(3);
    assert!(output.stdout.contains("fail  round-trip "), "{output:?}");
}

/// S3's message names the kind of policy that denies the upload.
#[tokio::test(flavor = "multi_thread")]
async fn an_explicit_deny_is_named() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let text = "<Error><Code>AccessDenied</Code><Message>User: u is not authorized to perform: s3:PutObject on resource: r with an explicit deny in a resource-based policy</Message></Error>";
    let length = text.len();
    let answer = format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\n\r\n{text}");
    world.sandbox.inject(Fault {
        method: Some("PUT".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Raw(answer.into_bytes()))
    });
    let output = world.run(&["verify", BUCKET]).exits(1);
    assert_eq!(
        output.line("hint: "),
        "hint: change the policy that denies the upload (S3 names its kind), or use other credentials"
    );
}

/// A proxy can imitate the errors of S3, but not the header with the request ID that each answer of AWS
/// has.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_without_a_request_id_does_not_come_from_aws() {
    for (header, anonymous, tampered) in [
        ("", "skip", "skip"),
        ("x-amz-request-id: 4442587FB7D0A2F9\r\n", "pass", "pass"),
    ] {
        let aws = Aws::new().await;
        let bootstrap = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
        aws.run_as(&OWNER, &bootstrap).exits(0);
        let body =
            "<Error><Code>AccessDenied</Code><RequestId>4442587FB7D0A2F9</RequestId></Error>";
        let length = body.len();
        let text = format!(
            "HTTP/1.1 403 Forbidden\r\n{header}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        // The fault skips the download of the first probe.
        aws.world.sandbox.inject(Fault {
            method: Some("GET".to_owned()),
            path: Some("probe.txt".to_owned()),
            subresource: None,
            skip: 1,
            times: usize::MAX,
            action: Action::Raw(text.into_bytes()),
        });
        let output = aws.run_as(
            &OWNER,
            &["verify", BUCKET, "-o", "json", "--max-attempts", "1"],
        );
        let report = output.json();
        let probes = report["probes"].as_array().unwrap();
        for (id, wanted) in [("anonymous", anonymous), ("tampered", tampered)] {
            let probe = probes.iter().find(|probe| probe["id"] == id).unwrap();
            assert_eq!(probe["status"], wanted, "{probe}");
        }
    }
}
