//! Tests that the program checks the limits of S3 before it sends a request, and sends the system
//! tags of the bucket unchanged.

use crate::support::aws::Aws;
use crate::support::program::BUCKET;
use crate::support::world::World;
use base64::Engine;
use md5::Digest;
use s3_sandbox::{Action, Fault, OWNER, Preset};

/// Sends `PUT ?SUBRESOURCE` with a presigned URL, and asserts success.
async fn put(world: &World, subresource: &str, body: &str) {
    let md5 = base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(body));
    let at = format!("s3://{BUCKET}/");
    let url = world.presign(
        &world.sandbox.https(),
        &["put", &at, "--query", subresource],
    );
    let answer = world
        .send("PUT", &url, &[("content-md5", &md5)], body)
        .await;
    assert!(
        [200, 204].contains(&answer.status),
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
}

fn rules(count: usize, filter: &str) -> String {
    let rule = |number: usize| {
        format!(
            "<Rule><ID>r{number}</ID>{filter}<Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule>"
        )
    };
    let rules: String = (0..count).map(rule).collect();
    format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_too_many_rules_and_tags_before_it_sends_them() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    put(
        &world,
        "lifecycle",
        &rules(1_000, "<Filter><Prefix>a/</Prefix></Filter>"),
    )
    .await;
    let tag = |number: usize| format!("<Tag><Key>k{number}</Key><Value>v</Value></Tag>");
    let tags: String = (0..50).map(tag).collect();
    put(
        &world,
        "tagging",
        &format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"),
    )
    .await;
    world.log();
    for (args, said) in [
        (
            ["--lifecycle", "--no-presign"],
            "1002 rules, above S3's limit of 1000",
        ),
        (["--tag", "team=files"], "51 tags, above S3's limit of 50"),
    ] {
        for more in [&[][..], &["--dry-run"]] {
            let output = world.bootstrap(&[&args[..], more].concat()).exits(1);
            assert!(output.stderr.contains(said), "{output:?}");
        }
    }
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn converts_lifecycle_rules_of_the_old_format() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    put(&world, "lifecycle", &rules(2, "<Prefix>old/</Prefix>")).await;
    world.harden(&["--lifecycle"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_system_tags_again_unchanged() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let tag = Preset::SystemTag("aws:cloudformation:stack-name".to_owned(), "s&t".to_owned());
    assert!(world.sandbox.preset(BUCKET, tag));
    let output = world.harden(&["--tag", "team=files"]).exits(0);
    assert!(
        output.stderr.contains("Tags (team=files): set\n"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_mfa_delete_before_it_sends_lifecycle_rules() {
    let aws = Aws::new().await;
    let bootstrap = |more: &[&str]| {
        let args = [
            "bootstrap",
            BUCKET,
            "--region",
            "us-east-1",
            "--no-presign",
            "--settle",
            "0s",
        ];
        aws.run_as(&OWNER, &[&args[..], more].concat())
    };
    bootstrap(&[]).exits(0);
    assert!(aws.world.sandbox.preset(BUCKET, Preset::MfaDelete));
    aws.log();
    for more in [&["--lifecycle"][..], &["--lifecycle", "--dry-run"]] {
        let output = bootstrap(more).exits(1);
        assert!(
            output
                .stderr
                .contains("S3 rejects lifecycle rules while MFA delete is on"),
            "{output:?}"
        );
    }
    assert!(aws.log().iter().all(|(what, _)| !what.starts_with("PUT")));
}

/// While MFA delete is on, only the root user can change versioning, with a code from an MFA device.
#[tokio::test(flavor = "multi_thread")]
async fn versioning_is_refused_before_sending_while_mfa_delete_is_on() {
    let aws = Aws::new().await;
    let args = ["bootstrap", BUCKET, "--settle", "0s", "--no-presign"];
    let bootstrap = |more: &[&str]| aws.run_as(&OWNER, &[&args[..], more].concat());
    bootstrap(&[]).exits(0);
    assert!(aws.world.sandbox.preset(BUCKET, Preset::MfaDelete));
    let line = "Versioning (MFA delete on): already set";
    let output = bootstrap(&["--versioning"]).exits(0);
    assert!(output.stderr.contains(line), "{output:?}");
    for mfa_delete in ["Enabled", "enabled"] {
        let body = format!(
            "<VersioningConfiguration><Status>Suspended</Status><MfaDelete>{mfa_delete}</MfaDelete></VersioningConfiguration>"
        );
        let length = body.len();
        let text = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        aws.world.sandbox.clear_faults();
        aws.world.sandbox.inject(Fault {
            method: Some("GET".to_owned()),
            subresource: Some("versioning".to_owned()),
            ..Fault::any(0, usize::MAX, Action::Raw(text.into_bytes()))
        });
        aws.log();
        for more in [&["--versioning"][..], &["--versioning", "--dry-run"]] {
            let output = bootstrap(&[more, &["-o", "json"]].concat()).exits(1);
            assert_eq!(output.status("versioning"), "failed", "{output:?}");
            let why = "while MFA delete is on, S3 changes versioning only with a code from the MFA device of the root user";
            assert!(output.stderr.contains(why), "{output:?}");
        }
        assert!(aws.log().iter().all(|(what, _)| !what.starts_with("PUT")));
    }
}
