//! Tests that the program checks, after every write, that the rules and statements of other tools
//! are unchanged. Scripted responses imitate a server that loses rules, another tool that writes at
//! the same time, and the format in which Ceph returns lifecycle filters.

use crate::support::mock_s3::MockS3;
use crate::support::program::Output;

/// Returns the end of stderr, from the last `[FAIL]` line on.
fn end(output: &Output) -> &str {
    let at = output.stderr.rfind("[FAIL]");
    at.map_or("", |at| &output.stderr[at..])
}

/// Ceph returns the prefix of a lifecycle filter outside of the `And` element, but accepts a prefix
/// only inside the `And` element.
#[tokio::test(flavor = "multi_thread")]
async fn sends_a_filter_of_ceph_with_all_criteria_inside_and() {
    let reads = [
        "get-bucket-lifecycle-configuration/ceph-and",
        "get-bucket-lifecycle-configuration/ceph-and-and-ours",
    ];
    let s3 = MockS3::compliant().await.changes("lifecycle", &reads);
    s3.harden(&["--lifecycle"]).exits(0);
    let sent = s3.bodies("PUT ?lifecycle").await.concat();
    let tag = |key: &str, value: &str| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let (a, b) = (tag("a", "1"), tag("b", "2"));
    let and = format!("<Filter><And><Prefix>logs/</Prefix>{a}{b}</And></Filter><Status>");
    assert!(sent.contains(&and), "{sent}");
}

/// The program saves lifecycle rules in the format that Ceph accepts. If the printed restore
/// command sent a filter in the format that Ceph returns, Ceph would drop the prefix.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_the_filter_format_that_ceph_accepts() {
    let reads = [
        "get-bucket-lifecycle-configuration/ceph-and",
        "get-bucket-lifecycle-configuration/ceph-and-and-ours",
    ];
    let s3 = MockS3::compliant().await.changes("lifecycle", &reads);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    s3.harden(&["--lifecycle", "--backup-dir", at]).exits(0);
    let files = std::fs::read_dir(folder.path()).unwrap();
    let saved = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let saved = saved.collect::<Vec<_>>().concat();
    assert!(
        saved.contains("<Filter><And><Prefix>logs/</Prefix><Tag>"),
        "{saved}"
    );
    assert!(!saved.contains("abort-multipart"), "{saved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_lost_rules_once_and_reports_the_control_as_failed() {
    let (tls, log) = (&[][..], &["--log-bucket", "the-logs"][..]);
    let (days, tag) = (&["--lifecycle"][..], &["--tag", "team=files"][..]);
    for (subresource, before, after, args, part) in [
        (
            "lifecycle",
            "get-bucket-lifecycle-configuration/foreign",
            "get-bucket-lifecycle-configuration/ours",
            days,
            "rule theirs",
        ),
        // If the server drops the filter of a lifecycle rule, the rule deletes objects in the whole
        // bucket.
        (
            "lifecycle",
            "get-bucket-lifecycle-configuration/ceph-and",
            "get-bucket-lifecycle-configuration/ceph-prefix-lost-and-ours",
            days,
            "rule theirs",
        ),
        (
            "policy",
            "get-bucket-policy/foreign",
            "get-bucket-policy/foreign-lost-and-tls-only",
            tls,
            "statement PartnerMayRead",
        ),
        (
            "tagging",
            "get-bucket-tagging/foreign",
            "get-bucket-tagging/ours",
            tag,
            "tag aws:cloudformation:stack-name",
        ),
        (
            "logging",
            "get-bucket-logging/elsewhere-with-a-format",
            "get-bucket-logging/to-the-logs",
            log,
            "SimplePrefix",
        ),
    ] {
        let put_back = [before, after, after, after, after, after, before];
        for (reads, said) in [
            (
                &put_back[..],
                "the server did not keep these parts, so the previous configuration was restored",
            ),
            (
                &put_back[..6],
                "the previous configuration could not be restored",
            ),
        ] {
            let s3 = MockS3::compliant().await.changes(subresource, reads);
            let output = s3.harden(args).exits(1);
            let end = end(&output);
            assert!(
                end.contains(&format!("no longer shows {part}")) && end.contains(said),
                "{subresource} {output:?}"
            );
            let line =
                "       restore: curl --fail-with-body --request PUT --header 'Content-MD5: ";
            let is_named = end.contains(&format!("/drop-box.{subresource}.")) && end.contains(line);
            assert!(is_named, "{subresource} {output:?}");
            let sent = s3.bodies(&format!("PUT ?{subresource}")).await;
            assert_eq!(sent.len(), 2, "{subresource} {sent:?}");
            assert!(
                !sent[1].contains("abort-multipart") && !sent[1].contains("DenyInsecure"),
                "{sent:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_concurrent_lifecycle_changes_once_and_never_overwrites_them() {
    let reads = [
        "get-bucket-lifecycle-configuration/foreign",
        "get-bucket-lifecycle-configuration/another",
        "get-bucket-lifecycle-configuration/another",
        "get-bucket-lifecycle-configuration/another-and-ours",
    ];
    let s3 = MockS3::compliant().await.changes("lifecycle", &reads);
    let output = s3.harden(&["--lifecycle"]).exits(0);
    assert!(
        output.stderr.contains(
            "Another tool or person changed BucketLifecycleConfiguration meanwhile; the program merges again"
        ),
        "{output:?}"
    );
    let sent = s3.bodies("PUT ?lifecycle").await;
    assert!(
        sent.len() == 2 && sent[1].contains("<ID>another</ID>"),
        "{sent:?}"
    );

    // The other tool adds the lifecycle rule of this program and removes the rule that existed
    // before.
    let reads = [
        "get-bucket-lifecycle-configuration/foreign",
        "get-bucket-lifecycle-configuration/another-and-ours",
    ];
    let s3 = MockS3::compliant().await.changes("lifecycle", &reads);
    let output = s3.harden(&["--lifecycle"]).exits(1);
    assert!(end(&output).contains("nothing was restored"), "{output:?}");
    assert_eq!(s3.bodies("PUT ?lifecycle").await.len(), 1);
}
