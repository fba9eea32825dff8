//! Tests of the optional controls on the sandbox: the program sets each control and reads it back,
//! a second run changes nothing, and the sandbox enforces the control.

use crate::support::program::{BUCKET, KMS_KEY, OPTIONAL_CONTROLS};
use crate::support::world::World;
use base64::Engine;
use md5::Digest;
use s3_sandbox::OWNER;
use serde_json::json;

/// Returns the options that turn on all optional controls, including a network limit and a log
/// bucket.
fn everything() -> Vec<&'static str> {
    let more = "--source-ip 127.0.0.0/8 --log-bucket the-logs --create-log-bucket --expected-owner 111122223333 -o json";
    OPTIONAL_CONTROLS
        .into_iter()
        .chain(more.split(' '))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_all_optional_controls_and_a_second_run_writes_nothing() {
    let world = World::new(true).await;
    let first = world.bootstrap(&everything()).exits(0);
    first.assert_each_is_verified();
    // The run writes the statements of all policy controls in one PUT. The log bucket has a
    // separate policy, so the run sends a second PUT.
    assert_eq!(
        world.writes(),
        [
            "PUT",
            "PUT ?policy",
            "PUT",
            "PUT ?policy",
            "PUT ?versioning",
            "PUT ?lifecycle",
            "PUT ?logging",
            "PUT ?tagging"
        ]
    );
    let second = world.bootstrap(&everything()).exits(0);
    second.assert_each_status_is("unchanged");
    assert_eq!(world.writes(), [""; 0]);
    // The presigned URLs must work while every control is on.
    let (put, get) = (second.url("PUT"), second.url("GET"));
    assert_eq!(world.send("PUT", &put, &[], "hello").await.status, 200);
    assert_eq!(world.send("GET", &get, &[], "").await.body, b"hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_networks_can_configure_the_bucket_but_not_use_objects() {
    let world = World::new(true).await;
    let elsewhere = world
        .bootstrap(&["--source-ip", "203.0.113.0/24", "-o", "json"])
        .exits(0);
    assert_eq!(
        world
            .send("PUT", &elsewhere.url("PUT"), &[], "x")
            .await
            .status,
        403
    );
    // The network limit applies only to objects, so the owner can still change the bucket's
    // configuration from any network, and a second run can correct the limit.
    let here = world.bootstrap(&["--source-ip", "127.0.0.1", "-o", "json"]);
    assert_eq!(
        (here.code, &*here.status("network-scope")),
        (0, "changed"),
        "{here:?}"
    );
    assert_eq!(
        world.send("PUT", &here.url("PUT"), &[], "x").await.status,
        200
    );
    // A principal that matches `--exempt-principal` may connect from any network.
    let exempt = world
        .bootstrap(&[
            "--source-ip",
            "203.0.113.0/24",
            "--exempt-principal",
            "arn:aws:iam::111122223333:user/sandbox-*",
            "-o",
            "json",
        ])
        .exits(0);
    assert_eq!(
        world.send("GET", &exempt.url("GET"), &[], "").await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_older_than_the_age_limit_is_refused() {
    let world = World::new(true).await;
    world.harden(&["--max-presign-age", "2m"]).exits(0);
    let uri = format!("s3://{BUCKET}/k");
    let fresh = world.presign(&world.sandbox.https(), &["put", &uri, "--expires-in", "7d"]);
    assert_eq!(world.send("PUT", &fresh, &[], "x").await.status, 200);
    let signed_before = time::OffsetDateTime::now_utc() - time::Duration::minutes(5);
    let at = s3_secure_bucket::presign::timestamp::amz_date(signed_before);
    let old = world.presign(
        &world.sandbox.https(),
        &["put", &uri, "--expires-in", "7d", "--at", &at],
    );
    assert_eq!(world.send("PUT", &old, &[], "x").await.status, 403);
    // The URLs that `bootstrap` prints are valid for longer than 10 minutes, so the program refuses
    // an age limit of 10 minutes.
    let refused = world.bootstrap(&["--max-presign-age", "10m"]);
    assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
}

/// The program keeps the lifecycle rules of other tools, and the lifecycle setting that S3 sends in
/// a header instead of the XML document.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_foreign_lifecycle_rules() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let theirs = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>theirs</ID><Filter><And><Prefix>logs/</Prefix><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></And></Filter><Status>Enabled</Status><Expiration><Days>365</Days></Expiration></Rule></LifecycleConfiguration>";
    let size = (
        "x-amz-transition-default-minimum-object-size",
        "varies_by_storage_class",
    );
    let digest = base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(theirs));
    let md5 = ("content-md5", digest.as_str());
    let at = format!("s3://{BUCKET}/");
    let https = world.sandbox.https();
    let signed = |(name, value): (&str, &str)| format!("{name}: {value}");
    let (first, second) = (signed(size), signed(md5));
    let args = [
        "put",
        &at,
        "--query",
        "lifecycle",
        "--header",
        &first,
        "--header",
        &second,
    ];
    let url = world.presign(&https, &args);
    let put = world.send("PUT", &url, &[size, md5], theirs).await;
    assert_eq!(put.status, 200, "{}", String::from_utf8_lossy(&put.body));

    let output = world.harden(&["--lifecycle"]).exits(0);
    assert_eq!(
        output.line("       was: "),
        "       was: {\"Rules\":[{\"ID\":\"theirs\",\"Status\":\"Enabled\",\"Filter\":{\"And\":{\"Prefix\":\"logs/\",\"ObjectSizeGreaterThan\":500}},\"Expiration\":{\"Days\":365}}]}"
    );
    let got = world.send_as(&OWNER, "GET", "lifecycle", "").await;
    assert_eq!(got.header(size.0), Some("varies_by_storage_class"));
    let body = String::from_utf8(got.body).unwrap();
    assert_eq!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><Expiration><Days>365</Days></Expiration><Filter><And><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Prefix>logs/</Prefix></And></Filter><ID>theirs</ID><Status>Enabled</Status></Rule><Rule><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload><Filter><Prefix></Prefix></Filter><ID>abort-multipart</ID><Status>Enabled</Status></Rule><Rule><Expiration><Days>8</Days></Expiration><Filter><Prefix>.s3-secure-bucket/pages/</Prefix></Filter><ID>upload-pages</ID><Status>Enabled</Status></Rule></LifecycleConfiguration>"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_only_to_buckets_that_s3_may_write_to() {
    let world = World::new(true).await;
    // If the log bucket does not let S3 write logs, the output quotes the refusal of S3 and names
    // the remedy.
    world
        .run(&["bootstrap", "the-logs", "--no-presign"])
        .exits(0);
    let refused = world.harden(&["--log-bucket", "the-logs"]).exits(1);
    assert_eq!(
        refused.line("[FAIL] "),
        "[FAIL] Server access logging (to the-logs/drop-box/): failed (PutBucketLogging: 400 InvalidTargetBucketForLogging: You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket (request id *); name a log bucket that you own and that lets logging.s3.amazonaws.com write; --create-log-bucket creates one)"
    );
    // With `--create-log-bucket`, the program changes the settings of the existing log bucket so
    // that S3 can deliver logs. The loop adds a second source bucket, `another`, which delivers its
    // logs to the same log bucket.
    let account = ["--expected-owner", "111122223333", "--no-presign"];
    for name in [BUCKET, "another"] {
        let log = [
            "bootstrap",
            name,
            "--log-bucket",
            "the-logs",
            "--create-log-bucket",
        ];
        world.run(&[&log[..], &account].concat()).exits(0);
    }
    let at = ["get", "s3://the-logs/", "--query", "policy"];
    let url = world.presign(&world.sandbox.https(), &at);
    let policy = String::from_utf8(world.send("GET", &url, &[], "").await.body).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let delivery = statements
        .iter()
        .find(|it| it["Effect"] == "Allow")
        .unwrap();
    assert_eq!(
        delivery["Condition"],
        json!({
            "ArnLike": {"aws:SourceArn": ["arn:aws:s3:::drop-box", "arn:aws:s3:::another"]},
            "StringEquals": {"aws:SourceAccount": "111122223333"},
        })
    );
    // The program refuses to deliver the logs of a bucket to the same bucket, and refuses a log
    // bucket with SSE-KMS.
    world
        .run(&["bootstrap", "the-logs", "--log-bucket", "the-logs"])
        .exits(2);
    world
        .run(&[
            "bootstrap",
            "kms-logs",
            "--kms-key",
            KMS_KEY,
            "--no-presign",
        ])
        .exits(0);
    let log = [
        "bootstrap",
        BUCKET,
        "--log-bucket",
        "kms-logs",
        "--create-log-bucket",
    ];
    let kms = world.run(&[&log[..], &account].concat()).exits(1);
    assert_eq!(
        kms.failure(),
        "error: kms-logs cannot receive access logs: the default encryption of that bucket is SSE-KMS, but S3 delivers logs only to buckets with SSE-S3\n\
            hint: use a different bucket for --log-bucket\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_optional_controls_writes_nothing() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.log();
    let output = world
        .bootstrap(&[&["--dry-run"], &OPTIONAL_CONTROLS[..]].concat())
        .exits(3);
    assert_eq!(
        output.steps(),
        [
            "[SKIP] Bucket already exists and is yours: drop-box",
            "[ OK ] Block Public Access (all 4): already set",
            "[ OK ] Default encryption (AES256, SSE-C blocked): already set",
            "[ OK ] Object Ownership: BucketOwnerEnforced: already set",
            "[ OK ] TLS-only bucket policy: already set",
            "[PLAN] Minimum TLS version (1.2): would be set",
            "[PLAN] Age limit of presigned URLs (1h): would be set",
            "[PLAN] Denial of SigV2 signatures: would be set",
            "[PLAN] Versioning (MFA delete off): would be set",
            "[PLAN] Lifecycle rules (incomplete uploads deleted after 7 d, objects moved to STANDARD_IA after 30 d, old versions deleted after 90 d, upload pages deleted after 8 d): would be set",
            "[PLAN] Tags (team=files, cost=42): would be set"
        ]
    );
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_and_keeps_double_encryption() {
    let world = World::new(true).await;
    let set = world
        .bootstrap(&["--kms-key", KMS_KEY, "--dsse", "--no-presign", "-o", "json"])
        .exits(0);
    let rule = &set.json()["controls"][1]["wanted"]["Rules"][0];
    assert_eq!(
        rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "aws:kms:dsse"
    );
    assert_eq!(rule["BucketKeyEnabled"], false);
    let again = world.bootstrap(&["--kms-key", KMS_KEY, "--no-presign", "-o", "json"]);
    assert_eq!(again.status("encryption"), "unchanged", "{again:?}");
}
