//! Tests of regions: in which region the program creates a bucket, for which region the program
//! signs requests, and in which region a KMS key must be.

use crate::support::mock_s3::{LIST, MockS3, scope};
use crate::support::program::{KEY_ID, parameter};

#[tokio::test(flavor = "multi_thread")]
async fn create_sends_the_region_as_location_constraint() {
    let s3 = MockS3::compliant()
        .await
        .creates(&["create-bucket/created"]);
    s3.bootstrap(&["--region", "eu-west-1"]).exits(0);
    assert_eq!(
        s3.bodies("PUT").await,
        [
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_a_region_that_the_server_lacks() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing"])
        .on("PUT", &["create-bucket/invalid-location"]);
    let output = s3.bootstrap(&["--region", "eu-west-1"]).exits(1);
    assert_eq!(
        output.failure(),
        "error: CreateBucket: 400 InvalidLocationConstraint: The specified location-constraint is not valid (request id *)\n\
            hint: choose a different --region: this endpoint does not create buckets in the requested region\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_signed_for_the_region_of_the_bucket() {
    let s3 = MockS3::compliant()
        .await
        .but("HEAD", &["head-bucket/other-region", "head-bucket/exists"]);
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    assert_eq!(output.json()["region"], "eu-west-1");
    let url = output.url("PUT");
    let day = &parameter(&url, "X-Amz-Date")[..8];
    assert_eq!(
        parameter(&url, "X-Amz-Credential"),
        format!("{KEY_ID}%2F{day}%2Feu-west-1%2Fs3%2Faws4_request")
    );
    assert_eq!(
        output.line("[WARN] The bucket is in"),
        "[WARN] The bucket is in eu-west-1, not in us-east-1: continuing in eu-west-1"
    );
    // The third request is ListBuckets, which the program signs for the configured region instead
    // of the bucket's region.
    let signed_for: Vec<String> = s3.requests().await.iter().map(scope).collect();
    let (configured, own) = ("us-east-1/s3", "eu-west-1/s3");
    assert_eq!(
        signed_for,
        [configured, own, configured, own, own, own, own]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_kms_key_of_another_region_before_writing() {
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/other-region", "head-bucket/exists"]);
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let output = s3.bootstrap(&["--kms-key", key]).exits(1);
    assert_eq!(
        output.failure(),
        "error: KMS key `arn:aws:kms:us-east-1:111122223333:key/1234` is not in the bucket's region, eu-west-1\n\
            hint: name a KMS key in eu-west-1\n"
    );
    assert_eq!(s3.log().await, ["HEAD", "HEAD", LIST]);

    // The program checks the region of the KMS key before it creates a bucket, because S3 cannot
    // encrypt objects with a KMS key of a different region.
    let s3 = MockS3::start().await.on("HEAD", &["head-bucket/missing"]);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234";
    s3.bootstrap(&["--kms-key", key]).exits(1);
    assert_eq!(s3.log().await, ["HEAD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_a_region_redirect_once() {
    for fixture in ["any/wrong-region", "any/temporary-redirect"] {
        let s3 = MockS3::compliant()
            .await
            .but("GET ?policy", &[fixture, "get-bucket-policy/tls-only"]);
        let output = s3.bootstrap(&["-o", "json"]);
        assert_eq!(
            (output.code, &output.json()["region"]),
            (0, &"eu-west-1".into()),
            "{output:?}"
        );
        // A second redirect to a different region is an error, so that the program cannot follow
        // redirects in a loop.
        let s3 = MockS3::compliant().await.but("GET ?policy", &[fixture; 2]);
        s3.bootstrap(&["--region", "eu-north-1"]).exits(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_created_only_in_the_requested_region() {
    let hint = "hint: create the bucket in that region with --region eu-west-1, or choose a different --endpoint\n";
    let failure = |asked: &str| {
        format!("error: the server refuses region {asked} and names eu-west-1 instead\n{hint}")
    };
    // The HEAD response names a region other than the requested region, and the bucket does not
    // exist.
    let heads = ["head-bucket/other-region", "head-bucket/missing"];
    for more in [
        &["--region", "EU-Central-1"][..],
        &["--region", "eu-north-1", "--dry-run"],
    ] {
        let s3 = MockS3::start().await.on("HEAD", &heads);
        let output = s3.bootstrap(more).exits(1);
        assert_eq!(output.failure(), failure(more[1]));
        assert_eq!(s3.log().await, ["HEAD", "HEAD"]);
    }
    // If the bucket does not exist, the response to CreateBucket may be the first response that
    // names the region of the server.
    let s3 = MockS3::start()
        .await
        .on("HEAD", &["head-bucket/missing"])
        .on("PUT", &["any/wrong-region"]);
    let output = s3.bootstrap(&["--region", "EU-Central-1"]).exits(1);
    assert_eq!(output.failure(), failure("EU-Central-1"));
    assert_eq!(s3.log().await, ["HEAD", "PUT"]);
    // If the user names no region, the program creates the bucket in the region that the server
    // names.
    let s3 = MockS3::compliant()
        .await
        .but("HEAD", &["head-bucket/missing", "head-bucket/exists"])
        .on("PUT", &["any/wrong-region", "create-bucket/created"]);
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    assert_eq!(output.json()["region"], "eu-west-1");
}
