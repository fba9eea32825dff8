//! Tests of the definition of each control that only `audit --full` answers.

use super::{
    NOTIFICATION, OBJECT_LOCK, account, advanced, audit, finding, point, replication, trail,
    verdicts,
};
use crate::support::aws::Aws;
use crate::support::program::BUCKET;
use s3_sandbox::{AccountState, Preset, STRANGER, Trail};
use serde_json::json;

/// Audits the bucket, and requires that only the control with this ID fails, for a reason with this text.
fn fails(aws: &Aws, id: &str, why: &str) {
    let output = audit(aws, &["--full", "-o", "json"]).exits(3);
    let drift: Vec<String> = verdicts(&output)
        .into_iter()
        .filter(|it| it.ends_with(" drift"))
        .collect();
    assert_eq!(drift, [format!("{id} drift")]);
    let found = finding(&output, id);
    let detail = found["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(why), "{found}");
    assert!(!found["security_hub"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_fails_without_replica_notification_or_object_lock() {
    let aws = account().await;
    let sandbox = &aws.world.sandbox;
    for (name, good, bad, id, why) in [
        (
            "replication",
            replication("replica", ""),
            replication(BUCKET, ""),
            "replication",
            "all targets are in the region of the bucket",
        ),
        (
            "replication",
            replication("replica", ""),
            replication("replica", "").replace("Enabled", "Disabled"),
            "replication",
            "",
        ),
        (
            "notification",
            NOTIFICATION.to_owned(),
            "<NotificationConfiguration/>".to_owned(),
            "event-notifications",
            "",
        ),
        (
            "object-lock",
            OBJECT_LOCK.to_owned(),
            "<ObjectLockConfiguration/>".to_owned(),
            "object-lock",
            "",
        ),
    ] {
        let preset = |document| assert!(sandbox.preset(BUCKET, Preset::Document(name, document)));
        preset(bad);
        fails(&aws, id, why);
        preset(good);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_points_and_the_account_must_block_public_access() {
    let aws = account().await;
    let sandbox = &aws.world.sandbox;
    let good = || AccountState {
        blocks_public_access: Some(true),
        ..AccountState::default()
    };
    for (state, id, why) in [
        (
            AccountState {
                blocks_public_access: None,
                ..good()
            },
            "account-public-access-block",
            "",
        ),
        (
            AccountState {
                blocks_public_access: Some(false),
                ..good()
            },
            "account-public-access-block",
            "",
        ),
        (
            AccountState {
                access_points: vec![point("first", BUCKET, true), point("open", BUCKET, false)],
                ..good()
            },
            "access-points",
            "Block Public Access is not completely on for open",
        ),
        (
            AccountState {
                multi_region_access_points: vec![point("open", BUCKET, false)],
                ..good()
            },
            "multi-region-access-points",
            "Block Public Access is not completely on for open",
        ),
    ] {
        sandbox.set_account(state);
        fails(&aws, id, why);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_multi_region_trail_that_logs_all_buckets_passes() {
    let aws = account().await;
    let sandbox = &aws.world.sandbox;
    sandbox.set_account(AccountState {
        blocks_public_access: Some(true),
        ..AccountState::default()
    });
    let all = json!(["arn:aws:s3:::"]);
    for (trails, id, why) in [
        (
            vec![trail("writes", "us-east-1", true, "WriteOnly", &all)],
            "read-data-events",
            "no selector logs all buckets in arn:aws:cloudtrail:us-east-1:111122223333:trail/writes",
        ),
        (
            vec![advanced(
                "reads",
                "us-west-2",
                &json!([{"Field": "readOnly", "Equals": ["true"]}]),
            )],
            "write-data-events",
            "no selector logs all buckets",
        ),
        (
            vec![
                trail("reads", "us-east-1", true, "ReadOnly", &all),
                Trail {
                    is_logging: false,
                    ..trail("stopped", "us-east-1", true, "All", &all)
                },
            ],
            "write-data-events",
            "trail/stopped is stopped",
        ),
    ] {
        sandbox.set_trails(trails);
        fails(&aws, id, why);
    }
    // A trail of one region is not enough.
    sandbox.set_trails(vec![trail("local", "us-east-1", false, "All", &all)]);
    let output = audit(&aws, &["--full", "-o", "json"]).exits(3);
    for id in ["write-data-events", "read-data-events"] {
        let found = finding(&output, id);
        assert_eq!(found["status"], "drift");
        assert_eq!(found["detail"], "the account has no multi-Region trail");
    }
    // The controls about access points do not apply to a bucket without access points.
    let shown = verdicts(&output).join(", ");
    assert!(!shown.contains("access-points"), "{shown}");
}

/// A target of another account is a warning, even if the control passes.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_in_another_account_causes_a_warning() {
    let aws = account().await;
    let theirs = [
        "bootstrap",
        "theirs",
        "--region",
        "eu-central-1",
        "--no-presign",
    ];
    aws.run_as(&STRANGER, &theirs).exits(0);
    for (more, warning) in [
        (
            "<Account>444455556666</Account>",
            "the bucket replicates objects to arn:aws:s3:::theirs of the account 444455556666",
        ),
        (
            "",
            "the bucket replicates objects to arn:aws:s3:::theirs, and S3 does not confirm that this account owns the target",
        ),
    ] {
        let document = Preset::Document("replication", replication("theirs", more));
        assert!(aws.world.sandbox.preset(BUCKET, document));
        let output = audit(&aws, &["--full", "-o", "json"]).exits(0);
        assert!(output.stderr.contains(warning), "{output:?}");
        let found = finding(&output, "replication");
        assert_eq!(found["status"], "compliant");
        assert!(
            warning.contains(found["detail"].as_str().unwrap()),
            "{found}"
        );
        assert_eq!(found["found"][0]["Region"], "eu-central-1");
    }
    // The region of a missing target is unknown.
    let document = Preset::Document("replication", replication("missing", ""));
    assert!(aws.world.sandbox.preset(BUCKET, document));
    let output = audit(&aws, &["--full", "-o", "json"]).exits(1);
    assert_eq!(finding(&output, "replication")["status"], "unknown");
}
