//! Tests of runs over many buckets: a failure of one bucket does not affect the other buckets, the
//! worst result sets the exit code, and several processes can share a list of buckets.

use crate::support::program::{Output, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, STRANGER};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

fn lines(output: &Output) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{output:?}"));
    output.stdout.lines().map(parse).collect()
}

/// Replaces the duration in a summary by `*`: `5 buckets in 1.2 s: 4 done` becomes `5 buckets in *:
/// 4 done`.
fn without_duration(line: &str) -> String {
    let (before, rest) = line.split_once(" in ").unwrap();
    let (_, after) = rest.split_once(": ").unwrap();
    format!("{before} in *: {after}")
}

fn list(names: &[&str]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), names.join("\n")).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_bucket_does_not_stop_a_run_over_a_list() {
    let world = World::new(true).await;
    world
        .run_as(
            &STRANGER,
            &world.sandbox.https(),
            &["bootstrap", "taken", "--no-presign"],
        )
        .exits(0);
    let file = list(&[
        "# all of them",
        "one",
        "two  # the second",
        "",
        "taken",
        "one",
        "three",
    ]);
    let from = file.path().to_str().unwrap();
    let output = world
        .run(&["bootstrap", "four", "--from", from, "-o", "json"])
        .exits(1);
    let (failed, good): (Vec<Value>, Vec<Value>) = lines(&output)
        .into_iter()
        .partition(|line| line.get("error").is_some());
    assert_eq!(failed.len(), 1, "{output:?}");
    assert_eq!(failed[0]["bucket"], "taken");
    assert_eq!(failed[0]["schema_version"], 1);
    let done: BTreeSet<String> = good
        .iter()
        .map(|line| line["bucket"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        done,
        ["one", "two", "three", "four"].map(str::to_owned).into()
    );
    assert!(
        good.iter()
            .all(|line| line["schema_version"] == 1 && line["urls"].as_array().unwrap().len() == 2)
    );
    // The program processes several buckets at the same time, so the order of the lines about
    // different buckets varies.
    let mut steps = output.steps();
    steps.sort_unstable();
    assert_eq!(
        steps,
        [
            "[ OK ] four: created; 1 set, 3 already set",
            "[ OK ] one: created; 1 set, 3 already set",
            "[ OK ] three: created; 1 set, 3 already set",
            "[ OK ] two: created; 1 set, 3 already set",
            "[FAIL] taken: Access denied: taken"
        ]
    );
    assert_eq!(
        without_duration(&output.line("5 buckets in ")),
        "5 buckets in *: 4 done, 1 failed"
    );
    assert_eq!(
        output.line("error: "),
        "error: taken: bucket `taken`: access denied, because the bucket belongs to another account or these credentials lack s3:ListBucket: S3 answered 403 AccessDenied: Access Denied (request id *)"
    );
    // If stderr is not a terminal, the program shows no progress bar.
    assert_lacks(&output.stderr, &["\r"]);
}

/// After an interrupt, the program starts no further bucket, but completes the buckets that it has
/// started. A later run processes the remaining buckets.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_completes_the_buckets_that_it_started() {
    let names: Vec<String> = (10..30).map(|number| format!("bucket-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let file = list(&names);
    let from = file.path().to_str().unwrap();
    for command in ["bootstrap", "audit"] {
        let world = World::new(true).await;
        if command == "audit" {
            world.run(&["bootstrap", "--from", from]).exits(0);
        }
        world.sandbox.inject(Fault::any(
            0,
            usize::MAX,
            Action::Delay(Duration::from_millis(200)),
        ));
        let args = [command, "--from", from, "--jobs", "3", "-o", "json"];
        let output = world
            .run_and_signal(&args, Duration::from_millis(1500), "INT")
            .exits(1);
        let mut done = lines(&output);
        let last = done.pop().unwrap();
        assert!((1..15).contains(&done.len()), "{output:?}");
        assert!(done.iter().all(|line| line.get("error").is_none()));
        let said = format!(
            "error: interrupted: {} of 20 buckets were processed",
            done.len()
        );
        assert_eq!(output.line("error: "), said);
        assert_eq!(format!("error: {}", last["error"].as_str().unwrap()), said);
        world.sandbox.clear_faults();
        let again = world.run(&args);
        assert_eq!((again.code, lines(&again).len()), (0, 20), "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_list_with_an_invalid_name_and_reports_its_line() {
    let world = World::new(true).await;
    let file = list(&["one", "", "no/bucket"]);
    let from = file.path().to_str().unwrap();
    let output = world.run(&["bootstrap", "--from", from]);
    assert_eq!((output.code, &*output.stdout), (2, ""), "{output:?}");
    assert_eq!(
        output.stderr.replace(from, "*"),
        "error: *, line 3: `no/bucket` is not a bucket name: a bucket name has 1 to 255 characters: letters, digits, `.`, `-` and `_`\n\
            hint: the rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html\n"
    );
    assert_eq!(world.log(), [""; 0]);
    world.run(&["bootstrap"]).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_process_a_list_together() {
    let world = World::new(true).await;
    let names: Vec<String> = (0..7).map(|number| format!("bucket-{number}")).collect();
    let file = list(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let from = file.path().to_str().unwrap();
    let mut done = Vec::new();
    for index in 0..3 {
        let shard = format!("{index}/3");
        let output = world
            .run(&[
                "bootstrap",
                "--from",
                from,
                "--shard",
                &shard,
                "-o",
                "json",
                "--no-presign",
            ])
            .exits(0);
        done.extend(
            lines(&output)
                .iter()
                .map(|line| line["bucket"].as_str().unwrap().to_owned()),
        );
    }
    done.sort();
    assert_eq!(done, names);
    // Kubernetes gives each pod of an Indexed Job its index in an environment variable.
    let kubernetes = |index: &str| {
        world.run_with(
            &["audit", "--from", from, "--shard-count", "3", "-o", "json"],
            &[("JOB_COMPLETION_INDEX", index)],
        )
    };
    let share: BTreeSet<String> = lines(&kubernetes("2"))
        .iter()
        .map(|line| line["bucket"].to_string())
        .collect();
    assert_eq!(
        share,
        BTreeSet::from(["\"bucket-2\"".to_owned(), "\"bucket-5\"".to_owned()])
    );
    assert_eq!(kubernetes("3").code, 2);
    assert_eq!(kubernetes("").code, 2);
    // If there are more shards than buckets, some shards have no buckets. A run without buckets
    // succeeds.
    let empty = world.run(&["bootstrap", "one", "two", "--shard", "5/9"]);
    assert_eq!((empty.code, &*empty.stdout), (0, ""), "{empty:?}");
}

/// If the server asks for fewer requests, the runs of all buckets slow down together and complete.
#[tokio::test(flavor = "multi_thread")]
async fn all_buckets_back_off_when_the_server_asks_for_it() {
    let world = World::new(true).await;
    world
        .sandbox
        .inject(Fault::any(20, 12, Action::error(503, "SlowDown", &[])));
    let names: Vec<String> = (0..20).map(|number| format!("bucket-{number}")).collect();
    let mut args = vec!["bootstrap", "--no-presign", "--max-attempts", "10"];
    args.extend(names.iter().map(String::as_str));
    let output = world.run(&args).exits(0);
    assert_eq!(
        without_duration(&output.line("20 buckets in ")),
        "20 buckets in *: 20 done"
    );
}
