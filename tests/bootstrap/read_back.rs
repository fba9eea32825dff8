//! Tests that the program reports a control as set only if S3 returns the changed setting
//! afterwards, and rejects responses that do not come from S3.

use crate::support::mock_s3::{ALL_READ, MockS3};

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_not_from_s3_fails_and_nothing_is_written() {
    for (fixture, said) in [
        ("any/html-page", "the answer is a web page"),
        ("any/empty", "the answer is empty"),
        (
            "any/broken-xml",
            "the answer cannot be read: syntax error: tag not closed: `>` not found before end of input",
        ),
    ] {
        let s3 = MockS3::compliant()
            .await
            .but("GET ?publicAccessBlock", &[fixture]);
        let output = s3.bootstrap(&[]).exits(1);
        assert_eq!(
            output.line("[FAIL] "),
            format!("[FAIL] Block Public Access (all 4): failed ({said})")
        );
        let mut wanted = ALL_READ.to_vec();
        if fixture == "any/empty" {
            // An empty response may be an error of the network, so the program retries until all
            // attempts are used.
            wanted.splice(2..2, ["GET ?publicAccessBlock"; 4]);
        }
        assert_eq!(s3.log().await, wanted, "{fixture}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_counts_only_when_the_bucket_shows_the_change() {
    let s3 = MockS3::compliant()
        .await
        .blocks_public_access(&["get-public-access-block/half-on"; 6]);
    let output = s3.bootstrap(&[]).exits(1);
    assert_eq!(
        output.line("[FAIL] "),
        "[FAIL] Block Public Access (all 4): failed (the server accepted the new configuration but shows {\"BlockPublicAcls\":true,\"IgnorePublicAcls\":true,\"BlockPublicPolicy\":false,\"RestrictPublicBuckets\":false})"
    );

    // S3 may show the changed setting only after a moment, so the program reads the setting again.
    let s3 = MockS3::compliant().await.blocks_public_access(&[
        "get-public-access-block/half-on",
        "get-public-access-block/half-on",
        "get-public-access-block/all-on",
    ]);
    s3.bootstrap(&[]).exits(0);
}
