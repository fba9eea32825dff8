//! From words to a [`Cli`], or to what is wrong with them, in this program's own form.

use super::{Cli, ColorArg, straight};
use crate::failure::Failure;
use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Parser, ValueEnum};
use std::ffi::OsString;

/// Why there is nothing to run.
pub(crate) enum Stop {
    /// Help or version was asked for: text for stdout.
    Asked(StyledStr, ColorArg),
    /// The command line is wrong.
    Wrong(Failure, ColorArg),
}

/// Reads the command line.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Cli, Stop> {
    let args: Vec<OsString> = args.collect();
    if let Some(cli) = straight::parse(&args) {
        return Ok(cli);
    }
    Cli::try_parse_from(&args).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Stop::Asked(error.render().clone(), color(&args))
        }
        _ => Stop::Wrong(wrong(&error), color(&args)),
    })
}

/// What `--color` says, where the rest could not be read.
fn color(args: &[OsString]) -> ColorArg {
    let mut words = args.iter().filter_map(|arg| arg.to_str());
    let mut value = None;
    while let Some(word) = words.next() {
        value = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(after) => after.strip_prefix('='),
            None => continue,
        };
    }
    let value = value.and_then(|value| ColorArg::from_str(value, false).ok());
    value.unwrap_or(ColorArg::Auto)
}

/// clap's own text, in this program's form: one line, then hints.
fn wrong(error: &clap::Error) -> Failure {
    let rendered = error.render().to_string();
    // `Usage: s3-secure-bucket presign put [OPTIONS] …`: the command is what stands before its arguments.
    let usage = rendered
        .lines()
        .find_map(|line| line.strip_prefix("Usage: "));
    let command: Vec<&str> = (usage.unwrap_or("s3-secure-bucket").split(' '))
        .take_while(|word| !word.starts_with(['<', '[', '-']))
        .collect();
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
            Some(tip) => hints.push(tip.to_owned()),
            None => situation = format!("{situation} {line}"),
        }
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "no command was given".clone_into(&mut situation);
    }
    if hints.is_empty() {
        hints.push(format!("see {} --help", command.join(" ")));
    }
    Failure::usage(situation, hints.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    #[test]
    fn a_typo_gets_a_suggestion_in_our_own_form() {
        let Err(Stop::Wrong(failure, _)) = parse(
            ["s3-secure-bucket", "bootstrp"]
                .map(OsString::from)
                .into_iter(),
        ) else {
            panic!("it was taken");
        };
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.situation, "unrecognized subcommand 'bootstrp'");
        assert!(failure.hint.unwrap().contains("'bootstrap'"));
    }

    #[test]
    fn help_is_named_of_the_command_that_was_meant() {
        for (line, command) in [
            ("s3-secure-bucket", "s3-secure-bucket"),
            ("s3-secure-bucket xyz", "s3-secure-bucket"),
            ("s3-secure-bucket presign", "s3-secure-bucket presign"),
            (
                "s3-secure-bucket presign put",
                "s3-secure-bucket presign put",
            ),
            ("s3-secure-bucket inspect", "s3-secure-bucket inspect"),
        ] {
            let Err(Stop::Wrong(failure, _)) = parse(line.split(' ').map(OsString::from)) else {
                panic!("it was taken");
            };
            let hint = format!("see {command} --help");
            assert_eq!(failure.hint, Some(hint), "{}", failure.situation);
        }
    }
}
