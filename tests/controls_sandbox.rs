//! The controls on request, on the sandbox: set, read back, left alone by a second run, and biting.

use crate::support::program::Output;
use crate::support::world::{BUCKET, World};
use base64::Engine;
use md5::Digest;

/// Statuses by id of a run with JSON.
fn status(output: &Output, id: &str) -> String {
    let found = output.statuses().into_iter().find(|(known, _)| known == id);
    found.unwrap_or_else(|| panic!("no {id}: {output:?}")).1
}

fn writes(world: &World) -> Vec<String> {
    let log = world.log();
    log.into_iter()
        .filter(|sent| !sent.starts_with("GET") && !sent.starts_with("HEAD"))
        .collect()
}

const EVERYTHING: [&str; 23] = [
    "--versioning",
    "--lifecycle",
    "--transition-ia-days",
    "30",
    "--expire-noncurrent-days",
    "90",
    "--tag",
    "team=files",
    "--tag",
    "cost=42",
    "--min-tls",
    "1.2",
    "--max-presign-age",
    "1h",
    "--source-ip",
    "127.0.0.0/8",
    "--log-bucket",
    "the-logs",
    "--create-log-bucket",
    "--expected-owner",
    "111122223333",
    "-o",
    "json",
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once_is_set_and_the_second_run_writes_nothing() {
    let world = World::new(true).await;
    let first = world.bootstrap(&EVERYTHING);
    assert_eq!(first.code, 0, "{first:?}");
    let controls = first.json()["controls"].clone();
    assert!(
        controls
            .as_array()
            .unwrap()
            .iter()
            .all(|control| control["verified"] == true),
        "{controls:#}"
    );
    // Four policy controls, one PUT; the log bucket has its own policy.
    assert_eq!(
        writes(&world),
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
    let second = world.bootstrap(&EVERYTHING);
    assert_eq!(second.code, 0, "{second:?}");
    assert!(
        second
            .statuses()
            .iter()
            .all(|(_, status)| status == "unchanged"),
        "{second:?}"
    );
    assert_eq!(writes(&world), [""; 0]);
    // The URLs work under all of it.
    let urls = second.json()["urls"].clone();
    let (put, get) = (
        urls[0]["url"].as_str().unwrap(),
        urls[1]["url"].as_str().unwrap(),
    );
    assert_eq!(world.send("PUT", put, &[], "hello").await.status, 200);
    assert_eq!(world.send("GET", get, &[], "").await.body, b"hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_out_of_reach_from_other_networks_and_the_bucket_is_not() {
    let world = World::new(true).await;
    let elsewhere = world.bootstrap(&["--source-ip", "203.0.113.0/24", "-o", "json"]);
    assert_eq!(elsewhere.code, 0, "{elsewhere:?}");
    let url = |output: &Output, at: usize| {
        output.json()["urls"][at]["url"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        world
            .send("PUT", &url(&elsewhere, 0), &[], "x")
            .await
            .status,
        403
    );
    // Nobody is locked out of the configuration: a second run mends it.
    let here = world.bootstrap(&["--source-ip", "127.0.0.1", "-o", "json"]);
    assert_eq!(
        (here.code, &*status(&here, "network-scope")),
        (0, "changed"),
        "{here:?}"
    );
    assert_eq!(
        world.send("PUT", &url(&here, 0), &[], "x").await.status,
        200
    );
    // Whoever is exempt may come from anywhere.
    let owner = "arn:aws:iam::111122223333:*";
    let exempt = world.bootstrap(&[
        "--source-ip",
        "203.0.113.0/24",
        "--exempt-principal",
        &format!("{owner}/*"),
        "-o",
        "json",
    ]);
    assert_eq!(exempt.code, 0, "{exempt:?}");
    assert_eq!(
        world.send("GET", &url(&exempt, 1), &[], "").await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_older_than_the_limit_is_dead_whatever_life_it_was_given() {
    let world = World::new(true).await;
    assert_eq!(
        world
            .bootstrap(&["--max-presign-age", "2m", "--no-presign"])
            .code,
        0
    );
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
    // A limit that would break the run's own URLs is refused.
    let refused = world.bootstrap(&["--max-presign-age", "10m"]);
    assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
}

/// Rules of others stay, and so does the header that is no part of the document.
#[tokio::test(flavor = "multi_thread")]
async fn lifecycle_rules_of_others_stay() {
    let world = World::new(true).await;
    assert_eq!(world.bootstrap(&["--no-presign"]).code, 0);
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

    let output = world.bootstrap(&["--no-presign", "--lifecycle"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.stderr.contains("       was: {\"Rule\":{"),
        "{output:?}"
    );
    let url = world.presign(&https, &["get", &at, "--query", "lifecycle"]);
    let got = world.send("GET", &url, &[], "").await;
    assert_eq!(got.header(size.0), Some("varies_by_storage_class"));
    let body = String::from_utf8(got.body).unwrap();
    assert!(
        body.contains("<ObjectSizeGreaterThan>500<") && body.contains("<ID>abort-multipart</ID>"),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_go_where_s3_may_write_and_nowhere_else() {
    let world = World::new(true).await;
    // A bucket that takes no logs: S3 says so, and what to do.
    assert_eq!(
        world.run(&["bootstrap", "the-logs", "--no-presign"]).code,
        0
    );
    let refused = world.bootstrap(&["--log-bucket", "the-logs", "--no-presign"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("--create-log-bucket makes such a one"),
        "{refused:?}"
    );
    // The same bucket, made fit for it; then a second source joins the first.
    let account = ["--expected-owner", "111122223333", "--no-presign"];
    for name in [BUCKET, "another"] {
        let log = [
            "bootstrap",
            name,
            "--log-bucket",
            "the-logs",
            "--create-log-bucket",
        ];
        let made = world.run(&[&log[..], &account].concat());
        assert_eq!(made.code, 0, "{made:?}");
    }
    let at = ["get", "s3://the-logs/", "--query", "policy"];
    let url = world.presign(&world.sandbox.https(), &at);
    let policy = String::from_utf8(world.send("GET", &url, &[], "").await.body).unwrap();
    assert!(
        policy.contains(r#""ArnLike":{"aws:SourceArn":["arn:aws:s3:::drop-box","arn:aws:s3:::another"]},"StringEquals":{"aws:SourceAccount":"111122223333"}"#),
        "{policy}"
    );
    // A bucket never logs to itself, and logs are not delivered to SSE-KMS.
    let itself = world.run(&["bootstrap", "the-logs", "--log-bucket", "the-logs"]);
    assert_eq!(itself.code, 2, "{itself:?}");
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert_eq!(
        world
            .run(&["bootstrap", "kms-logs", "--kms-key", key, "--no-presign"])
            .code,
        0
    );
    let log = [
        "bootstrap",
        BUCKET,
        "--log-bucket",
        "kms-logs",
        "--create-log-bucket",
    ];
    let kms = world.run(&[&log[..], &account].concat());
    assert!(
        kms.code == 1 && kms.stderr.contains("SSE-S3 only"),
        "{kms:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_what_is_there_and_writes_nothing() {
    let world = World::new(true).await;
    assert_eq!(world.bootstrap(&["--no-presign"]).code, 0);
    world.log();
    let output = world.bootstrap(&[&["--dry-run"], &EVERYTHING[..16]].concat());
    assert_eq!(output.code, 3, "{output:?}");
    assert!(
        output
            .stderr
            .contains("[WARN] Age limit of presigned URLs (1h): would be set"),
        "{output:?}"
    );
    assert_eq!(writes(&world), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn double_encryption_is_asked_for_and_kept() {
    let world = World::new(true).await;
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let set = world.bootstrap(&["--kms-key", key, "--dsse", "--no-presign", "-o", "json"]);
    assert_eq!(set.code, 0, "{set:?}");
    let rule = &set.json()["controls"][1]["wanted"]["Rule"][0];
    assert_eq!(
        rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "aws:kms:dsse"
    );
    assert_eq!(rule["BucketKeyEnabled"], false);
    let again = world.bootstrap(&["--kms-key", key, "--no-presign", "-o", "json"]);
    assert_eq!(status(&again, "encryption"), "unchanged", "{again:?}");
}
