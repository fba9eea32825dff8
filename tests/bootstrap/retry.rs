//! Tests that the program retries transient failures, and limits the number of retries and the
//! time.

use crate::support::mock_s3::MockS3;
use crate::support::program::{BUCKET, SECRET};

#[tokio::test(flavor = "multi_thread")]
async fn retries_transient_faults() {
    let s3 = MockS3::compliant()
        .await
        .but("HEAD", &["any/slow-down", "head-bucket/exists"])
        .but(
            "GET ?publicAccessBlock",
            &[
                "any/internal-error",
                "get-public-access-block/half-on",
                "get-public-access-block/all-on",
            ],
        )
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"])
        .on(
            "PUT ?publicAccessBlock",
            &["any/operation-aborted", "put-public-access-block/ok"],
        )
        .but(
            "GET ?policy",
            &["any/html-error", "get-bucket-policy/tls-only"],
        );
    let output = s3.bootstrap(&["-v"]).exits(0);
    assert_eq!(
        output.line("[ OK ] Block"),
        "[ OK ] Block Public Access (all 4): set"
    );
    assert_eq!(
        output.stderr.matches("; retry in ").count(),
        4,
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_limited() {
    let s3 = MockS3::start().await.on("HEAD", &["any/slow-down"; 2]);
    let output = s3.bootstrap(&["--max-attempts", "2"]).exits(1);
    assert_eq!(
        output.failure(),
        "error: HeadBucket: 503 (request id *)\n\
            hint: try again later: the server is overloaded or failing\n"
    );
    assert_eq!(s3.log().await, ["HEAD", "HEAD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_are_bounded_when_retry_after_is_zero() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/exists"])
        .on(
            "GET ?publicAccessBlock",
            &["any/operation-aborted-retry-at-once"; 3],
        );
    let begun = std::time::Instant::now();
    let url = s3.url();
    // The program may retry for up to a minute, so the test ends the program after two seconds.
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_s3-secure-bucket"))
        .args(["bootstrap", BUCKET, "--endpoint", &url, "-q"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let sent = s3.log().await.len();
    assert!(
        (3..12).contains(&sent),
        "{sent} requests in {:?}",
        begun.elapsed()
    );
}
