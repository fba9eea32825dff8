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

/// The variables that each command reads.
const ENVIRONMENT: &str = "\
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
    Credentials.
AWS_PROFILE, AWS_DEFAULT_PROFILE
    Profile, unless --profile names one.
AWS_REGION, AWS_DEFAULT_REGION
    Region, unless --region names one.
AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL
    Server, unless --endpoint names one.
AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_SSO
    Servers for credentials and identities.
AWS_ENDPOINT_URL_S3_CONTROL, AWS_ENDPOINT_URL_CLOUDTRAIL
    Servers for audit --full.
AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
    If true, the program ignores the endpoint URLs of environment and profile.
AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE
    Paths of the two files below, if they are not the default paths.
AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_SESSION_NAME
    Role to assume with a token, as in a Kubernetes pod or a CI job.
AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
    URL of the service that provides credentials in a container.
AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
    Token for that service.
AWS_EC2_METADATA_DISABLED
    If true, the program does not use the instance metadata service.
AWS_CA_BUNDLE, SSL_CERT_FILE
    CA certificates, unless --ca-bundle names a file.
AWS_MAX_ATTEMPTS
    Attempts of each request, unless --max-attempts is given.
AWS_USE_DUALSTACK_ENDPOINT, AWS_USE_FIPS_ENDPOINT
    If true, the same as --dualstack and --fips.
HTTPS_PROXY, NO_PROXY
    Proxy for requests, and the hosts that need none.
NO_COLOR
    If not empty, the output has no colours.
XDG_STATE_HOME
    Folder of the backups, unless --backup-dir names one.";

const FILES: &str = "\
~/.aws/config
    Profiles: region, endpoint, roles, IAM Identity Center.
~/.aws/credentials
    Profiles with access keys.
~/.aws/sso/cache/
    Tokens of `aws sso login`.
~/.local/state/s3-secure-bucket/
    Backups of the configurations that bootstrap and revoke change.";

/// The page of the program, and below the program also the page of the command above.
fn see_also(name: &str) -> String {
    let program = env!("CARGO_PKG_NAME");
    match name.rsplit_once('-') {
        Some((above, _)) if above.ends_with("-presign") => {
            format!("{program}(1), {above}(1), aws(1)")
        }
        _ if name == program => "aws(1), curl(1)".to_owned(),
        _ => format!("{program}(1), aws(1), curl(1)"),
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
        let title = match title.trim_end_matches(':') {
            "Exit codes" => "Exit status",
            title => title,
        };
        section(to, title, lines);
    }
    section(to, "Environment", ENVIRONMENT.lines());
    section(to, "Files", FILES.lines());
    section(to, "See also", [see_also(name).as_str()].into_iter());
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
