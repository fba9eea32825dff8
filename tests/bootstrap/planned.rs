//! Tests of the plan that a dry run prints: a line for each change, the statement that the change
//! adds, and the number of changes.

use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_new_bucket_lists_each_change() {
    let world = World::new(true).await;
    let output = world.harden(&["--dry-run"]).exits(3);
    assert_eq!(
        output.stderr,
        "[PLAN] Bucket would be created in us-east-1: drop-box\n\
            [PLAN] Block Public Access (all 4): would be set\n\
            [PLAN] Default encryption (AES256, SSE-C blocked): would be set\n\
            [PLAN] Object Ownership: BucketOwnerEnforced: would be set\n\
            [PLAN] TLS-only bucket policy: would be set\n       \
            adds: {\"Sid\":\"DenyInsecureTransport\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::drop-box\",\"arn:aws:s3:::drop-box/*\"],\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}\n\
            5 changes. Run without --dry-run to make them.\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_the_changes_of_a_hardened_bucket() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let output = world.harden(&["--dry-run"]).exits(0);
    assert!(output.stderr.ends_with("\nNo changes.\n"), "{output:?}");
    let output = world.harden(&["--dry-run", "--versioning"]).exits(3);
    let end = "\n1 change. Run without --dry-run to make it.\n";
    assert!(output.stderr.ends_with(end), "{output:?}");
    // Each line of the plan shows only the statement of its control.
    let limits = ["--dry-run", "--min-tls", "1.2", "--max-presign-age", "1h"];
    let output = world.harden(&limits).exits(3);
    let added = output.stderr.lines().filter(|line| line.contains("adds: "));
    assert_eq!(added.count(), 2, "{output:?}");
    assert!(!world.harden(&[]).exits(0).stderr.contains("changes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_many_buckets_counts_all_changes() {
    let world = World::new(true).await;
    let output = world.run(&["bootstrap", "one-box", "two-box", "--dry-run"]);
    let output = output.exits(3);
    let end = "\n10 changes. Run without --dry-run to make them.\n";
    assert!(output.stderr.ends_with(end), "{output:?}");
    assert_eq!(output.steps().len(), 12, "{output:?}");
    assert!(
        output
            .steps()
            .iter()
            .all(|step| step.starts_with("[PLAN] "))
    );
}
