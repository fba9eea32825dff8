//! `completions SHELL`

use super::Cli;
use crate::failure::{Exit, Failure};
use crate::output::stdout;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, CommandFactory, ValueEnum};
use clap_complete::Generator;
use clap_complete::shells::{Bash, Fish, PowerShell, Zsh};
use s3_presign::endpoint::known_regions;

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

/// A placeholder for the names of the profiles, which only the user's machine knows.
const PROFILES: &str = "@PROFILES@";

/// A command that prints the profiles of the shared AWS files, one per line. Each shell can run it, because
/// it is POSIX `sed`.
const SED: &str = r"sed -n -e '/^[[:space:]]*\[[[:space:]]*sso-session/d' -e '/^[[:space:]]*\[[[:space:]]*services/d' -e 's/^[[:space:]]*\[[[:space:]]*profile[[:space:]][[:space:]]*/[/' -e 's/^[[:space:]]*\[[[:space:]]*\([^]]*[^][:space:]]\)[[:space:]]*\].*/\1/p'";

/// The function of bash and zsh.
fn function() -> String {
    format!(
        "\n_s3_secure_bucket_profiles() {{\n    {SED} \"${{AWS_CONFIG_FILE:-$HOME/.aws/config}}\" \"${{AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}}\" 2>/dev/null | sort -u\n}}\n"
    )
}

const ZSH: &str = "\
_s3_secure_bucket_complete_profiles() {
    local -a profiles
    profiles=(${(f)\"$(_s3_secure_bucket_profiles)\"})
    compadd -a profiles
}
";

/// The line of clap's script for fish that parses the words before the cursor.
const PARSE: &str =
    "    argparse -s (__fish_s3_secure_bucket_global_optspecs) -- $cmd 2>/dev/null\n";
/// Parses the words again without the last word. The last word can be an option whose value the user types, and
/// then [`PARSE`] fails because the value is missing.
const PARSE_AGAIN: &str =
    "    or argparse -s (__fish_s3_secure_bucket_global_optspecs) -- $cmd[1..-2] 2>/dev/null\n";

/// The function of fish, which has no `${NAME:-default}`.
fn fish() -> String {
    format!(
        "\nfunction __s3_secure_bucket_profiles\n    set -l config $AWS_CONFIG_FILE ~/.aws/config\n    set -l credentials $AWS_SHARED_CREDENTIALS_FILE ~/.aws/credentials\n    {SED} $config[1] $credentials[1] 2>/dev/null | sort -u\nend\n"
    )
}

impl Completions {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let generator: &dyn Generator = match self.shell {
            Shell::Bash => &Bash,
            Shell::Zsh => &Zsh,
            Shell::Fish => &Fish,
            Shell::PowerShell => &PowerShell,
        };
        let known = |arg: Arg| match arg.get_id().as_str() {
            "region" => arg.value_parser(PossibleValuesParser::new(known_regions())),
            "profile" => arg.value_parser([PROFILES]),
            _ => arg,
        };
        let mut command = Cli::command().mut_args(known);
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
        let script = match self.shell {
            Shell::Bash => script.replace(PROFILES, "$(_s3_secure_bucket_profiles)") + &function(),
            Shell::Zsh => {
                let script = script.replace(
                    &format!("({PROFILES})"),
                    "_s3_secure_bucket_complete_profiles",
                );
                // With `*::`, zsh would complete no options after the first of several names.
                let script = script.replace("\n'*::", "\n'*:");
                // The function must exist before the last lines of the script run.
                let (head, rest) = script.split_once('\n').unwrap_or((&script, ""));
                format!("{head}\n{}\n{ZSH}{rest}", function())
            }
            Shell::Fish => {
                let values = format!("\"{PROFILES}\\t''\"");
                let script = script.replace(&values, "\"(__s3_secure_bucket_profiles)\"");
                script.replace(PARSE, &format!("{PARSE}{PARSE_AGAIN}")) + &fish()
            }
            Shell::PowerShell => script,
        };
        stdout::data(&script)?;
        Ok(Exit::Done)
    }
}
