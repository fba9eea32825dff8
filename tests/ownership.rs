//! Tests that the program checks the owner of a bucket before it reports the bucket as yours, or
//! writes to, audits or probes the bucket, or prints URLs for the bucket.

use crate::support::aws::Aws;
use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Preset, STRANGER, User};

const OWN: &str = "111122223333";
const THEIRS: &str = "444455556666";

/// The commands that use an existing bucket. Each of the commands must refuse a bucket of another
/// account.
const COMMANDS: [&[&str]; 7] = [
    &["bootstrap", BUCKET],
    &["bootstrap", BUCKET, "--dry-run"],
    &["bootstrap", BUCKET, "--skip", "tls-only"],
    &["bootstrap", BUCKET, "--versioning", "--replace-policy"],
    &["audit", BUCKET],
    &["verify", BUCKET],
    &["revoke", "s3://drop-box/k", "--yes"],
];

fn grant(to: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"LetThemIn","Effect":"Allow","Principal":{to},"Action":"{action}","Resource":["arn:aws:s3:::{BUCKET}","arn:aws:s3:::{BUCKET}/*"]}}]}}"#
    )
}

/// Creates the bucket as another account. If `policy` is `Some`, the other account also turns off
/// Block Public Access and sets this policy.
async fn taken(world: &World, policy: Option<&str>) {
    world.send_as(&STRANGER, "PUT", "", "").await;
    if let Some(policy) = policy {
        let open = "<PublicAccessBlockConfiguration/>";
        world
            .send_as(&STRANGER, "PUT", "publicAccessBlock", open)
            .await;
        world.send_as(&STRANGER, "PUT", "policy", policy).await;
    }
    world.log();
}

/// Asserts that the run failed, sent no write request and printed nothing on stdout.
#[track_caller]
fn assert_untouched(output: &Output, writes: &[String]) {
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(output.stdout, "", "{output:?}");
    assert_eq!(writes, [""; 0], "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_bucket_on_aws_needs_no_request_about_its_owner() {
    let aws = Aws::new().await;
    let output = aws.run_as(&OWNER, &["bootstrap", BUCKET, "--settle", "0s"]);
    output.clone().exits(0);
    let log = aws.log();
    assert_eq!(log[0], ("HEAD".to_owned(), None));
    assert!(log.iter().all(|(what, _)| what != "STS"), "{log:?}");
}

/// The program sends one `GetCallerIdentity` request to STS to get the account of the credentials.
/// Every later request for the bucket names the account of the credentials as the expected owner.
#[tokio::test(flavor = "multi_thread")]
async fn an_existing_bucket_on_aws_is_yours_when_s3_confirms_the_account() {
    let aws = Aws::new().await;
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &run).exits(0);
    aws.log();
    let output = aws.run_as(&OWNER, &run).exits(0);
    assert_eq!(
        output.steps()[0],
        format!("[SKIP] Bucket already exists and is yours: {BUCKET}")
    );
    let log = aws.log();
    assert_eq!(log[0], ("HEAD".to_owned(), None));
    assert_eq!(log[1], ("STS".to_owned(), None));
    assert_eq!(log[2], ("HEAD".to_owned(), Some(OWN.to_owned())));
    for (what, owner) in &log[3..] {
        assert_eq!(owner.as_deref(), Some(OWN), "{what}");
        assert_ne!(what, "STS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_request_names_the_expected_owner() {
    let aws = Aws::new().await;
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &run).exits(0);
    aws.log();
    aws.run_as(&OWNER, &[&run[..], &["--expected-owner", OWN]].concat())
        .exits(0);
    for (what, owner) in aws.log() {
        assert_eq!(owner.as_deref(), Some(OWN), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_asks_sts_once() {
    let aws = Aws::new().await;
    let names = ["drop-box", "drop-box-2", "drop-box-3", "drop-box-4"];
    let run = [
        &["bootstrap"],
        &names[..],
        &["--settle", "0s", "--no-presign"],
    ]
    .concat();
    aws.run_as(&OWNER, &run).exits(0);
    aws.log();
    for run in [run.clone(), [&["audit"], &names[..]].concat()] {
        aws.run_as(&OWNER, &run).exits(0);
        let log = aws.log();
        let asked = log.iter().filter(|(what, _)| what == "STS").count();
        assert_eq!(asked, 1, "{log:?}");
    }
}

/// The program names the statement that permits another account, and keeps the statement, because
/// the user must decide whether to remove it.
#[tokio::test(flavor = "multi_thread")]
async fn names_a_statement_that_permits_another_account() {
    let aws = Aws::new().await;
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &run).exits(0);
    let policy = grant(&format!(r#"{{"AWS":"{THEIRS}"}}"#), "s3:GetObject");
    aws.world.send_as(&OWNER, "PUT", "policy", &policy).await;
    let line = format!(
        "[WARN] The bucket policy grants access to other accounts: LetThemIn allows s3:GetObject to {THEIRS}"
    );
    for more in [&["--dry-run"][..], &[], &[]] {
        let output = aws.run_as(&OWNER, &[&run[..], more].concat());
        assert_eq!(output.line("[WARN] The bucket policy"), line);
    }
}

/// If a condition limits a statement to the caller's account, the program does not report that the
/// statement permits another account.
#[tokio::test(flavor = "multi_thread")]
async fn names_no_statement_that_permits_only_the_own_account() {
    let aws = Aws::new().await;
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &run).exits(0);
    for (account, is_named) in [(OWN, false), (THEIRS, true)] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Confined","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/*","Condition":{{"StringEquals":{{"aws:PrincipalAccount":"{account}"}}}}}}]}}"#
        );
        let preset = Preset::Policy(policy);
        assert!(aws.world.sandbox.preset(BUCKET, preset));
        let output = aws.run_as(&OWNER, &[&run[..], &["--dry-run"]].concat());
        let line = "The bucket policy grants access to other accounts: Confined";
        assert_eq!(output.stderr.contains(line), is_named, "{output:?}");
    }
}

/// `AWS_ACCOUNT_ID` may contain any account, so the program must not trust the variable.
#[tokio::test(flavor = "multi_thread")]
async fn the_account_in_the_environment_does_not_count_as_the_owner() {
    let aws = Aws::new().await;
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &run).exits(0);
    let output = aws
        .program(&OWNER, &run)
        .env("AWS_ACCOUNT_ID", THEIRS)
        .run()
        .exits(0);
    assert_eq!(
        output.steps()[0],
        format!("[SKIP] Bucket already exists and is yours: {BUCKET}")
    );
    taken_from(&aws).await;
}

/// If `AWS_ACCOUNT_ID` names the other account that owns a bucket, the program must not report the
/// bucket as yours.
async fn taken_from(_: &Aws) {
    let aws = Aws::new().await;
    taken(
        &aws.world,
        Some(&grant(&format!(r#"{{"AWS":"{OWN}"}}"#), "s3:*")),
    )
    .await;
    let output = aws
        .program(&OWNER, &["bootstrap", BUCKET])
        .env("AWS_ACCOUNT_ID", THEIRS)
        .run();
    assert_untouched(&output, &aws.world.writes_but_sts());
}

/// Another account already owns a bucket with this name. The policy of the other account's bucket
/// permits every action to our account, and no response names the owner.
#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_bucket_on_aws_is_refused_even_if_its_policy_permits_us() {
    let policies = [
        grant(&format!(r#"{{"AWS":"{OWN}"}}"#), "s3:*"),
        grant(r#""*""#, "s3:ListBucket"),
    ];
    for policy in policies {
        let aws = Aws::new().await;
        taken(&aws.world, Some(&policy)).await;
        for command in COMMANDS {
            let output = aws.run_as(&OWNER, command);
            assert_untouched(&output, &aws.world.writes_but_sts());
            assert_eq!(
                output
                    .stderr
                    .lines()
                    .find(|line| line.starts_with("error:")),
                Some(error_of(command).as_str()),
                "{command:?}"
            );
        }
    }
}

fn error_of(command: &[&str]) -> String {
    let situation = format!("bucket `{BUCKET}` belongs to another account, not to {OWN}");
    match command[0] {
        "audit" => format!("error: {BUCKET}: {situation}"),
        _ => format!("error: {situation}"),
    }
}

/// S3 answers 403 to HEAD with and without the expected account, so either another account owns the
/// bucket or a permission is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_head_does_not_show_who_owns_the_bucket() {
    let aws = Aws::new().await;
    taken(&aws.world, None).await;
    for more in [&[][..], &["--expected-owner", OWN]] {
        for command in COMMANDS {
            let command = [command, more].concat();
            let output = aws.run_as(&OWNER, &command);
            assert_untouched(&output, &aws.world.writes_but_sts());
            let error = output.line("error: ");
            let (_, said) = error.split_once(": access denied, ").unwrap();
            assert_eq!(
                said,
                "because the bucket belongs to another account or these credentials lack s3:ListBucket: S3 answered 403 AccessDenied: Access Denied (request id *)"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sts_the_owner_is_unknown_and_the_hint_names_an_option() {
    let aws = Aws::new().await;
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &run).exits(0);
    aws.world.sandbox.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Reset)
    });
    aws.log();
    for command in COMMANDS {
        let output = aws.run_as(&OWNER, command);
        assert_untouched(&output, &aws.world.writes_but_sts());
        assert_eq!(
            output.line("hint: "),
            "hint: name the account that owns the bucket with --expected-owner"
        );
    }
    aws.run_as(&OWNER, &[&run[..], &["--expected-owner", OWN]].concat())
        .exits(0);
}

/// Servers other than AWS may have no account IDs. On a server other than AWS, the program reports
/// a bucket as yours only if the server's `ListBuckets` response contains the bucket.
#[tokio::test(flavor = "multi_thread")]
async fn on_other_servers_a_listed_bucket_is_yours() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.log();
    let output = world.harden(&[]).exits(0);
    assert_eq!(
        output.steps()[0],
        format!("[SKIP] Bucket already exists and is yours: {BUCKET}")
    );
    let log = world.log();
    assert_eq!(log[..2], ["HEAD", "GET"]);
    assert!(log[2..].iter().all(|sent| sent != "GET"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_other_servers_an_unlisted_bucket_is_refused_even_if_its_policy_permits_us() {
    let world = World::new(true).await;
    taken(
        &world,
        Some(&grant(&format!(r#"{{"AWS":"{OWN}"}}"#), "s3:*")),
    )
    .await;
    for more in [&[][..], &["--expected-owner", OWN]] {
        for command in COMMANDS {
            let output = world.run(&[command, more].concat());
            assert_untouched(&output, &world.writes());
        }
    }
}

/// If the server does not list buckets, the program warns that the bucket may belong to another
/// account, and does not report the bucket as yours.
#[tokio::test(flavor = "multi_thread")]
async fn on_other_servers_a_refused_list_of_buckets_causes_a_warning() {
    let warning = format!("[WARN] Bucket exists, and these credentials may use it: {BUCKET}");
    for (status, code) in [
        (403, "AccessDenied"),
        (501, "NotImplemented"),
        (405, "MethodNotAllowed"),
    ] {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        world.sandbox.inject(Fault {
            method: Some("GET".to_owned()),
            subresource: Some(String::new()),
            ..Fault::any(0, usize::MAX, Action::error(status, code, &[]))
        });
        let output = world.harden(&[]).exits(0);
        assert!(output.steps()[0].starts_with(&warning), "{output:?}");
        for command in [
            &["bootstrap", BUCKET, "--no-presign"][..],
            &["audit", BUCKET],
            &["verify", BUCKET],
        ] {
            let output = world.run(command);
            assert_ne!(output.code, 1, "{output:?}");
            let output = world.run(&[command, &["--expected-owner", OWN]].concat());
            assert_untouched(&output, &[]);
        }
    }
}

/// The response to a refused HEAD does not contain the reason of the refusal. The program sends one
/// GET to get the reason, and reports the reason once instead of once for each control.
#[tokio::test(flavor = "multi_thread")]
async fn reports_credentials_that_s3_does_not_accept() {
    const WHY: &str = "GET ?list-type=2&max-keys=0";
    let aws = Aws::new().await;
    let wrong_secret = User {
        secret_access_key: "wrong",
        ..OWNER
    };
    let unknown_key = User {
        access_key_id: "AKIAUNKNOWNKEYID0000",
        ..OWNER
    };
    for (user, code, hint) in [
        (
            &wrong_secret,
            "SignatureDoesNotMatch",
            "hint: check that the secret access key belongs to the access key ID",
        ),
        (
            &unknown_key,
            "InvalidAccessKeyId",
            "hint: check that the access key belongs to this server and AWS partition",
        ),
    ] {
        for command in ["bootstrap", "audit", "verify"] {
            let args = [command, BUCKET, "--region", "us-east-1"];
            let output = aws.run_as(user, &args).exits(1);
            let error = format!("error: S3 refuses these credentials: {code}: ");
            let beginning = match command {
                "audit" => "error: ",
                _ => "error: S3",
            };
            assert!(output.line(beginning).contains(&error[7..]), "{output:?}");
            assert_eq!(output.line("hint: "), hint, "{command}");
            assert_eq!(output.steps(), [""; 0], "{command}");
            let asked: Vec<String> = aws.log().into_iter().map(|(what, _)| what).collect();
            assert_eq!(asked, ["HEAD", WHY], "{command}");
            // The loop repeats the test with a server other than AWS.
            let endpoint = aws.world.sandbox.https();
            let output = aws.world.run_as(user, &endpoint, &args).exits(1);
            assert!(output.line(beginning).contains(&error[7..]), "{output:?}");
            let log = aws.world.log();
            assert_eq!(log.iter().filter(|sent| *sent == WHY).count(), 1, "{log:?}");
        }
    }
}

/// The certificates of AWS need no CA bundle, and the path of a bundle means nothing to a customer.
#[tokio::test(flavor = "multi_thread")]
async fn the_curl_commands_for_aws_name_no_ca_bundle() {
    let aws = Aws::new().await;
    let args = ["bootstrap", BUCKET, "--settle", "0s"];
    let output = aws.run_as(&OWNER, &args).exits(0);
    let commands =
        "Upload and download with:\n  curl --fail-with-body -T example.txt \"$PUT_URL\"\n";
    assert!(output.stderr.contains(commands), "{}", output.stderr);
    let output = aws.world.bootstrap(&[]).exits(0);
    assert!(output.stderr.contains(" --cacert "), "{}", output.stderr);
}
