//! Tests the output of `completions` and `man` with bash and man.

use crate::support::program::{COMMANDS, Program};
use std::process::Command;

fn script(shell: &str) -> String {
    let output = Program::bare(&["completions", shell]).run();
    assert_eq!((output.code, &*output.stderr), (0, ""), "{output:?}");
    output.stdout
}

#[test]
fn bash_completes_commands_options_and_values() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script("bash")).unwrap();
    let config = tempfile::NamedTempFile::new().unwrap();
    let sections = "[default]\n[profile production]\n[ profile test ]\n[sso-session prologue]\n";
    std::fs::write(config.path(), sections).unwrap();
    let credentials = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(credentials.path(), "[legacy]\n").unwrap();
    for (line, wanted) in [
        ("boot", "bootstrap"),
        ("bootstrap --vers", "--versioning"),
        ("presign pu", "put"),
        ("bootstrap --skip tls", "tls-only"),
        ("--region eu-ce", "eu-central-1"),
        ("audit --region us-gov", "us-gov-west-1"),
        ("audit --profile pro", "production"),
        ("presign put --profile leg", "legacy"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let last = words[words.len() - 1];
        let before = if words.len() > 1 {
            words[words.len() - 2]
        } else {
            "s3-secure-bucket"
        };
        let run = format!(
            "source {}; COMP_WORDS=(s3-secure-bucket {line}); COMP_CWORD={}; _s3__secure__bucket s3-secure-bucket '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            file.path().display(),
            words.len()
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &run])
            .env("AWS_CONFIG_FILE", config.path())
            .env("AWS_SHARED_CREDENTIALS_FILE", credentials.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            said.split_whitespace().any(|word| word == wanted),
            "{line}: {output:?}"
        );
    }
}

#[test]
fn every_shell_has_its_script() {
    for shell in ["zsh", "fish", "powershell"] {
        // clap generates the rest of each completion script, so the test does not check the rest.
        assert!(script(shell).contains("bootstrap"), "{shell}");
    }
}

/// Every manual page that another manual page names exists and is installed.
#[test]
fn each_command_has_a_manual_page() {
    let makefile = std::fs::read_to_string("Makefile").unwrap();
    let mut unread = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = unread.pop() {
        let args: Vec<&str> = std::iter::once("man").chain(command.clone()).collect();
        let page = Program::bare(&args).run();
        let name = format!("s3-secure-bucket {}", command.join(" "));
        let title = name.trim_end().replace(' ', "-");
        assert_eq!(page.code, 0, "{page:?}");
        let header = format!(
            ".TH {title} 1 \" \" \"s3-secure-bucket {}\" \"User Commands\"",
            env!("CARGO_PKG_VERSION")
        );
        let lines: Vec<&str> = page.stdout.lines().collect();
        let count = |line: &str| lines.iter().filter(|it| **it == line).count();
        assert_eq!((count(&header), count(".SH OPTIONS")), (1, 1), "{page:?}");
        // The examples of a manual page keep their line breaks.
        let examples = page.stdout.split_once(".SH \"EXAMPLES\"\n.nf\n");
        assert!(examples.is_some(), "{title}");
        let headings = page.stdout.lines().filter(|line| line.starts_with(".SH"));
        let long = headings.filter(|line| line.len() > 40).count();
        assert_eq!(long, 0, "{title}");
        if !command.is_empty() {
            let installed = |word| word == command.join("-");
            assert!(makefile.split_whitespace().any(installed), "{title}");
        }
        let plain = page.stdout.replace("\\-", "-");
        let titles = ["EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"];
        let at = titles.map(|title| plain.find(&format!("\n.SH \"{title}\"\n")).expect(title));
        assert!(at.is_sorted(), "{title}");
        let (plain, also) = plain.split_once("\n.SH \"SEE ALSO\"\n").unwrap();
        assert!(also.contains("aws(1)"), "{title}");
        assert_eq!(
            also.contains("s3-secure-bucket(1)"),
            !command.is_empty(),
            "{title}"
        );
        let below: Vec<&str> = COMMANDS
            .into_iter()
            .chain(["get", "put", "head", "delete", "post", "multipart"])
            .filter(|below| plain.contains(&format!("{title}-{below}(1)")))
            .collect();
        assert_eq!(plain.matches("(1)").count(), below.len(), "{title}");
        unread.extend(
            below
                .into_iter()
                .map(|it| [command.clone(), vec![it]].concat()),
        );
        seen += 1;
    }
    assert_eq!(seen, 1 + COMMANDS.len() + 6);
    assert_eq!(Program::bare(&["man", "bootstrp"]).run().code, 2);
    assert_eq!(Program::bare(&["man", "inspect", "put"]).run().code, 2);
}
