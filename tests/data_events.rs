//! Tests of `--data-events`, which adds a bucket to the event selectors of a trail.

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, Output, Program};
use s3_sandbox::{OWNER, Trail};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

fn trail(more: &Value) -> Trail {
    let mut document = json!({
        "Name": "audit", "TrailARN": ARN, "HomeRegion": "eu-west-1", "S3BucketName": "trail-logs",
        "IsMultiRegionTrail": true, "IsOrganizationTrail": false,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    Trail {
        document,
        basic: json!([management()]),
        advanced: Value::Null,
        is_logging: true,
    }
}

/// The selector of a trail whose selectors were never set.
fn management() -> Value {
    json!({"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": []})
}

fn basic(buckets: &[&str]) -> Value {
    let arns: Vec<String> = buckets
        .iter()
        .map(|it| format!("arn:aws:s3:::{it}/"))
        .collect();
    json!({"ReadWriteType": "All", "IncludeManagementEvents": false, "DataResources": [{"Type": "AWS::S3::Object", "Values": arns}]})
}

fn advanced(buckets: &[&str]) -> Value {
    let arns: Vec<String> = buckets
        .iter()
        .map(|it| format!("arn:aws:s3:::{it}/"))
        .collect();
    json!({"Name": "s3-secure-bucket", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": arns},
    ]})
}

/// Selectors of another tool, with members that this program does not know.
fn theirs() -> Value {
    json!({"Name": "theirs", "Future": {"a": [1, null]}, "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::secret/"]},
        {"Field": "eventName", "Equals": ["DeleteObject"]},
    ]})
}

/// A trail with the advanced selector of another tool.
fn with_theirs() -> Trail {
    Trail {
        basic: Value::Null,
        advanced: json!([theirs()]),
        ..trail(&json!({}))
    }
}

async fn world(trail: Trail) -> Aws {
    let aws = Aws::new().await;
    aws.world.sandbox.set_trails(vec![trail]);
    aws
}

fn program(aws: &Aws, buckets: &[&str], more: &[&str]) -> Program {
    let options = ["--settle", "0s", "--no-presign", "--region", "us-east-1"];
    aws.program(&OWNER, &[&["bootstrap"], buckets, &options, more].concat())
}

fn run(aws: &Aws, more: &[&str]) -> Output {
    program(aws, &[BUCKET], more).run()
}

/// The CloudTrail operations since the last call, with the region.
fn calls(aws: &Aws) -> Vec<String> {
    let seen = aws.world.sandbox.requests();
    aws.world.sandbox.clear_requests();
    let header = |seen: &s3_sandbox::Seen, name: &str| {
        let found = seen.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let call = |seen: &s3_sandbox::Seen| {
        let target = header(seen, "x-amz-target");
        let operation = target.rsplit_once('.')?.1.to_owned();
        let region = header(seen, "host").split('.').nth(1)?.to_owned();
        Some(format!("{region} {operation}"))
    };
    seen.iter().filter_map(call).collect()
}

/// The basic and the advanced selectors of the trail.
fn selectors(aws: &Aws) -> (Value, Value) {
    let trail = aws.world.sandbox.trails().remove(0);
    (trail.basic, trail.advanced)
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_selectors_stay_basic_and_keep_the_management_events() {
    let aws = world(trail(&json!({}))).await;
    let dry = run(&aws, &["--data-events", "audit", "--dry-run"]).exits(3);
    assert_eq!(
        dry.line("[PLAN] CloudTrail"),
        "[PLAN] CloudTrail data events (trail audit): would be set"
    );
    assert_eq!(
        dry.line("[WARN] CloudTrail"),
        "[WARN] CloudTrail charges for data events, about 0.10 USD for 100,000 reads and writes of objects, and S3 charges for the storage of the logs"
    );
    assert_eq!(
        calls(&aws),
        ["us-east-1 DescribeTrails", "eu-west-1 GetEventSelectors"]
    );
    run(&aws, &["--data-events", "audit"]).exits(0);
    assert_eq!(
        calls(&aws),
        [
            "us-east-1 DescribeTrails",
            "eu-west-1 GetEventSelectors",
            "eu-west-1 PutEventSelectors",
            "eu-west-1 GetEventSelectors",
        ]
    );
    let wanted = json!([management(), basic(&[BUCKET])]);
    assert_eq!(selectors(&aws), (wanted, Value::Null));
    let again = run(&aws, &["--data-events", ARN, "-o", "json"]).exits(0);
    assert_eq!(again.status("data-events"), "unchanged");
    assert_eq!(
        calls(&aws),
        ["eu-west-1 DescribeTrails", "eu-west-1 GetEventSelectors"]
    );
    let audit = [
        "audit",
        BUCKET,
        "--data-events",
        "audit",
        "-o",
        "json",
        "--region",
        "us-east-1",
    ];
    let audit = aws.run_as(&OWNER, &audit);
    assert_eq!(audit.status("data-events"), "compliant");
}

#[tokio::test(flavor = "multi_thread")]
async fn advanced_selectors_of_others_survive_and_buckets_share_one_selector() {
    let aws = world(with_theirs()).await;
    let folder = tempfile::tempdir().unwrap();
    let backups = folder.path().to_str().unwrap();
    let many = ["one-bucket", "two-bucket", "three-bucket", "four-bucket"];
    let more = [
        "--data-events",
        "audit",
        "--backup-dir",
        backups,
        "--jobs",
        "4",
        "-o",
        "json",
    ];
    program(&aws, &many, &more).run().exits(0);
    let (none, found) = selectors(&aws);
    assert_eq!((none, &found[0]), (Value::Null, &theirs()));
    assert_eq!(found.as_array().unwrap().len(), 2);
    let mut shared: Vec<String> = found[1]["FieldSelectors"][2]["StartsWith"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    shared.sort();
    let mut sorted = many.map(|it| format!("arn:aws:s3:::{it}/"));
    sorted.sort();
    assert_eq!(shared, sorted);
    assert_eq!(
        advanced(&["x"])["FieldSelectors"][0],
        found[1]["FieldSelectors"][0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_previous_selectors_are_saved_with_the_command_that_restores_them() {
    let aws = world(with_theirs()).await;
    // The bucket is new, but the trail is not.
    let folder = tempfile::tempdir().unwrap();
    let backups = folder.path().to_str().unwrap();
    let output = run(&aws, &["--data-events", "audit", "--backup-dir", backups]).exits(0);
    let mut files = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap().path());
    let file = files
        .find(|it| it.to_str().unwrap().contains(".event-selectors."))
        .unwrap();
    let saved: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(
        saved,
        json!({"TrailName": ARN, "AdvancedEventSelectors": [theirs()]})
    );
    let restore = format!(
        "aws cloudtrail put-event-selectors --region eu-west-1 --cli-input-json 'file://{}'",
        file.display()
    );
    assert!(
        output
            .stderr
            .replace('\'', "")
            .contains(&restore.replace('\'', "")),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_logs_all_buckets_does_not_change() {
    let all = json!({"Name": "all", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]});
    let aws = world(Trail {
        basic: Value::Null,
        advanced: json!([all]),
        ..trail(&json!({}))
    })
    .await;
    let output = run(&aws, &["--data-events", "audit", "-o", "json"]).exits(0);
    assert_eq!(output.status("data-events"), "unchanged");
    assert!(!calls(&aws).iter().any(|it| it.contains("Put")));
}

#[tokio::test(flavor = "multi_thread")]
async fn trails_that_cannot_log_the_bucket_are_refused_before_the_write() {
    let foreign = "arn:aws:cloudtrail:eu-west-1:444455556666:trail/audit";
    for (document, option, why) in [
        (
            json!({"TrailARN": foreign, "IsOrganizationTrail": true}),
            foreign,
            format!(
                "organization trail {foreign} belongs to account 444455556666, and only that account can change its event selectors"
            ),
        ),
        (
            json!({"S3BucketName": BUCKET}),
            "audit",
            "the bucket receives the logs of trail audit, so each log would cause another log"
                .to_owned(),
        ),
        (
            json!({"IsMultiRegionTrail": false}),
            ARN,
            format!("trail {ARN} logs only requests in eu-west-1, and the bucket is in us-east-1"),
        ),
        (
            json!({}),
            "missing",
            "there is no trail missing in us-east-1; a trail of another region needs its ARN"
                .to_owned(),
        ),
    ] {
        let aws = world(trail(&document)).await;
        for more in [&["--dry-run"][..], &[]] {
            let output = run(&aws, &[&["--data-events", option], more].concat()).exits(1);
            let line = output.line("[FAIL] CloudTrail data events");
            assert!(line.ends_with(&format!("failed ({why})")), "{line}");
            assert!(!calls(&aws).iter().any(|it| it.contains("Put")));
        }
    }
    // The audit makes no finding about the bucket that receives the logs of the trail.
    let aws = world(trail(&json!({"S3BucketName": BUCKET}))).await;
    aws.world.send_as(&OWNER, "PUT", "", "").await;
    let audit = [
        "audit",
        BUCKET,
        "--data-events",
        "audit",
        "-o",
        "json",
        "--region",
        "us-east-1",
    ];
    assert!(!aws.run_as(&OWNER, &audit).stdout.contains("data-events"));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_counted_before_the_write() {
    let values: Vec<String> = (0..248)
        .map(|it| format!("arn:aws:s3:::theirs-{it}/x/"))
        .collect();
    let full = json!({"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [{"Type": "AWS::S3::Object", "Values": values}]});
    let aws = world(Trail {
        basic: json!([full]),
        ..trail(&json!({}))
    })
    .await;
    let names = ["one-bucket", "two-bucket"];
    program(&aws, &names, &["--data-events", "audit"])
        .run()
        .exits(0);
    calls(&aws);
    let output = run(&aws, &["--data-events", "audit"]).exits(1);
    let line = output.line("[FAIL] CloudTrail data events");
    assert!(line.contains("the trail would have 251 resources in its basic event selectors, above CloudTrail's limit of 250"), "{line}");
    assert!(!calls(&aws).iter().any(|it| it.contains("Put")));
}

/// The policy of `iam-policy` is enough, and it names the trail.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_actions_are_enough() {
    let aws = world(trail(&json!({}))).await;
    let options = [
        "iam-policy",
        "bootstrap",
        BUCKET,
        "--data-events",
        "audit",
        "--no-presign",
    ];
    let policy = Program::new(&options).run().exits(0).json();
    let statements = policy["Statement"].as_array().unwrap();
    let of = |sid: &str| statements.iter().find(|it| it["Sid"] == sid).unwrap();
    assert_eq!(
        of("Trail")["Resource"],
        "arn:aws:cloudtrail:*:*:trail/audit"
    );
    assert_eq!(of("FindTrail")["Resource"], "*");
    let actions: Vec<&str> = statements
        .iter()
        .flat_map(|it| it["Action"].as_array().unwrap())
        .map(|it| it.as_str().unwrap())
        .collect();
    aws.world.sandbox.permit(Some(&actions));
    run(&aws, &["--data-events", "audit"]).exits(0);
    for action in [
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:PutEventSelectors",
    ] {
        let aws = world(trail(&json!({}))).await;
        let less: Vec<&str> = actions.iter().copied().filter(|it| *it != action).collect();
        aws.world.sandbox.permit(Some(&less));
        let output = run(&aws, &["--data-events", "audit"]).exits(1);
        let line = output.line("[FAIL] CloudTrail data events");
        assert!(
            line.contains(": denied (") && line.contains(action),
            "{line}"
        );
    }
}

#[test]
fn a_server_without_cloudtrail_is_unsupported_and_bad_names_are_refused() {
    for bad in ["a b", "arn:aws:s3:::x", "ab"] {
        let output = Program::new(&["bootstrap", BUCKET, "--data-events", bad])
            .run()
            .exits(2);
        assert!(
            output.failure().contains("a trail is named by its name"),
            "{output:?}"
        );
    }
    let other = "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/audit";
    let output = Program::new(&["bootstrap", BUCKET, "--data-events", other])
        .run()
        .exits(2);
    assert!(
        output
            .failure()
            .contains("is not in the partition of the bucket"),
        "{output:?}"
    );
}
