//! `revoke` with keys, prefixes and URLs: which requests S3 refuses afterwards and which go on, the proof, and
//! servers that ignore the statement.

use super::{KEY, hardened, revoke, statements, status, url, with_stdin};
use crate::support::program::{BUCKET, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use s3_secure_bucket::internals::s3::Bucket;
use serde_json::{Value, json};

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

/// HTTP clients remove dot segments, so the request of a proof would not reach such a key.
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_of_a_key_with_dot_segments_stays() {
    let world = hardened().await;
    let count = statements(&world).await.len();
    let odd = format!("s3://{BUCKET}/in/../x");
    let output = revoke(&world, &[&odd, "--yes", "-o", "json"]).exits(0);
    assert_eq!(output.json()["verified"], false);
    assert!(
        output
            .stderr
            .contains("warning: the keys have `.` or `..` segments"),
        "{output:?}"
    );
    assert_eq!(statements(&world).await.len(), count + 1);
    // The other key proves the revocation of both.
    let output = revoke(&world, &[&odd, KEY, "--yes", "-o", "json"]).exits(0);
    assert_eq!(output.json()["verified"], true);
}

/// A server that fails has neither accepted nor refused the request, so the statement stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_proof_is_not_an_accepted_request() {
    let world = hardened().await;
    let count = statements(&world).await.len();
    for (status, code) in [(503, "SlowDown"), (403, "SignatureDoesNotMatch")] {
        world.sandbox.inject(Fault {
            method: Some("GET".to_owned()),
            path: Some("a.pdf".to_owned()),
            subresource: Some("X-Amz-Signature".to_owned()),
            ..Fault::any(0, usize::MAX, Action::error(status, code, &[]))
        });
        let output = revoke(&world, &[KEY, "--yes", "--max-attempts", "1"]).exits(1);
        world.sandbox.clear_faults();
        let message = format!(
            "error: the bucket policy has the statement, but the presigned request that proves the revocation failed: {status} {code}"
        );
        assert!(output.stderr.contains(&message), "{output:?}");
        assert_eq!(statements(&world).await.len(), count + 1);
    }
}

/// Another tool writes the policy right after this program, without the new statement.
/// Without another statement in the policy, the statement of `--undo` stays, but it has ended.
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
