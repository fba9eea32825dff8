//! The command line: what can be said, and which room does it. Nothing outside `cli/` knows clap.

#![allow(clippy::doc_markdown)] // doc comments here are the text of --help

mod audit;
mod bootstrap;
mod buckets;
mod completions;
mod controls;
mod credentials;
mod endpoint;
mod iam_policy;
mod inspect;
mod interrupt;
mod man;
mod parse;
mod presign;
mod session;
mod verify;

use crate::failure::{Exit, Failure};
use crate::output::Printer;
use crate::output::audit::OutputFormat;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
pub(crate) use parse::parse;
use s3_secure_bucket::presign::duration::PositiveDuration;
use s3_secure_bucket::presign::endpoint::Addressing;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Examples:
  s3-secure-bucket bootstrap my-drop-box --versioning --lifecycle
  s3-secure-bucket presign put s3://my-drop-box/in/report.pdf --expires-in 1h
  s3-secure-bucket audit --all

Exit codes:
  0  done; compliant
  1  failed
  2  wrong usage, nothing was sent
  3  not compliant (audit: drift; verify: a probe failed; bootstrap --dry-run: changes are pending)
  4  done, but a control is unsupported by this server";

/// Secure-by-default S3 buckets and presigned URLs, without the AWS SDK.
#[derive(Debug, Parser)]
#[command(name = "s3-secure-bucket", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

// Deferred: the options of a command are made only if it is the one that is called.
//
// Structs of arguments have `//` comments: clap would show a doc comment instead of the command's own.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Create or adopt buckets, harden them, print one PUT and one GET URL
    ///
    /// Safe to run again: each control is read, compared, written only if it differs, and read back.
    /// A name that is somebody else's stops the run at once.
    Bootstrap(bootstrap::Bootstrap),
    /// Compare buckets with the baseline; change nothing
    ///
    /// The baseline is what bootstrap would do with the same options. Only GET requests are sent.
    Audit(audit::Audit),
    /// Prove the controls on the live bucket with real requests
    ///
    /// Uploads, downloads, and everything that must be refused, from presigned URLs as customers use them.
    /// Probe objects live under .s3-secure-bucket/ and are removed, also when the run is interrupted.
    Verify(verify::Verify),
    /// Make presigned URLs; nothing is sent
    ///
    /// A URL works for anyone who has it, until it expires or the credentials that signed it do.
    Presign(presign::Presign),
    /// Explain a presigned URL; with credentials, check its signature; nothing is sent
    ///
    /// With the XML of S3's refusal it names the first line in which S3's canonical request differs from
    /// that of the URL, and what usually causes it.
    Inspect(inspect::Inspect),
    /// Print the least IAM policy for a command and its options
    ///
    /// Nothing is sent, and no credentials are needed. The policy is in the partition of --region.
    IamPolicy(iam_policy::IamPolicy),
    /// Say which credentials, region and account would be used, and where each came from
    ///
    /// With `-o process` it prints the document of AWS's credential_process, secrets included, so that
    /// any SDK can take its credentials from this program.
    Credentials(credentials::Credentials),
    /// Say where requests would go, as JSON; nothing is sent
    Endpoint(endpoint::Endpoint),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print the manual page, of the program or of one of its commands
    Man(man::Man),
}

// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// AWS region [env: AWS_REGION, AWS_DEFAULT_REGION; then the profile; then us-east-1]
    #[arg(long, global = true, value_name = "R")]
    region: Option<String>,
    /// Profile of the shared config and credentials files [env: AWS_PROFILE]
    #[arg(long, global = true, value_name = "P")]
    profile: Option<String>,
    /// S3-compatible server in place of AWS [env: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL]
    #[arg(long, alias = "endpoint-url", global = true, value_name = "URL")]
    endpoint: Option<String>,
    /// Where the bucket's name goes: before the host or into the path
    #[arg(
        long,
        global = true,
        value_name = "STYLE",
        default_value = "auto",
        value_enum
    )]
    addressing: AddressingArg,
    /// Use AWS's dual-stack (IPv6) endpoints [env: AWS_USE_DUALSTACK_ENDPOINT]
    #[arg(long, global = true)]
    dualstack: bool,
    /// Use AWS's FIPS 140 endpoints [env: AWS_USE_FIPS_ENDPOINT]
    #[arg(long, global = true)]
    fips: bool,
    /// PEM file of CA certificates to trust in place of the system's [env: AWS_CA_BUNDLE]
    #[arg(long, global = true, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// The longest a whole request may take
    #[arg(long, global = true, value_name = "D", default_value = "30s")]
    timeout: PositiveDuration,
    /// The longest a connection may take to stand
    #[arg(long, global = true, value_name = "D", default_value = "10s")]
    connect_timeout: PositiveDuration,
    /// How often a request is tried, the first time included [env: AWS_MAX_ATTEMPTS] [default: 5]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_attempts: Option<u32>,
    /// Allow plain HTTP to another machine
    #[arg(long, global = true)]
    allow_http: bool,
    /// Format of what goes to stdout
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        value_enum
    )]
    output: Format,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Show each request; twice: its canonical form too
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// When to colour what is meant for eyes
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        value_enum
    )]
    color: clap::ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AddressingArg {
    Auto,
    Path,
    Virtual,
}

impl From<AddressingArg> for Addressing {
    fn from(arg: AddressingArg) -> Self {
        match arg {
            AddressingArg::Auto => Addressing::Auto,
            AddressingArg::Path => Addressing::Path,
            AddressingArg::Virtual => Addressing::Virtual,
        }
    }
}

/// Formats of stdout; each command says which it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    /// presign: a command to paste into a shell
    Curl,
    /// presign post: an upload page; audit: a report to file
    Html,
    /// audit: for code scanning
    Sarif,
    /// credentials: the document of AWS's `credential_process`
    Process,
}

impl From<Format> for OutputFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => OutputFormat::Json,
            Format::Sarif => OutputFormat::Sarif,
            Format::Html => OutputFormat::Html,
            _ => OutputFormat::Text,
        }
    }
}

impl Cli {
    /// The printer that the global options ask for.
    pub(crate) fn printer(&self) -> Printer {
        let global = &self.global;
        Printer::new(
            global.quiet,
            global.verbose,
            parse::color_choice(global.color),
        )
    }
}

/// Does what the command line says.
pub(crate) fn run(cli: &Cli, printer: &Printer) -> Result<Exit, Failure> {
    let session = || session::Session::open(&cli.global, printer);
    match &cli.command {
        Command::Bootstrap(command) => command.run(&session()?, printer),
        Command::Audit(command) => command.run(&session()?, printer),
        Command::Verify(command) => command.run(&session()?, printer),
        Command::IamPolicy(command) => command.run(&session()?),
        Command::Presign(command) => command.run(&session()?, printer),
        Command::Inspect(command) => command.run(&session()?),
        Command::Credentials(command) => command.run(&session()?),
        Command::Endpoint(command) => command.run(&session()?),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    }
}

impl Global {
    /// Refuses a format that the command does not have.
    fn format(&self, known: &[Format]) -> Result<Format, Failure> {
        if known.contains(&self.output) {
            return Ok(self.output);
        }
        let names: Vec<String> = known
            .iter()
            .map(|format| format!("{format:?}").to_lowercase())
            .collect();
        Err(Failure::usage(
            "this command has no such output format",
            format!("its formats are {}", names.join(", ")),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// A doc comment on a struct of arguments, be it a flattened one, would take the command's place when
    /// the command is built.
    #[test]
    fn building_a_command_does_not_change_what_is_said_of_it() {
        fn abouts(command: &clap::Command) -> Vec<String> {
            let about = command.get_about().map(ToString::to_string);
            let own = format!("{}: {}", command.get_name(), about.unwrap_or_default());
            let below = command.get_subcommands();
            let below = below.filter(|command| command.get_name() != "help");
            std::iter::once(own).chain(below.flat_map(abouts)).collect()
        }
        let mut program = Cli::command();
        let listed = abouts(&program);
        program.build();
        let built = abouts(&program);
        for about in &listed {
            assert!(built.contains(about), "{about}");
        }
        assert_eq!(program.get_subcommands().count(), 11, "and help");
        for command in built {
            assert!(!command.ends_with(": "), "{command}");
        }
    }

    /// Completion scripts hold them as they are, and zsh reads quotes and colons for itself.
    #[test]
    fn no_values_name_breaks_a_shell() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                for name in argument.get_value_names().unwrap_or_default() {
                    assert!(
                        !name.contains(['\'', '"', ' ']),
                        "{} {name}",
                        command.get_name()
                    );
                }
            }
            command.get_subcommands().for_each(check);
        }
        let mut program = Cli::command();
        program.build();
        check(&program);
    }
}
