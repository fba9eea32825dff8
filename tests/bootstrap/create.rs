//! Tests how `bootstrap` creates a bucket and checks the owner of a bucket. One test checks all
//! output of a run.

use crate::support::mock_s3::{ALL_READ, LIST, MockS3};
use crate::support::program::parameter;

/// The GET request that the program sends after a refused HEAD. A HEAD response has no body, so
/// only the GET shows why S3 refused.
const WHY: &str = "GET ?list-type=2&max-keys=0";

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines)] // the test checks one complete run
async fn a_new_bucket_is_created_hardened_in_order_and_read_back() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing", "head-bucket/exists"])
        .on("PUT", &["create-bucket/created"])
        .changes(
            "publicAccessBlock",
            &[
                "get-public-access-block/absent",
                "get-public-access-block/all-on",
            ],
        )
        .changes(
            "encryption",
            &[
                "get-bucket-encryption/absent",
                "get-bucket-encryption/aes256-sse-c-blocked",
            ],
        )
        .changes(
            "ownershipControls",
            &[
                "get-bucket-ownership-controls/absent",
                "get-bucket-ownership-controls/enforced",
            ],
        )
        .changes(
            "policy",
            &["get-bucket-policy/absent", "get-bucket-policy/tls-only"],
        )
        .changes(
            "versioning",
            &[
                "get-bucket-versioning/never",
                "get-bucket-versioning/enabled",
            ],
        );
    let output = s3.bootstrap(&["--versioning"]).exits(0);
    assert_eq!(
        output.steps(),
        [
            "[ OK ] Bucket created in us-east-1: drop-box",
            "[ OK ] Block Public Access (all 4): set",
            "[ OK ] Default encryption (AES256, SSE-C blocked): set",
            "[ OK ] Object Ownership: BucketOwnerEnforced: set",
            "[ OK ] TLS-only bucket policy: set",
            "[ OK ] Versioning (MFA delete off): set (wait 15 minutes before the first upload, because until then S3 may answer 404 for a new object)",
            "[WARN] The URLs are plain HTTP, which the TLS-only policy refuses: name an https endpoint",
            output.steps().last().unwrap(),
        ]
    );
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{output:?}");
    for (line, method) in lines.iter().zip(["PUT", "GET"]) {
        let start = format!(
            "{method} {}/drop-box/uploads/example.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&",
            s3.url()
        );
        assert!(line.starts_with(&start), "{line}");
        assert_eq!(parameter(line, "X-Amz-Expires"), "900");
    }
    assert_eq!(
        s3.log().await,
        [
            "HEAD",
            "PUT",
            "HEAD",
            "GET ?publicAccessBlock",
            "PUT ?publicAccessBlock",
            "GET ?publicAccessBlock",
            "GET ?encryption",
            "PUT ?encryption",
            "GET ?encryption",
            "GET ?ownershipControls",
            "PUT ?ownershipControls",
            "GET ?ownershipControls",
            "GET ?policy",
            "PUT ?policy",
            "GET ?policy",
            "GET ?versioning",
            "PUT ?versioning",
            "GET ?versioning",
        ]
    );
    // A CreateBucket request for us-east-1 needs no `LocationConstraint`, and a server other than
    // AWS gets no header that only AWS supports.
    assert_eq!(s3.bodies("PUT").await, [""]);
    for request in s3.requests().await {
        let mut sent: Vec<&str> = request
            .headers
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        sent.sort_unstable();
        let mut expected = vec!["accept", "authorization", "host", "user-agent"];
        expected.extend(["x-amz-content-sha256", "x-amz-date"]);
        if request.method.as_str() == "PUT" {
            expected.push("content-length");
        }
        if !request.body.is_empty() {
            expected.extend(["content-md5", "content-type"]);
        }
        expected.sort_unstable();
        assert_eq!(sent, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_reads_everything_and_writes_nothing() {
    let s3 = MockS3::compliant().await;
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    assert_eq!(
        output.steps()[0],
        "[SKIP] Bucket already exists and is yours: drop-box"
    );
    output.assert_each_status_is("unchanged");
    let json = output.json();
    assert_eq!(
        json.as_object().unwrap().keys().next().unwrap(),
        "schema_version"
    );
    output.assert_each_is_verified();
    assert_eq!(
        (&json["schema_version"], &json["created"]),
        (&1.into(), &false.into())
    );
    let urls = json["urls"].as_array().unwrap();
    assert_eq!(
        (&urls[0]["method"], &urls[1]["method"]),
        (&"PUT".into(), &"GET".into())
    );
    assert_eq!(s3.log().await, ALL_READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_when_the_bucket_refuses_these_credentials() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/forbidden"])
        .on(WHY, &["any/access-denied"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert_eq!(output.steps(), ["[FAIL] Access denied: drop-box"]);
    let error = "error: bucket `drop-box`: access denied, because the bucket belongs to another account or these credentials lack s3:ListBucket: S3 answered 403 AccessDenied: Access Denied (request id 79104EXAMPLEB723)";
    let hint = "hint: if the bucket is yours, use credentials of its account that allow s3:ListBucket on it; otherwise choose another name";
    assert_eq!(
        output.stderr.lines().collect::<Vec<_>>()[1..],
        [error, hint]
    );
    assert_eq!(output.stdout, "");
    assert_eq!(s3.log().await, ["HEAD", WHY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_head_decides_who_owns_the_bucket_if_create_answers_409() {
    // Another client of the same account creates the bucket between the HEAD and the PUT, and S3
    // answers that the account already owns the bucket.
    let s3 = MockS3::compliant()
        .await
        .creates(&["create-bucket/owned-by-you"]);
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (0, "[SKIP] Bucket already exists and is yours: drop-box")
    );

    // Some servers answer 409 BucketAlreadyExists even if the caller already owns the bucket.
    let s3 = MockS3::compliant().await.creates(&["create-bucket/taken"]);
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (0, "[SKIP] Bucket already exists and is yours: drop-box")
    );

    // The existing bucket belongs to another account, so S3 refuses the second HEAD.
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing", "head-bucket/forbidden"])
        .on("PUT", &["create-bucket/taken"])
        .on(WHY, &["any/access-denied"]);
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (1, "[FAIL] Access denied: drop-box")
    );
    assert_eq!(
        output.failure(),
        "error: bucket `drop-box`: access denied, because the bucket belongs to another account or these credentials lack s3:ListBucket: S3 answered 403 AccessDenied: Access Denied (request id *)\n\
            hint: if the bucket is yours, use credentials of its account that allow s3:ListBucket on it; otherwise choose another name\n"
    );
    assert_eq!(s3.log().await, ["HEAD", "PUT", "HEAD", WHY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_for_a_new_bucket_to_become_visible() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "HEAD",
            &[
                "head-bucket/missing",
                "head-bucket/missing",
                "head-bucket/exists",
            ],
        )
        .on("PUT", &["create-bucket/created"])
        .but(
            "GET ?publicAccessBlock",
            &["any/no-such-bucket", "get-public-access-block/all-on"],
        );
    let output = s3.bootstrap(&[]);
    assert_eq!(
        (output.code, output.steps()[0]),
        (0, "[ OK ] Bucket created in us-east-1: drop-box")
    );

    // If a bucket existed before the run and is missing now, another client has deleted the bucket,
    // so the program does not wait for the bucket.
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/exists"])
        .on("GET ?publicAccessBlock", &["any/no-such-bucket"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert_eq!(
        output.failure(),
        "error: GetPublicAccessBlock: 404 NoSuchBucket: The specified bucket does not exist (request id *)\n\
            hint: check the name of the bucket and the endpoint; `bootstrap` creates a bucket\n"
    );
    assert_eq!(s3.log().await, ["HEAD", LIST, "GET ?publicAccessBlock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn recovers_from_a_lost_response_to_create() {
    let s3 = MockS3::compliant()
        .await
        .creates(&["any/internal-error", "create-bucket/owned-by-you"])
        .but(
            "GET ?publicAccessBlock",
            &["any/no-such-bucket", "get-public-access-block/all-on"],
        );
    s3.bootstrap(&[]).exits(0);
}
