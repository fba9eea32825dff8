//! Tests of the probe `multipart-urls`: its result on several servers, and that no run leaves an upload.

use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::time::Duration;

/// Returns the status and the reason of the probe.
fn probe(output: &Output) -> (String, String) {
    let report = output.json();
    let probes = report["probes"].as_array().unwrap();
    let found = probes.iter().find(|probe| probe["id"] == "multipart-urls");
    let text = |name: &str| found.unwrap()[name].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

fn verify(world: &World, more: &[&str]) -> Output {
    world.run(&[&["verify", BUCKET, "-o", "json"], more].concat())
}

async fn assert_no_upload_and_no_object(world: &World) {
    for (query, element) in [("uploads=", "<Upload>"), ("versions=", "<Key>")] {
        let at = format!("s3://{BUCKET}/");
        let url = world.presign(&world.sandbox.https(), &["get", &at, "--query", query]);
        let answer = world.send("GET", &url, &[], "").await;
        assert_eq!(answer.status, 200, "{query}");
        let list = String::from_utf8(answer.body).unwrap();
        assert!(!list.contains(element), "{list}");
    }
}

fn fault(method: &str, subresource: &str, skip: usize, action: Action) -> Fault {
    Fault {
        method: Some(method.to_owned()),
        path: Some("/multipart".to_owned()),
        subresource: Some(subresource.to_owned()),
        skip,
        times: 1,
        action,
    }
}

/// A run without a failure needs no permission to abort an upload.
#[tokio::test(flavor = "multi_thread")]
async fn two_parts_are_uploaded_and_a_list_that_lacks_parts_is_refused() {
    let world = World::new(true).await;
    for more in [&[][..], &["--versioning"]] {
        world.harden(more).exits(0);
        world.log();
        let output = verify(&world, &[]).exits(0);
        assert_eq!(
            probe(&output),
            (
                "pass".to_owned(),
                "2 parts, and a list that lacks parts was refused".to_owned()
            )
        );
        let sent = world.log();
        let aborts = sent
            .iter()
            .filter(|line| line.starts_with("DELETE ?uploadId"));
        assert_eq!(aborts.count(), 0, "{sent:?}");
        assert_no_upload_and_no_object(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_the_size_passes_and_the_reason_names_the_fact() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let body =
        "<CompleteMultipartUploadResult><ETag>\"a-1\"</ETag></CompleteMultipartUploadResult>";
    let length = body.len();
    let text =
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    let ignores = Action::Raw(text.into_bytes());
    world.sandbox.inject(fault("POST", "uploadId", 1, ignores));
    let output = verify(&world, &[]).exits(0);
    assert_eq!(
        probe(&output),
        (
            "pass".to_owned(),
            "2 parts, and the server accepts a list that lacks parts, so compare the size of each object".to_owned()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_multipart_uploads_skips_the_probe() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    // The server has no list of uploads either.
    for method in ["POST", "GET"] {
        let action = Action::error(501, "NotImplemented", &[]);
        world.sandbox.inject(Fault {
            path: None,
            ..fault(method, "uploads", 0, action)
        });
    }
    let output = verify(&world, &[]).exits(0);
    let (status, reason) = probe(&output);
    assert_eq!(status, "skip");
    assert!(
        reason.starts_with("the server began no multipart upload: 501 NotImplemented"),
        "{reason}"
    );
    assert_eq!(output.json()["left_behind"], serde_json::json!([]));
}

/// A run that is interrupted during any request of the probe aborts the upload. So does a run that lost the
/// answer with the upload ID.
#[tokio::test(flavor = "multi_thread")]
async fn no_upload_is_left_after_an_interruption_or_a_refusal() {
    let wait = || Action::Delay(Duration::from_secs(20));
    for (method, subresource, skip) in [
        ("POST", "uploads", 0),
        ("PUT", "partNumber", 0),
        ("PUT", "partNumber", 1),
        ("POST", "uploadId", 0),
        ("PUT", "partNumber", 2),
    ] {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        world
            .sandbox
            .inject(fault(method, subresource, skip, wait()));
        let args = ["verify", BUCKET, "-o", "json"];
        let output = world.run_and_signal(&args, Duration::from_millis(2500), "TERM");
        assert_eq!(output.code, 1, "{method} {subresource} {skip} {output:?}");
        assert_eq!(output.json()["left_behind"], serde_json::json!([]));
        assert_no_upload_and_no_object(&world).await;
    }
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world
        .sandbox
        .inject(fault("POST", "uploads", 0, Action::AfterReset));
    let denied = Action::error(403, "AccessDenied", &[]);
    world.sandbox.inject(fault("PUT", "partNumber", 1, denied));
    let output = verify(&world, &[]).exits(0);
    assert_eq!(probe(&output).0, "skip", "{output:?}");
    assert_no_upload_and_no_object(&world).await;
}
