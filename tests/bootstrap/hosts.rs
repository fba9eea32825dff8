//! Tests that the program sends requests only to the configured server: it uses no proxy for
//! loopback addresses, and it follows no redirect.

use crate::support::mock_s3::MockS3;
use crate::support::program;

/// The program may send plain HTTP to a loopback address, because the request does not leave the
/// machine. A proxy would forward the request over plain HTTP to a different machine.
#[tokio::test(flavor = "multi_thread")]
async fn uses_no_proxy_for_loopback_addresses() {
    let (s3, proxy) = (MockS3::compliant().await, MockS3::start().await);
    let mut program = program::bootstrap(&s3.url(), &[]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        program = program.env(name, &proxy.url());
    }
    assert_eq!(program.run().code, 0);
    assert!(proxy.requests().await.is_empty());
}

/// A redirect names a different host, and the program must send nothing to that host.
#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed() {
    let other = MockS3::start().await;
    let s3 = wiremock::MockServer::start().await;
    for status in [301, 302, 307, 308] {
        s3.reset().await;
        let answer = wiremock::ResponseTemplate::new(status).insert_header("location", other.url());
        wiremock::Mock::given(wiremock::matchers::any())
            .respond_with(answer)
            .mount(&s3)
            .await;
        let output = program::bootstrap(&s3.uri(), &[]).run();
        assert_eq!(output.code, 1, "{status} {output:?}");
    }
    assert!(other.requests().await.is_empty());
}
