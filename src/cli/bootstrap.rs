//! `bootstrap BUCKET…`

use super::session::{Session, block_on};
use super::{Format, any_duration, expiry};
use crate::failure::{Exit, Failure};
use crate::output::{Printer, bootstrap as show};
use clap::Args;
use clap::builder::PossibleValuesParser;
use s3_secure_bucket::bootstrap::{self, Outcome, Request};
use s3_secure_bucket::controls::{ALL, Settings, TlsCondition};
use s3_secure_bucket::credentials::account_id;
use s3_secure_bucket::presign::endpoint::BucketName;
use s3_secure_bucket::presign::{Expiry, ObjectKey};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// Create or adopt buckets, harden them, print one PUT and one GET URL
///
/// Safe to run again: each control is read, compared, written only if it differs, and read back.
/// A name that is somebody else's stops the run at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket bootstrap my-drop-box --region eu-central-1
  s3-secure-bucket bootstrap my-drop-box --dry-run
  s3-secure-bucket bootstrap my-drop-box --versioning --kms-key arn:aws:kms:…:key/…
  s3-secure-bucket bootstrap drop --endpoint https://ceph.example.com --tls-condition bool-if-exists")]
pub(super) struct Bootstrap {
    /// The buckets
    #[arg(required = true, value_name = "BUCKET")]
    buckets: Vec<String>,
    /// Default encryption with this KMS key (its full ARN) in place of SSE-S3
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
    /// Without S3 Bucket Keys: every object calls KMS
    #[arg(long, requires = "kms_key")]
    no_bucket_key: bool,
    /// Allow uploads encrypted with the customer's own key (SSE-C)
    #[arg(long)]
    allow_sse_c: bool,
    /// Operator of the TLS-only statement; Ceph denies plain HTTP only with bool-if-exists
    #[arg(long, value_name = "OPERATOR", default_value = "bool", value_enum)]
    tls_condition: TlsConditionArg,
    /// Keep old versions of objects
    #[arg(long)]
    versioning: bool,
    /// The account that must own the bucket
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    expected_owner: Option<String>,
    /// The object that the URLs are for
    #[arg(long, value_name = "K", default_value = "uploads/example.txt")]
    key: OsString,
    /// How long the URLs live: 1s to 7d
    #[arg(long, value_name = "D", default_value = "15m", value_parser = expiry)]
    expires_in: Expiry,
    /// Make no URLs
    #[arg(long)]
    no_presign: bool,
    /// How long to wait after creating a bucket [default: 2s on AWS, 0 with --endpoint]
    #[arg(long, value_name = "D", value_parser = any_duration)]
    settle: Option<Duration>,
    /// Say what would be done, do nothing; exit code 3 if something would change
    #[arg(long)]
    dry_run: bool,
    /// Leave a control alone (may be given more than once)
    #[arg(long, value_name = "CONTROL", value_parser = control_ids(), value_delimiter = ',')]
    skip: Vec<String>,
    /// Fail (exit code 1) if the server does not support this control
    #[arg(long, value_name = "CONTROL", value_parser = control_ids(), value_delimiter = ',')]
    require: Vec<String>,
    /// Exit with 0 in place of 4 if a control is unsupported by the server
    #[arg(long)]
    allow_unsupported: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TlsConditionArg {
    Bool,
    BoolIfExists,
}

fn control_ids() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|control| control.info().id))
}

fn account(text: &str) -> Result<String, &'static str> {
    account_id(text).ok_or("an AWS account is twelve digits")
}

impl Bootstrap {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&[Format::Text, Format::Json])?;
        session.refuse_plain_http()?;
        let requests = self.requests(session, printer)?;
        let client = session.client(self.expected_owner.clone())?;
        let mut worst = Outcome::Done;
        for request in &requests {
            let mut tell = |event| printer.event(&event);
            let report = match block_on(bootstrap::run(&client, request, &mut tell)) {
                Ok(report) => report,
                Err(error) => {
                    if requests.len() == 1 {
                        return Err(error.into());
                    }
                    printer.failure(&error.into());
                    worst = Outcome::Failed;
                    continue;
                }
            };
            match format {
                Format::Json => printer.data(&show::json(&report))?,
                _ => printer.data(&show::text(&report))?,
            }
            if !report.urls.is_empty() {
                let path_as_is = request
                    .presign
                    .as_ref()
                    .is_some_and(|(key, _)| key.has_dot_segments());
                let ca_bundle = session.settled.ca_bundle.as_deref();
                printer.talk(&show::curl_lines(
                    &request.settings.bucket,
                    ca_bundle,
                    path_as_is,
                ));
            }
            worst = worst.min(report.outcome);
        }
        Ok(self.exit(worst))
    }

    /// What is required must be asked for, or the requirement would hold nothing.
    fn check_required(&self) -> Result<(), Failure> {
        for id in &self.require {
            if self.skip.contains(id) {
                return Err(Failure::usage(
                    format!("{id} is both required and skipped"),
                    "leave one of the two out",
                ));
            }
            if id == "versioning" && !self.versioning {
                return Err(Failure::usage(
                    "versioning is required but not asked for",
                    "add --versioning",
                ));
            }
        }
        Ok(())
    }

    fn exit(&self, outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Done => Exit::Done,
            Outcome::Unsupported if self.allow_unsupported => Exit::Done,
            Outcome::Unsupported => Exit::Unsupported,
            Outcome::ChangesPending => Exit::NotCompliant,
            Outcome::Failed => Exit::Failed,
        }
    }

    /// Everything that can be refused is refused here, before the first request.
    fn requests(&self, session: &Session<'_>, printer: &Printer) -> Result<Vec<Request>, Failure> {
        let names: Result<Vec<BucketName>, Failure> = self
            .buckets
            .iter()
            .map(|name| {
                let name = session.bucket_name(name)?;
                session.settled.endpoint.resolve(Some(name.as_str()))?;
                Ok(name)
            })
            .collect();
        let key = ObjectKey::parse(self.key.as_bytes())?;
        if key.has_dot_segments() {
            printer.warning("browsers rewrite `.` and `..` segments, and the signature breaks; curl needs --path-as-is");
        }
        self.check_required()?;
        if key.is_empty() {
            return Err(Failure::usage(
                "--key is empty",
                "name an object, such as uploads/example.txt",
            ));
        }
        let region = &session.settled.endpoint.region;
        let partition = region.partition().id;
        if let Some(arn) = &self.kms_key {
            if arn.trim().is_empty() {
                return Err(Failure::usage(
                    "--kms-key is empty",
                    "name a key, or leave the option out for SSE-S3",
                ));
            }
            if session.settled.endpoint.resolve(None)?.is_aws {
                check_kms_key(arn, partition, region.as_str())?;
            }
        }
        let settle = match (self.settle, &session.settled.endpoint.endpoint) {
            (Some(settle), _) => settle,
            (None, Some(_)) => Duration::ZERO,
            (None, None) => Duration::from_secs(2),
        };
        let request = |name| Request {
            settings: Settings {
                kms_key: self.kms_key.clone(),
                bucket_key: !self.no_bucket_key,
                allow_sse_c: self.allow_sse_c,
                tls_condition: match self.tls_condition {
                    TlsConditionArg::Bool => TlsCondition::Bool,
                    TlsConditionArg::BoolIfExists => TlsCondition::BoolIfExists,
                },
                versioning: self.versioning,
                skip: self.skip.clone(),
                ..Settings::new(name, partition)
            },
            settle,
            dry_run: self.dry_run,
            require: self.require.clone(),
            presign: (!self.no_presign).then(|| (key.clone(), self.expires_in)),
        };
        Ok(names?.into_iter().map(request).collect())
    }
}

/// S3 does not check the key, and resolves an alias in the requester's account: so only a full ARN
/// in the bucket's partition and region will do.
fn check_kms_key(arn: &str, partition: &str, region: &str) -> Result<(), Failure> {
    let fields: Vec<&str> = arn.split(':').collect();
    let wrong = |what: &str| {
        Err(Failure::usage(
            format!("`{arn}` {what}"),
            format!("write it as arn:{partition}:kms:{region}:ACCOUNT:key/KEY-ID"),
        ))
    };
    match fields[..] {
        ["arn", of, "kms", at, owner, key] if account(owner).is_ok() => {
            match key.strip_prefix("key/") {
                _ if of != partition => wrong("is a key of another partition than the bucket's"),
                _ if at != region => wrong("is a key in another region than the bucket's"),
                Some(id) if !id.is_empty() => Ok(()),
                _ => wrong(
                    "is not a key but an alias, which S3 looks up in the account of whoever uploads",
                ),
            }
        }
        _ => wrong("is not the ARN of a KMS key"),
    }
}
