//! The command line: its global options and commands. Only `cli/` uses clap.

#![allow(clippy::doc_markdown)] // doc comments here are the text of --help

mod audit;
mod bootstrap;
mod buckets;
mod completions;
mod controls;
mod credentials;
mod endpoint;
mod help;
mod iam_policy;
mod inspect;
mod interrupt;
mod line_options;
mod list;
mod man;
mod mistakes;
mod parse;
mod presign;
mod request;
mod revoke;
mod session;
mod verify;

use crate::failure::{Exit, Failure};
use crate::output::Printer;
use crate::output::audit::OutputFormat;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, Args, Parser, Subcommand, ValueEnum};
use s3_presign::duration::PositiveDuration;
use s3_presign::endpoint::Addressing;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Examples:
  s3-secure-bucket bootstrap my-drop-box --versioning --lifecycle
  s3-secure-bucket presign put s3://my-drop-box/in/report.pdf --expires-in 1h
  s3-secure-bucket audit --all

Exit codes:
  0  done; compliant
  1  failed
  2  wrong usage; nothing was sent
  3  not compliant (audit, verify), changes pending (bootstrap --dry-run), nothing arrived (list)
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

// `defer`: clap builds the options of a command only if that command is called.
//
// Argument structs have `//` comments, because clap would show their doc comments as the help text of
// the command.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Create or adopt buckets, harden them, and print one PUT and one GET URL
    ///
    /// You can run it again safely: it reads each control, compares it, writes it only if it differs, and
    /// reads it back. If another account owns the name, the run stops at once.
    Bootstrap(bootstrap::Bootstrap),
    /// Compare buckets with the baseline without changing them
    ///
    /// The baseline is what bootstrap would set with the same options. Audit sends only GET requests.
    Audit(audit::Audit),
    /// Prove the controls on the live bucket with real requests
    ///
    /// It uploads and downloads with presigned URLs, as customers do, and tries the requests that the
    /// bucket must refuse. It stores its probe objects under .s3-secure-bucket/ and removes them, even if
    /// the run is interrupted.
    Verify(verify::Verify),
    /// Create presigned URLs without sending a request
    ///
    /// Anyone who has a URL can use it until it expires or the credentials that signed it expire.
    Presign(presign::Presign),
    /// Publish an upload page in a bucket, and print one link to the page
    ///
    /// A customer opens the link and uploads files, without an account and without tools. The page shows
    /// what arrived and keeps a receipt beside the files. The link ends at the latest with the credentials.
    Request(request::RequestArgs),
    /// List what arrived in a bucket, or wait for it
    ///
    /// It only reads. Receipts of deliveries and this program's own objects under .s3-secure-bucket/ are
    /// left out, unless the prefix names them.
    List(list::List),
    /// End presigned URLs and links before their time
    ///
    /// The command adds a statement to the bucket policy that denies presigned requests for the keys, and
    /// proves it with a request. Requests that you sign in a header go on. For a link, the command also
    /// aborts uploads and deletes the page.
    Revoke(revoke::Revoke),
    /// Explain a presigned URL and, with credentials, check its signature
    ///
    /// The command does not request the URL. If you give the XML of S3's refusal, the report names the first
    /// line in which S3's canonical request differs from that of the URL, and the usual cause.
    Inspect(inspect::Inspect),
    /// Print the least-privilege IAM policy for a command and its options
    ///
    /// It sends nothing and needs no credentials. The policy is for the partition of --region.
    IamPolicy(iam_policy::IamPolicy),
    /// Show which credentials, region and account would be used, and their sources
    ///
    /// With `-o process` it prints the document of AWS's credential_process, secrets included, so that
    /// any AWS SDK can get its credentials from this program.
    Credentials(credentials::Credentials),
    /// Show the endpoint that requests would use, as JSON
    ///
    /// It sends nothing and needs no credentials.
    Endpoint(endpoint::Endpoint),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print the manual page of the program or of one of its commands
    Man(man::Man),
}

// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// AWS region [env: AWS_REGION, AWS_DEFAULT_REGION; then the profile; then us-east-1]
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// Profile in the shared AWS config and credentials files [env: AWS_PROFILE, AWS_DEFAULT_PROFILE]
    #[arg(long, global = true, value_name = "PROFILE")]
    profile: Option<String>,
    /// Use this S3-compatible server instead of AWS [env: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL]
    #[arg(long, alias = "endpoint-url", global = true, value_name = "URL")]
    endpoint: Option<String>,
    /// Put the bucket's name before the host (virtual) or into the path (path) [default: the profile's, else
    /// auto]
    #[arg(long, global = true, value_name = "STYLE", value_enum)]
    addressing: Option<AddressingArg>,
    /// Use AWS's dual-stack (IPv6) endpoints [env: AWS_USE_DUALSTACK_ENDPOINT]
    #[arg(long, global = true)]
    dualstack: bool,
    /// Use AWS's FIPS 140 endpoints [env: AWS_USE_FIPS_ENDPOINT]
    #[arg(long, global = true)]
    fips: bool,
    /// Trust the CA certificates in this PEM file instead of the system's [env: AWS_CA_BUNDLE]
    #[arg(long, global = true, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
    /// Timeout of a whole request, in seconds or with a unit, as in 90s, 15m or 1h
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s")]
    timeout: PositiveDuration,
    /// Timeout of the connection to the server
    #[arg(long, global = true, value_name = "DURATION", default_value = "10s")]
    connect_timeout: PositiveDuration,
    /// Number of attempts per request, including the first [env: AWS_MAX_ATTEMPTS] [default: 5]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_attempts: Option<u32>,
    /// Allow plain HTTP to other machines
    #[arg(long, global = true)]
    allow_http: bool,
    /// Format of the output on stdout
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        value_enum
    )]
    output: Format,
    /// Print only errors on stderr
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Show each request on stderr; with -vv also its canonical request
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// When to use colours
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

/// Output formats. Each command supports some of these formats; see [`only`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people
    Text,
    /// JSON, one document per line
    Json,
    /// A curl command (presign)
    Curl,
    /// Variable assignments for a shell (bootstrap, presign)
    Env,
    /// An upload page (presign post), a page of downloads (presign get) or a report (audit)
    Html,
    /// A shell script that uploads a file (presign multipart)
    Sh,
    /// A report for code scanning (audit)
    Sarif,
    /// A table for spreadsheet programs (audit)
    Csv,
    /// The document of AWS's credential_process (credentials)
    Process,
}

/// Limits the help, the completions and the values of `--output` to the formats that a command has.
/// `iam-policy` builds argument structs without global options, so the option may be missing.
fn only(formats: &'static [Format]) -> impl FnMut(Arg) -> Arg {
    move |arg| {
        if arg.get_id() != "output" {
            return arg;
        }
        let names = formats.iter().filter_map(Format::to_possible_value);
        let to_format = |name: String| Format::from_str(&name, false);
        arg.value_parser(PossibleValuesParser::new(names).try_map(to_format))
    }
}

/// Hides `--output` from the help of a command that has one format.
fn without_formats(arg: Arg) -> Arg {
    let is_output = arg.get_id() == "output";
    if is_output { arg.hide(true) } else { arg }
}

impl From<Format> for OutputFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => OutputFormat::Json,
            Format::Sarif => OutputFormat::Sarif,
            Format::Html => OutputFormat::Html,
            Format::Csv => OutputFormat::Csv,
            _ => OutputFormat::Text,
        }
    }
}

impl Cli {
    /// Creates the printer that the global options configure.
    pub(crate) fn printer(&self) -> Printer {
        let global = &self.global;
        Printer::new(
            global.quiet,
            global.verbose,
            parse::color_choice(global.color),
        )
    }

    /// Whether the output is JSON. The output of `completions` and `man` is never JSON.
    fn prints_json(&self) -> bool {
        self.global.output == Format::Json
            && !matches!(self.command, Command::Completions(_) | Command::Man(_))
    }
}

/// The names of the commands.
const COMMANDS: [&str; 12] = [
    "bootstrap",
    "audit",
    "verify",
    "presign",
    "list",
    "revoke",
    "inspect",
    "iam-policy",
    "credentials",
    "endpoint",
    "completions",
    "man",
];

/// Runs the program with these words, the first of which is its own name.
pub fn run_program(words: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match parse::parse(words) {
        Ok(cli) => cli,
        Err(stop) => return stop.print(),
    };
    let printer = cli.printer();
    match run(&cli, &printer) {
        Ok(code) => code.into(),
        Err(failure) if cli.prints_json() => printer.failure_in_json(&failure),
        Err(failure) => printer.failure(&failure),
    }
}

/// Runs the command.
fn run(cli: &Cli, printer: &Printer) -> Result<Exit, Failure> {
    if cli.global.quiet && cli.global.verbose > 0 {
        return Err(Failure::usage(
            "-q hides the requests that -v shows",
            "omit one of the two options",
        ));
    }
    let session = || session::Session::open(&cli.global, printer);
    match &cli.command {
        Command::Bootstrap(command) => command.run(&session()?, printer),
        Command::Audit(command) => command.run(&session()?, printer),
        Command::Verify(command) => command.run(&session()?, printer),
        Command::IamPolicy(command) => command.run(&session()?, printer),
        Command::Presign(command) => command.run(&session()?, printer),
        Command::Request(command) => command.run(&session()?, printer),
        Command::List(command) => command.run(&session()?, printer),
        Command::Revoke(command) => command.run(&session()?, printer),
        Command::Inspect(command) => command.run(&session()?),
        Command::Credentials(command) => command.run(&session()?),
        Command::Endpoint(command) => {
            command.run(&session::Session::resolve(&cli.global, printer)?)
        }
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    }
}

impl Global {
    /// Returns the chosen format. Fails if the command does not have the chosen format.
    fn format(&self, known: &[Format]) -> Result<Format, Failure> {
        if known.contains(&self.output) {
            return Ok(self.output);
        }
        let names: Vec<String> = known
            .iter()
            .map(|format| format!("{format:?}").to_lowercase())
            .collect();
        Err(Failure::usage(
            "this command does not have that output format",
            format!("use one of: {}", names.join(", ")),
        ))
    }
}

#[cfg(test)]
mod tests;
