//! `man [COMMAND...]`

use super::Cli;
use crate::failure::{Exit, Failure};
use crate::output::stdout;
use clap::{Args, Command, CommandFactory};
use std::io;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket man | man -l -
  s3-secure-bucket man presign put | man -l -
  s3-secure-bucket man bootstrap >/usr/local/share/man/man1/s3-secure-bucket-bootstrap.1")]
pub(super) struct Man {
    /// The command, and the command of it
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
        render(page, &mut roff)
            .map_err(|error| Failure::usage(&error, "this should not happen"))?;
        stdout::data(&String::from_utf8_lossy(&roff))?;
        Ok(Exit::Done)
    }
}

fn unknown(of: &Command, name: &str) -> Failure {
    let names: Vec<&str> = of.get_subcommands().map(Command::get_name).collect();
    Failure::usage(
        format!("there is no command `{name}`"),
        if names.is_empty() {
            format!("`{}` has none", of.get_name())
        } else {
            format!("the commands are {}", names.join(", "))
        },
    )
}

/// All as clap has it, but for a synopsis that fits a line, and examples as they are typed.
fn render(command: &Command, to: &mut Vec<u8>) -> io::Result<()> {
    let source = concat!("s3-secure-bucket ", env!("CARGO_PKG_VERSION"));
    let name = command.get_display_name().unwrap_or(command.get_name());
    let man = clap_mangen::Man::new(command.clone())
        .title(name)
        .date(" ") // none, or two builds would differ; nothing would move the others into its place
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

/// Lines that stay lines.
fn section<'a>(to: &mut Vec<u8>, title: &str, lines: impl Iterator<Item = &'a str>) {
    if title.is_empty() {
        return;
    }
    to.extend(format!(".SH \"{}\"\n.nf\n", title.to_uppercase()).bytes());
    for line in lines {
        let line = line.strip_prefix("  ").unwrap_or(line);
        // A hyphen is a minus sign to copy; a period or an apostrophe would begin a request.
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        to.extend(format!("\\&{}\n", line.replace('\'', "\\(aq")).bytes());
    }
    to.extend(b".fi\n");
}
