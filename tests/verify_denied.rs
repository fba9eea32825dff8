//! Tests that a probe of `verify` passes after `AccessDenied` only if the bucket's policy can be
//! the reason.

use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::{Action, Fault};

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
