//! Tests that the output contains no secret, and that the program escapes control characters in
//! server messages.

use crate::support::mock_s3::MockS3;
use crate::support::program::{self, SECRET, assert_lacks, parameter};

#[tokio::test(flavor = "multi_thread")]
async fn prints_no_url_and_no_secret_on_stderr() {
    let s3 = MockS3::compliant().await;
    let output = program::bootstrap(&s3.url(), &["-vv"])
        .env("AWS_SESSION_TOKEN", "MARKERTOKEN")
        .run()
        .exits(0);
    for line in output.stdout.lines() {
        assert_eq!(parameter(line, "X-Amz-Security-Token"), "MARKERTOKEN");
    }
    assert_lacks(
        &output.stderr,
        &[
            SECRET,
            "MARKERTOKEN",
            "X-Amz-Signature",
            "Signature=",
            "AKIAIOSFODNN7EXAMPLE",
        ],
    );
    let canonical = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("| x-amz-security-token"));
    assert_eq!(
        canonical.collect::<Vec<_>>(),
        ["| x-amz-security-token:(hidden)"; 6]
    );
    let quiet = s3.bootstrap(&["--quiet"]);
    assert_eq!(quiet.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn escapes_control_characters_in_server_messages() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["any/forged-message"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert_lacks(&output.stderr, &["\u{1b}"]);
    assert_eq!(
        output.stderr,
        "[SKIP] Bucket already exists and is yours: drop-box\n\
            [ OK ] Block Public Access (all 4): already set\n\
            [ OK ] Default encryption (AES256, SSE-C blocked): already set\n\
            [ OK ] Object Ownership: BucketOwnerEnforced: already set\n\
            [FAIL] TLS-only bucket policy: failed (GetBucketPolicy: 400 Odd: x\\n[ OK ] TLS-only bucket policy: already set\\n\\u{1b}[2J)\n\
            [SKIP] The URLs are withheld, because a control failed\n"
    );
}
