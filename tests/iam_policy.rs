//! Tests of the command `iam-policy`: every printed action exists, options change the list of
//! actions, and the command sends no request.

use crate::support::program::{DEFAULT_CONTROLS, KMS_KEY, OPTIONAL_CONTROLS, Output, Program};
use crate::support::world::World;
use s3_secure_bucket::internals::controls::ALL;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Returns the IAM actions for S3 that AWS knows. The first lines of the data file describe how the
/// list was created.
fn known() -> BTreeSet<&'static str> {
    let list = include_str!("data/iam-actions.txt").lines();
    list.filter(|line| !line.starts_with('#')).collect()
}

fn printed(args: &[&str]) -> Output {
    // The command runs without credentials and without a server.
    let output = Program::bare(&[&["iam-policy"], args].concat())
        .run()
        .exits(0);
    assert_eq!(output.stderr, "");
    output
}

pub fn policy(args: &[&str]) -> Value {
    printed(args).json()
}

pub fn actions(args: &[&str]) -> BTreeSet<String> {
    printed(args).actions()
}

/// Returns all options of `bootstrap` that add actions to the policy.
fn everything() -> Vec<&'static str> {
    let more = ["--vpce", "vpce-1a2b3c4d", "--log-bucket", "the-logs"];
    let more = [&more[..], &["--create-log-bucket", "--kms-key", KMS_KEY]].concat();
    OPTIONAL_CONTROLS.into_iter().chain(more).collect()
}

#[test]
fn every_printed_action_exists_on_aws() {
    let known = known();
    assert!(known.len() > 200, "{}", known.len());
    for command in [
        "bootstrap",
        "audit",
        "verify",
        "list",
        "request",
        "presign-get",
        "presign-put",
        "presign-post",
        "presign-multipart",
    ] {
        for action in actions(&[&[command, "drop-box"][..], &everything()].concat()) {
            assert!(known.contains(&*action), "{command}: {action}");
        }
    }
    for control in ALL {
        let subresource = control.info().subresource;
        for action in [subresource.read_action, subresource.write_action] {
            assert!(known.contains(action), "{action}");
        }
    }
    // AWS has no action `s3:PutPublicAccessBlock` or `s3:PutBucketEncryption`, although an older
    // document of this project contained both names.
    for wrong in ["s3:PutPublicAccessBlock", "s3:PutBucketEncryption"] {
        assert!(!known.contains(wrong), "{wrong}");
    }
}

#[test]
fn an_option_adds_exactly_its_actions() {
    let plain = actions(&["bootstrap", "drop-box"]);
    let lifecycle = actions(&["bootstrap", "drop-box", "--abort-incomplete-days", "3"]);
    let more: BTreeSet<_> = lifecycle.difference(&plain).map(String::as_str).collect();
    // S3 rejects lifecycle rules while MFA delete is on. The response to GetBucketVersioning shows
    // MFA delete, so the policy needs the action `s3:GetBucketVersioning`.
    let wanted = [
        "s3:GetBucketVersioning",
        "s3:GetLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    ];
    assert_eq!(more, BTreeSet::from(wanted));
    let less = actions(&[
        "bootstrap",
        "drop-box",
        "--skip",
        "encryption",
        "--no-presign",
    ]);
    let gone: BTreeSet<_> = plain.difference(&less).map(String::as_str).collect();
    assert_eq!(
        gone,
        BTreeSet::from([
            "s3:GetEncryptionConfiguration",
            "s3:PutEncryptionConfiguration",
            "s3:GetObject",
            "s3:PutObject"
        ])
    );
}

/// The policy permits the run to read settings of the log bucket, so that the run can check whether
/// S3 can deliver logs. If another statement already permits more actions on the log bucket, the
/// policy has no separate statement for the check.
#[test]
fn the_policy_permits_reading_the_log_bucket() {
    let statements = |args: &[&str]| policy(args)["Statement"].as_array().unwrap().clone();
    let log = ["--log-bucket", "the-logs"];
    let wanted = json!({
        "Sid": "ReadLogs",
        "Effect": "Allow",
        "Action": [
            "s3:ListBucket",
            "s3:GetBucketPolicy",
            "s3:GetEncryptionConfiguration",
            "s3:GetBucketOwnershipControls"
        ],
        "Resource": "arn:aws:s3:::the-logs",
    });
    let skip = ["--skip", "access-logging"];
    let create = ["--create-log-bucket"];
    for (command, more, is_there) in [
        ("bootstrap", &[][..], true),
        ("audit", &[], true),
        ("bootstrap", &skip, false),
        ("audit", &skip, false),
        ("bootstrap", &create, false),
    ] {
        let printed = statements(&[&[command, "drop-box"], &log[..], more].concat());
        assert_eq!(printed.contains(&wanted), is_there, "{command} {more:?}");
    }
}

#[test]
fn arns_have_the_partition_of_the_region() {
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let read = policy(&[
            "presign-get",
            "drop-box",
            "--key",
            "out/a.pdf",
            "--region",
            region,
        ]);
        let arn = format!("arn:{partition}:s3:::drop-box/out/a.pdf");
        assert_eq!(read["Statement"][0]["Resource"], arn);
    }
}

#[test]
fn an_audit_of_all_buckets_lists_them_and_writes_nothing() {
    let actions = actions(&["audit", "--all", "--versioning"]);
    let shown: Vec<&str> = actions.iter().map(String::as_str).collect();
    assert_eq!(
        shown,
        [
            "s3:GetBucketAcl",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPolicyStatus",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:ListAllMyBuckets"
        ]
    );
    Program::bare(&["iam-policy", "bootstrap", "--all"])
        .run()
        .exits(2);
}

fn permit(world: &World, actions: &[&str]) {
    world.sandbox.permit(Some(actions));
}

/// The bucket of the test has no configuration, so the run reads, writes and reads back every
/// control.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_bootstrap_policy_is_sufficient_and_necessary() {
    let options = ["--versioning", "--lifecycle", "--tag", "a=b"];
    let elsewhere = ["--endpoint", "https://s3.example.com"];
    let command = ["bootstrap", "drop-box"];
    let actions = actions(&[&command, &options[..], &elsewhere].concat());
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let run = |world: &World| world.bootstrap(&[&options[..], &["-o", "json"]].concat());
    let world = World::new(false).await;
    permit(&world, &actions);
    for _ in 0..2 {
        let output = run(&world).exits(0);
        output.assert_each_is_verified();
        assert_eq!(
            world
                .send("PUT", &output.url("PUT"), &[], "hello")
                .await
                .status,
            200
        );
        assert_eq!(
            world.send("GET", &output.url("GET"), &[], "").await.status,
            200
        );
    }
    for missing in &actions {
        let fewer: Vec<&str> = actions
            .iter()
            .filter(|action| *action != missing)
            .copied()
            .collect();
        // Before the run, the bucket exists and has no configuration.
        let world = World::new(false).await;
        world.harden(&["--skip", DEFAULT_CONTROLS]).exits(0);
        permit(&world, &fewer);
        let output = match *missing {
            // Only a run that creates a bucket needs `s3:CreateBucket`.
            "s3:CreateBucket" => world.run(&[&["bootstrap", "another"], &options[..]].concat()),
            _ => run(&world),
        };
        let works = match *missing {
            "s3:GetObject" | "s3:PutObject" => {
                world
                    .send("PUT", &output.url("PUT"), &[], "hello")
                    .await
                    .status
                    == 200
                    && world.send("GET", &output.url("GET"), &[], "").await.status == 200
            }
            // The line of the control that needs the missing action must name the action.
            _ => !output.stderr.contains(missing),
        };
        assert!(!works, "{missing} is not needed: {output:?}");
    }
}

/// The test uses the list of actions in an older document of this project, in which two names of
/// actions were wrong and are corrected here.
#[tokio::test(flavor = "multi_thread")]
async fn the_corrected_policy_of_the_old_document_is_sufficient() {
    let world = World::new(true).await;
    permit(
        &world,
        &[
            "s3:CreateBucket",
            "s3:GetBucketLocation",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutEncryptionConfiguration",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:GetBucketPolicy",
            "s3:ListBucket",
            "s3:PutObject",
            "s3:GetObject",
        ],
    );
    let output = world.bootstrap(&["-o", "json"]).exits(0);
    let shown: Vec<(String, bool)> = output.json()["controls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|control| {
            (
                control["status"].as_str().unwrap().to_owned(),
                control["verified"] == true,
            )
        })
        .collect();
    let changed = |verified| ("changed".to_owned(), verified);
    assert_eq!(
        shown,
        [
            changed(false),
            changed(false),
            changed(false),
            changed(true)
        ],
        "{output:?}"
    );
    let shown: Vec<String> = output.json()["controls"].as_array().unwrap()[..3]
        .iter()
        .map(|control| control["detail"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        shown,
        [
            "GetPublicAccessBlock: 403 AccessDenied: User: arn:aws:iam::111122223333:user/sandbox-owner is not authorized to perform: s3:GetBucketPublicAccessBlock on resource: \"arn:aws:s3:::drop-box\" because no identity-based policy allows the s3:GetBucketPublicAccessBlock action (request id SANDBOX000000006); reading it needs s3:GetBucketPublicAccessBlock",
            "GetBucketEncryption: 403 AccessDenied: User: arn:aws:iam::111122223333:user/sandbox-owner is not authorized to perform: s3:GetEncryptionConfiguration on resource: \"arn:aws:s3:::drop-box\" because no identity-based policy allows the s3:GetEncryptionConfiguration action (request id SANDBOX000000009); reading it needs s3:GetEncryptionConfiguration",
            "GetBucketOwnershipControls: 403 AccessDenied: User: arn:aws:iam::111122223333:user/sandbox-owner is not authorized to perform: s3:GetBucketOwnershipControls on resource: \"arn:aws:s3:::drop-box\" because no identity-based policy allows the s3:GetBucketOwnershipControls action (request id SANDBOX00000000C); reading it needs s3:GetBucketOwnershipControls"
        ]
    );
    // An audit with all permissions checks that the run set every control.
    world.sandbox.permit(None);
    world.run(&["audit", "drop-box"]).exits(0);
}

#[test]
fn accepts_a_whole_command_line_and_uses_the_relevant_options() {
    let of = |args: &[&str]| actions(args);
    let plain = of(&["bootstrap", "drop-box"]);
    let more = "--dry-run --settle 0 --jobs 4 --require tls-only --expires-in 1h --replace-policy --backup-dir . --allow-unsupported";
    let more: Vec<&str> = more.split(' ').collect();
    assert_eq!(of(&[&["bootstrap", "drop-box"], &more[..]].concat()), plain);

    let put = |more: &[&str]| of(&[&["presign-put", "drop-box"], more].concat());
    let set = |actions: &[&str]| actions.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(
        put(&["--tag", "a=b"]),
        set(&["s3:PutObject", "s3:PutObjectTagging"])
    );
    assert_eq!(
        put(&["--content-type", "text/plain"]),
        set(&["s3:PutObject"])
    );
    let get = of(&["presign-get", "drop-box", "--version-id", "v"]);
    assert_eq!(get, set(&["s3:GetObjectVersion"]));
    let probing = of(&["verify", "drop-box", "--probe-policy"]);
    let more = &probing - &of(&["verify", "drop-box"]);
    assert_eq!(more, set(&["s3:GetBucketPolicy", "s3:PutBucketPolicy"]));

    assert_eq!(
        of(&["list", "drop-box", "--since", "1d"]),
        set(&["s3:ListBucket"])
    );
    for more in [&["--long"][..], &["--wait", "1h"]] {
        let policy = policy(&[&["list", "drop-box"], more].concat());
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 2);
        assert_eq!(
            statements[1],
            serde_json::json!({
                "Sid": "Receipts",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": "arn:aws:s3:::drop-box/*/receipt.json",
            })
        );
    }

    let pasted = "--at 20130524T000000Z --header a:b --query c=d --explain --download-as a.pdf --on-short-credentials fail";
    let pasted: Vec<&str> = pasted.split(' ').collect();
    let get = |more: &[&str]| policy(&[&["presign-get", "drop-box"], more].concat());
    assert_eq!(get(&pasted), get(&[]));
    // `iam-policy` rejects an invalid value of an option, and an option that reads other buckets or
    // keys from a file.
    for wrong in [["--at", "now"], ["--from", "list"], ["--keys-from", "list"]] {
        let args = [&["iam-policy", "presign-get", "drop-box"], &wrong[..]].concat();
        assert_eq!(Program::bare(&args).run().code, 2, "{wrong:?}");
    }

    let regional =
        "bootstrap drop --account-regional --expected-owner 111122223333 --region eu-central-1";
    for name in ["drop", "drop-111122223333-eu-central-1-an"] {
        let regional = regional.replace(" drop ", &format!(" {name} "));
        let regional: Vec<&str> = regional.split(' ').collect();
        assert_eq!(
            policy(&regional)["Statement"][0]["Resource"],
            "arn:aws:s3:::drop-111122223333-eu-central-1-an"
        );
    }
}

/// The policy of a key is for the principals of one account, through S3, and for the named buckets.
#[test]
fn kms_key_prints_the_policy_of_the_key() {
    let args = ["iam-policy", "kms-key", "drop-box", "team-*"];
    let region = KMS_KEY.split(':').nth(3).unwrap();
    let output = Program::bare(&[&args[..], &["--kms-key", KMS_KEY, "--region", region]].concat())
        .run()
        .exits(0);
    let condition = &output.json()["Statement"][1]["Condition"];
    assert_eq!(
        condition["StringEquals"]["kms:ViaService"],
        format!("s3.{region}.amazonaws.com")
    );
    assert_eq!(
        condition["StringLike"]["kms:EncryptionContext:aws:s3:arn"],
        json!([
            "arn:aws:s3:::drop-box",
            "arn:aws:s3:::drop-box/*",
            "arn:aws:s3:::team-*",
            "arn:aws:s3:::team-*/*"
        ])
    );
    let output = Program::bare(&args).run().exits(2);
    assert!(
        output.stderr.contains("name the key with --kms-key"),
        "{output:?}"
    );
}
