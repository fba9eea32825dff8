//! The account that the caller expects to own the bucket.

use crate::support::aws::Aws;
use crate::support::mock_s3::MockS3;
use crate::support::program::{self, BUCKET, Program};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Preset, STRANGER};

const OWN: &str = "111122223333";
const THEIRS: &str = "444455556666";

/// The bucket belongs to the account that the option names, which is not the account of the credentials.
#[tokio::test(flavor = "multi_thread")]
async fn an_expected_owner_is_named_instead_of_calling_the_bucket_yours() {
    let aws = Aws::new().await;
    aws.world.send_as(&STRANGER, "PUT", "", "").await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{OWN}"}},"Action":"s3:*","Resource":["arn:aws:s3:::{BUCKET}","arn:aws:s3:::{BUCKET}/*"]}}]}}"#
    );
    assert!(aws.world.sandbox.preset(BUCKET, Preset::Policy(policy)));
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    for more in [&["--dry-run"][..], &[]] {
        let args = [&run[..], &["--expected-owner", THEIRS], more].concat();
        let output = aws.run_as(&OWNER, &args);
        assert_eq!(
            output.steps()[0],
            format!(
                "[SKIP] Bucket already exists and belongs to account {THEIRS}, as --expected-owner demands: {BUCKET}"
            )
        );
        assert!(!output.stderr.contains("yours"), "{output:?}");
    }
}

/// A bucket that is deleted between two requests is created, and every later request names the owner.
#[tokio::test(flavor = "multi_thread")]
async fn requests_after_a_deletion_by_another_account_name_the_owner() {
    let aws = Aws::new().await;
    aws.world.sandbox.inject(Fault {
        method: Some("HEAD".to_owned()),
        ..Fault::any(0, 1, Action::error(403, "AccessDenied", &[]))
    });
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &[&run[..], &["--expected-owner", OWN]].concat())
        .exits(0);
    let log = aws.log();
    let without: Vec<&str> = (log.iter())
        .filter(|(_, owner)| owner.is_none())
        .map(|(what, _)| what.as_str())
        .collect();
    assert_eq!(without, ["HEAD", "PUT"], "{log:?}");
}

/// A server that ignores account IDs shows only that the bucket is in its list of buckets.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_account_ids_is_named() {
    let s3 = MockS3::compliant().await;
    let why = format!(
        "the server lists the bucket as yours, but ignores account IDs, so {THEIRS} was not compared"
    );
    let warning = format!(
        "warning: bucket `{BUCKET}` exists, and these credentials may use it; its owner cannot be verified: {why}\n"
    );
    let audit = |format: &str| {
        let url = s3.url();
        let args = ["audit", BUCKET, "--expected-owner", THEIRS, "-o", format];
        Program::new(&[&args[..], &["--endpoint", &url]].concat())
            .run()
            .exits(0)
    };
    let json = audit("json");
    assert_eq!(json.stderr, warning);
    assert_eq!(json.json()["owner_unverified"], why);
    assert!(json.json()["account"].is_null());
    assert_eq!(json.json()["verdict"], "compliant");
    assert!(audit("html").stdout.contains(&why));
    let output = s3.harden(&["--expected-owner", THEIRS]).exits(0);
    assert_eq!(
        output.steps()[0],
        format!(
            "[WARN] Bucket exists, and these credentials may use it: {BUCKET} (its owner cannot be verified: {why})"
        )
    );
    let without = program::bootstrap(&s3.url(), &["--no-presign"]).run();
    assert_eq!(
        without.steps()[0],
        format!("[SKIP] Bucket already exists and is yours: {BUCKET}")
    );
}

/// A server that refuses a different account ID has compared the expected one.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_compares_account_ids_verifies_the_owner() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.log();
    let output = world.run(&["audit", BUCKET, "--expected-owner", OWN, "-o", "json"]);
    assert_eq!((output.code, &*output.stderr), (0, ""));
    assert!(output.json().get("owner_unverified").is_none());
    assert_eq!(world.log()[..3], ["HEAD", "GET", "HEAD"]);
    let other = world.run(&["audit", BUCKET, "--expected-owner", THEIRS]);
    assert_eq!(other.code, 1, "{other:?}");
    world
        .run(&["list", &format!("s3://{BUCKET}/"), "--expected-owner", OWN])
        .exits(0)
        .assert_hides(&["warning"]);
}
