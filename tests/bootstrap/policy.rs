//! The bucket policy has many authors: what was there is saved, what somebody else writes meanwhile is
//! merged, who relies on a public policy is told.

use crate::support::fixture;
use crate::support::mock_s3::MockS3;
use std::os::unix::fs::PermissionsExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_policy_is_merged_with() {
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
async fn the_policy_as_it_was_is_saved_for_its_owner_alone_before_it_is_changed() {
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
    let told = format!("[ OK ] The policy as it was: saved in {}", file.display());
    assert!(output.steps().contains(&&*told), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_saved_the_policy_is_shown_and_is_not_replaced() {
    let nowhere = ["--backup-dir", "/nonexistent"];
    let s3 = MockS3::compliant().await.merges_foreign_policy();
    let output = s3.harden(&nowhere).exits(0);
    assert!(output.stderr.contains("PartnerMayRead"), "{output:?}");

    let s3 = MockS3::compliant()
        .await
        .but("GET ?policy", &["get-bucket-policy/foreign"]);
    let output = s3
        .harden(&[&nowhere[..], &["--replace-policy"]].concat())
        .exits(1);
    assert!(output.stderr.contains("and is not replaced"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_replaced_only_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = MockS3::compliant().await.changes(
        "policy",
        &["get-bucket-policy/foreign", "get-bucket-policy/tls-only"],
    );
    let folder = folder.path().to_str().unwrap();
    s3.harden(&["--replace-policy", "--backup-dir", folder])
        .exits(0);
    let sent = s3.bodies("PUT ?policy").await.concat();
    assert!(sent.contains("DenyInsecureTransport") && !sent.contains("PartnerMayRead"));
}

/// Between our GET and our read-back somebody else wrote: theirs is merged with, once.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_writes_meanwhile_is_merged_once_and_then_told() {
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
    assert!(
        output.stderr.contains("[WARN] BucketPolicy: somebody else changed it meanwhile, merging once more\n[ OK ] The policy as it was: saved in ")
            && output.stderr.ends_with(".json\n[ OK ] TLS-only bucket policy: set\n")
            && output.stderr.matches("saved in ").count() == 2,
        "{output:?}"
    );
    let sent = s3.bodies("PUT ?policy").await;
    assert!(sent[1].contains("AuditorMayList") && sent[1].contains("DenyInsecureTransport"));

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
    assert!(
        output.stderr.contains("the server accepted it but shows"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_relies_on_a_public_policy_is_told_before_access_is_blocked() {
    for (status, said) in [
        (
            "get-bucket-policy-status/public",
            "[WARN] The bucket policy is public: what it grants to everybody ends with Block Public Access",
        ),
        (
            "any/access-denied",
            "reading it needs s3:GetBucketPolicyStatus",
        ),
        ("get-bucket-policy/absent", ""),
        ("any/not-implemented", ""),
        ("any/list-bucket-result", ""),
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
        assert!(output.stderr.contains(said), "{status} {output:?}");
        let is_told = output.stderr.contains("[WARN]");
        assert_eq!(is_told, !said.is_empty(), "{status} {output:?}");
        let log = s3.log().await;
        let asked = log.iter().position(|sent| sent == "GET ?policyStatus");
        let wrote = log.iter().position(|sent| sent == "PUT ?publicAccessBlock");
        assert!(asked < wrote, "{log:?}");
    }
}
