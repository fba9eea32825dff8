//! Tests that `audit` finds public access with `--skip`, with `--standard`, and by S3's own verdict.

use crate::support::program::{BUCKET, DEFAULT_CONTROLS, Output};
use crate::support::world::World;
use s3_sandbox::OWNER;
use serde_json::{Value, json};

const EVERYONE: &str = r#"<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"#;
const PARTNER: &str = r#"<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>79a5</ID></Grantee>"#;

/// Starts a server with a bucket that has no control.
async fn bare() -> World {
    let world = World::new(false).await;
    world.harden(&["--skip", DEFAULT_CONTROLS]).exits(0);
    world
}

async fn put_policy(world: &World, condition: &Value) {
    let statement = json!({"Sid": "Web", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::drop-box/*", "Condition": condition});
    let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    world.send_as(&OWNER, "PUT", "policy", &policy).await;
}

async fn put_acl(world: &World, grantee: &str, permission: &str) {
    let acl = format!(
        r#"<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>o</ID></Owner><AccessControlList><Grant>{grantee}<Permission>{permission}</Permission></Grant></AccessControlList></AccessControlPolicy>"#
    );
    world.send_as(&OWNER, "PUT", "acl", &acl).await;
}

fn status(output: &Output, id: &str) -> Value {
    let json = output.json();
    let all = json["controls"].as_array().unwrap();
    let found = all.iter().find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("{id}: {output:?}"))["status"].clone()
}

/// Recommendation 2.21 of CIS counts the policy alone, so Block Public Access does not change its verdict.
#[tokio::test(flavor = "multi_thread")]
async fn cis_recommends_a_policy_that_is_not_for_everyone() {
    let world = bare().await;
    put_policy(&world, &json!({})).await;
    let audit = |options: &[&str]| {
        let args = [&["audit", BUCKET, "-o", "json"], options].concat();
        world.run(&args)
    };
    let cis = |output: &Output| output.json()["controls"][0]["cis"].clone();
    assert_eq!(
        cis(&audit(&[])),
        json!({"v5": [], "v6": [], "v7": ["2.21"]})
    );
    world.harden(&["--skip", "ownership-controls"]).exits(0);
    assert_eq!(cis(&audit(&[])), json!({"v5": [], "v6": [], "v7": []}));
    let output = audit(&["--standard", "cis"]);
    assert_eq!(status(&output, "CIS-2.21"), "drift");
    let finding = &output.json()["controls"][3];
    assert_eq!(
        (&finding["cis"]["v7"], &finding["security_hub"]),
        (&json!(["2.21"]), &json!([]))
    );
}

const FIRST: &str = "PUBLIC  drop-box (us-east-1): ";

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_control_does_not_hide_public_access() {
    let world = bare().await;
    put_policy(&world, &json!({})).await;
    let audit = ["audit", BUCKET, "--skip", "tls-only"];
    let text = world.run(&audit).exits(3);
    assert!(text.stdout.starts_with(FIRST), "{text:?}");

    let world = bare().await;
    put_acl(&world, EVERYONE, "READ").await;
    let audit = ["audit", BUCKET, "--skip", "ownership-controls"];
    let text = world.run(&audit).exits(3);
    assert!(text.stdout.starts_with(FIRST), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_block_public_access_still_cuts_off_public_access() {
    let world = bare().await;
    put_policy(&world, &json!({})).await;
    let harden = ["--skip", "encryption,ownership-controls,tls-only"];
    world.harden(&harden).exits(0);
    let audit = ["audit", BUCKET, "--skip", "public-access-block"];
    let output = world.run(&[&audit[..], &["-o", "json"]].concat()).exits(3);
    assert_eq!(status(&output, "public-access"), "compliant");
    assert_eq!(output.json()["public"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_standard_shows_public_access_first() {
    let world = bare().await;
    put_policy(&world, &json!({})).await;
    for standard in ["fsbp", "cis", "pci", "nist"] {
        let audit = ["audit", BUCKET, "--standard", standard];
        let text = world.run(&audit).exits(3);
        assert!(text.stdout.starts_with(FIRST), "{standard}: {text:?}");
        let output = world.run(&[&audit[..], &["-o", "json"]].concat()).exits(3);
        assert_eq!(output.json()["public"], true, "{standard}");
    }
}

/// S3 counts a value with a wildcard as public, also for the paths of an organization.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_s3_calls_public_fails_the_control_of_the_standard() {
    let world = bare().await;
    let paths = json!({"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"});
    put_policy(&world, &json!({"ForAnyValue:StringLike": paths})).await;
    let audit = ["audit", BUCKET, "--standard", "fsbp", "-o", "json"];
    let output = world.run(&audit).exits(3);
    assert_eq!(status(&output, "S3.2"), "drift");
    assert_eq!(status(&output, "S3.3"), "compliant");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_change_the_acl_by_the_acl_is_drift() {
    for (permission, verdict) in [
        ("READ", "compliant"),
        ("WRITE_ACP", "drift"),
        ("FULL_CONTROL", "drift"),
    ] {
        let world = bare().await;
        put_acl(&world, PARTNER, permission).await;
        let output = world.run(&["audit", BUCKET, "-o", "json"]).exits(3);
        assert_eq!(status(&output, "outside-access"), verdict, "{permission}");
    }
}

/// Block Public Access may cut off the access, so the verdict is unknown.
#[tokio::test(flavor = "multi_thread")]
async fn public_access_is_unknown_without_the_settings_of_block_public_access() {
    let world = bare().await;
    put_policy(&world, &json!({})).await;
    let actions = [
        "s3:ListAllMyBuckets",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketAcl",
        "s3:GetBucketLogging",
        "s3:GetLifecycleConfiguration",
    ];
    world.sandbox.permit(Some(&actions));
    let audit = ["audit", BUCKET, "--standard", "fsbp", "-o", "json"];
    let output = world.run(&audit).exits(3);
    assert_eq!(status(&output, "S3.2"), "unknown");
    assert_eq!(status(&output, "S3.3"), "compliant");
}
