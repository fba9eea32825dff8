//! `man [COMMAND...]`

use super::Cli;
use crate::failure::{Exit, Failure};
use crate::output::stdout;
use clap::{Args, Command, CommandFactory};
use std::io;

#[derive(Debug, Args)]
#[command(
    mut_args(super::without_formats),
    after_help = "\
Examples:
  s3-secure-bucket man | man -l -
  s3-secure-bucket man presign put | man -l -
  s3-secure-bucket man bootstrap \\
      >/usr/local/share/man/man1/s3-secure-bucket-bootstrap.1

Exit codes:
  0  printed
  1  the output could not be written
  2  wrong usage"
)]
pub(super) struct Man {
    /// Command that the page is for, such as `presign put` [default: the program]
    command: Vec<String>,
}

impl Man {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let mut program = Cli::command().disable_help_subcommand(true);
        program.build();
        let mut page = &program;
        for name in &self.command {
            page = page
                .find_subcommand(name)
                .ok_or_else(|| unknown(page, name))?;
        }
        let mut roff = Vec::new();
        render(page, &mut roff).map_err(|error| Failure::usage(&error, "report this as a bug"))?;
        stdout::data(&String::from_utf8_lossy(&roff))?;
        Ok(Exit::Done)
    }
}

fn unknown(of: &Command, name: &str) -> Failure {
    let names: Vec<&str> = of.get_subcommands().map(Command::get_name).collect();
    Failure::usage(
        format!("there is no command `{name}`"),
        if names.is_empty() {
            format!("`{}` has no commands", of.get_name())
        } else {
            format!("use one of: {}", names.join(", "))
        },
    )
}

/// Writes the page like `clap_mangen`, but with a synopsis that fits on a line, and with examples that keep
/// their line breaks.
fn render(command: &Command, to: &mut Vec<u8>) -> io::Result<()> {
    let source = concat!("s3-secure-bucket ", env!("CARGO_PKG_VERSION"));
    let name = command.get_display_name().unwrap_or(command.get_name());
    let man = clap_mangen::Man::new(command.clone())
        .title(name)
        // The date is a space: a real date would make builds differ, and an empty one would shift the
        // fields after it.
        .date(" ")
        .source(source)
        .manual("User Commands");
    man.render_title(to)?;
    man.render_name_section(to)?;
    let usage = command.clone().render_usage().to_string();
    section(to, "Synopsis", usage.trim_start_matches("Usage: ").lines());
    man.render_description_section(to)?;
    man.render_options_section(to)?;
    if command.has_subcommands() {
        man.render_subcommands_section(to)?;
    }
    let after = command.get_after_help().map(ToString::to_string);
    for block in after.as_deref().unwrap_or_default().split("\n\n") {
        let mut lines = block.lines();
        let title = lines.next().unwrap_or_default();
        section(to, title.trim_end_matches(':'), lines);
    }
    Ok(())
}

/// Writes a section whose lines roff does not join.
fn section<'a>(to: &mut Vec<u8>, title: &str, lines: impl Iterator<Item = &'a str>) {
    if title.is_empty() {
        return;
    }
    to.extend(format!(".SH \"{}\"\n.nf\n", title.to_uppercase()).bytes());
    for line in lines {
        let line = line.strip_prefix("  ").unwrap_or(line);
        // `\-` is a hyphen that can be copied. A period or an apostrophe at the start of a line would begin
        // a roff request, so `\&` comes before it.
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        to.extend(format!("\\&{}\n", line.replace('\'', "\\(aq")).bytes());
    }
    to.extend(b".fi\n");
}
