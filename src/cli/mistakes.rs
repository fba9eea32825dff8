//! Common mistakes in a command line, and the command line that the user probably means.

mod dash;
mod line;
mod options;
pub(super) mod values;

use super::Cli;
use crate::hints;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
pub(super) use dash::wrong_dash;
pub(super) use line::Line;
use options::{Place, Remedy};
use std::ffi::OsString;

/// An error text and a hint that are clearer than those of clap.
pub(super) struct Answer {
    /// The error text, if the error text of clap would mislead.
    pub(super) situation: Option<String>,
    /// The remedy: a command line that the program accepts, or advice.
    pub(super) hint: String,
}

/// The remedy of one mistake.
struct Repair {
    situation: Option<String>,
    /// The command line without the mistake, if the words are enough to build it.
    line: Option<Line>,
    /// The hint if there is no such command line, or if its words could be secret.
    advice: String,
    /// The text after the command line.
    note: String,
}

impl Repair {
    fn new(line: Option<Line>, advice: impl Into<String>) -> Self {
        Repair {
            situation: None,
            line,
            advice: advice.into(),
            note: String::new(),
        }
    }

    fn advice(advice: impl Into<String>) -> Self {
        Repair::new(None, advice)
    }
}

/// The largest number of mistakes that the program repairs in one command line.
const MOST_REPAIRS: usize = 5;

/// Returns the answer to a known mistake, or `None` if clap's own error should be shown.
pub(super) fn answer(error: &clap::Error, line: &Line) -> Option<Answer> {
    let repair = repair(error, line)?;
    let repaired = repair.line.and_then(without_mistakes);
    let hint = match repaired.filter(Line::can_be_shown) {
        Some(line) => format!("write {}{}", line.quoted(), repair.note),
        None => repair.advice,
    };
    Some(Answer {
        situation: repair.situation,
        hint,
    })
}

/// Repairs the remaining mistakes of the command line, so that the program accepts the repaired
/// line.
fn without_mistakes(mut line: Line) -> Option<Line> {
    for _ in 0..MOST_REPAIRS {
        match Cli::try_parse_from(&line.words) {
            Ok(_) => return Some(line),
            Err(error) => line = repair(&error, &line)?.line?,
        }
    }
    None
}

fn repair(error: &clap::Error, line: &Line) -> Option<Repair> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let program = named_command(&line.words);
    let command = program.split_once(' ').map_or("", |(_, command)| command);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let word = text(ContextKind::InvalidArg)?;
            if !word.starts_with('-') {
                return extra_word(command, line);
            }
            location(word, command, line)
                .or_else(|| dash::negative(word, line))
                .or_else(|| unknown_option(word, command, line))
                .or_else(|| {
                    let known = text(ContextKind::SuggestedArg);
                    Some(similar(word, known, command, line))
                })
        }
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand)?;
            if command == "presign" {
                return method(word, line);
            }
            subcommand(word, line)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let option = text(ContextKind::InvalidArg)?;
            let option = option.split(' ').next().unwrap_or(option);
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            let known = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(known)) => &known[..],
                _ => &[],
            };
            invalid_value(option, value, known, line)
        }
        _ => None,
    }
}

/// The command that the words name, such as `s3-secure-bucket presign put`.
pub(super) fn named_command(args: &[OsString]) -> String {
    let mut program = Cli::command();
    program.build();
    let mut command = &program;
    let mut names = vec![command.get_name()];
    for word in args.iter().skip(1) {
        if let Some(below) = command.find_subcommand(word) {
            names.push(below.get_name());
            command = below;
        }
    }
    names.join(" ")
}

const BUCKET: [&str; 4] = ["--bucket", "--bucket-name", "--buckets", "-b"];
const KEY: [&str; 4] = ["--key", "--object", "--object-key", "-k"];

/// Answers `--bucket` and `--key`, because this program takes a bucket and a key as arguments.
fn location(name: &str, command: &str, line: &Line) -> Option<Repair> {
    if !BUCKET.contains(&name) && !KEY.contains(&name) {
        return None;
    }
    let mut rest = line.clone();
    let bucket = rest.take(&BUCKET);
    let bucket = bucket.as_deref().map(super::buckets::bare);
    match Place::of(command) {
        Place::Object => {
            let key = rest.take(&KEY).unwrap_or_default();
            let uri = bucket.map(|bucket| format!("s3://{bucket}/{}", key.trim_start_matches('/')));
            let method = (command == "presign").then_some("get");
            let line = uri.map(|uri| rest.after(command, method.into_iter().chain([&*uri])));
            let method = method.map_or(command.to_owned(), |method| format!("presign {method}"));
            let advice = format!("write s3-secure-bucket {method} s3://BUCKET/KEY");
            let mut repair = Repair::new(line, advice);
            if command == "presign" {
                OTHER_METHODS.clone_into(&mut repair.note);
            }
            Some(repair)
        }
        Place::Bucket | Place::Policy if BUCKET.contains(&name) => Some(Repair::new(
            bucket.map(|bucket| rest.then([bucket])),
            format!("write s3-secure-bucket {command} BUCKET"),
        )),
        _ => None,
    }
}

const OTHER_METHODS: &str = "; or put, head, delete or post instead of get";

/// Answers an option that other programs have.
fn unknown_option(name: &str, command: &str, line: &Line) -> Option<Repair> {
    Some(match options::remedy(name, command)? {
        Remedy::Advice(advice) => Repair::advice(advice),
        Remedy::Write(option) => Repair::new(
            line.with_option(name, option),
            format!("write {}", option.replace(['{', '}'], "")),
        ),
        Remedy::Form(option) => {
            let form = line.with_option(name, option);
            Repair {
                note: "; a URL can require only one exact size".to_owned(),
                ..Repair::new(
                    form.and_then(|form| form.with_word("put", "post")),
                    format!(
                        "write presign post with {}: a URL can require only one exact size",
                        option.replace(['{', '}'], "")
                    ),
                )
            }
        }
    })
}

/// A misspelled option. A suggestion of clap that differs in more than two letters is usually wrong.
fn similar(word: &str, known: Option<&str>, command: &str, line: &Line) -> Repair {
    let help = || {
        format!(
            "see {} --help",
            format!("s3-secure-bucket {command}").trim()
        )
    };
    match known.filter(|known| values::distance(word, known) <= 2) {
        Some(known) => Repair::new(
            line.with_word(word, known)
                .or_else(|| line.with_name(word, known)),
            format!("write {known}"),
        ),
        None => Repair::advice(help()),
    }
}

/// Answers a surplus argument, which usually comes from a key with a space and without quotes.
fn extra_word(command: &str, line: &Line) -> Option<Repair> {
    if !command.starts_with("presign ") {
        return Some(Repair::advice(match command {
            "verify" => "run verify once for each bucket",
            "inspect" => "quote the URL, or save it in a file: s3-secure-bucket inspect - <FILE",
            _ => return None,
        }));
    }
    let many =
        format!("list the keys in a file: s3-secure-bucket {command} s3://BUCKET --keys-from FILE");
    let is_put = command == "presign put";
    Some(match line.joined_uri() {
        Some(joined) if joined.words.len() == line.words.len() => Repair::advice(if is_put {
            options::SENDS_NO_FILE
        } else {
            "give only the URI of the object"
        }),
        Some(joined) => Repair {
            note: if is_put {
                "; the shell needs quotes around a space, and presign sends no file"
            } else {
                "; the shell needs quotes around a space"
            }
            .to_owned(),
            ..Repair::new(Some(joined), "quote the spaces in the key")
        },
        None if command == "presign post" => Repair::advice("create one form for each key"),
        None => Repair::advice(many),
    })
}

/// Answers a word after `presign` that is no method.
fn method(word: &str, line: &Line) -> Option<Repair> {
    const METHODS: [&str; 5] = ["get", "put", "head", "delete", "post"];
    let lower = word.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "download" | "read" | "url" | "cat" | "list" | "ls" => Some("get"),
        "upload" | "write" | "cp" => Some("put"),
        "info" | "stat" | "exists" => Some("head"),
        "rm" | "remove" | "del" => Some("delete"),
        "form" | "html" | "page" => Some("post"),
        method => METHODS.into_iter().find(|known| *known == method),
    };
    if let Some(meant) = meant {
        return Some(Repair::new(
            line.with_word(word, meant),
            format!("write s3-secure-bucket presign {meant} s3://BUCKET/KEY"),
        ));
    }
    if !word.contains('/') {
        return None;
    }
    let uri = if word.starts_with("s3://") {
        Some(word.to_owned())
    } else {
        hints::likely_uri(word)
    };
    let line = uri.and_then(|uri| line.with_words(word, &["get", &uri]));
    Some(Repair {
        situation: Some("presign needs a method before the URI".to_owned()),
        note: OTHER_METHODS.to_owned(),
        ..Repair::new(
            line,
            "write s3-secure-bucket presign get s3://BUCKET/KEY, or put, head, delete or post",
        )
    })
}

/// Answers a word that is no command.
fn subcommand(word: &str, line: &Line) -> Option<Repair> {
    let meant: &[&str] = match word.to_ascii_lowercase().as_str() {
        "version" => &["--version"],
        "create" | "make" | "mb" | "init" | "apply" | "harden" | "setup" | "secure" | "fix"
        | "create-bucket" | "new" => &["bootstrap"],
        "check" | "scan" | "report" | "status" | "diff" => &["audit"],
        "ls" => &["list"],
        "test" | "prove" | "probe" => &["verify"],
        "url" | "sign" | "share" | "presign-url" | "get" | "download" | "presign-get" => {
            &["presign", "get"]
        }
        "put" | "upload" | "presign-put" => &["presign", "put"],
        "head" | "presign-head" => &["presign", "head"],
        "delete" | "rm" | "rb" | "remove" if !line.has_uri_with_key() => {
            return Some(Repair::advice(
                "the program deletes nothing; for a URL that deletes an object, write s3-secure-bucket presign delete s3://BUCKET/KEY",
            ));
        }
        "delete" | "rm" | "remove" | "presign-delete" => &["presign", "delete"],
        "cp" | "copy" | "mv" | "sync" => {
            return Some(Repair::advice(
                "the program transfers no files; presign put and presign get create URLs for transfers",
            ));
        }
        "post" | "form" | "presign-post" => &["presign", "post"],
        "explain" | "decode" => &["inspect"],
        "policy" | "iam" => &["iam-policy"],
        "whoami" | "identity" => &["credentials", "--verify"],
        "login" | "configure" | "creds" => &["credentials"],
        "manual" | "docs" => &["man"],
        _ if word.contains("://") && word.contains('?') => &["inspect", word],
        _ if word.contains("://") => {
            let uri = hints::likely_uri(word)?;
            let bucket = uri[5..].split('/').next().unwrap_or_default();
            return Some(Repair {
                note: format!(" for a URL, or s3-secure-bucket bootstrap {bucket}"),
                ..Repair::new(
                    line.with_words(word, &["presign", "get", &uri]),
                    "write s3-secure-bucket presign get s3://BUCKET/KEY",
                )
            });
        }
        lower => {
            let known = super::COMMANDS;
            let meant = known.into_iter().find(|known| {
                *known == lower || values::distance(known, lower) <= 2 && lower.len() > 3
            })?;
            return Some(Repair::new(
                line.with_word(word, meant),
                format!("a similar subcommand exists: '{meant}'"),
            ));
        }
    };
    let usage = match meant {
        ["--version"] => "--version".to_owned(),
        ["credentials", ..] | ["man"] => meant.join(" "),
        ["presign", method] => format!("presign {method} s3://BUCKET/KEY"),
        ["inspect", ..] => "inspect URL".to_owned(),
        ["list"] => "list s3://BUCKET/PREFIX".to_owned(),
        ["iam-policy"] => "iam-policy COMMAND BUCKET".to_owned(),
        other => format!("{} BUCKET", other.join(" ")),
    };
    Some(Repair::new(
        line.with_words(word, meant),
        format!("write s3-secure-bucket {usage}"),
    ))
}

/// Answers a value that an option rejects.
fn invalid_value(option: &str, value: &str, known: &[String], line: &Line) -> Option<Repair> {
    let lower = value.to_ascii_lowercase();
    if let Some(known) = known.iter().find(|known| **known == lower) {
        return Some(Repair::new(
            line.with_value(value, known),
            format!("write {option} {known}"),
        ));
    }
    if option == "--output" {
        let formats = known.join(" or -o ");
        return Some(Repair::advice(format!("write -o {formats}")));
    }
    if option == "<COMMAND>" {
        return policy_command(&lower, value, line);
    }
    let (meant, note) = values::meant(option, value)?;
    Some(Repair {
        note,
        ..Repair::new(
            line.with_value(value, &meant),
            format!("write {option} {meant}"),
        )
    })
}

/// Answers a word after `iam-policy` that is no command.
fn policy_command(lower: &str, value: &str, line: &Line) -> Option<Repair> {
    let meant = match lower {
        "presign" => {
            return Some(Repair::advice(
                "write presign-get or presign-put instead of presign",
            ));
        }
        "get" | "download" => "presign-get",
        "put" | "upload" => "presign-put",
        _ => return None,
    };
    Some(Repair::new(
        line.with_word(value, meant),
        format!("write s3-secure-bucket iam-policy {meant} BUCKET"),
    ))
}
