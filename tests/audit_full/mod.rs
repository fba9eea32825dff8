//! Tests of `audit --full`: the controls that need further requests, and the number of requests.

mod controls;

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, Output, Program};
use crate::support::world::World;
use s3_sandbox::{AccessPoint, AccountState, OWNER, Preset, Trail};
use serde_json::{Value, json};

const OBJECT_LOCK: &str = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
const NOTIFICATION: &str =
    "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";

fn replication(bucket: &str, more: &str) -> String {
    format!(
        "<ReplicationConfiguration><Role>arn:aws:iam::111122223333:role/r</Role><Rule><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::{bucket}</Bucket>{more}</Destination></Rule></ReplicationConfiguration>"
    )
}

fn point(name: &str, bucket: &str, blocks_public_access: bool) -> AccessPoint {
    AccessPoint {
        name: name.to_owned(),
        bucket: bucket.to_owned(),
        blocks_public_access,
    }
}

/// A trail with this home region and these basic selectors.
fn trail(name: &str, region: &str, is_multi_region: bool, kind: &str, values: &Value) -> Trail {
    let resource = json!({"Type": "AWS::S3::Object", "Values": values});
    Trail {
        document: json!({
            "Name": name,
            "TrailARN": format!("arn:aws:cloudtrail:{region}:111122223333:trail/{name}"),
            "HomeRegion": region,
            "IsMultiRegionTrail": is_multi_region,
            "S3BucketName": "trail-logs",
        }),
        basic: json!([{"ReadWriteType": kind, "DataResources": [resource]}]),
        advanced: Value::Null,
        is_logging: true,
    }
}

/// A trail whose advanced selector has these fields beside those of all data events of S3.
fn advanced(name: &str, region: &str, more: &Value) -> Trail {
    let mut fields = json!([
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]);
    let more = more.as_array().unwrap().clone();
    fields.as_array_mut().unwrap().extend(more);
    Trail {
        basic: Value::Null,
        advanced: json!([{"Name": "all", "FieldSelectors": fields}]),
        ..trail(name, region, true, "All", &json!([]))
    }
}

/// A hardened bucket in us-east-1 that passes all controls of `--full`, and a replica in eu-central-1.
async fn account() -> Aws {
    let aws = Aws::new().await;
    for (bucket, region) in [(BUCKET, "us-east-1"), ("replica", "eu-central-1")] {
        let args = ["bootstrap", bucket, "--region", region, "--no-presign"];
        let output = aws.run_as(&OWNER, &args);
        assert_eq!(output.code, 0, "{output:?}");
    }
    for (name, document) in [
        ("replication", replication("replica", "")),
        ("notification", NOTIFICATION.to_owned()),
        ("object-lock", OBJECT_LOCK.to_owned()),
    ] {
        assert!(
            aws.world
                .sandbox
                .preset(BUCKET, Preset::Document(name, document))
        );
    }
    assert!(aws.world.sandbox.preset(BUCKET, Preset::MfaDelete));
    aws.world.sandbox.set_account(AccountState {
        blocks_public_access: Some(true),
        access_points: vec![
            point("first", BUCKET, true),
            point("second", BUCKET, true),
            point("other", "replica", false),
        ],
        multi_region_access_points: vec![
            point("global", BUCKET, true),
            point("other", "replica", false),
        ],
    });
    let all = json!(["arn:aws:s3"]);
    aws.world.sandbox.set_trails(vec![
        trail("local", "us-east-1", false, "All", &all),
        trail(
            "some",
            "us-east-1",
            true,
            "All",
            &json!(["arn:aws:s3:::drop-box/"]),
        ),
        advanced("all", "eu-central-1", &json!([])),
    ]);
    aws.world.sandbox.clear_requests();
    aws
}

fn audit(aws: &Aws, more: &[&str]) -> Output {
    let args = ["audit", BUCKET, "--region", "us-east-1"];
    aws.run_as(&OWNER, &[&args, more].concat())
}

/// The verdicts of the controls with these IDs of Security Hub, in the JSON document of the bucket.
fn verdicts(output: &Output) -> Vec<String> {
    let document = output.json();
    let all = ["controls", "account_controls"].map(|name| document[name].as_array().cloned());
    let all = all.into_iter().flatten().flatten();
    all.map(|it| {
        format!(
            "{} {}",
            it["id"].as_str().unwrap(),
            it["status"].as_str().unwrap()
        )
    })
    .collect()
}

fn finding(output: &Output, id: &str) -> Value {
    let document = output.json();
    let all = ["controls", "account_controls"].map(|name| document[name].as_array().cloned());
    let mut all = all.into_iter().flatten().flatten();
    let found = all.find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("{id}: {output:?}"))
}

/// Each request as `SERVICE METHOD PATH?QUERY`. `SERVICE` is the beginning of the host.
fn requests(aws: &Aws) -> Vec<String> {
    let seen = aws.world.sandbox.requests();
    aws.world.sandbox.clear_requests();
    let shown = seen.iter().map(|seen| {
        let header = |name: &str| {
            let found = seen.headers.iter().find(|(known, _)| known == name);
            found.map_or("", |(_, value)| value.as_str()).to_owned()
        };
        let host = header("host").replace(".amazonaws.com", "");
        let operation = header("x-amz-target");
        let operation = operation.rsplit('.').next().unwrap_or_default();
        format!(
            "{host} {} {}?{}{operation}",
            seen.method, seen.path, seen.query
        )
    });
    shown.collect()
}

const FULL: [&str; 9] = [
    "mfa-delete",
    "replication",
    "event-notifications",
    "object-lock",
    "access-points",
    "multi-region-access-points",
    "account-public-access-block",
    "write-data-events",
    "read-data-events",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_full_audit_reads_the_account_once_and_sends_six_more_requests_per_bucket() {
    let aws = account().await;
    let short = audit(&aws, &["-o", "json"]).exits(0);
    let without = requests(&aws);
    assert_eq!(without.len(), 7, "{without:?}");
    assert!(short.json().get("account_controls").is_none());
    assert!(short.json().get("not_checked").is_none());
    let output = audit(&aws, &["--full", "-o", "json"]).exits(0);
    let sent = requests(&aws);
    for id in FULL {
        assert_eq!(finding(&output, id)["status"], "compliant", "{id}");
    }
    assert_eq!(
        sent,
        [
            // The account.
            "sts.us-east-1 POST /?",
            "111122223333.s3-control.us-east-1 GET /v20180820/configuration/publicAccessBlock?",
            "111122223333.s3-control.us-west-2 GET /v20180820/mrap/instances?",
            "cloudtrail.us-east-1 POST /?DescribeTrails",
            "cloudtrail.us-east-1 POST /?GetEventSelectors",
            "cloudtrail.eu-central-1 POST /?GetEventSelectors",
            "cloudtrail.eu-central-1 POST /?GetTrailStatus",
            // The bucket: two requests for its owner, and four for the default controls.
            "drop-box.s3.us-east-1 HEAD /?",
            "drop-box.s3.us-east-1 HEAD /?",
            "drop-box.s3.us-east-1 GET /?publicAccessBlock",
            "drop-box.s3.us-east-1 GET /?encryption",
            "drop-box.s3.us-east-1 GET /?ownershipControls",
            "drop-box.s3.us-east-1 GET /?policy",
            // The controls of `--full`. HEAD shows the region of the replica.
            "drop-box.s3.us-east-1 GET /?replication",
            "replica.s3.us-east-1 HEAD /?",
            "replica.s3.eu-central-1 HEAD /?",
            "drop-box.s3.us-east-1 GET /?notification",
            "drop-box.s3.us-east-1 GET /?object-lock",
            "111122223333.s3-control.us-east-1 GET /v20180820/accesspoint?bucket=drop-box",
            "111122223333.s3-control.us-east-1 GET /v20180820/accesspoint?bucket=drop-box&nextToken=1",
            "111122223333.s3-control.us-east-1 GET /v20180820/accesspoint/first?",
            "111122223333.s3-control.us-east-1 GET /v20180820/accesspoint/second?",
            "drop-box.s3.us-east-1 GET /?lifecycle",
            "drop-box.s3.us-east-1 GET /?versioning",
        ]
    );
    // The account is read once for all buckets.
    aws.run_as(&OWNER, &["audit", "--all", "--full", "-o", "json"])
        .exits(3);
    let sent = requests(&aws);
    let of_account = sent.iter().filter(|sent| {
        ["cloudtrail", "publicAccessBlock?", "mrap", "sts"]
            .iter()
            .any(|it| sent.contains(it) && !sent.contains("s3.us"))
    });
    assert_eq!(of_account.count(), 7, "{sent:?}");
}

/// A denied request makes its control unknown. The permissions that `iam-policy audit --full` prints are
/// sufficient, and each of them is necessary.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_of_a_full_audit_is_sufficient_and_necessary() {
    let aws = account().await;
    for (more, extra) in [
        (vec![], 12),
        (vec!["--standard", "cis"], 4),
        (vec!["--standard", "pci"], 8),
    ] {
        let args = ["iam-policy", "audit", BUCKET];
        let short = Program::bare(&[&args[..], &more].concat()).run().exits(0);
        let printed = Program::bare(&[&args[..], &more, &["--full"]].concat())
            .run()
            .exits(0);
        let (short, actions) = (short.actions(), printed.actions());
        assert_eq!(actions.difference(&short).count(), extra, "{actions:?}");
        let run = |actions: &[&String]| {
            let names: Vec<&str> = actions.iter().map(|it| it.as_str()).collect();
            aws.world.sandbox.permit(Some(&names));
            audit(&aws, &[&["--full", "-o", "json"], &more[..]].concat())
        };
        let all: Vec<&String> = actions.iter().collect();
        let output = run(&all);
        assert!([0, 3].contains(&output.code), "{output:?}");
        let shown = verdicts(&output).join(", ");
        assert!(!shown.contains("unknown"), "{shown}");
        for missing in actions.difference(&short) {
            let fewer: Vec<&String> = actions.iter().filter(|it| *it != missing).collect();
            let output = run(&fewer);
            let document = output.json().to_string();
            assert!(
                document.contains(&format!("reading it needs {missing}")),
                "{missing}: {output:?}"
            );
            assert!(document.contains("\"unknown\""), "{missing}: {output:?}");
        }
        aws.world.sandbox.permit(None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_with_full_checks_all_its_controls() {
    let aws = account().await;
    for (standard, ids, not_checked) in [
        ("fsbp", &["S3.1", "S3.19", "S3.24"][..], json!(["S3.25"])),
        ("cis", &["S3.1", "S3.22", "S3.23"], json!([])),
        (
            "pci",
            &["S3.1", "S3.15", "S3.19", "S3.22", "S3.23", "S3.24"],
            json!([]),
        ),
        ("nist", &["S3.11"], json!([])),
    ] {
        let args = ["--standard", standard, "-o", "json"];
        let short = audit(&aws, &args);
        assert_eq!(
            short.json()["not_checked"].as_array().unwrap().len(),
            ids.len() + not_checked.as_array().unwrap().len()
        );
        let output = audit(&aws, &[&args[..], &["--full"]].concat());
        assert_eq!(output.json()["not_checked"], not_checked);
        let (short, full) = (verdicts(&short), verdicts(&output));
        let more: Vec<&String> = full.iter().filter(|it| !short.contains(it)).collect();
        let mut expected: Vec<String> = ids.iter().map(|id| format!("{id} compliant")).collect();
        expected.sort();
        let mut more: Vec<String> = more.into_iter().cloned().collect();
        more.sort();
        assert_eq!(more, expected, "{standard}");
    }
    let text = audit(&aws, &["--standard", "fsbp", "--full"]);
    assert!(
        text.stderr
            .contains("does not check S3.25, which is about directory buckets"),
        "{text:?}"
    );
}

/// On a server that is not AWS, no request goes to AWS, and the controls of the account do not apply.
#[tokio::test(flavor = "multi_thread")]
async fn the_controls_of_the_account_do_not_apply_to_other_servers() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.log();
    let output = world
        .run(&["audit", BUCKET, "--full", "-o", "json"])
        .exits(3);
    assert!(
        output.stderr.contains("S3.1, S3.19, S3.24: not applicable, because the server is not AWS, and AWS_ENDPOINT_URL_S3_CONTROL names no endpoint of S3 Control\n"),
        "{output:?}"
    );
    assert!(
        output.stderr.contains("S3.22, S3.23: not applicable, because the server is not AWS, and AWS_ENDPOINT_URL_CLOUDTRAIL names no endpoint of CloudTrail\n"),
        "{output:?}"
    );
    let document = output.json();
    assert_eq!(
        document["not_checked"],
        json!(["S3.1", "S3.19", "S3.24", "S3.22", "S3.23"])
    );
    assert!(document.get("account_controls").is_none());
    let log = world.log();
    assert!(log.iter().all(|sent| sent.starts_with("GET")), "{log:?}");
    let bad = world.run_with(
        &["audit", BUCKET, "--full"],
        &[("AWS_ENDPOINT_URL_CLOUDTRAIL", "ftp://x")],
    );
    let bad = bad.exits(2);
    assert!(bad.stderr.contains("cloudtrail"), "{bad:?}");
    assert!(world.log().is_empty());
}

/// The report about the account is a part of each format.
#[tokio::test(flavor = "multi_thread")]
async fn each_format_shows_the_account() {
    let aws = account().await;
    aws.world.sandbox.set_account(AccountState::default());
    let text = audit(&aws, &["--full"]).exits(3);
    assert!(
        text.stdout.contains("account:111122223333 (all regions)\n  drift        account-public-access-block  [S3.1, CIS v5 2.1.4, CIS v6/v7 3.1.4]  medium\n"),
        "{text:?}"
    );
    assert!(
        text.stdout
            .contains("next         switch Block Public Access on for the account")
    );
    let csv = audit(&aws, &["--full", "-o", "csv"]).exits(3);
    let row =
        "\"account:111122223333\",\"all regions\",\"111122223333\",\"account-public-access-block\"";
    assert!(csv.stdout.contains(row), "{csv:?}");
    let sarif = audit(&aws, &["--full", "-o", "sarif"]).exits(3).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "account-public-access-block");
    let location = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(location, "s3/account%3A111122223333");
    let html = audit(&aws, &["--full", "-o", "html"]).exits(3);
    for part in ["1 bucket", "account:111122223333", "write-data-events"] {
        assert!(html.stdout.contains(part), "{part}");
    }
    let line = "account:111122223333 account-public-access-block 2026-11-02 2099-01-01 by the organization\n";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), line).unwrap();
    let except = file.path().to_str().unwrap();
    audit(&aws, &["--full", "--except", except]).exits(0);
}
