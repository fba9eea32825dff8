//! The bucket policy that `revoke` writes: statements of other tools, ended revocations, and its size.

use super::{KEY, hardened, revoke, statements, status, url, with_stdin};
use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::{Action, Fault, Preset};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn revocations_that_have_ended_are_removed_by_the_next_write() {
    let world = hardened().await;
    let mut all = statements(&world).await;
    let foreign = all.clone();
    all.push(json!({
        "Sid": "DenyRevokedUrls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::drop-box/old",
        "Condition": {
            "StringEquals": { "s3:authType": ["REST-QUERY-STRING", "POST"] },
            "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" },
        },
    }));
    let policy = json!({ "Version": "2012-10-17", "Statement": all }).to_string();
    assert!(world.sandbox.preset(BUCKET, Preset::Policy(policy)));
    assert_eq!(
        revoke(&world, &["--list", "s3://drop-box"]).exits(0).stdout,
        ""
    );
    revoke(&world, &[KEY, "--yes"]).exits(0);
    let after = statements(&world).await;
    assert_eq!(after.len(), foreign.len() + 1, "{after:?}");
    assert_eq!(
        after[foreign.len()]["Resource"],
        "arn:aws:s3:::drop-box/in/a.pdf"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replace_policy_keeps_revocations() {
    let world = hardened().await;
    let get = url(&world, "get", "in/a.pdf");
    revoke(&world, &[KEY, "--yes"]).exits(0);
    world.harden(&["--replace-policy"]).exits(0);
    assert_eq!(status(&world, "GET", &get).await, 403);
}

fn answer_with(policy: &Value) -> Action {
    let body = policy.to_string();
    Action::Raw(
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_statement_that_was_lost_is_reported_with_the_backup() {
    let world = hardened().await;
    let policy = json!({ "Version": "2012-10-17", "Statement": [] });
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        subresource: Some("policy".to_owned()),
        ..Fault::any(1, usize::MAX, answer_with(&policy))
    });
    let output = revoke(&world, &[KEY, "--yes"]).exits(1);
    let failure = output.failure();
    assert!(
        failure.starts_with("error: after the write, the bucket policy no longer shows statement DenyInsecureTransport\nhint: restore the previous policy from "),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_another_tool_overwrote_is_merged_once_more() {
    let world = hardened().await;
    let mut theirs = statements(&world).await;
    theirs.push(json!({
        "Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
        "Resource": "arn:aws:s3:::drop-box/keep/*",
    }));
    let policy = json!({ "Version": "2012-10-17", "Statement": theirs });
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        subresource: Some("policy".to_owned()),
        ..Fault::any(1, 1, answer_with(&policy))
    });
    let output = revoke(&world, &[KEY, "--yes"]).exits(0);
    assert!(
        output.stderr.contains("the program merges again"),
        "{output:?}"
    );
    let after = statements(&world).await;
    let sids: Vec<&Value> = after.iter().map(|one| &one["Sid"]).collect();
    assert_eq!(sids, ["DenyInsecureTransport", "Theirs", "DenyRevokedUrls"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_would_be_too_large_is_not_sent() {
    let world = hardened().await;
    let keys: String = (0..400)
        .map(|n| format!("s3://{BUCKET}/a/long/folder/name/{n:030}\n"))
        .collect();
    let output = with_stdin(&world, &["--yes"], &keys).exits(1);
    let failure = output.failure();
    assert!(
        failure.starts_with("error: the bucket policy was not written: the policy would have "),
        "{failure}"
    );
    assert!(failure.ends_with("hint: revoke a prefix instead of many keys, or remove revocations with `revoke --undo`\n"), "{failure}");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_a_policy_is_supported() {
    let world = World::new(true).await;
    world.harden(&["--skip", "tls-only"]).exits(0);
    let put = url(&world, "put", "in/a.pdf");
    revoke(&world, &[KEY, "--yes"]).exits(0);
    assert_eq!(status(&world, "PUT", &put).await, 403);
    revoke(&world, &["--undo", KEY]).exits(0);
    assert_eq!(status(&world, "PUT", &put).await, 200);
    assert_eq!(
        revoke(&world, &["--list", "s3://drop-box"]).exits(0).stdout,
        ""
    );
}
