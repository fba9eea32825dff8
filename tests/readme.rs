//! README and the pages of `docs/` are right: their tables, policies and commands are compared with the
//! program.

use crate::support::program::Program;
use s3_secure_bucket::controls::{self, ALL, Control, LogDelivery, Network, Settings, TlsVersion};
use s3_secure_bucket::policy::Document;
use s3_secure_bucket::presign::endpoint::BucketName;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// README and every page of `docs/`: the path from the repository's root, and the text.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|it| it == "md") {
            paths.push(format!("docs/{name}"));
        }
    }
    paths.sort();
    let read = |path: String| {
        let text = fs::read_to_string(root.join(&path)).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The fenced blocks of a language, on all pages.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let of = |rest: &str| rest.split("\n```").next().unwrap().to_owned();
    let mut found = Vec::new();
    for (_, text) in pages() {
        found.extend(text.split(&fence).skip(1).map(of));
    }
    found
}

#[test]
fn the_table_of_controls_is_the_list_of_controls() {
    let row = |control: &&dyn Control| {
        let info = control.info();
        let flag = match info.flag {
            "" => "always".to_owned(),
            flag => flag
                .split(" or ")
                .map(|flag| format!("`{flag}`"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        format!(
            "| `{}` | {} | {} | {flag} | {} |",
            info.id, info.title, info.why, info.subresource.put
        )
    };
    let rows: Vec<String> = ALL.iter().map(row).collect();
    let table = rows.join("\n");
    let table = format!("|---|---|---|---|---|\n{table}\n\n");
    let has_it = |(_, text): &(String, String)| text.contains(&table);
    assert!(pages().iter().any(has_it), "{table}");
}

fn settings(bucket: &str) -> Settings {
    Settings::new(BucketName::parse(bucket).unwrap(), "aws")
}

/// The policy that is sent to a bucket without one.
fn policy(settings: &Settings) -> Document {
    let groups = controls::wanted(settings);
    let policy = |group: &&controls::Group| group.subresource.name == "policy";
    let group = groups.iter().find(policy).unwrap();
    let (_, body) = group.review(None, settings).unwrap();
    Document::read(&body.unwrap()).unwrap()
}

#[test]
fn the_policies_shown_are_the_policies_sent() {
    let drop_box = settings("drop-box");
    let sent = String::from_utf8(policy(&drop_box).write()).unwrap();
    assert!(blocks("json").contains(&sent), "{sent}");

    let asked = Settings {
        min_tls: Some(TlsVersion::V1_2),
        max_presign_age: Some(Duration::from_hours(1)),
        network: Some(Network {
            vpc_endpoints: vec!["vpce-1a2b3c4d".parse().unwrap()],
            source_ips: vec!["203.0.113.0/24".parse().unwrap()],
            exempt: vec!["arn:aws:iam::111122223333:role/ops".parse().unwrap()],
        }),
        ..drop_box
    };
    let mut statements = policy(&asked).values();
    let logs = Settings {
        log_delivery: Some(LogDelivery {
            sources: vec![BucketName::parse("drop-box").unwrap()],
            account: "111122223333".to_owned(),
            prefix: String::new(),
        }),
        ..settings("my-logs")
    };
    statements.extend(policy(&logs).values().pop());
    let lines: Vec<String> = statements[1..].iter().map(ToString::to_string).collect();
    let shown = lines.join("\n");
    assert!(blocks("json").contains(&shown), "{shown}");
}

#[test]
fn the_least_iam_policy_is_the_one_that_is_printed() {
    let args = ["iam-policy", "bootstrap", "my-drop-box", "--versioning"];
    let printed = Program::bare(&args).run().stdout;
    assert!(
        blocks("json").contains(&printed.trim_end().to_owned()),
        "{printed}"
    );
}

/// Every command and flag that a page shows is one the program takes.
#[test]
fn the_commands_shown_are_commands() {
    let mut seen = 0;
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), "one\n").unwrap();
    let refusal = tempfile::NamedTempFile::new().unwrap();
    let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>";
    std::fs::write(refusal.path(), body).unwrap();
    let presigned = Program::new(&["presign", "get", "s3://my-drop-box/key"])
        .run()
        .stdout;
    for line in blocks("console").iter().flat_map(|block| block.lines()) {
        let Some(command) = line.strip_prefix("$ s3-secure-bucket ") else {
            continue;
        };
        seen += 1;
        let command = command.split(['|', '>', '<', '#']).next().unwrap();
        let command = command.replace("refusal.xml", refusal.path().to_str().unwrap());
        let command = command.replace("keys.txt", "/dev/null");
        let command = command.replace("$S3_SANDBOX_HTTP", "http://127.0.0.1:9");
        let command = command.replace("buckets.txt", list.path().to_str().unwrap());
        // Enough of a shell for these pages: words, and single quotes around some.
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
            .stdin(presigned.as_bytes())
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
