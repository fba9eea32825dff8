//! Tests of reads and writes that S3 denies. The program never reports a control as "off" because a
//! read was denied, and the program does not overwrite a setting that it could not read.

use crate::support::mock_s3::{ALL_READ, MockS3};

#[tokio::test(flavor = "multi_thread")]
async fn access_denied_is_never_reported_as_off() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["any/access-denied"]);
    let output = s3.bootstrap(&["-o", "json"]).exits(1);
    assert_eq!(output.statuses()[3], ("tls-only".into(), "denied".into()));
    assert_eq!(
        output.json()["controls"][3]["detail"],
        "GetBucketPolicy: 403 AccessDenied: Access Denied (request id 79104EXAMPLEB723); reading it needs s3:GetBucketPolicy"
    );
    // If the program could not set or verify a control of a bucket, it prints no URLs for the
    // bucket.
    assert_eq!(output.json()["urls"], serde_json::json!([]));
    assert_eq!(s3.log().await, ALL_READ);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_write_names_the_missing_action() {
    let s3 = MockS3::compliant()
        .await
        .but("GET ?encryption", &["get-bucket-encryption/aes256"])
        .on("PUT ?encryption", &["any/access-denied"]);
    let output = s3.bootstrap(&[]).exits(1);
    assert_eq!(
        output.line("[FAIL] "),
        "[FAIL] Default encryption (AES256, SSE-C blocked): denied (PutBucketEncryption: 403 AccessDenied: Access Denied (request id *); writing it needs s3:PutEncryptionConfiguration)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_an_unreadable_setting_only_if_nothing_can_be_lost() {
    // The program sets Block Public Access even if S3 denies GetPublicAccessBlock. If S3 also
    // denies the read after the write, the program reports Block Public Access as set but not
    // verified.
    let s3 = MockS3::compliant()
        .await
        .blocks_public_access(&["any/access-denied"; 2]);
    let output = s3.bootstrap(&["-o", "json"]).exits(0);
    let control = &output.json()["controls"][0];
    assert_eq!(
        (&control["status"], &control["verified"]),
        (&"changed".into(), &false.into())
    );
    assert_eq!(
        control["detail"],
        "GetPublicAccessBlock: 403 AccessDenied: Access Denied (request id 79104EXAMPLEB723); reading it needs s3:GetBucketPublicAccessBlock"
    );
    assert_eq!(
        output.line("[WARN] Block"),
        "[WARN] Block Public Access (all 4): set, not verified (GetPublicAccessBlock: 403 AccessDenied: Access Denied (request id *); reading it needs s3:GetBucketPublicAccessBlock)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_the_refusal_when_an_acl_prevents_ownership() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?ownershipControls",
            &["get-bucket-ownership-controls/object-writer"],
        )
        .on(
            "PUT ?ownershipControls",
            &["put-bucket-ownership-controls/acl-in-the-way"],
        );
    let output = s3.bootstrap(&[]).exits(1);
    assert_eq!(
        output.line("[FAIL] "),
        "[FAIL] Object Ownership: BucketOwnerEnforced: failed (PutBucketOwnershipControls: 400 InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting (request id *))"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_control_must_be_verified() {
    let s3 = MockS3::compliant()
        .await
        .blocks_public_access(&["any/access-denied"; 2]);
    let output = s3.bootstrap(&["--require", "public-access-block"]);
    assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
    // A dry run predicts the result of a real run, so it reports that a real run would set the
    // control.
    let s3 = MockS3::compliant()
        .await
        .but("GET ?publicAccessBlock", &["any/access-denied"])
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"]);
    let output = s3.bootstrap(&["--dry-run", "-o", "json"]);
    assert_eq!(
        (output.code, &*output.statuses()[0].1),
        (3, "would-change"),
        "{output:?}"
    );
    let mut asked = ALL_READ.to_vec();
    let before_the_write = ["GET ?policyStatus", "GET ?acl", "GET ?website"];
    asked.splice(3..3, before_the_write);
    assert_eq!(s3.log().await, asked);
}

/// A policy of the AWS organisation denies the write, but an administrator sets the control after
/// the program's first read, so the run succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_write_that_is_no_longer_needed_is_no_failure() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?publicAccessBlock",
            &[
                "get-public-access-block/absent",
                "get-public-access-block/all-on",
            ],
        )
        .on("GET ?policyStatus", &["get-bucket-policy-status/private"])
        .on("PUT ?publicAccessBlock", &["any/access-denied"]);
    let output = s3.harden(&["-o", "json"]).exits(0);
    assert_eq!(output.statuses()[0].1, "unchanged", "{output:?}");
}

/// S3 rejects the PUT of the policy, which adds one statement. The program still reports the
/// statements that were already compliant as compliant.
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_policy_write_leaves_compliant_statements_unchanged() {
    let s3 = MockS3::compliant()
        .await
        .on("PUT ?policy", &["any/access-denied"]);
    let output = s3.harden(&["--min-tls", "1.2", "-o", "json"]).exits(1);
    let controls = output.json()["controls"].clone();
    let of = |id: &str| {
        let found = controls
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["id"] == id);
        let control = found.unwrap();
        (control["status"].clone(), control["verified"].clone())
    };
    assert_eq!(of("tls-only"), ("unchanged".into(), true.into()));
    assert_eq!(of("min-tls"), ("denied".into(), false.into()));
}
