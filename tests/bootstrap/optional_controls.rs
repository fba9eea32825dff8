//! Tests of the optional controls with recorded responses of S3: which requests the program sends,
//! and which rules and statements of other tools the program keeps.

use crate::support::mock_s3::MockS3;

const NAMESPACE: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
const PAGES: &str = "<Rule><ID>upload-pages</ID><Filter><Prefix>.s3-secure-bucket/pages/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>8</Days></Expiration></Rule>";
const ABORT: &str = "<Rule><ID>abort-multipart</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";

#[tokio::test(flavor = "multi_thread")]
async fn keeps_foreign_lifecycle_rules_and_their_header() {
    const SIZE: &str = "x-amz-transition-default-minimum-object-size";
    let theirs = "<Rule><ID>theirs</ID><Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
    for (before, rules, size) in [
        (
            "get-bucket-lifecycle-configuration/absent",
            format!("{ABORT}{PAGES}"),
            None,
        ),
        (
            "get-bucket-lifecycle-configuration/foreign",
            format!("{theirs}{ABORT}{PAGES}"),
            Some("varies_by_storage_class"),
        ),
    ] {
        let s3 = MockS3::compliant().await.changes(
            "lifecycle",
            &[
                before,
                "get-bucket-lifecycle-configuration/foreign-and-ours",
            ],
        );
        s3.harden(&["--lifecycle"]).exits(0);
        let body = format!("<LifecycleConfiguration {NAMESPACE}>{rules}</LifecycleConfiguration>");
        assert_eq!(s3.bodies("PUT ?lifecycle").await, [body]);
        let requests = s3.requests().await;
        let put = requests
            .iter()
            .find(|request| request.method.as_str() == "PUT")
            .unwrap();
        let sent = put.headers.get(SIZE).map(|value| value.to_str().unwrap());
        assert_eq!(sent, size);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn enables_access_logging_and_reports_a_target_in_another_region() {
    let s3 = MockS3::compliant().await.changes(
        "logging",
        &["get-bucket-logging/off", "get-bucket-logging/to-the-logs"],
    );
    let output = s3.harden(&["--log-bucket", "the-logs"]).exits(0);
    assert_eq!(
        output.line("[ OK ] Server access logging"),
        "[ OK ] Server access logging (to the-logs/drop-box/): set"
    );

    let s3 = MockS3::compliant()
        .await
        .on("GET ?logging", &["get-bucket-logging/off"; 2])
        .on("PUT ?logging", &["put-bucket-logging/other-region"]);
    let output = s3.harden(&["--log-bucket", "the-logs"]).exits(1);
    assert_eq!(
        output.line("[FAIL] "),
        "[FAIL] Server access logging (to the-logs/drop-box/): denied (PutBucketLogging: 403 CrossLocationLoggingProhibitted: Cross S3 location logging not allowed.  (request id *); writing it needs s3:PutBucketLogging)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_foreign_tags() {
    let tag = |key: &str, value: &str| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let stack = tag("aws:cloudformation:stack-name", "theirs");
    for (before, tags) in [
        ("get-bucket-tagging/absent", tag("team", "files")),
        ("get-bucket-tagging/foreign", stack + &tag("team", "files")),
    ] {
        let s3 = MockS3::compliant()
            .await
            .changes("tagging", &[before, "get-bucket-tagging/foreign-and-ours"]);
        s3.harden(&["--tag", "team=files"]).exits(0);
        let body = format!("<Tagging {NAMESPACE}><TagSet>{tags}</TagSet></Tagging>");
        assert_eq!(s3.bodies("PUT ?tagging").await, [body]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_foreign_cors_rules_and_their_order() {
    let theirs = "<CORSRule><ID>theirs</ID><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://theirs.example</AllowedOrigin></CORSRule>";
    let ours = "<CORSRule><ID>s3-secure-bucket</ID><AllowedHeader>*</AllowedHeader><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod><AllowedOrigin>https://pages.example.com</AllowedOrigin><ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-version-id</ExposeHeader><MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule>";
    for (before, rules) in [
        ("get-bucket-cors/absent", ours.to_owned()),
        ("get-bucket-cors/foreign", format!("{theirs}{ours}")),
    ] {
        let s3 = MockS3::compliant()
            .await
            .changes("cors", &[before, "get-bucket-cors/foreign-and-ours"]);
        let output = s3
            .harden(&["--cors-origin", "https://pages.example.com"])
            .exits(0);
        assert_eq!(
            output.line("[ OK ] CORS"),
            "[ OK ] CORS rule (https://pages.example.com): set"
        );
        let body = format!("<CORSConfiguration {NAMESPACE}>{rules}</CORSConfiguration>");
        assert_eq!(s3.bodies("PUT ?cors").await, [body]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_policy_that_is_too_long_before_sending_it() {
    let exempt: Vec<String> = (0..400)
        .map(|number| format!("arn:aws:iam::111122223333:role/a-name-of-some-length-{number}"))
        .collect();
    let exempt = exempt.join(",");
    for more in [&["--dry-run"][..], &[]] {
        let s3 = MockS3::compliant().await;
        let args = ["--source-ip", "127.0.0.1", "--exempt-principal", &exempt];
        let output = s3.harden(&[&args[..], more].concat()).exits(1);
        let names = exempt.replace(',', ", ");
        assert_eq!(
            output.line("[FAIL] "),
            format!(
                "[FAIL] Object access from named networks only (127.0.0.1; not for {names}): failed (the policy would have 24029 bytes, above S3's limit of 20480; shorten the policy, or deliver the logs of at most about 250 buckets to one log bucket)"
            )
        );
        let log = s3.log().await;
        assert!(log.iter().all(|sent| !sent.starts_with("PUT")), "{log:?}");
    }
}
