//! The option `--shell` of `-o curl`.

use crate::cli::Format;
use crate::failure::Failure;
use crate::values::Shell;
use clap::ValueEnum;

/// The shell that runs the command of `-o curl`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ShellArg {
    Sh,
    Cmd,
    Powershell,
}

impl ShellArg {
    /// The shell for a command in this format.
    ///
    /// # Errors
    /// Fails if the option is given, and the format is not a curl command.
    pub(super) fn resolve(arg: Option<Self>, format: Format) -> Result<Shell, Failure> {
        if arg.is_some() && format != Format::Curl {
            return Err(Failure::usage(
                "--shell is only for the format curl",
                "add -o curl, or omit --shell",
            ));
        }
        Ok(match arg {
            None => Shell::OF_PLATFORM,
            Some(ShellArg::Sh) => Shell::Sh,
            Some(ShellArg::Cmd) => Shell::Cmd,
            Some(ShellArg::Powershell) => Shell::Powershell,
        })
    }
}

/// The failure for a command that the shell cannot run for this reason.
pub(super) fn not_for_shell(why: &str) -> Failure {
    Failure::usage(
        format!("the command has a value that the shell cannot pass on: {why}"),
        "choose another shell with --shell, or another format, such as -o json",
    )
}
