//! `iam-policy COMMAND BUCKET`

use super::Format;
use super::audit::Audit;
use super::bootstrap::Bootstrap;
use super::buckets::{account_regional, bare, each_name, no_bucket};
use super::controls::{ControlArgs, Wanted};
use super::line_options::merged;
use super::list::List;
use super::presign::{Download, Multipart, Post, Upload, range_of_any_size};
use super::revoke::Revoke;
use super::session::Session;
use super::verify::Verify;
use crate::audit::Standard;
use crate::controls::{LogDelivery, Settings};
use crate::failure::{Exit, Failure};
use crate::iam::{self, Task};
use crate::output::{Printer, stdout};
use clap::{Arg, ArgMatches, Args, FromArgMatches, ValueEnum};
use s3_presign::AccountId;
use s3_presign::duration::HumanDuration;
use s3_presign::multipart::LARGEST_PART;
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;

const FORMATS: [Format; 2] = [Format::Text, Format::Json];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket iam-policy bootstrap my-drop-box --versioning
  s3-secure-bucket iam-policy audit --all
  s3-secure-bucket iam-policy presign-put my-drop-box --key in/report.pdf
  s3-secure-bucket iam-policy presign-post my-drop-box --key-prefix in/
  s3-secure-bucket iam-policy bootstrap 'team-*' --versioning
  s3-secure-bucket iam-policy kms-key my-drop-box --kms-key arn:aws:kms:REGION:ACCOUNT:key/ID

Exit codes:
  0  printed
  1  the output could not be written
  2  wrong usage")]
pub(super) struct IamPolicy {
    /// Command that the policy is for
    #[arg(value_enum)]
    command: Command,
    /// Names of the buckets, or patterns such as 'team-*'
    #[arg(value_name = "BUCKET", required_unless_present_any = ["all", "from"])]
    buckets: Vec<String>,
    /// Read bucket names and patterns from a file or stdin (-), one per line; `#` begins a comment
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// audit: write the policy for every bucket of the account
    #[arg(long, conflicts_with_all = ["buckets", "from"])]
    all: bool,
    /// audit: write the policy for an audit against this standard
    #[arg(long, value_name = "STANDARD", value_parser = super::audit::standards())]
    standard: Option<Standard>,
    /// audit: also allow what an audit with --full reads
    #[arg(long)]
    full: bool,
    /// Key of the object that the URLs are for [default: uploads/example.txt for bootstrap, any
    /// key for presign]
    #[arg(long, value_name = "KEY")]
    key: Option<OsString>,
    /// presign, revoke: allow every key that begins with this prefix
    #[arg(long, value_name = "PREFIX", conflicts_with = "key")]
    key_prefix: Option<OsString>,
    /// bootstrap: create no URLs
    #[arg(long)]
    no_presign: bool,
    /// bootstrap: also create and harden the log bucket
    #[arg(long, requires = "log_bucket")]
    create_log_bucket: bool,
    /// verify: also try a public policy
    #[arg(long)]
    probe_policy: bool,
    /// list: also read the receipts of deliveries, which --wait needs too
    #[arg(short, long)]
    long: bool,
    /// list: how long the command waits
    #[arg(long, value_name = "DURATION", hide = true)]
    wait: Option<HumanDuration>,
    /// request: smallest and largest size of a file; the page sends a file above 5GiB in parts
    #[arg(long, value_name = "MIN..MAX", value_parser = range_of_any_size)]
    size_range: Option<(u64, u64)>,
    /// presign-get: version ID of the object
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// bootstrap: the bucket is in the account-regional namespace
    #[arg(long, requires = "expected_owner")]
    account_regional: bool,
    /// ID of the account for --account-regional, and of the callers for kms-key
    #[arg(long, value_name = "ACCOUNT")]
    expected_owner: Option<AccountId>,
    #[command(flatten)]
    controls: ControlArgs,
    #[command(flatten)]
    _pasted: PastedArgs,
}

/// Hidden options of bootstrap, audit, verify, list and presign that do not affect the policy. The command accepts and
/// checks them, so that you can paste the arguments of another command.
#[derive(Debug)]
struct PastedArgs;

/// IDs of options that are refused because they name other buckets or keys, which the policy would not
/// cover, or because they depend on such options.
const REFUSED: [&str; 5] = ["shard", "shard_count", "keys_from", "null", "out"];

impl Args for PastedArgs {
    /// Adds the options that the command does not have yet, so the field of this type must be the last.
    fn augment_args(mut command: clap::Command) -> clap::Command {
        let empty = || clap::Command::new("");
        for pasted in [
            Bootstrap::augment_args(empty()),
            Audit::augment_args(empty()),
            Verify::augment_args(empty()),
            List::augment_args(empty()),
            Revoke::augment_args(empty()),
            Upload::augment_args(empty()),
            Download::augment_args(empty()),
            Post::augment_args(empty()),
            Multipart::augment_args(empty()),
        ] {
            for arg in pasted.get_arguments() {
                let is_known = |known: &Arg| known.get_long() == arg.get_long();
                if !arg.is_positional()
                    && !REFUSED.contains(&arg.get_id().as_str())
                    && !command.get_arguments().any(is_known)
                {
                    command = command.arg(arg.clone().hide(true));
                }
            }
        }
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PastedArgs {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(PastedArgs)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), clap::Error> {
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Command {
    Bootstrap,
    Audit,
    Verify,
    Request,
    List,
    Revoke,
    PresignGet,
    PresignPut,
    PresignPost,
    PresignMultipart,
    /// The policy of the KMS key, for the buckets
    KmsKey,
}

/// A name that stands for the buckets until [`iam::for_buckets`] replaces it.
const ANY_BUCKET: &str = "every-bucket";

/// The largest size of a managed policy, in characters without white space.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const LARGEST_POLICY: usize = 6144;

/// Buckets with the same options in their lines of `--from`.
#[derive(Default)]
struct Group {
    options: Vec<String>,
    names: Vec<String>,
}

impl IamPolicy {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        session.global.format(&FORMATS)?;
        let wanted = self.controls.check(session)?;
        if self.all && self.command != Command::Audit {
            return Err(Failure::usage(
                "--all works only with audit",
                "name a bucket",
            ));
        }
        let takes_prefix = self.command.presigns() || self.command == Command::Revoke;
        if self.key_prefix.is_some() && !takes_prefix {
            return Err(Failure::usage(
                "--key-prefix works only with the presign commands and revoke",
                "omit --key-prefix",
            ));
        }
        let groups = self.groups(session)?;
        if self.command == Command::KmsKey {
            let names: Vec<String> = groups.into_iter().flat_map(|group| group.names).collect();
            return self.print_key_policy(&wanted, &names, printer);
        }
        let is_aws = session.settled.endpoint.resolve(None)?.is_aws;
        let mut policy = Value::Null;
        for group in &groups {
            let controls = merged(&self.controls, &group.options)?;
            let wanted = controls.check(session)?;
            let one = self.policy(session, &wanted, &group.names, is_aws)?;
            policy = iam::joined(policy, one);
        }
        let size = policy.to_string().len();
        if is_aws && size > LARGEST_POLICY {
            printer.warning(&format!(
                "the policy has {size} characters, but AWS accepts at most {LARGEST_POLICY} in a managed policy: use a pattern such as 'team-*', or divide the buckets"
            ));
        }
        stdout::pretty(&policy)?;
        Ok(Exit::Done)
    }

    /// The policy for the buckets with these names and patterns, which have the same options.
    fn policy(
        &self,
        session: &Session<'_>,
        wanted: &Wanted<'_>,
        names: &[String],
        is_aws: bool,
    ) -> Result<Value, Failure> {
        let name = session.bucket_name(ANY_BUCKET)?;
        let settings = wanted.settings(name)?;
        let key = self.key.as_ref().or(self.key_prefix.as_ref());
        let key = key.map(|key| key.as_encoded_bytes());
        let is_prefix = self.key_prefix.is_some();
        let subresources = self.standard.map(Standard::subresources);
        let full = if self.full {
            Standard::full_actions(self.standard)
        } else {
            Vec::new()
        };
        let task = match self.command {
            Command::Bootstrap => Task::Bootstrap {
                key: (!self.no_presign).then_some(key.unwrap_or(b"uploads/example.txt")),
            },
            Command::Audit => Task::Audit {
                all: self.all,
                subresources: subresources.as_deref(),
                full: &full,
            },
            Command::Verify => Task::Verify {
                policy: self.probe_policy,
            },
            Command::Request => Task::Request {
                prefix: key,
                in_parts: self.size_range.is_some_and(|(_, max)| max > LARGEST_PART),
            },
            Command::List => Task::List {
                receipts: self.long || self.wait.is_some(),
                owner: self.expected_owner.is_some(),
            },
            Command::Revoke => Task::Revoke { key, is_prefix },
            Command::PresignGet => Task::PresignGet {
                key,
                is_prefix,
                version: self.version_id.is_some(),
            },
            Command::PresignPut | Command::PresignPost => Task::PresignPut {
                key,
                is_prefix,
                tag: !settings.tags.is_empty(),
            },
            Command::KmsKey => unreachable!("the function has printed the key policy"),
            Command::PresignMultipart => Task::PresignMultipart {
                key,
                is_prefix,
                tag: !settings.tags.is_empty(),
            },
        };
        let log_bucket = wanted
            .log_bucket
            .clone()
            .filter(|_| self.create_log_bucket)
            .map(|name| Settings {
                log_delivery: Some(LogDelivery {
                    sources: vec![settings.bucket.clone()],
                    account: String::new(),
                    prefix: String::new(),
                }),
                ..Settings::new(name, settings.partition)
            });
        let policy = iam::policy(task, &settings, log_bucket.as_ref(), is_aws);
        Ok(iam::for_buckets(policy, &settings.bucket_arn(), names))
    }

    fn print_key_policy(
        &self,
        wanted: &Wanted<'_>,
        names: &[String],
        printer: &Printer,
    ) -> Result<Exit, Failure> {
        let callers = self.expected_owner.as_ref().map(AccountId::as_str);
        let key = wanted.kms_key.as_ref();
        let policy = key.and_then(|key| iam::key_policy(key, callers, names));
        let policy = policy.ok_or_else(|| {
            Failure::usage(
                "the policy of a KMS key needs the ARN of the key",
                "name the key with --kms-key arn:aws:kms:REGION:ACCOUNT:key/KEY-ID",
            )
        })?;
        stdout::pretty(&policy)?;
        printer.info(
            "the identities that sign URLs also need kms:GenerateDataKey and kms:Decrypt; `iam-policy presign-put` and `presign-get` with --kms-key print these permissions\n",
        );
        Ok(Exit::Done)
    }

    /// The names and patterns of the buckets, each of them once, grouped by the options of their lines. With
    /// `--all`, one group without names.
    fn groups(&self, session: &Session<'_>) -> Result<Vec<Group>, Failure> {
        let mut seen: Vec<String> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        let push = |text: &str, options: Vec<String>| {
            let name = self.full_name(bare(text), session);
            let name = if name.contains(['*', '?']) {
                check_pattern(&name)?;
                name
            } else {
                let name = session.bucket_name(&name)?;
                // The settings may contradict a bucket, such as one that is its own log bucket.
                let controls = merged(&self.controls, &options)?;
                controls.check(session)?.settings(name.clone())?;
                name.to_string()
            };
            if !seen.contains(&name) {
                seen.push(name.clone());
                match groups.iter_mut().find(|group| group.options == options) {
                    Some(group) => group.names.push(name),
                    None => groups.push(Group {
                        options,
                        names: vec![name],
                    }),
                }
            }
            Ok(())
        };
        each_name(session, &self.buckets, self.from.as_deref(), push)?;
        if groups.is_empty() {
            if !self.all {
                return Err(no_bucket());
            }
            groups.push(Group::default());
        }
        Ok(groups)
    }

    /// The bucket's name, with the suffix of the account-regional namespace if that option is given.
    fn full_name(&self, name: &str, session: &Session<'_>) -> String {
        let Some(account) = self
            .expected_owner
            .as_ref()
            .filter(|_| self.account_regional)
        else {
            return name.to_owned();
        };
        account_regional(name, account.as_str(), &session.settled.endpoint.region)
    }
}

impl Command {
    fn presigns(self) -> bool {
        matches!(
            self,
            Command::PresignGet
                | Command::PresignPut
                | Command::PresignPost
                | Command::PresignMultipart
        )
    }
}

/// Accepts a pattern of bucket names. A pattern that begins with a wildcard would match the buckets of
/// every team.
fn check_pattern(pattern: &str) -> Result<(), Failure> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-*?".contains(c);
    let begins = pattern.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins && pattern.chars().all(is_allowed) && pattern.len() <= 63 {
        return Ok(());
    }
    Err(Failure::usage(
        format!("`{pattern}` is not a pattern of bucket names"),
        "begin the pattern with a letter or a digit, as in 'team-*'; for every bucket of the account, use audit --all",
    ))
}
