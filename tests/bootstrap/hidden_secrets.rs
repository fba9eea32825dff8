//! A configuration that contains a secret of the run reaches the program without the secret, so the program
//! must not write it back.

use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Preset};

/// Another author may write a secret of the run between the PUT and the merge that follows.
#[tokio::test(flavor = "multi_thread")]
async fn does_not_merge_into_a_configuration_whose_secret_is_hidden() {
    let world = World::new(false).await;
    world.harden(&[]).exits(0);
    let secret = OWNER.secret_access_key;
    let lifecycle = format!(
        "<LifecycleConfiguration><Rule><ID>theirs</ID><Filter><Prefix>{secret}</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
    );
    let length = lifecycle.len();
    let text = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{lifecycle}"
    );
    world.sandbox.inject(Fault {
        skip: 1,
        method: Some("GET".to_owned()),
        subresource: Some("lifecycle".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Raw(text.into_bytes()))
    });
    world.log();
    let output = world.bootstrap(&["--lifecycle", "-o", "json"]).exits(1);
    assert_eq!(output.status("lifecycle"), "failed", "{output:?}");
    let why = "another tool or person wrote a configuration that contains a secret of this run";
    assert!(output.stderr.contains(why), "{output:?}");
    assert_eq!(world.writes(), ["PUT ?lifecycle"], "{output:?}");
}

/// A backup without a secret would restore another policy, so the policy is not replaced.
#[tokio::test(flavor = "multi_thread")]
async fn does_not_replace_a_policy_whose_secret_is_hidden() {
    let world = World::new(false).await;
    world.harden(&[]).exits(0);
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/{}"}}]}}"#,
        OWNER.secret_access_key
    );
    assert!(world.sandbox.preset(BUCKET, Preset::Policy(policy)));
    world.log();
    let output = world
        .bootstrap(&["--replace-policy", "-o", "json"])
        .exits(1);
    assert_eq!(output.status("tls-only"), "failed", "{output:?}");
    let why = "contains a secret of this run";
    assert!(output.stderr.contains(why), "{output:?}");
    assert_eq!(world.writes(), [""; 0], "{output:?}");
}
