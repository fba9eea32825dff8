//! `credentials`

use super::Format;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Printer, credentials as show};
use clap::Args;

/// Say which credentials, region and account would be used, and where each came from
///
/// With `-o process` it prints the document of AWS's credential_process, secrets included, so that
/// any SDK can take its credentials from this program.
#[derive(Debug, Args)]
pub(super) struct Credentials {}

impl Credentials {
    #[allow(clippy::unused_self)] // the form of every command
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session
            .global
            .format(&[Format::Text, Format::Json, Format::Process])?;
        let found = session.credentials()?;
        match format {
            Format::Process => printer.json(&show::process(&found.credentials))?,
            Format::Json => {
                printer.json(&show::report(&found, &session.profiles, &session.settled))?;
            }
            _ => {
                let report = show::report(&found, &session.profiles, &session.settled);
                printer.data(&report.text())?;
            }
        }
        Ok(Exit::Done)
    }
}
