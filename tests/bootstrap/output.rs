//! What is printed: no secret, and no words of a server that a terminal would obey.

use crate::support::mock_s3::MockS3;
use crate::support::program::{self, SECRET};

#[tokio::test(flavor = "multi_thread")]
async fn no_url_and_no_secret_is_ever_on_stderr() {
    let s3 = MockS3::compliant().await;
    let output = program::bootstrap(&s3.url(), &["-vv"])
        .env("AWS_SESSION_TOKEN", "MARKERTOKEN")
        .run()
        .exits(0);
    assert!(
        output.stdout.contains("MARKERTOKEN"),
        "the token belongs into the URL: {output:?}"
    );
    for secret in [
        SECRET,
        "MARKERTOKEN",
        "X-Amz-Signature",
        "Signature=",
        "AKIAIOSFODNN7EXAMPLE",
    ] {
        assert!(
            !output.stderr.contains(secret),
            "{secret} in {}",
            output.stderr
        );
    }
    assert!(
        output.stderr.contains("| x-amz-security-token:(hidden)"),
        "{}",
        output.stderr
    );
    let quiet = s3.bootstrap(&["--quiet"]);
    assert_eq!(quiet.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_words_are_shown_and_not_obeyed() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["any/forged-message"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
    assert!(
        !output
            .steps()
            .contains(&"[ OK ] TLS-only bucket policy: already set"),
        "{output:?}"
    );
}
