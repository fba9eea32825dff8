//! Tests of the findings of `audit` about public access and access from outside the account, of
//! `--standard`, and of `--except`.

use crate::support::program::{BUCKET, DEFAULT_CONTROLS, Output};
use crate::support::world::World;
use s3_sandbox::OWNER;
use serde_json::{Value, json};
use std::io::Write;
use tempfile::NamedTempFile;

/// Starts a server with a bucket that has no control and this policy.
async fn with_policy(statements: &Value) -> World {
    let world = World::new(false).await;
    world.harden(&["--skip", DEFAULT_CONTROLS]).exits(0);
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    world.send_as(&OWNER, "PUT", "policy", &policy).await;
    world.log();
    world
}

fn allow(sid: &str, principal: &Value, action: &str) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::drop-box/*"})
}

fn finding(output: &Output, id: &str) -> Value {
    let json = output.json();
    let all = json["controls"].as_array().unwrap();
    let found = all.iter().find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("{id}: {output:?}")).clone()
}

fn verdicts(output: &Output) -> Vec<String> {
    let json = output.json();
    let all = json["controls"].as_array().unwrap().clone();
    let shown = |it: &Value| {
        format!(
            "{} {}",
            it["id"].as_str().unwrap(),
            it["status"].as_str().unwrap()
        )
    };
    all.iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_bucket_is_in_the_first_line() {
    let world = with_policy(&json!([allow("Web", &json!("*"), "s3:GetObject")])).await;
    let text = world.run(&["audit", BUCKET]).exits(3);
    let first = "PUBLIC  drop-box (us-east-1): statement Web allows s3:GetObject on arn:aws:s3:::drop-box/* to everyone\n";
    assert!(text.stdout.starts_with(first), "{text:?}");
    let json = world.run(&["audit", BUCKET, "-o", "json"]).exits(3);
    let public = finding(&json, "public-access");
    assert_eq!(
        (
            &public["status"],
            &public["severity"],
            &public["security_hub"]
        ),
        (&json!("drift"), &json!("critical"), &json!(["S3.2"]))
    );
    let document = json.json();
    assert_eq!(
        (
            &document["public"],
            &document["severity"],
            &document["access"][0]["kind"]
        ),
        (&json!(true), &json!("critical"), &json!("public"))
    );
    let sarif = world.run(&["audit", BUCKET, "-o", "sarif"]).exits(3).json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "public-access")
        .unwrap();
    assert_eq!(rule["properties"]["security-severity"], "9.5");
    let html = world.run(&["audit", BUCKET, "-o", "html"]).exits(3).stdout;
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("<h2>Public buckets</h2>") < at("class=\"matrix\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn block_public_access_cuts_off_a_public_policy_and_all_its_grants() {
    let statements = json!([
        allow("Web", &json!("*"), "s3:GetObject"),
        allow("Partner", &json!({"AWS": "444455556666"}), "s3:GetObject"),
    ]);
    let world = with_policy(&statements).await;
    let skip = ["--skip", "encryption,ownership-controls,tls-only"];
    world.harden(&skip).exits(0);
    let json = world.run(&["audit", BUCKET, "-o", "json"]).exits(3);
    let public = finding(&json, "public-access");
    assert_eq!(
        (&public["status"], &public["security_hub"]),
        (&json!("compliant"), &json!(["S3.2", "S3.3"]))
    );
    assert_eq!(
        public["detail"],
        "Block Public Access cuts off: statement Web allows s3:GetObject on arn:aws:s3:::drop-box/* to everyone"
    );
    let document = json.json();
    let blocked: Vec<&Value> = (document["access"].as_array().unwrap().iter())
        .map(|grant| &grant["blocked_by"])
        .collect();
    assert_eq!(blocked, ["RestrictPublicBuckets", "RestrictPublicBuckets"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn access_of_accounts_that_are_not_allowed_is_drift() {
    let statements = json!([allow(
        "Partner",
        &json!({"AWS": ["444455556666", "arn:aws:iam::777788889999:role/a"]}),
        "s3:GetObject"
    ),]);
    let world = with_policy(&statements).await;
    for (options, verdict) in [
        (&[][..], "compliant"),
        (
            &["--allow-account", "444455556666,777788889999"],
            "compliant",
        ),
        (&["--allow-account", "444455556666"], "drift"),
    ] {
        let args = [&["audit", BUCKET, "-o", "json"], options].concat();
        let found = finding(&world.run(&args), "outside-access");
        assert_eq!(found["status"], verdict, "{options:?}");
        assert_eq!(
            found["detail"],
            "statement Partner allows s3:GetObject on arn:aws:s3:::drop-box/* to 444455556666, arn:aws:iam::777788889999:role/a"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_change_the_policy_is_drift() {
    let mut statement = allow("Admin", &json!({"AWS": "444455556666"}), "s3:Put*");
    statement["Resource"] = json!(["arn:aws:s3:::drop-box", "arn:aws:s3:::drop-box/*"]);
    let world = with_policy(&json!([statement])).await;
    let found = finding(
        &world.run(&["audit", BUCKET, "-o", "json"]),
        "outside-access",
    );
    assert_eq!(
        (&found["status"], &found["severity"], &found["security_hub"]),
        (&json!("drift"), &json!("high"), &json!(["S3.6"]))
    );
    // The account is allowed, but S3.6 still fails, so the finding does not show the ID.
    let args = [
        "audit",
        BUCKET,
        "-o",
        "json",
        "--allow-account",
        "444455556666",
    ];
    let found = finding(&world.run(&args), "outside-access");
    assert_eq!(
        (&found["status"], &found["security_hub"]),
        (&json!("compliant"), &json!([]))
    );
}

/// Security Hub's own definitions decide, not the baseline. S3.20 does not apply to a bucket with a
/// lifecycle configuration.
#[tokio::test(flavor = "multi_thread")]
async fn a_standard_replaces_the_baseline() {
    let world = World::new(true).await;
    world.harden(&["--versioning", "--lifecycle"]).exits(0);
    world.log();
    let audit = |standard: &str, code: i32| {
        let args = ["audit", BUCKET, "--standard", standard, "-o", "json"];
        let output = world.run(&args).exits(code);
        verdicts(&output)
    };
    assert_eq!(
        audit("fsbp", 3),
        [
            "S3.2 compliant",
            "S3.3 compliant",
            "S3.5 compliant",
            "S3.6 compliant",
            "S3.8 compliant",
            "S3.9 drift",
            "S3.12 compliant",
            "S3.13 compliant",
        ]
    );
    assert_eq!(
        audit("cis", 0),
        ["S3.5 compliant", "S3.8 compliant", "CIS-2.21 compliant"]
    );
    assert_eq!(
        audit("nist", 3),
        [
            "S3.5 compliant",
            "S3.6 compliant",
            "S3.9 drift",
            "S3.14 compliant",
            "S3.17 drift"
        ]
    );
    assert_eq!(
        audit("pci", 3),
        [
            "S3.5 compliant",
            "S3.8 compliant",
            "S3.9 drift",
            "S3.17 drift"
        ]
    );
    let log = world.log();
    assert!(log.iter().all(|sent| sent.starts_with("GET")), "{log:?}");
    let text = world.run(&["audit", BUCKET, "--standard", "cis"]).exits(0);
    assert_eq!(
        text.stdout,
        "drop-box (us-east-1)\n\
        \x20 compliant    S3.5  Requests must use TLS  [CIS v5 2.1.1, CIS v6/v7 3.1.1]\n\
        \x20 compliant    S3.8  Block Public Access is on for the bucket  [CIS v5 2.1.4, CIS v6/v7 3.1.4]\n\
        \x20 compliant    CIS-2.21  The policy does not give everyone access  [CIS v7 2.21]\n"
    );
    assert!(
        text.stderr.contains("does not check S3.1, S3.22, S3.23"),
        "{text:?}"
    );
}

/// An ID is shown only if the control of Security Hub has the verdict of the finding.
#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_differs_only_from_the_baseline_has_no_id() {
    let world = World::new(true).await;
    world.run(&["bootstrap", "logs-1", "--no-presign"]).exits(0);
    let more = [
        "--lifecycle",
        "--log-bucket",
        "logs-2",
        "--create-log-bucket",
        "--expected-owner",
        OWNER.account_id,
    ];
    world.harden(&more).exits(0);
    let args = [
        "audit",
        BUCKET,
        "-o",
        "json",
        "--log-bucket",
        "logs-1",
        "--abort-incomplete-days",
        "3",
    ];
    let output = world.run(&args).exits(3);
    for id in ["access-logging", "lifecycle"] {
        let found = finding(&output, id);
        assert_eq!(
            (&found["status"], &found["security_hub"]),
            (&json!("drift"), &json!([])),
            "{id}"
        );
    }
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_accepts_drift_until_its_last_day() {
    let world = with_policy(&json!([allow("Web", &json!("*"), "s3:GetObject")])).await;
    let controls =
        "public-access-block,encryption,sse-c-blocked,ownership-controls,tls-only,public-access";
    let exceptions = |until: &str| {
        let lines = controls
            .split(',')
            .map(|id| format!("drop-* {id} 2020-01-01 {until} a public web site\n"));
        file(&lines.collect::<String>())
    };
    let valid = exceptions("2999-12-31");
    let path = valid.path().to_str().unwrap();
    let output = world
        .run(&["audit", BUCKET, "--except", path, "-o", "json"])
        .exits(0);
    let found = finding(&output, "public-access");
    assert_eq!(found["status"], "accepted");
    let detail = found["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("accepted on 2020-01-01 until 2999-12-31: a public web site; PUBLIC: "),
        "{detail}"
    );
    assert_eq!(output.json()["verdict"], "accepted");
    let sarif = world
        .run(&["audit", BUCKET, "--except", path, "-o", "sarif"])
        .exits(0)
        .json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(
        results
            .iter()
            .all(|result| result["suppressions"][0]["kind"] == "external")
    );
    let expired = exceptions("2020-02-01");
    let path = expired.path().to_str().unwrap();
    let output = world.run(&["audit", BUCKET, "--except", path]).exits(3);
    let warning = "drop-box: the exception for public-access in line 6 ended on 2020-02-01, so the audit reports drift";
    assert!(output.stderr.contains(warning), "{output:?}");
    let planned = file("drop-* public-access 2998-01-01 2999-12-31 a public web site\n");
    let path = planned.path().to_str().unwrap();
    let output = world.run(&["audit", BUCKET, "--except", path]).exits(3);
    let warning = "drop-box: the exception for public-access in line 1 begins on 2998-01-01, so the audit reports drift";
    assert!(output.stderr.contains(warning), "{output:?}");
    let bad = file("drop-box public-access 2026-11-02 soon no date\n");
    let path = bad.path().to_str().unwrap();
    world.log();
    let output = world.run(&["audit", BUCKET, "--except", path]).exits(2);
    assert!(
        output.stderr.contains("line 1: `soon` is not a date"),
        "{output:?}"
    );
    assert_eq!(world.log(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_has_a_row_for_each_control() {
    let world = with_policy(&json!([allow("Web", &json!("*"), "s3:GetObject")])).await;
    let output = world.run(&["audit", BUCKET, "-o", "csv"]).exits(3);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 8, "{output:?}");
    assert!(lines[0].starts_with(r#""bucket","region","account","control""#));
    assert!(
        lines[1].starts_with(r#""drop-box","us-east-1","#),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].contains(r#""public-access","Public access","critical","drift","S3.2""#),
        "{}",
        lines[1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_several_buckets_is_sorted_and_ends_with_sums() {
    let world = with_policy(&json!([allow("Web", &json!("*"), "s3:GetObject")])).await;
    world
        .run(&["bootstrap", "a-fine-box", "--no-presign"])
        .exits(0);
    let output = world.run(&["audit", "a-fine-box", BUCKET]).exits(3);
    let at = |text: &str| {
        output
            .stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {output:?}"))
    };
    assert!(at("PUBLIC  drop-box") < at("\ndrop-box (us-east-1)\n"));
    assert!(at("\ndrop-box (us-east-1)\n") < at("\na-fine-box (us-east-1)  compliant\n"));
    assert!(
        at("  next         s3-secure-bucket bootstrap drop-box --no-presign\n") < at("\ncontrol ")
    );
    assert!(
        output
            .stdout
            .contains("\npublic-access        critical            1            1\n"),
        "{output:?}"
    );
}
