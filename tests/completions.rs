//! Tests the output of `completions` in bash, fish and zsh, and the output of `man`.

use crate::support::program::{COMMANDS, Program};
use crate::support::skip::skip;
use std::process::Command;

fn script(shell: &str) -> String {
    let output = Program::bare(&["completions", shell]).run();
    assert_eq!((output.code, &*output.stderr), (0, ""), "{output:?}");
    output.stdout
}

/// A command line with the cursor at its end, and the word that completes the line.
const LINES: [(&str, &str); 16] = [
    ("boot", "bootstrap"),
    ("bootstrap --vers", "--versioning"),
    ("presign pu", "put"),
    ("bootstrap --skip tls", "tls-only"),
    ("bootstrap one two --skip tls", "tls-only"),
    ("--region me-c", "me-central-1"),
    ("-q --region sa-east-1 boot", "bootstrap"),
    ("audit --region us-gov-w", "us-gov-west-1"),
    ("audit one two --region us-gov-w", "us-gov-west-1"),
    ("presign get s3://my-bucket/k --region il-", "il-central-1"),
    ("--profile pro", "production"),
    ("audit --profile pro", "production"),
    ("audit my-bucket --profile tes", "test"),
    ("presign put --profile leg", "legacy"),
    ("bootstrap my-bucket -o js", "json"),
    ("iam-policy boot", "bootstrap"),
];
/// Lines that end in an argument, which the scripts for bash and fish do not complete.
const ONLY_IN_ZSH: [&str; 1] = ["iam-policy boot"];

/// A folder with the completion script of a shell and with AWS files that contain profiles.
fn folder(shell: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("_s3-secure-bucket", &script(shell));
    write(
        "config",
        "[default]\n[profile production]\n[ profile test ]\n[sso-session prologue]\n[services legs]\n",
    );
    write("credentials", "[legacy]\n");
    folder
}

/// Runs `command` in a folder of [`folder`], and returns the words that it prints.
fn words(folder: &tempfile::TempDir, command: &[&str]) -> Vec<String> {
    let output = Command::new(command[0])
        .args(&command[1..])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("AWS_CONFIG_FILE", folder.path().join("config"))
        .env(
            "AWS_SHARED_CREDENTIALS_FILE",
            folder.path().join("credentials"),
        )
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let words: Vec<String> = stdout.split_whitespace().map(str::to_owned).collect();
    assert!(!words.is_empty(), "{command:?}: {output:?}");
    words
}

/// Whether a shell is installed. A missing shell is a skipped step.
fn has(shell: &str) -> bool {
    let found = Command::new(shell).args(["-c", ":"]).output().is_ok();
    if !found {
        skip(
            &format!("completions-{shell}"),
            &format!("{shell} is not installed"),
        );
    }
    found
}

#[test]
fn bash_completes_commands_options_and_values() {
    let folder = folder("bash");
    for (line, wanted) in LINES {
        if ONLY_IN_ZSH.contains(&line) {
            continue;
        }
        let words_of_line: Vec<&str> = line.split(' ').collect();
        let last = words_of_line[words_of_line.len() - 1];
        let before = if words_of_line.len() > 1 {
            words_of_line[words_of_line.len() - 2]
        } else {
            "s3-secure-bucket"
        };
        let run = format!(
            "source ./_s3-secure-bucket; COMP_WORDS=(s3-secure-bucket {line}); COMP_CWORD={}; _s3__secure__bucket s3-secure-bucket '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            words_of_line.len()
        );
        let found = words(&folder, &["bash", "--norc", "-c", &run]);
        assert_eq!(found, [wanted], "{line}");
    }
}

#[test]
fn fish_completes_commands_options_and_values() {
    if !has("fish") {
        return;
    }
    let folder = folder("fish");
    for (line, wanted) in LINES {
        if ONLY_IN_ZSH.contains(&line) {
            continue;
        }
        // fish prints the description of a word after a tab.
        let run =
            format!("source ./_s3-secure-bucket; complete -C 's3-secure-bucket {line}' | cut -f 1");
        let found = words(&folder, &["fish", "--no-config", "-c", &run]);
        assert_eq!(found, [wanted], "{line}");
    }
}

/// Types a line and a tab in zsh, whose completion works only in a line editor on a terminal.
const TYPE_IN_ZSH: &str = r#"
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell 'PS1=; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D
show() { zle -I; echo "<$BUFFER>" }; zle -N show; bindkey "^X" show; bindkey "^I" complete-word; echo REA""DY'
zpty -r shell output '*READY*'
zpty -w -n shell "s3-secure-bucket $1"$'\t\x18'
zpty -r shell output '*<*>*'
output=${output##*<}
echo ${output%%>*}
"#;

#[test]
fn zsh_completes_commands_options_and_values() {
    if !has("zsh") {
        return;
    }
    let folder = folder("zsh");
    for (line, wanted) in LINES {
        let found = words(&folder, &["zsh", "-f", "-c", TYPE_IN_ZSH, "zsh", line]);
        assert_eq!(found.last().unwrap(), wanted, "{line}: {found:?}");
    }
}

/// No test runs the script for PowerShell, which clap generates.
#[test]
fn powershell_has_a_script() {
    assert!(script("powershell").contains("bootstrap"));
}

/// Every manual page that another manual page names exists and is installed.
#[test]
fn each_command_has_a_manual_page() {
    let script = std::fs::read_to_string("packaging/share.sh").unwrap();
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
            let list = |c: char| c.is_whitespace() || c == '"' || c == '=';
            let installed = |word| word == command.join("-");
            assert!(script.split(list).any(installed), "{title}");
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
