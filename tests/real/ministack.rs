//! Tests with MiniStack, which enforces IAM policies with AWS's action names, Block Public Access,
//! the TLS-only policy with AWS's condition, and signatures. Every test uses an IAM user who has
//! only the policies that `iam-policy` prints.

use super::{Output, Program, User, iam, new_name, presigned_urls_hold, requests, required};
use serde_json::Value;

/// Returns the root user, whose key creates the IAM users. MiniStack does not apply bucket policies
/// to the root user, so the tests send no bucket request with the key of the root user.
pub fn root() -> User {
    User {
        endpoint: required("MINISTACK_HTTPS"),
        ca: required("MINISTACK_CA"),
        key_id: required("MINISTACK_ROOT_KEY_ID"),
        secret: required("MINISTACK_ROOT_SECRET"),
    }
}

/// Creates an IAM user without permissions, whose name is the name of the bucket.
pub fn new_user(name: &str) -> User {
    let name = format!("UserName={name}");
    iam::call(&root(), &["Action=CreateUser", &name]);
    let key = iam::call(&root(), &["Action=CreateAccessKey", &name]);
    let text = |tag: &str| {
        let (_, rest) = key.split_once(&format!("<{tag}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    User {
        key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        ..root()
    }
}

/// Gives the user a policy with this name, which replaces an earlier policy with the same name.
pub fn grant(user: &str, policy_name: &str, policy: &Value) {
    iam::call(
        &root(),
        &[
            "Action=PutUserPolicy",
            &format!("UserName={user}"),
            &format!("PolicyName={policy_name}"),
            &format!("PolicyDocument={policy}"),
        ],
    );
}

/// Returns the document that `iam-policy COMMAND BUCKET` prints.
pub fn printed(command: &str, bucket: &str, options: &[&str]) -> Value {
    let elsewhere = ["--endpoint", "https://s3.example.com"];
    Program::bare(&[&["iam-policy", command, bucket], options, &elsewhere].concat())
        .run()
        .json()
}

/// Creates a user with exactly the permissions that these commands need on the bucket.
pub fn user_for(bucket: &str, commands: &[(&str, &[&str])]) -> User {
    let user = new_user(bucket);
    for (number, (command, options)) in commands.iter().enumerate() {
        let policy_name = format!("{command}-{number}");
        grant(bucket, &policy_name, &printed(command, bucket, options));
    }
    user
}

/// Returns whether this run or an earlier run set every control, and this run read back every
/// control.
fn verified(output: &Output) -> bool {
    let all = |controls: &Value| {
        let mut controls = controls.as_array().unwrap().iter();
        controls.all(|control| control["verified"] == true)
    };
    output.code == 0 && all(&output.json()["controls"])
}

#[test]
fn bootstrap_with_the_printed_policy_sets_every_control_and_a_second_run_writes_nothing() {
    let bucket = new_name("ms-harden");
    let user = user_for(&bucket, &[("bootstrap", &["--versioning"])]);
    let run = || {
        let output = user.run(&["bootstrap", &bucket, "--versioning", "-o", "json", "-v"]);
        assert!(verified(&output), "{output:?}");
        output
    };
    let of = |id: &str, status: &str| (id.to_owned(), status.to_owned());
    // As on AWS, a new bucket already has Block Public Access and ownership controls.
    assert_eq!(
        run().statuses(),
        [
            of("public-access-block", "unchanged"),
            of("encryption", "changed"),
            of("ownership-controls", "unchanged"),
            of("tls-only", "changed"),
            of("versioning", "changed"),
        ]
    );
    assert_eq!(
        requests(&run()),
        [
            "HEAD",
            "GET", // ListBuckets, which shows the owner of the bucket
            "GET ?publicAccessBlock",
            "GET ?encryption",
            "GET ?ownershipControls",
            "GET ?policy",
            "GET ?versioning"
        ]
    );
}

/// If any one of the printed actions is missing, the run fails, cannot read back a control, or
/// prints a warning.
#[test]
fn each_action_of_the_printed_policy_is_needed() {
    let options = ["--versioning", "--lifecycle", "--tag", "team=files"];
    let any = printed("bootstrap", "any-bucket", &options);
    let actions = any["Statement"][0]["Action"].as_array().unwrap().clone();
    // A new bucket already has Block Public Access and ownership controls, so the run does not call
    // the actions that set or check them.
    let not_called = [
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketAcl",
        "s3:GetBucketWebsite",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketOwnershipControls",
    ];
    for missing in &actions {
        let bucket = new_name("ms-least");
        let user = new_user(&bucket);
        let mut policy = printed("bootstrap", &bucket, &options);
        let listed = policy["Statement"][0]["Action"].as_array_mut().unwrap();
        listed.retain(|action| action != missing);
        grant(&bucket, "bootstrap", &policy);
        let args = ["bootstrap", &bucket, "--no-presign", "-o", "json"];
        let output = user.run(&[&args[..], &options].concat());
        let complete = verified(&output) && !output.stderr.contains("[WARN]");
        let needed = !not_called.contains(&missing.as_str().unwrap());
        assert_eq!(!complete, needed, "{missing}: {output:?}");
    }
}

/// MiniStack stores the setting that blocks SSE-C but does not enforce it, and the bucket has no
/// KMS key, so two probes do not pass.
#[test]
fn verify_passes_every_probe_except_sse_c_and_kms() {
    let bucket = new_name("ms-verify");
    let versioning = ["--versioning"];
    let probes = ["--versioning", "--probe-policy"];
    let user = user_for(&bucket, &[("bootstrap", &versioning), ("verify", &probes)]);
    let made = user.run(&["bootstrap", &bucket, "--versioning", "--no-presign"]);
    assert_eq!(made.code, 0, "{made:?}");
    let http = required("MINISTACK_HTTP");
    let verify = ["verify", &bucket, "--http-endpoint", &http];
    let output = user.run(&[&verify[..], &["--probe-policy", "-o", "json"]].concat());
    assert_eq!(output.code, 3, "{output:?}");
    let document = output.json();
    let field = |probe: &Value, name: &str| probe[name].as_str().unwrap().to_owned();
    let probes = document["probes"].as_array().unwrap();
    let verdicts: Vec<(String, String)> = probes
        .iter()
        .map(|probe| (field(probe, "id"), field(probe, "status")))
        .collect();
    let of = |id: &str, status: &str| (id.to_owned(), status.to_owned());
    assert_eq!(
        verdicts,
        [
            of("round-trip", "pass"),
            of("plain-http", "pass"),
            of("anonymous", "pass"),
            of("public-acl", "pass"),
            of("public-policy", "pass"),
            of("encryption", "pass"),
            of("sse-c", "fail"),
            of("tampered", "pass"),
            of("expired", "pass"),
            of("sigv2", "skip"),
            of("wrong-method", "pass"),
            of("content-type", "pass"),
            of("no-overwrite", "pass"),
            of("versioning", "pass"),
            of("kms", "skip"),
            of("cors", "skip"),
            of("request-link", "pass"),
            of("multipart-urls", "pass"),
        ],
        "{output:?}"
    );
    assert_eq!(document["left_behind"], serde_json::json!([]), "{output:?}");
    let versions = user.presign("get", &format!("s3://{bucket}/"), &["--query", "versions="]);
    let (status, list) = user.curl(&[&versions]);
    let list = String::from_utf8(list).unwrap();
    assert!(
        status == 200 && list.contains("ListVersionsResult"),
        "{list}"
    );
    assert!(!list.contains("<Key>"), "{list}");
}

#[test]
fn the_urls_of_bootstrap_transfer_a_file_and_refuse_tampering() {
    let bucket = new_name("ms-urls");
    let user = user_for(&bucket, &[("bootstrap", &[])]);
    let made = user.run(&["bootstrap", &bucket]);
    assert_eq!(made.code, 0, "{made:?}");
    let url = |method: &str| {
        let mut lines = made.stdout.lines();
        lines.find_map(|line| line.strip_prefix(method)).unwrap()
    };
    let (put, get) = (url("PUT "), url("GET "));
    assert_eq!(user.upload(put, "every byte\r\n\t"), 200);
    assert_eq!(user.curl(&[get]), (200, b"every byte\r\n\t".to_vec()));
    let (head, last) = put.split_at(put.len() - 1);
    let tampered = format!("{head}{}", if last == "0" { "1" } else { "0" });
    assert_eq!(user.upload(&tampered, "tampered"), 403);
    assert_eq!(user.curl(&[get]), (200, b"every byte\r\n\t".to_vec()));
}

/// In MiniStack, a `*` in a policy does not match a line break, so the policy contains the complete
/// object key.
#[test]
fn presigned_urls_permit_only_the_signed_request() {
    let bucket = new_name("ms-presign");
    let two_lines = ["--key", "new\nline"];
    let commands: [(&str, &[&str]); 5] = [
        ("bootstrap", &[]),
        ("presign-put", &[]),
        ("presign-get", &[]),
        ("presign-put", &two_lines),
        ("presign-get", &two_lines),
    ];
    let user = user_for(&bucket, &commands);
    assert_eq!(user.run(&["bootstrap", &bucket, "--no-presign"]).code, 0);
    presigned_urls_hold(&user, &bucket);
}
