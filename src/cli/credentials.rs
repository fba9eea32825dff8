//! `credentials`

use super::Format;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{credentials as show, stdout};
use clap::Args;

const FORMATS: [Format; 3] = [Format::Text, Format::Json, Format::Process];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket credentials --verify
  s3-secure-bucket credentials -o process --profile base

In ~/.aws/config:
  credential_process = s3-secure-bucket credentials -o process --profile base

Exit codes:
  0  there are credentials
  1  there are none, or STS refuses them (--verify)
  2  wrong usage; nothing was sent")]
pub(super) struct Credentials {
    /// Ask STS for the identity of the credentials (GetCallerIdentity, which needs no permission)
    #[arg(long)]
    verify: bool,
}

impl Credentials {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        let found = session.found_credentials()?;
        let identity = if self.verify {
            let signer = session.credentials()?.credentials;
            Some(session.caller_identity(&signer)?)
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
