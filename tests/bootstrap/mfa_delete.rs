//! MFA delete: the root user types a code of the MFA device.

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, Program};
use s3_sandbox::{MFA_DEVICE, OWNER, ROOT, User};

const LIFECYCLE: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>theirs</ID><Filter><Prefix/></Filter><Status>Enabled</Status><Expiration><Days>365</Days></Expiration></Rule></LifecycleConfiguration>";

fn run(aws: &Aws, user: &User, more: &[&str]) -> Program {
    let args = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.program(
        user,
        &[&args[..], &["--mfa-delete", MFA_DEVICE], more].concat(),
    )
}

/// The requests of a run that wrote something.
fn writes(aws: &Aws) -> Vec<String> {
    let log = aws.log().into_iter().map(|(request, _)| request);
    log.filter(|request| request.starts_with("PUT")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_user_switches_mfa_delete_on_with_a_code() {
    let aws = Aws::new().await;
    let (code, shown) = run(&aws, &ROOT, &["-vv"]).on_terminal("", "Enter MFA code", "100001\n");
    assert_eq!(code, 0, "{shown}");
    // Neither the terminal nor the trace shows the code.
    assert!(!shown.contains("100001"), "{shown}");
    assert!(shown.contains("| x-amz-mfa:(hidden)"), "{shown}");
    assert!(
        shown.contains(&format!("Enter MFA code for {MFA_DEVICE}:")),
        "{shown}"
    );
    for line in [
        "Versioning: set",
        "old versions, and S3 accepts no lifecycle rules): set",
    ] {
        assert!(shown.contains(line), "{line} {shown}");
    }
    // One request sets versioning and MFA delete.
    let log = aws.log();
    let versioning = |(request, _): &&(String, _)| request == "PUT ?versioning";
    assert_eq!(log.iter().filter(versioning).count(), 1);
    assert_eq!(
        log.iter().filter(|(request, _)| request == "STS").count(),
        1
    );
    // A second run writes nothing, so it asks for no code and accepts every user of the account.
    let again = run(&aws, &OWNER, &["-o", "json"]).run().exits(0);
    again.assert_each_status_is("unchanged");
    assert_eq!(writes(&aws), [""; 0]);
    let args = ["audit", BUCKET, "--mfa-delete", MFA_DEVICE];
    let audit = aws.run_as(&OWNER, &args).exits(0);
    assert!(audit.stdout.contains("mfa-delete"), "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_users_are_refused_before_the_first_write() {
    let aws = Aws::new().await;
    let error = "error: only the root user can switch MFA delete on, and the credentials belong to another user or role\nhint: use access keys of the root user, and delete these keys after the run; or omit --mfa-delete\n";
    for more in [&["--dry-run"][..], &[]] {
        let output = run(&aws, &OWNER, more).run().exits(1);
        assert_eq!(output.failure(), error);
        assert_eq!(writes(&aws), [""; 0], "the bucket is not created");
    }
    aws.world.send_as(&OWNER, "PUT", "", "").await;
    aws.log();
    let output = run(&aws, &OWNER, &[]).run().exits(1);
    assert_eq!(output.failure(), error);
    assert_eq!(writes(&aws), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_with_lifecycle_rules_is_refused_before_the_first_write() {
    let aws = Aws::new().await;
    aws.world.send_as(&ROOT, "PUT", "", "").await;
    aws.world
        .send_as(&ROOT, "PUT", "lifecycle", LIFECYCLE)
        .await;
    aws.log();
    for more in [&["--dry-run"][..], &[]] {
        let output = run(&aws, &ROOT, more).run().exits(1);
        assert_eq!(
            output.failure(),
            "error: the bucket has a lifecycle configuration, and S3 does not allow MFA delete together with lifecycle rules\nhint: delete the lifecycle configuration first, or omit --mfa-delete\n"
        );
        assert_eq!(writes(&aws), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_a_terminal_or_with_a_used_code_changes_no_versioning() {
    let aws = Aws::new().await;
    let output = run(&aws, &ROOT, &[]).run().exits(1);
    let line = output.line("[FAIL] MFA delete");
    assert!(
        line.contains("there is no terminal to ask for it"),
        "{line}"
    );
    assert!(!writes(&aws).contains(&"PUT ?versioning".to_owned()));
    let (code, shown) = run(&aws, &ROOT, &[]).on_terminal("", "Enter MFA code", "900000\n");
    assert_eq!(code, 1, "{shown}");
    let joined: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "writing it needs s3:PutBucketVersioning and, for MFA delete, the root user and a code that was not used before";
    assert!(joined.contains(why), "{shown}");
    assert!(!shown.contains("900000"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_asks_for_no_code_and_names_the_effect() {
    let aws = Aws::new().await;
    let output = run(&aws, &ROOT, &["--dry-run"]).run().exits(3);
    assert_eq!(
        output.line("[PLAN] MFA delete"),
        "[PLAN] MFA delete (while it is on, only the root user with a code can delete old versions, and S3 accepts no lifecycle rules): would be set"
    );
}

#[test]
fn options_that_contradict_mfa_delete_are_refused_before_sending() {
    let refused = |args: &[&str]| {
        let all = [&["bootstrap", "--mfa-delete", "GAHT12345678"], args].concat();
        Program::new(&all).run().exits(2).failure()
    };
    assert_eq!(
        refused(&["one", "--expire-noncurrent-days", "9"]),
        "error: --mfa-delete and lifecycle rules exclude each other\nhint: omit --mfa-delete or the options for lifecycle rules, because S3 accepts no lifecycle rules while MFA delete is on\n"
    );
    assert_eq!(
        refused(&["one", "two"]),
        "error: --mfa-delete configures one bucket a run\nhint: run bootstrap once for each bucket, with a new code of the MFA device\n"
    );
    let spaced = Program::new(&["bootstrap", "one", "--mfa-delete", "A 123456"]);
    let spaced = spaced.run().exits(2).failure();
    assert!(spaced.contains("an MFA device is named by"), "{spaced}");
}
