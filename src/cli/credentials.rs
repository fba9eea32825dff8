//! `credentials`

use super::Format;
use super::session::{Session, check_header_values};
use crate::failure::{Exit, Failure};
use crate::output::{credentials as show, stdout};
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket credentials --verify
  s3-secure-bucket credentials -o process --profile base

In ~/.aws/config:
  credential_process = s3-secure-bucket credentials -o process --profile base")]
pub(super) struct Credentials {
    /// Ask STS for the identity of the credentials (GetCallerIdentity, which needs no permission)
    #[arg(long)]
    verify: bool,
}

impl Credentials {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<Exit, Failure> {
        let format = session
            .global
            .format(&[Format::Text, Format::Json, Format::Process])?;
        let found = session.credentials()?;
        let identity = if self.verify {
            check_header_values(&found)?;
            Some(session.caller_identity(&found.credentials)?)
        } else {
            None
        };
        if format == Format::Process {
            stdout::json(&show::process(&found.credentials))?;
            return Ok(Exit::Done);
        }
        let report = show::report(
            &found,
            &session.profiles,
            &session.settled,
            identity.as_ref(),
        );
        match format {
            Format::Json => stdout::json(&report)?,
            _ => stdout::data(&report.text())?,
        }
        Ok(Exit::Done)
    }
}
