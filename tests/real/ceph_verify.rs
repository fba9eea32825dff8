//! Tests of `verify` on Ceph: which probes pass on Ceph, and which probes fail.

use super::ceph::owner;
use super::{Output, new_name, required};

/// Returns the id and the verdict of each probe.
fn verdicts(output: &Output) -> Vec<(String, String)> {
    let all = output.json()["probes"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|probe| (text(&probe["id"]), text(&probe["status"])))
        .collect()
}

/// `verify` reports the behaviour of Ceph correctly, and leaves no objects or settings in the
/// bucket.
#[test]
fn verify_reports_the_behaviour_of_ceph() {
    let owner = owner();
    let http = required("CEPH_HTTP");
    let verify = |bucket: &str| {
        let args = [
            "verify",
            bucket,
            "--http-endpoint",
            &http,
            "--probe-policy",
            "-o",
            "json",
        ];
        let output = owner.run(&args);
        assert_eq!(output.code, 3, "{output:?}");
        let versions = owner.presign("get", &format!("s3://{bucket}/"), &["--query", "versions="]);
        let (status, list) = owner.curl(&[&versions]);
        let list = String::from_utf8(list).unwrap();
        assert!(
            status == 200 && list.contains("ListVersionsResult"),
            "{list}"
        );
        assert!(!list.contains("<Key>"), "{list}");
        output
    };
    let of = |status: &str, output: &Output| -> Vec<String> {
        let all = verdicts(output).into_iter();
        all.filter(|(_, its)| its == status)
            .map(|(id, _)| id)
            .collect()
    };

    // While Block Public Access is on, Ceph refuses every upload, so `verify` skips the probes that
    // upload objects.
    let blocked = new_name("ceph-verify-bpa");
    assert_eq!(owner.run(&["bootstrap", &blocked]).code, 4);
    let output = verify(&blocked);
    assert_eq!(of("fail", &output), ["round-trip"], "{output:?}");
    assert_eq!(of("pass", &output), ["public-policy"], "{output:?}");

    let open = new_name("ceph-verify");
    let made = [
        "bootstrap",
        &open,
        "--versioning",
        "--skip",
        "public-access-block",
    ];
    for (condition, plain_http) in [("bool", "fail"), ("bool-if-exists", "pass")] {
        let args = [&made[..], &["--tls-condition", condition]].concat();
        assert_eq!(owner.run(&args).code, 4);
        let output = verify(&open);
        let all = verdicts(&output);
        let is = |id: &str, status: &str| all.contains(&(id.to_owned(), status.to_owned()));
        assert!(is("plain-http", plain_http), "{condition}: {output:?}");
        for id in [
            "round-trip",
            "anonymous",
            "tampered",
            "expired",
            "wrong-method",
            "content-type",
            "versioning",
            "multipart-urls",
        ] {
            assert!(is(id, "pass"), "{id}: {output:?}");
        }
        // Ceph has no ownership controls and no default encryption, and checks the `If-None-Match`
        // header only in a bucket without versioning.
        for id in [
            "public-acl",
            "public-policy",
            "encryption",
            "sse-c",
            "no-overwrite",
        ] {
            assert!(is(id, "fail"), "{id}: {output:?}");
        }
    }
}
