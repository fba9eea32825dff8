//! `revoke` on the sandbox: which requests S3 refuses afterwards and which go on, the bucket policy, the
//! proof, and servers that ignore the statement.

use crate::support::program::{BUCKET, Output, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER, Preset};
use s3_secure_bucket::internals::s3::Bucket;
use serde_json::{Value, json};

const KEY: &str = "s3://drop-box/in/a.pdf";

async fn hardened() -> World {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    for key in ["in/a.pdf", "in/b.pdf"] {
        let uri = format!("s3://{BUCKET}/{key}");
        let url = world.presign(&world.sandbox.https(), &["put", &uri]);
        assert_eq!(world.send("PUT", &url, &[], "x").await.status, 200);
    }
    world.sandbox.clear_requests();
    world
}

fn url(world: &World, method: &str, key: &str) -> String {
    let uri = format!("s3://{BUCKET}/{key}");
    let life = ["--expires-in", "1h"];
    let args = [&[method, &uri][..], &life].concat();
    world.presign(&world.sandbox.https(), &args)
}

async fn status(world: &World, method: &'static str, url: &str) -> u16 {
    world.send(method, url, &[], "").await.status
}

fn revoke(world: &World, more: &[&str]) -> Output {
    world.run(&[&["revoke"], more].concat())
}

fn with_stdin(world: &World, more: &[&str], stdin: &str) -> Output {
    let args = [&["revoke", "-"], more].concat();
    let program = world.program(&OWNER, &world.sandbox.https(), &args);
    program.stdin(stdin.as_bytes()).run()
}

async fn statements(world: &World) -> Vec<Value> {
    let body = world.send_as(&OWNER, "GET", "policy", "").await.body;
    let policy: Value = serde_json::from_slice(&body).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

/// Whether a request that the owner signs in its header reads the object.
async fn owner_reads(world: &World, key: &str) -> bool {
    let client = world.client();
    let mut bucket = Bucket::new(&client, BUCKET.parse().unwrap()).unwrap();
    bucket.get_object(key.as_bytes(), 64).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urls_of_a_key_end_and_all_other_requests_go_on() {
    let world = hardened().await;
    let (get, put) = (
        url(&world, "get", "in/a.pdf"),
        url(&world, "put", "in/a.pdf"),
    );
    let other = url(&world, "get", "in/b.pdf");
    let before = statements(&world).await;
    world.sandbox.clear_requests();
    let output = revoke(
        &world,
        &[
            KEY,
            "--yes",
            "--until",
            "2099-01-01T00:00:00Z",
            "-o",
            "json",
        ],
    );
    let output = output.exits(0);
    assert_eq!(
        output.json(),
        json!({
            "schema_version": 1,
            "bucket": BUCKET,
            "revoked": [{
                "arn": "arn:aws:s3:::drop-box/in/a.pdf",
                "until": "2099-01-01T00:00:00Z",
                "for_everyone": false,
            }],
            "verified": true,
        })
    );
    let requests = world.log();
    let shown: Vec<&str> = requests
        .iter()
        .map(|line| line.split("?X-Amz").next().unwrap().trim_end())
        .collect();
    // The owner; the policy; a presigned request; the new policy, read back; the presigned request again.
    assert_eq!(
        shown,
        [
            "HEAD",
            "GET",
            "GET ?policy",
            "GET",
            "PUT ?policy",
            "GET ?policy",
            "GET"
        ]
    );
    assert_eq!(status(&world, "GET", &get).await, 403);
    assert_eq!(status(&world, "PUT", &put).await, 403);
    assert_eq!(status(&world, "GET", &other).await, 200);
    assert!(owner_reads(&world, "in/a.pdf").await);
    let after = statements(&world).await;
    assert_eq!(after[..before.len()], before);
    assert_eq!(
        after[before.len()..],
        [json!({
            "Sid": "DenyRevokedUrls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::drop-box/in/a.pdf",
            "Condition": {
                "StringEquals": { "s3:authType": ["REST-QUERY-STRING", "POST"] },
                "DateLessThan": { "aws:CurrentTime": "2099-01-01T00:00:00Z" },
            },
        })]
    );
    let listed = revoke(&world, &["--list", "s3://drop-box"]).exits(0);
    assert_eq!(
        listed.stdout,
        "2099-01-01T00:00:00Z  arn:aws:s3:::drop-box/in/a.pdf\n"
    );
    world.sandbox.clear_requests();
    revoke(&world, &[KEY, "--yes"]).exits(0);
    assert_eq!(world.writes(), Vec::<String>::new(), "it is denied already");
    let undone = revoke(&world, &["--undo", KEY]).exits(0);
    assert_eq!(undone.stdout, listed.stdout);
    assert_eq!(status(&world, "GET", &get).await, 200);
    assert_eq!(statements(&world).await, before);
    assert_eq!(revoke(&world, &["--list", "s3://drop-box"]).stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_are_read_from_stdin_and_shown_nowhere() {
    let world = hardened().await;
    let (get, put) = (
        url(&world, "get", "in/a.pdf"),
        url(&world, "put", "in/new/c"),
    );
    let output = with_stdin(&world, &["--yes", "-v"], &format!("{get}\n\n{put}\r\n")).exits(0);
    assert_lacks(&output.stdout, &["X-Amz-Signature="]);
    let messages: String = output
        .stderr
        .lines()
        .filter(|line| !line.starts_with('>'))
        .collect();
    assert_lacks(&messages, &["X-Amz", "in/a.pdf", "in/new", "AKIA"]);
    assert_eq!(status(&world, "GET", &get).await, 403);
    assert_eq!(status(&world, "PUT", &put).await, 403);
    let until: Vec<&str> = output.stdout.lines().map(|line| &line[10..20]).collect();
    assert_eq!(until, ["T00:00:00Z", "T00:00:00Z"], "the next midnight");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urls_below_a_prefix_end() {
    let world = hardened().await;
    let inside = [url(&world, "get", "in/a.pdf"), url(&world, "put", "in/x/y")];
    let outside = url(&world, "put", "in2/a");
    let output = revoke(&world, &["s3://drop-box/in/", "--yes"]).exits(0);
    assert!(
        output.stdout.ends_with("  arn:aws:s3:::drop-box/in/*\n"),
        "{output:?}"
    );
    assert_eq!(status(&world, "GET", &inside[0]).await, 403);
    assert_eq!(status(&world, "PUT", &inside[1]).await, 403);
    assert_eq!(status(&world, "PUT", &outside).await, 200);
    let undone = revoke(&world, &["--undo", KEY]).exits(0);
    assert!(
        undone
            .stderr
            .contains("warning: the revocation of a prefix still denies"),
        "{undone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_with_a_meaning_in_policies_are_escaped() {
    let world = hardened().await;
    let (odd, similar) = ("in/a*b?$c.txt", "in/aXb?$c.txt");
    let (revoked, other) = (url(&world, "put", odd), url(&world, "put", similar));
    let output = revoke(&world, &[&format!("s3://{BUCKET}/{odd}"), "--yes"]).exits(0);
    assert!(
        output
            .stdout
            .ends_with("  arn:aws:s3:::drop-box/in/a${*}b${?}${$}c.txt\n"),
        "{output:?}"
    );
    assert_eq!(status(&world, "PUT", &revoked).await, 403);
    assert_eq!(status(&world, "PUT", &other).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn for_everyone_denies_the_owner_too() {
    let world = hardened().await;
    let get = url(&world, "get", "in/a.pdf");
    let output = revoke(&world, &[KEY, "--yes", "--for-everyone", "-o", "json"]).exits(0);
    assert_eq!(output.json()["revoked"][0]["for_everyone"], true);
    assert_eq!(output.json()["verified"], true);
    assert_eq!(status(&world, "GET", &get).await, 403);
    assert!(!owner_reads(&world, "in/a.pdf").await);
    assert!(owner_reads(&world, "in/b.pdf").await);
    let listed = revoke(&world, &["--list", "s3://drop-box/"]).exits(0);
    assert!(
        listed.stdout.ends_with("in/a.pdf  for everyone\n"),
        "{listed:?}"
    );
    revoke(&world, &["--undo", KEY]).exits(0);
    assert!(owner_reads(&world, "in/a.pdf").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing() {
    let world = hardened().await;
    let output = revoke(&world, &[KEY, "--dry-run", "-o", "json"]).exits(0);
    assert_eq!(output.json()["verified"], Value::Null);
    assert_eq!(
        output.json()["revoked"][0]["arn"],
        "arn:aws:s3:::drop-box/in/a.pdf"
    );
    assert_eq!(world.writes(), Vec::<String>::new());
}

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

/// A server that ignores `s3:authType` still answers presigned requests after the write.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_effect_is_taken_back() {
    let world = hardened().await;
    let before = statements(&world).await;
    let answer = b"HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx";
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        path: Some("a.pdf".to_owned()),
        subresource: Some("X-Amz-Signature".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Raw(answer.to_vec()))
    });
    let output = revoke(&world, &[KEY, "--yes", "-o", "json"]).exits(4);
    assert_eq!(
        output.json(),
        json!({ "schema_version": 1, "bucket": BUCKET, "revoked": [], "verified": false })
    );
    assert!(
        output.stderr.ends_with("warning: this server ignores the condition key s3:authType, so the URLs still work; to deny every request for the keys, also yours, add --for-everyone\n"),
        "{output:?}"
    );
    assert_eq!(statements(&world).await, before);
}

/// A presigned request that was refused before the write proves nothing after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_came_before_the_write_proves_nothing() {
    let world = hardened().await;
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        path: Some("a.pdf".to_owned()),
        ..Fault::any(0, usize::MAX, Action::error(403, "AccessDenied", &[]))
    });
    let output = revoke(&world, &[KEY, "--yes", "-o", "json"]).exits(0);
    assert_eq!(output.json()["verified"], false);
    assert!(
        output.stderr.contains(
            "warning: the presigned request of this program was refused before the change, too"
        ),
        "{output:?}"
    );
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

/// Another tool writes the policy right after this program, without the new statement.
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

/// Without another statement in the policy, the statement of `--undo` stays, but it has ended.
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

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_iam_policy_is_enough_and_each_action_is_needed() {
    let world = hardened().await;
    let args = ["iam-policy", "revoke", BUCKET];
    let actions: Vec<String> = world.run(&args).exits(0).actions().into_iter().collect();
    let link = || {
        world.sandbox.permit(None);
        let link = world
            .run(&["request", "s3://drop-box/in/", "--expires-in", "1h"])
            .exits(0);
        let id = link.stdout.split("pages/").nth(1).unwrap()[..26].to_owned();
        let uri = format!("s3://{BUCKET}/in/{id}/f");
        let begun = world.run(&["presign", "multipart", &uri, "--size", "6MiB", "-o", "json"]);
        begun.exits(0);
        link.stdout
    };
    let run = |without: Option<&str>| {
        let link = link();
        let permitted: Vec<&str> = (actions.iter())
            .map(String::as_str)
            .filter(|action| Some(*action) != without)
            .collect();
        world.sandbox.permit(Some(&permitted));
        with_stdin(&world, &["--yes", "-o", "json"], &link)
    };
    let enough = run(None).exits(0);
    assert_eq!(enough.json()["verified"], true);
    for action in &actions {
        let output = run(Some(action));
        // Without s3:ListAllMyBuckets, the owner of the bucket is not known, which is only a warning.
        let is_complete = output.code == 0
            && output.json()["verified"] == true
            && !output.stderr.contains("warning:");
        assert!(!is_complete, "{action} is not needed: {output:?}");
    }
}
