//! `completions` and `man`: what shells and man make of them.

use crate::support::program::Program;
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
    for (line, wanted) in [
        ("boot", "bootstrap"),
        ("bootstrap --vers", "--versioning"),
        ("presign pu", "put"),
        ("bootstrap --skip tls", "tls-only"),
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
        assert!(script(shell).contains("bootstrap"), "{shell}");
    }
}

#[test]
fn there_is_a_page_for_each_command() {
    let page = |args: &[&str]| Program::bare(&[&["man"], args].concat()).run();
    let whole = page(&[]);
    assert!(whole.stdout.contains(".TH s3-secure-bucket 1"), "{whole:?}");
    for command in [
        "bootstrap",
        "audit",
        "verify",
        "presign",
        "inspect",
        "iam-policy",
        "credentials",
        "endpoint",
    ] {
        let one = page(&[command]);
        assert_eq!(one.code, 0, "{one:?}");
        assert!(one.stdout.contains(".SH OPTIONS"), "{command}");
    }
    assert_eq!(page(&["bootstrp"]).code, 2);
}
