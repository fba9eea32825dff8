//! Tests of `--deny-sigv2` and of the probe that sends a URL with signature version 2, on a bucket
//! that accepts this version, as AWS's old buckets do.

use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::Preset;

/// Returns the status and the reason of the probe `sigv2`.
fn probe(output: &Output) -> (String, String) {
    let all = output.json()["probes"].as_array().unwrap().clone();
    let found = all.iter().find(|probe| probe["id"] == "sigv2").unwrap();
    let text = |name: &str| found[name].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

fn verify(world: &World) -> Output {
    let http = world.sandbox.http();
    world.run(&["verify", BUCKET, "--http-endpoint", &http, "-o", "json"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_limit_has_no_effect_on_signature_version_2_but_deny_sigv2_has() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let status = |code| probe(&verify(&world).exits(code)).0;
    assert_eq!(status(0), "pass", "the bucket refuses signature version 2");
    assert!(world.sandbox.preset(BUCKET, Preset::AcceptsSigV2));
    assert_eq!(status(0), "skip", "no statement limits signatures");
    world.harden(&["--max-presign-age", "1h"]).exits(0);
    assert_eq!(status(3), "fail", "the age limit has no effect");
    world.harden(&["--deny-sigv2"]).exits(0);
    assert_eq!(
        probe(&verify(&world).exits(0)),
        ("pass".to_owned(), "403 AccessDenied".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_hides_the_signature_of_version_2() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let output = world.run(&["verify", BUCKET, "-vv"]).exits(0);
    let hidden = "AWSAccessKeyId=(hidden)&Expires=";
    assert!(output.stderr.contains(hidden), "{output:?}");
    assert!(output.stderr.contains("&Signature=(hidden)"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_reports_a_missing_denial_of_signature_version_2() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let args = ["audit", BUCKET, "--deny-sigv2", "-o", "json"];
    let before = world.run(&args).exits(3);
    assert_eq!(before.status("deny-sigv2"), "drift");
    world.harden(&["--deny-sigv2"]).exits(0);
    let after = world.run(&args).exits(0);
    assert_eq!(after.status("deny-sigv2"), "compliant");
}
