//! The help of each command: its sections, their order, and the output formats that it names.

use crate::support::program::{COMMANDS, Program};

/// The command lines that have a help text of their own.
fn commands() -> Vec<Vec<&'static str>> {
    let methods = ["get", "put", "head", "delete", "post", "multipart"];
    let methods = methods.map(|method| vec!["presign", method]);
    let commands = COMMANDS.map(|command| vec![command]);
    commands.into_iter().chain(methods).collect()
}

fn help(command: &[&str], option: &str) -> String {
    let output = Program::bare(&[command, &[option]].concat()).run().exits(0);
    output.stdout
}

#[test]
fn the_help_of_each_command_begins_with_what_is_its_own() {
    for command in commands() {
        for option in ["-h", "--help"] {
            let text = help(&command, option);
            let titles: Vec<&str> = text
                .lines()
                .filter(|line| line.ends_with(':') && !line.starts_with(' '))
                .filter(|title| !title.starts_with("In ~"))
                .collect();
            assert_eq!(titles[0], "Examples:", "{command:?} {text}");
            let end = &titles[titles.len() - 2..];
            assert_eq!(end, ["Exit codes:", "Global options:"], "{command:?}");
            let (above, _) = text.split_once("Examples:").unwrap();
            assert!(above.contains("Usage: s3-secure-bucket "), "{command:?}");
        }
    }
}

#[test]
fn the_options_of_bootstrap_come_before_the_global_ones() {
    let text = help(&["bootstrap"], "-h");
    let line = |part: &str| text.lines().position(|line| line.contains(part)).unwrap();
    assert!(line("      --dry-run ") < line("Exit codes:"));
    assert!(line("Exit codes:") < line("      --region "));
}

/// Each command names the formats that it has, and rejects the others.
#[test]
fn a_command_offers_its_own_formats_only() {
    let all = [
        "text", "json", "curl", "env", "html", "sarif", "csv", "process",
    ];
    let cases: [(&[&str], &[&str]); 10] = [
        (&["bootstrap"], &["text", "json", "env"]),
        (&["audit"], &["text", "json", "sarif", "csv", "html"]),
        (&["verify"], &["text", "json"]),
        (&["list"], &["text", "json"]),
        (&["inspect"], &["text", "json"]),
        (&["iam-policy"], &["text", "json"]),
        (&["credentials"], &["text", "json", "process"]),
        (
            &["presign", "get"],
            &["text", "json", "curl", "env", "html"],
        ),
        (&["presign", "put"], &["text", "json", "curl", "env"]),
        (&["presign", "post"], &["text", "json", "curl", "html"]),
    ];
    for (command, has) in cases {
        let text = help(command, "-h");
        let (_, after) = text.split_once("--output <FORMAT>").unwrap();
        let words = after.split_whitespace().collect::<Vec<_>>().join(" ");
        let list = format!("[possible values: {}]", has.join(", "));
        assert!(words.contains(&list), "{command:?} {list}: {text}");
        for other in all.iter().filter(|format| !has.contains(format)) {
            let output = Program::bare(&[command, &["-o", other]].concat()).run();
            assert_eq!(
                output.stderr,
                format!(
                    "error: invalid value '{other}' for '--output <FORMAT>' {list}\nhint: write -o {}\n",
                    has.join(" or -o ")
                )
            );
            assert_eq!(output.code, 2);
        }
    }
    for command in [&["endpoint"][..], &["completions"], &["man"]] {
        assert!(!help(command, "-h").contains("--output"), "{command:?}");
    }
}

/// `presign multipart` has no default format, so neither the help nor a completion offers text.
#[test]
fn presign_multipart_offers_no_text() {
    let command = ["presign", "multipart"];
    for option in ["-h", "--help"] {
        let text = help(&command, option);
        let (_, after) = text.split_once("--output <FORMAT>").unwrap();
        let words = after.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            !words.contains("text for people") && !words.contains("[default: text]"),
            "{words}"
        );
        let names: Vec<usize> = ["json", "sh", "html"]
            .map(|name| words.find(name).unwrap())
            .into();
        assert!(names.is_sorted(), "{words}");
    }
    let output = Program::bare(&["presign", "multipart", "-o", "curl"])
        .run()
        .exits(2);
    assert_eq!(
        output.stderr,
        "error: invalid value 'curl' for '--output <FORMAT>' [possible values: json, sh, html]\nhint: write -o json or -o sh or -o html\n"
    );
    let script = Program::bare(&["completions", "bash"])
        .run()
        .exits(0)
        .stdout;
    let (_, branch) = script
        .split_once("        s3__secure__bucket__subcmd__presign__subcmd__multipart)")
        .unwrap();
    let (_, values) = branch.split_once("--output)").unwrap();
    let (values, _) = values.split_once(";;").unwrap();
    assert!(values.contains("-W \"json sh html\""), "{values}");
}
