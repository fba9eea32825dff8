//! Compares the tables, policies and commands in README and in the pages of `docs/` with the
//! program.

use crate::support::pages::{self, Block, blocks};
use crate::support::program::{COMMANDS, Program};
use s3_secure_bucket::internals::controls::{
    self, ALL, Control, LogDelivery, Network, Settings, TlsVersion,
};
use s3_secure_bucket::internals::policy::Document;
use s3_secure_bucket::presign::endpoint::BucketName;
use std::time::Duration;

#[test]
fn the_documented_table_of_controls_matches_the_program() {
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
    let has_it = |page: &pages::Page| page.text.contains(&table);
    assert!(pages::guide().iter().any(has_it), "{table}");
}

fn settings(bucket: &str) -> Settings {
    Settings::new(BucketName::parse(bucket).unwrap(), "aws")
}

/// Returns the policy that the program sends to a bucket without a policy.
fn policy(settings: &Settings) -> Document {
    let groups = controls::wanted(settings);
    let policy = |group: &&controls::Group| group.subresource.name == "policy";
    let group = groups.iter().find(policy).unwrap();
    let (_, body) = group.review(None, settings).unwrap();
    Document::read(&body.unwrap()).unwrap()
}

#[test]
fn documented_policies_match_the_policies_sent() {
    let drop_box = settings("drop-box");
    let sent = String::from_utf8(policy(&drop_box).write()).unwrap();
    assert!(blocks("json").contains(&sent), "{sent}");

    let mut network = Network::default();
    network.vpc_endpoints = vec!["vpce-1a2b3c4d".parse().unwrap()];
    network.source_ips = vec!["203.0.113.0/24".parse().unwrap()];
    network.exempt = vec!["arn:aws:iam::111122223333:role/ops".parse().unwrap()];
    let asked = Settings {
        min_tls: Some(TlsVersion::V1_2),
        max_presign_age: Some(Duration::from_hours(1)),
        deny_sigv2: true,
        network: Some(network),
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
fn the_documented_iam_policy_matches_the_printed_policy() {
    let args = ["iam-policy", "bootstrap", "my-drop-box", "--versioning"];
    let printed = Program::bare(&args).run().stdout;
    assert!(
        blocks("json").contains(&printed.trim_end().to_owned()),
        "{printed}"
    );
}

/// The beginnings of lines that contain a command: a shell prompt, a step of a workflow, or a
/// setting of a profile.
const PROMPTS: [&str; 5] = ["$ ", "- run: ", "run: ", "- ", "credential_process = "];

/// Returns the command lines of `s3-secure-bucket` in a block, without the name of the program.
fn commands(block: &Block) -> Vec<String> {
    let mut found = Vec::new();
    for line in block.text.replace("\\\n", " ").lines() {
        let mut line = line.trim_start();
        for prompt in PROMPTS {
            line = line.strip_prefix(prompt).unwrap_or(line);
        }
        if let Some(command) = line.strip_prefix("s3-secure-bucket ") {
            found.push(command.to_owned());
        }
        // A container gets its arguments as a list, in YAML for Kubernetes and in JSON for ECS.
        let list = line
            .strip_prefix("args: [")
            .or_else(|| line.strip_prefix("\"command\": ["));
        if let Some(list) = list {
            let list = list.split(']').next().unwrap();
            found.push(list.replace([',', '"'], " "));
        }
    }
    found
}

/// Splits a command line into words. The function supports the single quotes of a shell and no
/// other quotes, because the documents use only single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The program accepts every command and option that a document shows.
#[test]
fn the_program_accepts_documented_commands() {
    let mut seen = 0;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let refusal = file(
        "refusal.xml",
        "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>",
    );
    let list = file("buckets.txt", "one\n");
    let profile = file(
        "config",
        "[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n",
    );
    // No server listens at this endpoint.
    let endpoint = "http://127.0.0.1:9";
    let presigned = Program::new(&["presign", "get", "s3://my-drop-box/key"]);
    let presigned = presigned.env("AWS_ENDPOINT_URL_S3", endpoint).run().stdout;
    for page in pages::guide() {
        for command in page.blocks().iter().flat_map(commands) {
            seen += 1;
            let line = command.split(['|', '>', '<', '#']).next().unwrap();
            let line = line
                .replace("refusal.xml", &refusal)
                .replace("keys.txt", "/dev/null")
                .replace("$S3_SANDBOX_HTTP", "http://127.0.0.1:9")
                .replace("/lists/buckets.txt", "buckets.txt")
                .replace("buckets.txt", &list);
            let words = words(&line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            // The run fails without a server, but exit code 2 would mean that the command line is wrong.
            let output = Program::new(&words)
                .env("AWS_ENDPOINT_URL_S3", endpoint)
                .env("AWS_ENDPOINT_URL_STS", endpoint)
                .env("AWS_MAX_ATTEMPTS", "1")
                .env("AWS_CONFIG_FILE", &profile)
                .env("JOB_COMPLETION_INDEX", "0")
                .stdin(presigned.as_bytes())
                .run();
            assert_ne!(output.code, 2, "{}: {command}\n{output:?}", page.path);
        }
    }
    assert!(seen >= 50, "{seen}");
}

/// Returns the long options of every command.
fn options() -> Vec<String> {
    let presign = ["get", "put", "head", "delete", "post", "multipart"];
    let presign = presign.map(|method| vec!["presign", method]);
    let commands = COMMANDS.iter().map(|command| vec![*command]).chain(presign);
    let mut found = Vec::new();
    for command in commands {
        let help = Program::bare(&[&command[..], &["--help"]].concat()).run();
        assert_eq!(help.code, 0, "{command:?}");
        found.extend(long_options(&help.stdout));
    }
    found
}

/// Returns the words of a text that begin with two hyphens.
fn long_options(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words = text.split(|c| !is_part(c));
    let is_option = |word: &&str| word.len() > 2 && word.starts_with("--");
    words.filter(is_option).map(str::to_owned).collect()
}

/// The test checks options in prose, tables and code, but not in the command lines of other
/// programs.
#[test]
fn documented_options_exist() {
    let known = options();
    let mut seen = 0;
    for page in pages::guide() {
        for span in page.code_spans() {
            let first = span.split(' ').next().unwrap();
            if ["curl", "cargo", "docker", "git", "make", "aws", "sh"].contains(&first) {
                continue;
            }
            for option in long_options(&span) {
                seen += 1;
                assert!(known.contains(&option), "{}: {option}", page.path);
            }
        }
    }
    assert!(seen >= 60, "{seen}");
}

#[test]
fn documented_make_targets_exist() {
    let makefile = pages::read("Makefile");
    let mut seen = 0;
    for page in pages::all() {
        let shown = page.blocks().into_iter().flat_map(|block| {
            let lines = block.text.lines().map(str::to_owned);
            lines.collect::<Vec<_>>()
        });
        let commands = shown.chain(page.code_spans());
        for command in commands {
            let command = command.trim_start_matches("$ ");
            let Some(words) = command.strip_prefix("make ") else {
                continue;
            };
            let target = words.split([' ', ';']).next().unwrap();
            seen += 1;
            let rule = format!("\n{target}:");
            assert!(makefile.contains(&rule), "{}: {command}", page.path);
        }
    }
    assert!(seen >= 10, "{seen}");
}

/// Each JSON block of the documents contains one JSON document, or one JSON document per line.
#[test]
fn documented_json_is_valid() {
    let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    let shown = blocks("json");
    for block in &shown {
        assert!(is_json(block) || block.lines().all(is_json), "{block}");
    }
    assert!(shown.len() >= 5, "{}", shown.len());
}

#[test]
fn readme_lists_every_command() {
    let readme = pages::read("README.md");
    for command in COMMANDS {
        let row = format!("\n| `{command}");
        assert!(readme.contains(&row), "{command}");
    }
}

#[test]
fn documented_exit_codes_match_the_help() {
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
    // README lists the exit codes in a table, which must agree with the list of `--help`.
    let readme = pages::read("README.md");
    let (_, list) = help.stdout.split_once("Exit codes:\n").unwrap();
    let (list, _) = list.split_once("\n\nGlobal options:\n").unwrap();
    assert_eq!(list.trim().lines().count(), 5, "{list}");
    for line in list.trim().lines() {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        let row = format!("\n| {code} | {meaning} |\n");
        assert!(readme.contains(&row), "{row}");
    }
}
