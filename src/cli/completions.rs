//! `completions SHELL`

use super::Cli;
use crate::failure::{Exit, Failure};
use crate::output::stdout;
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Generator;
use clap_complete::shells::{Bash, Fish, PowerShell, Zsh};

#[derive(Debug, Args)]
#[command(
    mut_args(super::without_formats),
    after_help = "\
Examples:
  s3-secure-bucket completions bash >/etc/bash_completion.d/s3-secure-bucket
  s3-secure-bucket completions zsh \\
      >/usr/local/share/zsh/site-functions/_s3-secure-bucket
  s3-secure-bucket completions fish \\
      >~/.config/fish/completions/s3-secure-bucket.fish
  s3-secure-bucket completions powershell >>$PROFILE

Exit codes:
  0  printed
  1  the output could not be written
  2  wrong usage"
)]
pub(super) struct Completions {
    /// Shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[allow(clippy::enum_variant_names)] // PowerShell is the name of the shell
enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let generator: &dyn Generator = match self.shell {
            Shell::Bash => &Bash,
            Shell::Zsh => &Zsh,
            Shell::Fish => &Fish,
            Shell::PowerShell => &PowerShell,
        };
        let mut command = Cli::command();
        command.set_bin_name(env!("CARGO_PKG_NAME"));
        command.build();
        let mut script = Vec::new();
        generator.generate(&command, &mut script);
        let mut script = String::from_utf8_lossy(&script).into_owned();
        if matches!(self.shell, Shell::Bash) {
            // clap-rs/clap#6421: if a program's name has hyphens, clap's script writes the name in two
            // forms and does not find the subcommands.
            script = script.replace("s3__subcmd__secure__subcmd__bucket", "s3__secure__bucket");
        }
        stdout::data(&script)?;
        Ok(Exit::Done)
    }
}
