//! `audit BUCKET… | --all`

use super::buckets::Buckets;
use super::controls::{ControlArgs, Wanted};
use super::line_options::Listed;
use super::session::{Session, block_on};
use super::{Format, interrupt};
use crate::audit::{self, Account, Exceptions, Report, Scope, Standard, UnknownStandard};
use crate::controls::Settings;
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use crate::output::audit::{AuditWriter, ReportOptions};
use crate::ownership;
use crate::s3::Client;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use s3_presign::AccountId;
use s3_presign::endpoint::{BucketName, Region};
use std::path::{Path, PathBuf};

/// A bucket to audit, and its region if the account's list of buckets contains the region.
type Target = (Listed, Option<Region>);

/// A listed bucket name that no request can carry, and the failure that reports it.
type NotAudited = (String, Failure);

const FORMATS: [Format; 5] = [
    Format::Text,
    Format::Json,
    Format::Sarif,
    Format::Csv,
    Format::Html,
];

/// The longest file of exceptions in bytes.
const LONGEST_EXCEPTIONS: u64 = 1 << 20;

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket audit my-drop-box
  s3-secure-bucket audit --all -o sarif >audit.sarif
  s3-secure-bucket audit --all --versioning --lifecycle -o html >audit.html
  s3-secure-bucket audit --all --standard fsbp --full
  s3-secure-bucket audit --all --allow-account 444455556666 --except exceptions.txt

Exit codes:
  0  compliant
  1  a setting could not be read
  2  wrong usage; nothing was sent
  3  drift
  4  a control is unsupported by this server")]
pub(super) struct Audit {
    #[command(flatten)]
    buckets: Buckets,
    /// Audit every bucket of the account
    #[arg(long, conflicts_with_all = ["named", "from"])]
    all: bool,
    /// Compare with the controls of this standard instead of the baseline
    #[arg(long, value_name = "STANDARD", value_parser = standards())]
    standard: Option<Standard>,
    /// Also check what needs further requests: replication, notifications, Object Lock, access points,
    /// trails, and Block Public Access of the account
    #[arg(long)]
    full: bool,
    /// Accounts that may have access; access of any other account is drift (may be repeated)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    allow_account: Vec<AccountId>,
    /// Accept the drift that this file lists, one `BUCKET CONTROL DATE UNTIL REASON` per line
    #[arg(long, value_name = "FILE")]
    except: Option<PathBuf>,
    #[command(flatten)]
    controls: ControlArgs,
}

/// A parser that accepts the names of the standards.
pub(super) fn standards() -> impl TypedValueParser<Value = Standard> {
    PossibleValuesParser::new(["fsbp", "cis", "pci", "nist"])
        .try_map(|name| -> Result<Standard, UnknownStandard> { name.parse() })
}

impl Audit {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        session.refuse_plain_http()?;
        let wanted = self.controls.check(session)?;
        if !self.all && !self.buckets.are_named() {
            return Err(Failure::usage(
                "no bucket is named",
                "name buckets, or audit every bucket of the account with --all",
            ));
        }
        let options = ReportOptions {
            format: format.into(),
            standard: self.standard,
            full: self.full,
            exceptions: self.exceptions(session)?,
        };
        let scope = Scope {
            standard: self.standard,
            allowed_accounts: (!self.allow_account.is_empty()).then(|| self.allow_account.clone()),
        };
        let settings = |listed: &Listed| self.settings(session, &wanted, listed);
        let mut targets = Vec::new();
        if !self.all {
            for listed in self.buckets.names(session, str::to_owned)? {
                // Every line is checked before anything is sent. The settings of a long list would need
                // several megabytes, so they are made again when their bucket is next.
                settings(&listed)?;
                targets.push((listed, None));
            }
        }
        let client = session.client(self.buckets.expected_owner.clone())?;
        if self.full {
            client
                .services
                .as_ref()
                .map_err(|why| Failure::usage(why, "correct the URL, or unset the variable"))?;
        }
        let mut refused = Vec::new();
        if self.all {
            (targets, refused) = self.list(session, &client)?;
        }
        let total = targets.len() + refused.len();
        let mut writer = AuditWriter::new(printer, options, total, &client.context);
        let account = if self.full {
            let account = block_on(Account::read(&client, self.standard))?;
            writer.add_account(&account);
            Some(account)
        } else {
            None
        };
        for (name, failure) in refused {
            writer.add_failure(&name, failure)?;
        }
        let audited = async |listed: &Listed, region| -> Result<Report, Failure> {
            let settings = settings(listed)?;
            Ok(audit::run(&client, &settings, region, &scope, account.as_ref()).await?)
        };
        let work = async |(listed, region): Target| {
            let result = audited(&listed, region).await;
            (listed.name, result)
        };
        let mut broken = Ok(());
        let done = |(bucket, result): (BucketName, Result<Report, Failure>)| {
            if broken.is_ok() {
                broken = writer.add(&bucket, result);
            }
        };
        let jobs = self.buckets.jobs();
        block_on(interrupt::fleet(
            &client.context,
            printer,
            targets,
            jobs,
            work,
            done,
        ))?;
        broken?;
        if let Err(interrupted) = interrupt::require_complete(writer.done(), total) {
            writer.end_interrupted()?;
            return Err(interrupted);
        }
        let owner = ownership::proven_account(&client);
        let endpoint = session.settled.endpoint.endpoint.as_ref();
        writer.end(
            owner.map(|account| account.to_string()),
            endpoint.map(ToString::to_string),
        )
    }

    fn exceptions(&self, session: &Session<'_>) -> Result<Exceptions, Failure> {
        let Some(file) = &self.except else {
            return Ok(Exceptions::default());
        };
        let hint = "write one exception per line: BUCKET CONTROL DATE UNTIL REASON, as in `web-site public-access 2026-11-02 2027-06-30 a public web site`";
        let text = text_of(session, file).map_err(|why| {
            Failure::usage(format!("{} cannot be read: {why}", file.display()), hint)
        })?;
        Exceptions::parse(&text)
            .map_err(|error| Failure::usage(format!("{}, {error}", file.display()), hint))
    }

    /// The settings that the audit compares the bucket with.
    fn settings(
        &self,
        session: &Session<'_>,
        wanted: &Wanted<'_>,
        listed: &Listed,
    ) -> Result<Settings, Failure> {
        if self.all {
            Ok(wanted.settings_of_listed(listed.name.clone()))
        } else {
            listed.settings(session, &self.controls, wanted)
        }
    }

    /// Lists the account's buckets of this shard, and separately the names that no request can carry.
    /// Buckets whose names only older rules of AWS allowed are among the targets.
    fn list(
        &self,
        session: &Session<'_>,
        client: &Client,
    ) -> Result<(Vec<Target>, Vec<NotAudited>), Failure> {
        let share = self.buckets.share(session)?;
        let (mut targets, mut refused) = (Vec::new(), Vec::new());
        for listed in share.take(block_on(ownership::list(client))??) {
            if let Ok((name, _)) = BucketName::parse_compatible(&listed.name) {
                let options = Vec::new();
                targets.push((Listed { name, options }, listed.region));
            } else {
                let situation = "not audited: no request can carry this bucket name";
                refused.push((listed.name, Failure::new(situation, None)));
            }
        }
        Ok((targets, refused))
    }
}

fn text_of(session: &Session<'_>, file: &Path) -> Result<String, String> {
    let read = session.context.read(file, LONGEST_EXCEPTIONS);
    let bytes = read.map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or("there is no such file")?;
    String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())
}
