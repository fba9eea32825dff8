//! The account that the caller expects to own the bucket.

use crate::support::aws::Aws;
use crate::support::program::BUCKET;
use s3_sandbox::{Action, Fault, OWNER, Preset, STRANGER};

const OWN: &str = "111122223333";
const THEIRS: &str = "444455556666";

/// The bucket belongs to the account that the option names, which is not the account of the credentials.
#[tokio::test(flavor = "multi_thread")]
async fn an_expected_owner_is_named_instead_of_calling_the_bucket_yours() {
    let aws = Aws::new().await;
    aws.world.send_as(&STRANGER, "PUT", "", "").await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{OWN}"}},"Action":"s3:*","Resource":["arn:aws:s3:::{BUCKET}","arn:aws:s3:::{BUCKET}/*"]}}]}}"#
    );
    assert!(aws.world.sandbox.preset(BUCKET, Preset::Policy(policy)));
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    for more in [&["--dry-run"][..], &[]] {
        let args = [&run[..], &["--expected-owner", THEIRS], more].concat();
        let output = aws.run_as(&OWNER, &args);
        assert_eq!(
            output.steps()[0],
            format!(
                "[SKIP] Bucket already exists and belongs to account {THEIRS}, as --expected-owner demands: {BUCKET}"
            )
        );
        assert!(!output.stderr.contains("yours"), "{output:?}");
    }
}

/// A bucket that is deleted between two requests is created, and every later request names the owner.
#[tokio::test(flavor = "multi_thread")]
async fn requests_after_a_deletion_by_another_account_name_the_owner() {
    let aws = Aws::new().await;
    aws.world.sandbox.inject(Fault {
        method: Some("HEAD".to_owned()),
        ..Fault::any(0, 1, Action::error(403, "AccessDenied", &[]))
    });
    let run = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    aws.run_as(&OWNER, &[&run[..], &["--expected-owner", OWN]].concat())
        .exits(0);
    let log = aws.log();
    let without: Vec<&str> = (log.iter())
        .filter(|(_, owner)| owner.is_none())
        .map(|(what, _)| what.as_str())
        .collect();
    assert_eq!(without, ["HEAD", "PUT"], "{log:?}");
}
