//! Tests of `iam-policy` for several buckets, patterns of names, and prefixes of keys.

use crate::iam_policy::{actions, policy};
use crate::support::program::{KMS_KEY, Program};
use serde_json::{Value, json};

/// Returns the resources of each statement, by its Sid.
fn resources(args: &[&str]) -> Vec<(String, Value)> {
    let policy = policy(args);
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .map(|statement| {
            let sid = statement["Sid"].as_str().unwrap().to_owned();
            (sid, statement["Resource"].clone())
        })
        .collect()
}

#[test]
fn several_buckets_and_patterns_share_one_policy() {
    let args = [
        "bootstrap",
        "s3://drop-a/",
        "team-*",
        "drop-a",
        "--log-bucket",
        "the-logs",
    ];
    assert_eq!(
        resources(&args),
        [
            (
                "Harden".to_owned(),
                json!(["arn:aws:s3:::drop-a", "arn:aws:s3:::team-*"])
            ),
            (
                "Exchange".to_owned(),
                json!([
                    "arn:aws:s3:::drop-a/uploads/example.txt",
                    "arn:aws:s3:::team-*/uploads/example.txt"
                ])
            ),
            ("ReadLogs".to_owned(), json!("arn:aws:s3:::the-logs")),
        ]
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "# teams\ndrop-a\n\ndrop-b # ours\n").unwrap();
    let file = file.path().to_str().unwrap();
    let both = json!(["arn:aws:s3:::drop-a", "arn:aws:s3:::drop-b"]);
    assert_eq!(
        resources(&["audit", "--from", file]),
        [("Read".to_owned(), both)]
    );
}

#[test]
fn a_policy_for_presigned_urls_may_allow_a_prefix() {
    for (command, sid) in [
        ("presign-get", "Download"),
        ("presign-put", "Upload"),
        ("presign-post", "Upload"),
    ] {
        let args = [command, "drop-box", "--key-prefix", "in/2026*/"];
        let resource = json!("arn:aws:s3:::drop-box/in/2026${*}/*");
        assert_eq!(resources(&args), [(sid.to_owned(), resource)], "{command}");
    }
    let post = actions(&[
        "presign-post",
        "drop-box",
        "--tag",
        "a=b",
        "--kms-key",
        KMS_KEY,
    ]);
    let wanted = ["kms:GenerateDataKey", "s3:PutObject", "s3:PutObjectTagging"];
    assert_eq!(post, wanted.map(str::to_owned).into());
}

#[test]
fn wrong_patterns_and_prefixes_are_refused() {
    let refused = |args: &[&str]| {
        Program::bare(&[&["iam-policy"], args].concat())
            .run()
            .exits(2)
    };
    for pattern in ["*", "*-logs", "Team-*", "team/*", "?eam"] {
        let output = refused(&["bootstrap", pattern]);
        assert_eq!(
            output.stderr,
            format!(
                "error: `{pattern}` is not a pattern of bucket names\nhint: begin the pattern with a letter or a digit, as in 'team-*'; for every bucket of the account, use audit --all\n"
            )
        );
    }
    let output = refused(&["audit", "drop-box", "--key-prefix", "in/"]);
    assert_eq!(
        output.stderr,
        "error: --key-prefix works only with the presign commands and revoke\nhint: omit --key-prefix\n"
    );
}

#[test]
fn a_policy_that_is_too_large_for_aws_is_reported() {
    let names: Vec<String> = (0..150)
        .map(|n| format!("team-{n:03}-of-a-large-company"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let args = [&["iam-policy", "audit"], &names[..]].concat();
    let output = Program::bare(&args).run().exits(0);
    let warning = "but AWS accepts at most 6144 in a managed policy: use a pattern such as 'team-*', or divide the buckets\n";
    assert!(output.stderr.ends_with(warning), "{}", output.stderr);
}

#[test]
fn a_multipart_upload_needs_actions_for_its_parts() {
    let args = [
        "presign-multipart",
        "drop-box",
        "--key",
        "in/disk.img",
        "--kms-key",
        KMS_KEY,
    ];
    let wanted = [
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    ];
    assert_eq!(actions(&args), wanted.map(str::to_owned).into());
    assert_eq!(
        resources(&args[..4]),
        [
            ("Look".to_owned(), json!("arn:aws:s3:::drop-box")),
            (
                "Upload".to_owned(),
                json!("arn:aws:s3:::drop-box/in/disk.img")
            ),
        ]
    );
}
