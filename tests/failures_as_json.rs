//! Tests of `-o json` when a command fails: the program prints one document on stdout, with the
//! error, its causes and its hint.

use crate::support::program::{Output, Program};
use crate::support::world::World;
use s3_sandbox::STRANGER;

/// Asserts that the JSON document on stdout has the same error, causes and hint as the text on
/// stderr.
#[track_caller]
fn assert_documented(output: &Output) {
    let document = output.json();
    let members: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(members, ["schema_version", "error", "causes", "hint"]);
    assert_eq!(document["schema_version"], 1);
    let mut shown = format!("error: {}\n", document["error"].as_str().unwrap());
    for cause in document["causes"].as_array().unwrap() {
        shown += &format!("  {}\n", cause.as_str().unwrap());
    }
    if let Some(hint) = document["hint"].as_str() {
        shown += &format!("hint: {hint}\n");
    }
    assert!(output.stderr.ends_with(&shown), "{output:?}");
}

/// Each command that offers JSON fails here, because the credentials are missing or an argument is
/// wrong.
#[test]
fn every_command_prints_a_document_when_it_fails() {
    for (line, code) in [
        ("bootstrap drop-box", 1),
        ("bootstrap drop_box", 2),
        ("audit --all", 1),
        ("audit drop_box", 2),
        ("verify drop-box", 1),
        ("verify drop-box --http-endpoint https://h.example", 2),
        ("presign get s3://drop-box/k", 1),
        ("presign post s3://drop-box --key-prefix in/", 1),
        ("presign put s3://drop-box", 2),
        ("presign get s3://drop-box/ --keys-from /nonexistent", 1),
        ("inspect no-url", 2),
        ("iam-policy bootstrap drop_box", 2),
        ("iam-policy bootstrap --all", 2),
        ("credentials", 1),
        ("credentials --profile missing", 2),
        ("endpoint --fips --endpoint https://h.example", 2),
        // clap rejects the following command lines.
        ("bootstrap drop-box --expires-in 9d", 2),
        ("presign get", 2),
        ("bootstrp drop-box", 2),
    ] {
        let args: Vec<&str> = line.split(' ').chain(["-o", "json"]).collect();
        let output = Program::bare(&args).run().exits(code);
        assert_documented(&output);
        // Without `-o json`, a command that fails prints nothing on stdout.
        let output = Program::bare(&args[..args.len() - 2]).run().exits(code);
        assert_eq!(output.stdout, "", "{line}");
    }
}

/// If the server refuses a request, the document contains the refusal and its causes.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_one_bucket_has_the_answer_of_the_server() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let https = world.sandbox.https();
    for command in ["bootstrap", "verify"] {
        let args = [command, "drop-box", "-o", "json"];
        let output = world.run_as(&STRANGER, &https, &args).exits(1);
        assert_documented(&output);
    }
    // A missing bucket is an error for `verify`, but not for `bootstrap`.
    let output = world.run(&["verify", "no-such-box", "-o", "json"]).exits(1);
    assert_documented(&output);
}

/// `presign --keys-from` prints one JSON line for each key. After an error, the last line contains
/// the error.
#[test]
fn a_stream_of_urls_ends_with_the_error() {
    let args = ["presign", "get", "s3://drop-box/", "--keys-from", "-"];
    let long = "k".repeat(1025);
    let output = Program::new(&[&args[..], &["-o", "json"]].concat())
        .stdin(format!("a\n{long}\nb\n").as_bytes())
        .run()
        .exits(1);
    let lines: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{output:?}");
    assert_eq!(lines[0]["key"], "a");
    assert!(lines[1]["error"].is_string(), "{output:?}");
}
