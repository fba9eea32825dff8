//! The options for controls in a line of `--from`, such as `my-bucket --versioning`.

use super::controls::{ControlArgs, Wanted};
use super::session::Session;
use crate::bootstrap::Request;
use crate::controls::Settings;
use crate::failure::Failure;
use clap::parser::ValueSource;
use clap::{Args, Command, FromArgMatches};
use s3_presign::endpoint::BucketName;
use std::time::Duration;

/// A bucket and the options for controls in its line of the list, which win over the options of the command
/// line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: BucketName,
    /// The words after the name. Empty for a name without options.
    pub(super) options: Vec<String>,
}

impl Listed {
    /// The settings for the bucket, from the options of the command line (`controls` and `wanted`) and
    /// the options of its line.
    pub(super) fn settings(
        &self,
        session: &Session<'_>,
        controls: &ControlArgs,
        wanted: &Wanted<'_>,
    ) -> Result<Settings, Failure> {
        if self.options.is_empty() {
            return wanted.settings(self.name.clone());
        }
        let of_line = |failure: Failure| Failure {
            situation: format!("the options of {}: {}", self.name, failure.situation),
            ..failure
        };
        let merged = merged(controls, &self.options).map_err(of_line)?;
        let wanted = merged.check(session).map_err(of_line)?;
        wanted.settings(self.name.clone())
    }
}

/// Refuses URLs that the bucket would deny before they expire.
pub(super) fn check_age(settings: &Settings, expires_in: Option<Duration>) -> Result<(), Failure> {
    if settings.max_presign_age < expires_in && settings.max_presign_age.is_some() {
        return Err(Failure::usage(
            "--expires-in is longer than --max-presign-age: the bucket would deny the URLs before they expire",
            "shorten --expires-in, or add --no-presign",
        ));
    }
    Ok(())
}

/// Refuses MFA delete for several buckets, because each of them needs a new code of the MFA device.
pub(super) fn check_mfa_delete(request: &Request, count: usize) -> Result<(), Failure> {
    if count > 1 && request.settings.mfa_delete.is_some() {
        return Err(Failure::usage(
            "--mfa-delete configures one bucket a run",
            "run bootstrap once for each bucket, with a new code of the MFA device",
        ));
    }
    Ok(())
}

/// Refuses a log bucket in a line, because `--create-log-bucket` creates only the log bucket of the command
/// line.
pub(super) fn check_log_bucket(settings: &Settings, wanted: &Wanted<'_>) -> Result<(), Failure> {
    let target = settings.logging.as_ref().map(|to| &to.bucket);
    if target == wanted.log_bucket.as_ref() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("the line of {} names another log bucket", settings.bucket),
        "name the log bucket of --create-log-bucket only on the command line",
    ))
}

/// The options of the command line, each replaced by the option of the line if the line has it.
pub(super) fn merged(controls: &ControlArgs, options: &[String]) -> Result<ControlArgs, Failure> {
    let command = ControlArgs::augment_args(Command::new("--from"))
        .no_binary_name(true)
        .disable_help_flag(true);
    let refused = |error: clap::Error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        Failure::usage(
            line.trim_start_matches("error: ").to_owned(),
            "a line of --from has a bucket and options for controls, as in `my-bucket --versioning`",
        )
    };
    let matches = command.try_get_matches_from(options).map_err(refused)?;
    let line = ControlArgs::from_arg_matches(&matches).map_err(refused)?;
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    Ok(controls.replaced(line, given))
}
