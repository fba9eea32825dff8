//! `credential_process`: a command, configured by the user, that prints credentials.
//!
//! A shell runs the command (`sh -c`). Where no shell is installed, as in many images, a command without
//! shell syntax is split into words and run directly. On Windows, cmd.exe runs the command.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use super::document::Document;
use super::shell_words::{self, Word};
use super::{Outcome, net::ProviderContext};
use s3_presign::{AccountId, Credentials};
use sha1::{Digest, Sha1};
use std::io;
use std::process::ExitStatus;
use std::time::Duration;
use zeroize::Zeroizing;

pub(super) fn load(
    cx: &ProviderContext<'_>,
    command: &str,
    account_id: Option<&AccountId>,
) -> Outcome {
    match run(cx, command) {
        Ok(credentials) => Outcome::Found(
            Credentials {
                account_id: credentials.account_id.or(account_id.cloned()),
                ..credentials
            },
            "credential_process".to_owned(),
        ),
        Err(why) => Outcome::Broken(format!("credential_process: {why}")),
    }
}

/// A credential process may run this program for another profile, which may also have a credential process.
/// Deeper nesting than this is a mistake.
const MOST_NESTED: usize = 8;

/// Identifies a profile together with its command, because a different file may define a profile
/// with the same name.
fn fingerprint(profile: &str, command: &str) -> String {
    let digest = Sha1::digest(format!("{profile}\n{command}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The time limit of the command, which gives the user time to touch a security key.
const TIME: Duration = Duration::from_mins(1);
const LIMIT: u64 = 1 << 20;

/// This environment variable lists the profiles for which a process is running, so that a process that
/// runs this program for its own profile is stopped.
const RUNNING: &str = "S3_SECURE_BUCKET_RUNNING";

fn run(cx: &ProviderContext<'_>, command: &str) -> Result<Credentials, String> {
    let running = cx.context.var(RUNNING).unwrap_or_default();
    let own = fingerprint(&cx.profiles.selected, command);
    if running.split(' ').any(|other| other == own) {
        return Err(format!(
            "the command runs this program for the same profile, `{}`, so the profile calls itself",
            cx.profiles.selected
        ));
    }
    if running.split(' ').count() > MOST_NESTED {
        return Err(format!(
            "the command runs this program, which runs a credential_process again, nested {MOST_NESTED} times"
        ));
    }
    let running = format!("{running} {own}");
    let (status, stdout) = output(cx, command, running.trim())?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    let document = Document::read(&stdout)?;
    if document.version != Some(1) {
        return Err("the Version of its document is not 1".to_owned());
    }
    document.credentials(cx.context.now())
}

/// Runs the command; returns its exit status and what it wrote to stdout.
fn output(
    cx: &ProviderContext<'_>,
    command: &str,
    running: &str,
) -> Result<(ExitStatus, Zeroizing<Vec<u8>>), String> {
    let run = |program: &str, arguments: &[&str]| {
        let variable = (RUNNING, running);
        cx.context.run((program, arguments), variable, TIME, LIMIT)
    };
    if cfg!(windows) {
        // With /S, cmd.exe removes the outer quotes and keeps all other quotes. /D ignores the commands
        // that the registry configures for every start of cmd.exe.
        let shell = cx.context.var("COMSPEC").unwrap_or("cmd.exe");
        let outcome = run(shell, &["/D", "/S", "/C", &format!("\"{command}\"")]);
        return outcome.map_err(|error| format!("{shell}: {error}"));
    }
    match run("sh", &["-c", command]) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        outcome => return outcome.map_err(|error| error.to_string()),
    }
    let words = shell_words::split(command);
    let words = words.filter(|words| !words.is_empty() && !is_for_shell(words));
    let Some(words) = words else {
        return Err(
            "the command needs a shell, and there is no `sh` in PATH: install a shell, or write the command without shell syntax"
                .to_owned(),
        );
    };
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    run(program, arguments).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!(
            "there is no `sh` in PATH, and the program {program}, or the interpreter in its first line, is missing"
        ),
        _ => format!("{program}: {error}"),
    })
}

/// Whether only a shell can run these words, because they contain shell syntax or the first word sets a
/// variable.
fn is_for_shell(words: &[Word]) -> bool {
    let sets_variable = words.first().is_some_and(|word| {
        let name = word.text.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| {
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit())
        })
    });
    sets_variable || words.iter().any(Word::needs_shell)
}
