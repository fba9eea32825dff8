//! `man [COMMAND]`

use super::Cli;
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use clap::{Args, CommandFactory};

/// Print the manual page, of the program or of one of its commands
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket man | man -l -
  s3-secure-bucket man bootstrap >/usr/local/share/man/man1/s3-secure-bucket-bootstrap.1")]
pub(super) struct Man {
    /// The command
    command: Option<String>,
}

impl Man {
    pub(super) fn run(&self, printer: &Printer) -> Result<Exit, Failure> {
        let mut program = Cli::command();
        program.build();
        let page = match &self.command {
            None => program,
            Some(name) => {
                let found = program.find_subcommand(name).cloned();
                found.ok_or_else(|| {
                    let names: Vec<&str> = program
                        .get_subcommands()
                        .map(clap::Command::get_name)
                        .collect();
                    Failure::usage(
                        format!("there is no command `{name}`"),
                        format!("the commands are {}", names.join(", ")),
                    )
                })?
            }
        };
        let mut roff = Vec::new();
        let rendered = clap_mangen::Man::new(page).render(&mut roff);
        rendered.map_err(|error| Failure::usage(&error, "this should not happen"))?;
        printer.data(&String::from_utf8_lossy(&roff))?;
        Ok(Exit::Done)
    }
}
