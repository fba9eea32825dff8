//! Tests of options that change the run but not the requested settings of the bucket: `--dry-run`,
//! `--skip`, `--expected-owner`.

use crate::support::mock_s3::{ALL_READ, MockS3};

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_reports_changes_and_writes_nothing() {
    let s3 = MockS3::start().await.on("HEAD", &["head-bucket/missing"]);
    let output = s3.bootstrap(&["--dry-run", "-o", "json"]).exits(3);
    output.assert_each_status_is("would-change");
    assert_eq!(
        (&output.json()["created"], &output.json()["urls"]),
        (&false.into(), &serde_json::json!([]))
    );
    assert_eq!(s3.log().await, ["HEAD"]);

    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["get-bucket-policy/foreign"])
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"]);
    let output = s3.bootstrap(&["--dry-run"]);
    assert_eq!((output.code, &*output.stdout), (3, ""), "{output:?}");
    assert_eq!(
        output.line("[PLAN] TLS-only"),
        "[PLAN] TLS-only bucket policy: would be set"
    );
    // Block Public Access and the policy status decide whether S3 would refuse the new policy, so
    // the dry run reads Block Public Access and the policy status.
    let more = ["GET ?publicAccessBlock", "GET ?policyStatus"];
    assert_eq!(s3.log().await, [&ALL_READ[..], &more].concat());

    let s3 = MockS3::compliant().await;
    assert_eq!(s3.bootstrap(&["--dry-run"]).code, 0);
    assert_eq!(s3.log().await, ALL_READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_control_is_listed_and_not_read() {
    let s3 = MockS3::compliant().await.but("GET ?policy", &[]);
    let output = s3.bootstrap(&["--skip", "tls-only", "-o", "json"]);
    assert_eq!(
        (output.code, &*output.statuses()[3].1),
        (0, "skipped"),
        "{output:?}"
    );
    assert_eq!(s3.log().await, ALL_READ[..5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expected_owner_is_sent_with_every_request() {
    let s3 = MockS3::compliant().await;
    s3.bootstrap(&["--expected-owner", "111122223333"]).exits(0);
    let requests = s3.requests().await;
    let to_bucket = requests.iter().filter(|request| request.url.path() != "/");
    let mut owners: Vec<_> = to_bucket
        .map(|request| {
            let owner = request.headers["x-amz-expected-bucket-owner"]
                .to_str()
                .unwrap();
            (request.method.as_str(), owner)
        })
        .collect();
    // The second HEAD shows whether the server compares accounts.
    assert_eq!(owners.remove(1), ("HEAD", "000000000000"));
    assert!(
        owners.iter().all(|(_, owner)| *owner == "111122223333"),
        "{owners:?}"
    );
}
