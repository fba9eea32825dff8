//! Command lines with a common mistake. The program rejects each with exit code 2 before it sends a
//! request, and the hint names the command line that the user probably means.

use crate::support::program::{Output, Program};
use std::process::Command;

/// The mistakes: a command line, the error and the hint. `_` in a command line is a space inside a word.
fn mistakes() -> Vec<[&'static str; 3]> {
    let records = include_str!("mistakes.txt").split("\n\n");
    let record = |text: &'static str| {
        let mut lines = text.lines();
        ["$ s3-secure-bucket ", "error: ", "hint: "]
            .map(|beginning| lines.next().unwrap().strip_prefix(beginning).unwrap())
    };
    records.map(record).collect()
}

fn run(line: &str) -> Output {
    let words: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Program::new(&words).env("AWS_REGION", "us-east-1").run()
}

#[test]
fn a_mistake_is_answered_with_the_right_command_line() {
    for [line, error, hint] in mistakes() {
        let output = run(line);
        let wanted = format!("error: {error}\nhint: {hint}\n");
        assert_eq!(
            (output.code, &*output.stdout, &*output.stderr),
            (2, "", &*wanted),
            "{line}"
        );
    }
}

/// A shell runs each command line that a hint names. No server answers at the endpoint, so a command
/// that sends requests fails with exit code 1, but never with 2.
#[test]
fn the_command_lines_in_hints_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let program = env!("CARGO_BIN_EXE_s3-secure-bucket");
    std::os::unix::fs::symlink(program, path("s3-secure-bucket")).unwrap();
    std::fs::write(path("keys.txt"), "k\n").unwrap();
    std::fs::write(path("config"), "[profile production]\n").unwrap();
    let mut count = 0;
    for [line, _, hint] in mistakes() {
        let Some(named) = hint.strip_prefix("write s3-secure-bucket ") else {
            continue;
        };
        let named = named.split("; ").next().unwrap();
        let named = named.split(" for a URL, or ").next().unwrap();
        count += 1;
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("./s3-secure-bucket {named}")])
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .env("AWS_CONFIG_FILE", path("config"))
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env(
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            )
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_MAX_ATTEMPTS", "1")
            .output()
            .unwrap();
        let offline = ["presign", "iam-policy", "--version"];
        let is_offline = offline.iter().any(|word| named.starts_with(word));
        let wanted = i32::from(!is_offline);
        assert_eq!(output.status.code(), Some(wanted), "{line}: {output:?}");
    }
    assert!(count > 40, "{count}");
}

/// Secrets never reach stderr, so a hint shows no words that could be secret.
#[test]
fn a_hint_repeats_no_secret() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let url = "https://b.s3.amazonaws.com/k?X-Amz-Signature=0f1e2d";
    for (words, hint) in [
        (
            &["verify", "b-b", "--debug", "--secret-key", secret][..],
            "write -v",
        ),
        (&["bootstrap", "b-b", "--debug", secret], "write -v"),
        (
            &[
                "presign",
                "get",
                "s3://b-b/k",
                "--json",
                "--header",
                "x-amz-a: zzz",
            ],
            "write -o json",
        ),
        (
            &[
                "audit",
                "b-b",
                "--json",
                "--host",
                "https://user:zzz@h.example",
            ],
            "write -o json",
        ),
        (&[url], "write s3-secure-bucket inspect URL"),
        (
            &["presign", url],
            "write s3-secure-bucket presign get s3://b/k; or put, head, delete or post instead of get",
        ),
    ] {
        let output = Program::bare(words).run().exits(2);
        let last = output.stderr.lines().last().unwrap();
        assert_eq!(last, format!("hint: {hint}"), "{words:?}");
        output.assert_hides(&[secret, "0f1e2d", "zzz"]);
    }
}

/// These command lines are right, because other programs require `s3://` before a bucket.
#[test]
fn a_bucket_may_be_written_as_a_uri() {
    for line in [
        ["iam-policy", "verify", "drop-box"],
        ["iam-policy", "verify", "s3://drop-box"],
        ["iam-policy", "verify", "s3://drop-box/"],
    ] {
        let output = Program::new(&line).run().exits(0);
        let arn = "\"arn:aws:s3:::drop-box\"";
        assert!(output.stdout.contains(arn), "{line:?}");
    }
    for bucket in ["s3://drop-box", "s3://drop-box/"] {
        for command in ["bootstrap", "audit", "verify"] {
            let endpoint = ["--endpoint", "http://127.0.0.1:9", "--max-attempts", "1"];
            let args = [&[command, bucket][..], &endpoint].concat();
            let output = Program::new(&args).run().exits(1);
            assert!(output.stderr.contains("127.0.0.1:9"), "{output:?}");
        }
    }
}
