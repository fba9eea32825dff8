//! Tests with a log bucket that an earlier run created. S3 refuses some settings of a log bucket,
//! and other settings prevent the delivery of logs.

use crate::support::program::{BUCKET, KMS_KEY};
use crate::support::world::World;
use s3_sandbox::{OWNER, Preset};

const LOG: [&str; 2] = ["--log-bucket", "the-logs"];

/// Creates a bucket whose access logs go to the log bucket `the-logs`, which the program created.
async fn world() -> World {
    let world = World::new(true).await;
    let made = ["--create-log-bucket", "--expected-owner", "111122223333"];
    world.harden(&[&LOG[..], &made].concat()).exits(0);
    world
}

async fn set_ownership(world: &World, ownership: &str) {
    let body = format!(
        "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>"
    );
    let at = "ownershipControls";
    world.send_to(&OWNER, "PUT", "the-logs", at, &body).await;
}

async fn set_logging(world: &World, prefix: &str, more: &str) {
    let body = format!(
        "<BucketLoggingStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LoggingEnabled><TargetBucket>the-logs</TargetBucket>{more}<TargetPrefix>{prefix}</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
    );
    world.send_as(&OWNER, "PUT", "logging", &body).await;
}

/// If ACLs are disabled in a log bucket, S3 refuses new grants on logs and ignores existing grants.
#[tokio::test(flavor = "multi_thread")]
async fn omits_grants_only_if_acls_of_the_log_bucket_are_disabled() {
    let grants = "<TargetGrants><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI></Grantee><Permission>READ</Permission></Grant></TargetGrants>";
    for (ownership, is_kept) in [
        ("BucketOwnerEnforced", false),
        ("BucketOwnerPreferred", true),
        ("ObjectWriter", true),
    ] {
        let world = world().await;
        set_ownership(&world, "ObjectWriter").await;
        set_logging(&world, "old/", grants).await;
        set_ownership(&world, ownership).await;
        let audit = world.run(&[&["audit", BUCKET], &LOG[..]].concat());
        assert_eq!(audit.code, if is_kept { 0 } else { 3 }, "{audit:?}");
        let moved = [&LOG[..], &["--log-prefix", "new/"]].concat();
        let dry_run = world.harden(&[&moved[..], &["--dry-run"]].concat());
        let warning = "[WARN] Grants on the logs would be removed: ";
        assert_eq!(dry_run.stderr.contains(warning), !is_kept, "{dry_run:?}");
        let output = world.harden(&moved).exits(0);
        let said = if is_kept {
            ""
        } else {
            " (the grants on the logs were removed: ACLs are off on the log bucket, so S3 rejects grants)"
        };
        assert_eq!(
            output.line("[ OK ] Server access logging"),
            format!("[ OK ] Server access logging (to the-logs/new/): set{said}")
        );
        let shown = world.send_as(&OWNER, "GET", "logging", "").await;
        let shown = String::from_utf8(shown.body).unwrap();
        assert_eq!(shown.contains("<TargetGrants>"), is_kept, "{shown}");
        let again = world.harden(&moved).exits(0);
        assert_eq!(
            again.line("[ OK ] Server access logging"),
            "[ OK ] Server access logging (to the-logs/new/): already set"
        );
    }
}

/// S3 delivers logs only to a bucket whose default encryption is SSE-S3.
#[tokio::test(flavor = "multi_thread")]
async fn reports_a_log_bucket_with_sse_kms() {
    for (more, algorithm) in [(&[][..], "aws:kms"), (&["--dsse"], "aws:kms:dsse")] {
        let world = world().await;
        let kms = [
            "bootstrap",
            "the-logs",
            "--kms-key",
            KMS_KEY,
            "--no-presign",
        ];
        world.run(&[&kms[..], more].concat()).exits(0);
        let reason = format!(
            "the default encryption of the-logs is {algorithm}, but S3 delivers logs only to buckets with SSE-S3"
        );
        let output = world.harden(&LOG).exits(0);
        assert_eq!(
            output.line("[WARN] "),
            format!("[WARN] Access logs may not arrive: {reason}")
        );
        let audit = [&["audit", BUCKET, "-o", "json"], &LOG[..]].concat();
        let audit = world.run(&audit).exits(3).json();
        let findings = audit["controls"].as_array().unwrap();
        let logging = findings.iter().find(|it| it["id"] == "access-logging");
        let logging = logging.unwrap();
        assert_eq!(logging["status"], "drift", "{logging}");
        assert_eq!(logging["detail"], reason.as_str(), "{logging}");
    }
}

/// The program keeps the log prefix that the bucket already uses, and checks whether a `Deny`
/// statement covers this prefix.
#[tokio::test(flavor = "multi_thread")]
async fn checks_denied_delivery_for_the_existing_log_prefix() {
    for (denied, is_hit) in [("kept", true), (BUCKET, false)] {
        let world = world().await;
        set_logging(&world, "kept/", "").await;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S3ServerAccessLogsPolicy","Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::the-logs/*"}},{{"Sid":"Demand","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::the-logs/{denied}/*"}}]}}"#
        );
        assert!(world.sandbox.preset("the-logs", Preset::Policy(policy)));
        let output = world.harden(&LOG).exits(0);
        let warning = "[WARN] Access logs may not arrive: the policy of the-logs may deny log delivery: statement Demand";
        assert_eq!(output.stderr.contains(warning), is_hit, "{output:?}");
        let audit = world.run(&[&["audit", BUCKET], &LOG[..]].concat());
        assert_eq!(audit.code, if is_hit { 3 } else { 0 }, "{audit:?}");
    }
}
