//! The log bucket must belong to the account of the source bucket, because S3 delivers logs only there.

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Preset, STRANGER, User};

const LOGS: &str = "the-logs";
const OWN: &str = "111122223333";
const LOG: [&str; 2] = ["--log-bucket", LOGS];
const RUN: [&str; 5] = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
const OF_AWS: &str = "the log bucket `the-logs` belongs to another account, not to 111122223333; S3 delivers access logs only to a bucket of the same account and Region";
const ELSEWHERE: &str = "the log bucket `the-logs` belongs to another account, because the server does not list it as yours; S3 delivers access logs only to a bucket of the same account and Region";

/// Creates the log bucket with this user's keys. Its policy grants everything to the account of the source
/// bucket, and lets S3 deliver logs.
async fn make_logs(world: &World, user: &User) {
    world.send_to(user, "PUT", LOGS, "", "").await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{OWN}"}},"Action":"s3:*","Resource":["arn:aws:s3:::{LOGS}","arn:aws:s3:::{LOGS}/*"]}},{{"Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::{LOGS}/*"}}]}}"#
    );
    assert!(world.sandbox.preset(LOGS, Preset::Policy(policy)));
}

/// Deletes the log bucket, which another account then creates.
async fn snipe_logs(world: &World) {
    world.send_to(&OWNER, "DELETE", LOGS, "", "").await;
    make_logs(world, &STRANGER).await;
    world.log();
}

fn logging(output: &Output) -> (String, String) {
    let report = output.json();
    let controls = report["controls"].as_array().unwrap();
    let logging = controls.iter().find(|it| it["id"] == "access-logging");
    let text = |name: &str| logging.unwrap()[name].as_str().unwrap_or("").to_owned();
    (text("status"), text("detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_bucket_of_another_account_on_aws_is_refused() {
    for was_ours in [false, true] {
        let aws = Aws::new().await;
        aws.run_as(&OWNER, &RUN).exits(0);
        if was_ours {
            // The bucket keeps the log bucket's name in its configuration.
            make_logs(&aws.world, &OWNER).await;
            aws.run_as(&OWNER, &[&RUN[..], &LOG].concat()).exits(0);
            snipe_logs(&aws.world).await;
        } else {
            make_logs(&aws.world, &STRANGER).await;
        }
        for owner in [&[][..], &["--expected-owner", OWN]] {
            let json = [&LOG[..], &["-o", "json"], owner].concat();
            for dry_run in [&[][..], &["--dry-run"]] {
                aws.log();
                let output = aws.run_as(&OWNER, &[&RUN[..], &json, dry_run].concat());
                let output = output.exits(1);
                assert_eq!(logging(&output), ("failed".to_owned(), OF_AWS.to_owned()));
                assert_eq!(aws.world.writes_but_sts(), [""; 0], "{output:?}");
            }
            let audit = aws.run_as(&OWNER, &[&["audit", BUCKET], &json[..]].concat());
            let found = logging(&audit.exits(3));
            assert_eq!(found, ("drift".to_owned(), OF_AWS.to_owned()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_bucket_of_another_account_elsewhere_is_refused() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    make_logs(&world, &OWNER).await;
    world.harden(&LOG).exits(0);
    snipe_logs(&world).await;
    let json = [&LOG[..], &["-o", "json"]].concat();
    let admits_nobody = r#"{"Version":"2012-10-17","Statement":[]}"#;
    for policy in [None, Some(admits_nobody)] {
        if let Some(policy) = policy {
            let preset = Preset::Policy(policy.to_owned());
            assert!(world.sandbox.preset(LOGS, preset));
        }
        for dry_run in [&[][..], &["--dry-run"]] {
            let output = world.harden(&[&json[..], dry_run].concat()).exits(1);
            let found = logging(&output);
            assert_eq!(found, ("failed".to_owned(), ELSEWHERE.to_owned()));
            assert_eq!(world.writes(), [""; 0], "{output:?}");
        }
        let audit = world.run(&[&["audit", BUCKET], &json[..]].concat());
        let found = logging(&audit.exits(3));
        assert_eq!(found, ("drift".to_owned(), ELSEWHERE.to_owned()));
    }
}

/// On AWS, a HEAD with the expected owner verifies the log bucket. The run asks STS at most once.
#[tokio::test(flavor = "multi_thread")]
async fn one_request_verifies_the_log_bucket_on_aws() {
    let aws = Aws::new().await;
    make_logs(&aws.world, &OWNER).await;
    let run = [&RUN[..], &LOG].concat();
    let counts = |log: &[(String, Option<String>)]| {
        let count = |what: &str| log.iter().filter(|(sent, _)| sent == what).count();
        (count("HEAD"), count("STS"), count("GET ?max-buckets=1000"))
    };
    // The bucket is new: HEAD before and after its creation, and STS for the owner of the log bucket.
    aws.log();
    aws.run_as(&OWNER, &run).exits(0);
    assert_eq!(counts(&aws.log()), (3, 1, 0));
    // The bucket exists: HEAD, STS, HEAD with the owner.
    aws.run_as(&OWNER, &run).exits(0);
    let log = aws.log();
    assert_eq!(counts(&log), (3, 1, 0));
    let (_, owner) = log.iter().rfind(|(what, _)| what == "HEAD").unwrap();
    assert_eq!(owner.as_deref(), Some(OWN));
    let owner = ["--expected-owner", OWN];
    aws.run_as(&OWNER, &[&run[..], &owner].concat()).exits(0);
    assert_eq!(counts(&aws.log()), (2, 0, 0));
    aws.run_as(&OWNER, &[&["audit", BUCKET], &LOG[..]].concat())
        .exits(0);
    assert_eq!(counts(&aws.log()), (3, 1, 0));
    // The answer to ListBuckets contains the log bucket.
    let all = ["audit", "--all", "--region", "us-east-1"];
    aws.run_as(&OWNER, &[&all[..], &LOG].concat());
    assert_eq!(counts(&aws.log()), (0, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_the_list_of_buckets_verifies_the_log_bucket() {
    let world = World::new(true).await;
    make_logs(&world, &OWNER).await;
    for run in [
        [&["bootstrap", BUCKET, "--no-presign"][..], &LOG].concat(),
        [&["bootstrap", BUCKET, "--no-presign"][..], &LOG].concat(),
        [&["audit", BUCKET], &LOG[..]].concat(),
    ] {
        world.log();
        world.run(&run).exits(0);
        let log = world.log();
        let lists = log.iter().filter(|sent| *sent == "GET").count();
        assert_eq!(lists, 1, "{log:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_of_the_log_bucket_that_cannot_be_verified_is_a_warning() {
    let warning = "[WARN] The owner of the log bucket cannot be verified: ";
    let remark = "the owner of the log bucket cannot be verified: ";
    let aws = Aws::new().await;
    make_logs(&aws.world, &OWNER).await;
    let run = [&RUN[..], &LOG].concat();
    aws.run_as(&OWNER, &run).exits(0);
    let denied = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":{{"AWS":"{OWN}"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::{LOGS}"}}]}}"#
    );
    assert!(aws.world.sandbox.preset(LOGS, Preset::Policy(denied)));
    let output = aws.run_as(&OWNER, &run).exits(0);
    let why = "S3 denied HeadBucket, which needs s3:ListBucket";
    assert_eq!(output.line("[WARN] "), format!("{warning}{why}"));
    let audit = [&["audit", BUCKET, "-o", "json"], &LOG[..]].concat();
    let audit = aws.run_as(&OWNER, &audit).exits(0);
    let expected = ("compliant".to_owned(), format!("{remark}{why}"));
    assert_eq!(logging(&audit), expected);

    let world = World::new(true).await;
    make_logs(&world, &OWNER).await;
    world.harden(&LOG).exits(0);
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        subresource: Some(String::new()),
        ..Fault::any(0, usize::MAX, Action::error(403, "AccessDenied", &[]))
    });
    let output = world.harden(&LOG).exits(0);
    let why = "ListBuckets: 403 AccessDenied";
    assert!(
        output.stderr.contains(&format!("{warning}{why}")),
        "{output:?}"
    );
    let audit = [&["audit", BUCKET, "-o", "json"], &LOG[..]].concat();
    let (status, detail) = logging(&world.run(&audit).exits(0));
    assert_eq!(status, "compliant");
    assert!(detail.starts_with(&format!("{remark}{why}")), "{detail}");
}

/// Without STS, the account is not known, so the owner of the log bucket is not known either.
#[tokio::test(flavor = "multi_thread")]
async fn without_sts_the_log_bucket_of_a_new_bucket_is_a_warning() {
    let aws = Aws::new().await;
    make_logs(&aws.world, &OWNER).await;
    aws.world.sandbox.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Reset)
    });
    let output = aws.run_as(&OWNER, &[&RUN[..], &LOG].concat()).exits(0);
    let warning = "[WARN] The owner of the log bucket cannot be verified: the account of these credentials is not known: STS: ";
    assert!(output.stderr.contains(warning), "{output:?}");
}

/// A configuration may name a log bucket that was deleted. Nothing receives the logs.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_log_bucket_is_reported() {
    let world = World::new(true).await;
    make_logs(&world, &OWNER).await;
    world.harden(&LOG).exits(0);
    world.send_to(&OWNER, "DELETE", LOGS, "", "").await;
    let output = world.harden(&LOG).exits(0);
    let why = "the log bucket the-logs does not exist";
    let warning = format!("[WARN] Access logs may not arrive: {why}");
    assert_eq!(output.line("[WARN] "), warning);
    let audit = [&["audit", BUCKET, "-o", "json"], &LOG[..]].concat();
    let found = logging(&world.run(&audit).exits(3));
    assert_eq!(found, ("drift".to_owned(), why.to_owned()));
    // This run would create the log bucket, so the dry run does not report it as missing.
    let made = ["--create-log-bucket", "--expected-owner", OWN, "--dry-run"];
    let output = world.harden(&[&LOG[..], &made].concat()).exits(3);
    assert!(!output.stderr.contains("may not arrive"), "{output:?}");
}
