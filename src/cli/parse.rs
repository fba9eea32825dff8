//! Parses the command line to a [`Cli`], and shows errors of clap in the format of this program's errors.

use super::mistakes::{self, Line, named_command};
use super::{Cli, help};
use crate::failure::{Exit, Failure};
use crate::output::{ColorChoice, Printer};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use std::ffi::OsString;
use std::process::ExitCode;

/// The reason why no command runs.
pub(crate) enum Stop {
    /// The user requested help or the version. The text is for stdout.
    Text {
        plain: String,
        /// The same text with colours.
        styled: String,
        color: ColorChoice,
    },
    /// No command is given: the list of commands for stderr.
    NoCommand(String),
    /// The command line is wrong.
    Invalid {
        failure: Failure,
        color: ColorChoice,
        /// Whether the words ask for JSON, so that stdout gets the failure too.
        json: bool,
    },
}

impl Stop {
    /// Prints the text to stdout, or the list of commands or the error to stderr.
    pub(crate) fn print(self) -> ExitCode {
        match self {
            Stop::Invalid {
                failure,
                color,
                json,
            } => {
                let printer = Printer::new(false, 0, color);
                if json {
                    printer.failure_in_json(&failure)
                } else {
                    printer.failure(&failure)
                }
            }
            Stop::NoCommand(text) => {
                Printer::new(false, 0, ColorChoice::Auto).info(&text);
                Exit::Usage.into()
            }
            Stop::Text {
                plain,
                styled,
                color,
            } => {
                let printer = Printer::new(false, 0, color);
                match printer.help(&plain, &styled) {
                    Ok(()) => Exit::Done.into(),
                    Err(failure) => printer.failure(&failure),
                }
            }
        }
    }
}

/// Parses the command line, whose first word is the name of the program.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Cli, Stop> {
    let args: Vec<OsString> = args.collect();
    let wrong = not_unicode(&args, cfg!(windows)).or_else(|| mistakes::wrong_dash(&args));
    if let Some(failure) = wrong {
        return Err(Stop::Invalid {
            failure,
            color: color(&args),
            json: is_json(&args),
        });
    }
    Cli::try_parse_from(&args).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp => {
            let help = error.render();
            Stop::Text {
                plain: help::in_reading_order(&help.to_string()),
                styled: help::in_reading_order(&help.ansi().to_string()),
                color: color(&args),
            }
        }
        ErrorKind::DisplayVersion => Stop::Text {
            plain: error.render().to_string(),
            styled: error.render().ansi().to_string(),
            color: color(&args),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Stop::NoCommand(commands(&args))
        }
        _ => Stop::Invalid {
            failure: usage_failure(&error, &args),
            color: color(&args),
            json: is_json(&args),
        },
    })
}

/// Rejects an argument of Windows with half of a surrogate pair, because a key is UTF-8 and cannot contain it.
/// On Unix, an argument may be any bytes, and the same bytes become the key.
fn not_unicode(args: &[OsString], is_windows: bool) -> Option<Failure> {
    let wrong = (args.iter()).find(|arg| is_windows && arg.to_str().is_none())?;
    Some(Failure::usage(
        format!(
            "an argument is not valid UTF-16: {}",
            wrong.to_string_lossy()
        ),
        "an object key is UTF-8, which has no half of a surrogate pair; rename the file or the key",
    ))
}

/// The value of `--color` in a command line that clap could not parse.
fn color(args: &[OsString]) -> ColorChoice {
    let value = value(args, &["--color"]);
    let value = value.and_then(|value| clap::ColorChoice::from_str(value, false).ok());
    color_choice(value.unwrap_or_default())
}

/// Whether a command line that clap could not parse asks for JSON.
fn is_json(args: &[OsString]) -> bool {
    value(args, &["--output", "-o"]) == Some("json")
}

/// The last value of an option in a command line that clap could not parse. The value of a short option may
/// follow it directly, as in `-ojson`.
fn value<'a>(args: &'a [OsString], names: &[&str]) -> Option<&'a str> {
    let mut words = args.iter().map_while(|arg| arg.to_str());
    let mut value = None;
    while let Some(word) = words.next().filter(|word| *word != "--") {
        for name in names {
            match word.strip_prefix(name) {
                Some("") => value = words.next(),
                Some(after) if after.starts_with('=') => value = after.strip_prefix('='),
                Some(after) if !name.starts_with("--") => value = Some(after),
                _ => {}
            }
        }
    }
    value
}

/// The commands below the one that the words name, as text.
fn commands(args: &[OsString]) -> String {
    let name = named_command(args);
    let mut program = Cli::command();
    program.build();
    let mut command = &mut program;
    for word in name.split(' ').skip(1) {
        command = command
            .find_subcommand_mut(word)
            .expect("the words name a command");
    }
    let list = command
        .clone()
        .help_template("{usage-heading} {usage}\n\nCommands:\n{subcommands}")
        .render_help();
    format!(
        "{}\n\nhint: see {name} --help\n",
        list.to_string().trim_end()
    )
}

/// Converts clap's type to the printer's, because only `cli/` uses clap.
pub(super) fn color_choice(choice: clap::ColorChoice) -> ColorChoice {
    match choice {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    }
}

/// Converts an error of clap: its first lines become the situation, its tips become the hint.
fn usage_failure(error: &clap::Error, args: &[OsString]) -> Failure {
    let rendered = error.render().to_string();
    let mut lines = rendered
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .filter(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let mut situation = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    let mut hints = Vec::new();
    for line in lines {
        match line.strip_prefix("tip: ") {
            // No argument of this program begins with a hyphen, so this tip misleads.
            Some(tip) if tip.starts_with("to pass '-") => {}
            Some(tip) => hints.push(tip.to_owned()),
            None => situation = format!("{situation} {line}"),
        }
    }
    if let Some(answer) = mistakes::answer(error, &Line::new(args)) {
        return Failure::usage(answer.situation.unwrap_or(situation), answer.hint);
    }
    if hints.is_empty() {
        hints.push(format!("see {} --help", named_command(args)));
    }
    Failure::usage(situation, hints.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_a_command_for_a_typo() {
        let Err(Stop::Invalid { failure, .. }) = parse(
            ["s3-secure-bucket", "bootstrp"]
                .map(OsString::from)
                .into_iter(),
        ) else {
            panic!("the parser accepted a typo");
        };
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.situation, "unrecognized subcommand 'bootstrp'");
        assert!(failure.hint.unwrap().contains("s3-secure-bucket bootstrap"));
    }

    #[test]
    fn accepts_global_options_before_and_after_commands() {
        for line in [
            "presign get s3://bucket/key",
            "presign head s3://bucket/key --region eu-west-1 --expires-in=2h",
            "presign delete --profile p s3://bucket/key",
            "presign put s3://bucket/key --endpoint-url https://h.example --expires-in 60",
            "presign put --endpoint https://h.example -- s3://bucket/--key",
            "presign put s3://bucket/key --content-type text/plain --tag a=b --tag c=d --size 4 -vv",
            "presign head s3://bucket/ --keys-from - -0 --jobs 4 --on-short-credentials fail",
            "--region x presign get s3://bucket/key",
            "presign --region x get s3://bucket/key",
            "presign get -- s3://bucket/--help",
        ] {
            let line = format!("s3-secure-bucket {line}");
            let parsed = parse(line.split(' ').map(OsString::from));
            assert!(parsed.is_ok(), "{line}");
        }
    }

    #[test]
    fn reads_color_from_an_invalid_command_line() {
        for (line, wanted) in [
            ("--typo", ColorChoice::Auto),
            ("--typo --color never", ColorChoice::Never),
            ("--color=always --colors", ColorChoice::Always),
            ("--color always --color never", ColorChoice::Never),
            ("-- --color never", ColorChoice::Auto),
            ("--color blue", ColorChoice::Auto),
        ] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(color(&args), wanted, "{line}");
        }
    }

    #[test]
    fn reads_the_format_from_an_invalid_command_line() {
        for (line, wanted) in [
            ("--typo", false),
            ("--typo -o json", true),
            ("-ojson --typo", true),
            ("-o=json --typo", true),
            ("--output=json --typo", true),
            ("--typo --output json -o text", false),
            ("--typo -- -o json", false),
            ("--typo -o", false),
        ] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(is_json(&args), wanted, "{line}");
        }
    }

    #[test]
    fn the_hint_names_the_help_of_the_command() {
        for (line, command) in [
            ("s3-secure-bucket xyz", "s3-secure-bucket"),
            (
                "s3-secure-bucket presign put",
                "s3-secure-bucket presign put",
            ),
            ("s3-secure-bucket inspect", "s3-secure-bucket inspect"),
            (
                "s3-secure-bucket --region x presign put s3://b/k --expires-in 9d",
                "s3-secure-bucket presign put",
            ),
        ] {
            let Err(Stop::Invalid { failure, .. }) = parse(line.split(' ').map(OsString::from))
            else {
                panic!("the parser accepted `{line}`");
            };
            let hint = format!("see {command} --help");
            assert_eq!(failure.hint, Some(hint), "{}", failure.situation);
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_not_unicode_is_an_error_on_windows() {
        use std::os::unix::ffi::OsStringExt;
        let args = [
            OsString::from("é🙂"),
            OsString::from_vec(b"s3://b/k\xff".to_vec()),
        ];
        assert!(not_unicode(&args, false).is_none());
        assert!(not_unicode(&args[..1], true).is_none());
        let failure = not_unicode(&args, true).unwrap();
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(
            failure.situation,
            "an argument is not valid UTF-16: s3://b/k\u{fffd}"
        );
    }
}
