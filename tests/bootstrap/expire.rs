//! `--expire-days`, and the rule that deletes the pages of upload links, on the sandbox.

use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::OWNER;

const ABORT: &str = "<LifecycleConfiguration><Rule><ID>abort-multipart</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";

#[tokio::test(flavor = "multi_thread")]
async fn objects_expire_with_their_versions_and_the_dry_run_names_that() {
    let world = World::new(true).await;
    let args = ["--versioning", "--expire-days", "30:in/"];
    let plan = world.harden(&[&args[..], &["--dry-run"]].concat()).exits(3);
    assert_eq!(
        plan.line("[PLAN] Lifecycle"),
        "[PLAN] Lifecycle rules (incomplete uploads deleted after 7 d, objects whose keys begin with in/ deleted after 30 d, upload pages deleted after 8 d): would be set"
    );
    world.harden(&args).exits(0);
    let audit = |more: &[&str]| world.run(&[&["audit", BUCKET], more].concat());
    audit(&args).exits(0);
    audit(&["--versioning", "--expire-days", "30"]).exits(3);
    audit(&["--versioning", "--expire-days", "60:in/"]).exits(3);
    world.log();
    world.harden(&args).exits(0);
    assert_eq!(world.writes_but_sts(), [""; 0]);
    let found = world.send_as(&OWNER, "GET", "lifecycle", "").await.body;
    let found = String::from_utf8(found).unwrap();
    for id in [
        "abort-multipart",
        "expire",
        "expire-markers",
        "upload-pages",
        "upload-page-markers",
    ] {
        assert!(found.contains(&format!("<ID>{id}</ID>")), "{id}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_needs_the_rule_for_upload_pages_after_its_first_page() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.send_as(&OWNER, "PUT", "lifecycle", ABORT).await;
    let args = ["audit", BUCKET, "--lifecycle"];
    world.log();
    world.run(&args).exits(0);
    let list = "GET ?list-type=2&encoding-type=url&prefix=.s3-secure-bucket%2Fpages%2F";
    assert!(world.log().contains(&list.to_owned()));
    world.harden(&["--lifecycle"]).exits(0);
    assert_eq!(world.writes_but_sts(), [""; 0]);

    let uri = format!("s3://{BUCKET}/.s3-secure-bucket/pages/x.html");
    let url = world.presign(&world.sandbox.https(), &["put", &uri]);
    assert_eq!(world.send("PUT", &url, &[], "page").await.status, 200);
    let drift = world.run(&args).exits(3);
    assert!(drift.stdout.contains("upload-pages"), "{drift:?}");
    world.harden(&["--lifecycle"]).exits(0);
    world.run(&args).exits(0);
    // The rule is there, so no request looks for pages.
    assert!(
        !world.log()[1..]
            .iter()
            .rev()
            .take(5)
            .any(|sent| sent == list)
    );

    // If pages cannot be listed, an audit does not call the bucket compliant.
    world.send_as(&OWNER, "PUT", "lifecycle", ABORT).await;
    world.sandbox.permit(Some(&[
        "s3:ListAllMyBuckets",
        "s3:GetLifecycleConfiguration",
    ]));
    let unknown = world
        .run(&["audit", "--all", "--lifecycle", "-o", "json"])
        .exits(1);
    assert!(
        unknown.stdout.contains(
            "whether the bucket has upload pages is unknown: ListObjectsV2: 403 AccessDenied"
        ),
        "{unknown:?}"
    );
}

#[test]
fn wrong_days_are_refused_before_a_request() {
    use crate::support::program::Program;
    for (args, error) in [
        (
            &["--expire-days", "0"][..],
            "the number of days must be from 1 to 36500",
        ),
        (
            &["--expire-days", "in/:3"],
            "the number of days must be from 1 to 36500",
        ),
        (
            &["--expire-days", "30:"],
            "the prefix is empty; write N without `:` to delete every object",
        ),
        (
            &["--expire-days", "30", "--transition-ia-days", "30"],
            "--expire-days 30 would delete objects before --transition-ia-days 30 moves them",
        ),
    ] {
        let output = Program::new(&[&["bootstrap", BUCKET], args].concat()).run();
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(error), "{output:?}");
    }
}
