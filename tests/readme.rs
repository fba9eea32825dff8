//! README is right: its tables, policies and commands are compared with the program.

use crate::support::program::Program;
use s3_secure_bucket::controls::{ALL, Settings};
use s3_secure_bucket::presign::endpoint::BucketName;
use serde_json::Value;
use std::collections::BTreeSet;

const README: &str = include_str!("../README.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let of = |rest: &str| rest.split("\n```").next().unwrap().to_owned();
    README.split(&fence).skip(1).map(of).collect()
}

#[test]
fn the_table_of_controls_is_the_list_of_controls() {
    for control in ALL {
        let info = control.info();
        let row = format!(
            "| `{}` | {} | {} | {} |",
            info.id, info.title, info.why, info.put
        );
        assert!(README.contains(&row), "README lacks the row\n{row}");
    }
    let section = README.split("## What is configured").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .count();
    assert_eq!(rows, ALL.len());
}

#[test]
fn the_policy_shown_is_the_policy_sent() {
    let settings = Settings::new(BucketName::parse("drop-box").unwrap(), "aws");
    let tls_only = ALL
        .iter()
        .find(|control| control.info().id == "tls-only")
        .unwrap();
    let sent = tls_only.review(None, &settings).unwrap().change.unwrap();
    assert!(blocks("json").contains(&String::from_utf8(sent).unwrap()));
}

#[test]
fn the_least_iam_policy_is_what_the_calls_need_and_no_more() {
    let policy: Value = serde_json::from_str(
        blocks("json")
            .iter()
            .find(|block| block.contains("s3:CreateBucket"))
            .unwrap(),
    )
    .unwrap();
    let actions = |statement: usize| -> BTreeSet<String> {
        let list = policy["Statement"][statement]["Action"].as_array().unwrap();
        list.iter()
            .map(|action| action.as_str().unwrap().to_owned())
            .collect()
    };
    let mut needed: BTreeSet<String> = ["s3:CreateBucket", "s3:ListBucket"]
        .map(str::to_owned)
        .into();
    for control in ALL {
        needed.insert(control.info().read_action.to_owned());
        needed.insert(control.info().write_action.to_owned());
    }
    assert_eq!(actions(0), needed);
    assert_eq!(
        actions(1),
        ["s3:GetObject", "s3:PutObject"].map(str::to_owned).into()
    );
    // The two names of the mission document that AWS does not have.
    for wrong in ["\"s3:PutPublicAccessBlock\"", "\"s3:PutBucketEncryption\""] {
        assert!(!policy.to_string().contains(wrong), "{wrong}");
    }
}

/// Every command and flag that README shows is one the program takes.
#[test]
fn the_commands_shown_are_commands() {
    let mut seen = 0;
    let presigned = Program::new(&["presign", "get", "s3://my-drop-box/key"])
        .run()
        .stdout;
    for line in blocks("console").iter().flat_map(|block| block.lines()) {
        let Some(command) = line.strip_prefix("$ s3-secure-bucket ") else {
            continue;
        };
        seen += 1;
        let command = command.split(['|', '>', '#']).next().unwrap();
        let command = command.replace("\"$URL\"", &format!("'{}'", presigned.trim_end()));
        let command = command.replace("keys.txt", "/dev/null");
        // Enough of a shell for README: words, and single quotes around some.
        let mut words = Vec::new();
        for (index, part) in command.split('\'').enumerate() {
            match index % 2 {
                0 => words.extend(part.split_whitespace()),
                _ => words.push(part),
            }
        }
        // At an endpoint where nothing listens the command line is all that can be wrong.
        let output = Program::new(&words)
            .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
            .env("AWS_MAX_ATTEMPTS", "1")
            .run();
        assert_ne!(output.code, 2, "{line}\n{output:?}");
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn the_exit_codes_are_those_of_help() {
    let help = Program::bare(&["--help"]).run();
    assert_eq!(help.code, 0);
    for code in [
        "0  done",
        "1  failed",
        "2  wrong usage",
        "3  not compliant",
        "4  done, but a control is unsupported",
    ] {
        assert!(help.stdout.contains(code), "{code}: {}", help.stdout);
    }
}
