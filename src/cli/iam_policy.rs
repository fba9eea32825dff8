//! `iam-policy COMMAND BUCKET`

use super::controls::ControlArgs;
use super::session::Session;
use super::{Format, check};
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use clap::{Args, ValueEnum};
use s3_secure_bucket::controls::{LogDelivery, Settings};
use s3_secure_bucket::iam::{self, Task};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// Print the least IAM policy for a command and its options
///
/// Nothing is sent, and no credentials are needed. The policy is in the partition of --region.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket iam-policy bootstrap my-drop-box --versioning
  s3-secure-bucket iam-policy audit --all
  s3-secure-bucket iam-policy presign-put my-drop-box --key in/report.pdf")]
pub(super) struct IamPolicy {
    /// The command that it is for
    #[arg(value_enum)]
    command: Command,
    /// The bucket
    #[arg(required_unless_present = "all")]
    bucket: Option<String>,
    /// audit: every bucket of the account
    #[arg(long, conflicts_with = "bucket")]
    all: bool,
    /// The object of the URLs [default: bootstrap's own; presign: any]
    #[arg(long, value_name = "K")]
    key: Option<OsString>,
    /// bootstrap: make no URLs
    #[arg(long)]
    no_presign: bool,
    /// bootstrap: make and harden the bucket for the logs too
    #[arg(long, requires = "log_bucket")]
    create_log_bucket: bool,
    /// As for bootstrap; the policy does not depend on it
    #[arg(long, value_name = "ACCOUNT", value_parser = check::account, hide = true)]
    expected_owner: Option<String>,
    #[command(flatten)]
    controls: ControlArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Command {
    Bootstrap,
    Audit,
    Verify,
    PresignGet,
    PresignPut,
}

impl IamPolicy {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        session.global.format(&[Format::Text, Format::Json])?;
        self.controls.check(session)?;
        if self.all && self.command != Command::Audit {
            return Err(Failure::usage("only audit takes --all", "name a bucket"));
        }
        // With --all the name stands for none.
        let name = session.bucket_name(self.bucket.as_deref().unwrap_or("every-bucket"))?;
        let settings = self.controls.settings(session, name)?;
        ControlArgs::refuse_own_logs(&settings)?;
        let key = self.key.as_ref().map(|key| key.as_bytes());
        let task = match self.command {
            Command::Bootstrap => Task::Bootstrap {
                key: (!self.no_presign).then_some(key.unwrap_or(b"uploads/example.txt")),
            },
            Command::Audit => Task::Audit { all: self.all },
            Command::Verify => Task::Verify,
            Command::PresignGet => Task::PresignGet { key },
            Command::PresignPut => Task::PresignPut { key },
        };
        let log_bucket = self.controls.log_bucket(session)?;
        let log_bucket = log_bucket
            .filter(|_| self.create_log_bucket)
            .map(|name| Settings {
                log_delivery: Some(LogDelivery {
                    sources: vec![settings.bucket.clone()],
                    account: String::new(),
                    prefix: String::new(),
                }),
                ..Settings::new(name, settings.partition)
            });
        printer.pretty(&iam::policy(task, &settings, log_bucket.as_ref()))?;
        Ok(Exit::Done)
    }
}
