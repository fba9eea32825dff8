//! Tests of bucket policies, which may have statements of several tools. The program saves the old
//! policy, merges its statements into concurrent changes, and warns if the policy is public.

use crate::support::fixture;
use crate::support::mock_s3::MockS3;
use std::os::unix::fs::PermissionsExt;

#[tokio::test(flavor = "multi_thread")]
async fn merges_into_a_foreign_policy() {
    let s3 = MockS3::compliant().await.merges_foreign_policy();
    s3.bootstrap(&[]).exits(0);
    let sent: serde_json::Value = serde_json::from_str(&s3.bodies("PUT ?policy").await[0]).unwrap();
    assert_eq!(
        (&sent["Version"], &sent["Id"]),
        (&"2008-10-17".into(), &"theirs".into())
    );
    assert_eq!(
        (&sent["Statement"][0]["Sid"], &sent["Statement"][1]["Sid"]),
        (&"PartnerMayRead".into(), &"DenyInsecureTransport".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn saves_the_old_policy_with_mode_0600_before_changing_it() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = MockS3::compliant().await.merges_foreign_policy();
    let output = s3
        .harden(&["--backup-dir", folder.path().to_str().unwrap()])
        .exits(0);
    let mut saved = std::fs::read_dir(folder.path()).unwrap();
    let file = saved.next().unwrap().unwrap().path();
    assert!(saved.next().is_none());
    let was = std::fs::read_to_string(&file).unwrap();
    assert_eq!(was, fixture::body("get-bucket-policy/foreign"));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let line = format!("[ OK ] The previous policy is saved in {}", file.display());
    assert_eq!(output.line("[ OK ] The previous policy is"), line);
}

#[tokio::test(flavor = "multi_thread")]
async fn prints_and_keeps_the_policy_if_the_backup_cannot_be_saved() {
    let nowhere = ["--backup-dir", "/nonexistent"];
    let s3 = MockS3::compliant().await.merges_foreign_policy();
    let output = s3.harden(&nowhere).exits(0);
    let warning = output.line("[WARN] The previous policy");
    let (start, end) = warning.split_once(".policy.").unwrap();
    let (_time, end) = end.split_once(".json").unwrap();
    assert_eq!(
        start,
        "[WARN] The previous policy cannot be saved in /nonexistent/drop-box"
    );
    let was = fixture::body("get-bucket-policy/foreign");
    assert_eq!(
        end,
        format!(" (No such file or directory (os error 2)); its content is {was}")
    );

    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["get-bucket-policy/foreign"]);
    let output = s3
        .harden(&[&nowhere[..], &["--replace-policy"]].concat())
        .exits(1);
    let failed = output.line("[FAIL] ");
    let (start, end) = failed.split_once(".policy.").unwrap();
    let (_time, end) = end.split_once(".json").unwrap();
    assert_eq!(
        (start, end),
        (
            "[FAIL] TLS-only bucket policy: failed (the previous policy cannot be saved in /nonexistent/drop-box",
            " (No such file or directory (os error 2)), so the program does not replace the policy; name another directory with --backup-dir)"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replaces_the_policy_only_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = MockS3::compliant().await.changes(
        "policy",
        &["get-bucket-policy/foreign", "get-bucket-policy/tls-only"],
    );
    let folder = folder.path().to_str().unwrap();
    s3.harden(&["--replace-policy", "--backup-dir", folder])
        .exits(0);
    let sent = s3.bodies("PUT ?policy").await;
    // `--replace-policy` replaces only the statements. The program keeps all other members of the
    // policy document.
    let ours = fixture::body("get-bucket-policy/tls-only");
    let kept = r#"{"Version":"2008-10-17","Id":"theirs","#;
    assert_eq!(sent, [ours.replace(r#"{"Version":"2012-10-17","#, kept)]);
}

/// In this test, another tool writes the policy between the GET and the read-back of the program.
/// The program merges its statements into the new policy of the other tool, and does this only
/// once.
#[tokio::test(flavor = "multi_thread")]
async fn merges_a_concurrent_policy_change_once() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?policy",
            &[
                "get-bucket-policy/foreign",
                "get-bucket-policy/another",
                "get-bucket-policy/another",
                "get-bucket-policy/another-and-tls-only",
            ],
        )
        .on("PUT ?policy", &["put-bucket-policy/ok"; 2]);
    let output = s3.harden(&[]).exits(0);
    let steps = output.steps();
    let shown = steps.iter().map(|step| {
        // The name of the backup file contains the time, so the test does not compare the name.
        let (before, _) = step.split_once(" saved in ").unwrap_or((step, ""));
        before
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            "[SKIP] Bucket already exists and is yours: drop-box",
            "[ OK ] Block Public Access (all 4): already set",
            "[ OK ] Default encryption (AES256, SSE-C blocked): already set",
            "[ OK ] Object Ownership: BucketOwnerEnforced: already set",
            "[WARN] The bucket policy names these principals: PartnerMayRead allows s3:GetObject to arn:aws:iam::444455556666:root",
            "[ OK ] The previous policy is",
            "[WARN] Another tool or person changed BucketPolicy meanwhile; the program merges again",
            "[ OK ] The previous policy is",
            "[ OK ] TLS-only bucket policy: set"
        ]
    );
    let sent = s3.bodies("PUT ?policy").await;
    assert_eq!(
        sent[1],
        fixture::body("get-bucket-policy/another-and-tls-only")
    );

    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?policy",
            &[
                "get-bucket-policy/foreign",
                "get-bucket-policy/another",
                "get-bucket-policy/another",
                "get-bucket-policy/foreign",
            ],
        )
        .on("PUT ?policy", &["put-bucket-policy/ok"; 2]);
    let output = s3.harden(&[]).exits(1);
    assert_eq!(
        output.line("[FAIL] "),
        "[FAIL] TLS-only bucket policy: failed (the server accepted the new configuration but shows {\"Version\":\"2008-10-17\",\"Id\":\"theirs\",\"Statement\":[{\"Sid\":\"PartnerMayRead\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::drop-box/out/*\"}]})"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn warns_about_a_public_policy_before_blocking_access() {
    for (status, said) in [
        (
            "get-bucket-policy-status/public",
            Some(
                "[WARN] The bucket policy is public: Block Public Access ends the public access that the policy grants",
            ),
        ),
        (
            "any/access-denied",
            Some(
                "[WARN] Whether the bucket policy is public is not known: GetBucketPolicyStatus: 403 AccessDenied: Access Denied (request id 79104EXAMPLEB723); reading it needs s3:GetBucketPolicyStatus",
            ),
        ),
        ("get-bucket-policy/absent", None),
        ("any/not-implemented", None),
        ("any/list-bucket-result", None),
    ] {
        let s3 = MockS3::compliant()
            .await
            .but(
                "GET ?publicAccessBlock",
                &[
                    "get-public-access-block/absent",
                    "get-public-access-block/all-on",
                ],
            )
            .on("GET ?policyStatus", &[status])
            .on("PUT ?publicAccessBlock", &["put-public-access-block/ok"]);
        let output = s3.harden(&[]).exits(0);
        let warnings = output
            .steps()
            .into_iter()
            .filter(|step| step.starts_with("[WARN]"));
        assert_eq!(
            warnings.collect::<Vec<_>>(),
            said.into_iter().collect::<Vec<_>>(),
            "{status}"
        );
        let log = s3.log().await;
        let asked = log.iter().position(|sent| sent == "GET ?policyStatus");
        let wrote = log.iter().position(|sent| sent == "PUT ?publicAccessBlock");
        assert!(asked < wrote, "{log:?}");
    }
}
