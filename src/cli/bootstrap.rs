//! `bootstrap BUCKET…`

use super::buckets::{Buckets, account_regional};
use super::controls::{self, ControlArgs, Wanted};
use super::line_options::{Listed, check_age, check_log_bucket, check_mfa_delete};
use super::session::{Session, block_on};
use super::{Format, interrupt};
use crate::bootstrap::{self, Event, Outcome, Report, Request};
use crate::controls::{ALL, LogDelivery, Settings};
use crate::failure::{Exit, Failure};
use crate::output::bootstrap::{ReportFormat, ReportWriter};
use crate::output::{Printer, Step, StepStatus, bootstrap as show, with_spinner};
use crate::ownership;
use crate::s3::Client;
use clap::Args;
use s3_presign::duration::HumanDuration;
use s3_presign::endpoint::BucketName;
use s3_presign::{Expiry, ObjectKey};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FORMATS: [Format; 3] = [Format::Text, Format::Json, Format::Env];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket bootstrap my-drop-box --region eu-central-1
  s3-secure-bucket bootstrap my-drop-box --dry-run
  s3-secure-bucket bootstrap my-drop-box --kms-key arn:aws:kms:…:key/…
  s3-secure-bucket bootstrap my-drop-box \\
      --log-bucket my-logs --create-log-bucket
  s3-secure-bucket bootstrap --from buckets.txt --no-presign -o json
  s3-secure-bucket bootstrap drop --endpoint https://ceph.example.com \\
      --tls-condition bool-if-exists

Exit codes:
  0  done
  1  failed
  2  wrong usage; nothing was sent
  3  changes are pending (--dry-run)
  4  done, but a control is unsupported by this server")]
pub(super) struct Bootstrap {
    #[command(flatten)]
    buckets: Buckets,
    #[command(flatten)]
    controls: ControlArgs,
    #[command(flatten)]
    run_args: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Run options")]
struct RunArgs {
    /// Also create and harden the log bucket, and let S3 deliver logs to it
    #[arg(long, requires = "log_bucket")]
    create_log_bucket: bool,
    /// Create the bucket in the account-regional namespace, as BUCKET-ACCOUNT-REGION-an
    #[arg(long)]
    account_regional: bool,
    /// Remove every bucket policy statement that no option of this command asks for
    #[arg(long)]
    replace_policy: bool,
    /// Directory for backups of the configurations that the run changes [default:
    /// s3-secure-bucket in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// Key of the object that the URLs are for
    #[arg(long, value_name = "KEY", default_value = "uploads/example.txt")]
    key: OsString,
    /// Lifetime of the URLs, from 1s to 7d
    #[arg(long, value_name = "DURATION", default_value_t = Expiry::DEFAULT)]
    expires_in: Expiry,
    /// Create no URLs
    #[arg(long)]
    no_presign: bool,
    /// Time to wait after creating a bucket [default: 2s on AWS, 0 with --endpoint]
    #[arg(long, value_name = "DURATION")]
    settle: Option<HumanDuration>,
    /// Show what would change without changing it; exit with 3 if something would
    #[arg(long)]
    dry_run: bool,
    /// Exit with 1 if the server does not support this control (may be repeated)
    #[arg(long, value_name = "CONTROL", value_parser = controls::ids(), value_delimiter = ',')]
    require: Vec<String>,
    /// Exit with 0 instead of 4 if the server does not support a control
    #[arg(long)]
    allow_unsupported: bool,
}

/// The result of one bucket of a fleet: its name, its events and its report.
type FleetResult = (BucketName, Vec<Event>, Result<Report, Failure>);

impl Bootstrap {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = self.format(session)?;
        session.refuse_plain_http()?;
        let wanted = self.controls.check(session)?;
        let key = self.key(printer)?;
        let client = || session.client(self.buckets.expected_owner.clone());
        // Names in the account-regional namespace contain the account ID.
        let early = self.run_args.account_regional.then(client).transpose()?;
        let account = early.as_ref().map(|client| self.account(session, client));
        let account = account.transpose()?;
        let names = self.buckets.names(session, |name| match &account {
            Some(account) => account_regional(name, account, &session.settled.endpoint.region),
            None => name.to_owned(),
        })?;
        let request = |listed: &Listed| self.request(session, &wanted, listed, &key);
        // Every line is checked before anything is sent. Only the first request stays in memory, because
        // the requests of a long list would need several megabytes.
        let mut first = None;
        for listed in &names {
            let request = request(listed)?;
            check_mfa_delete(&request, names.len())?;
            first.get_or_insert(request);
        }
        let Some(first) = first else {
            printer.info("This shard of the list is empty.\n");
            return Ok(Exit::Done);
        };
        if format == ReportFormat::Env && names.len() > 1 {
            return Err(Failure::usage(
                "-o env prints the URLs of one bucket",
                "name one bucket, or use -o json",
            ));
        }
        let client = early.map_or_else(client, Ok)?;
        let (logs, log_changes) =
            self.make_log_bucket(session, printer, &client, &wanted, &first, &names)?;
        let writer = ReportWriter {
            printer,
            format,
            is_dry_run: self.run_args.dry_run,
            path_as_is: key.has_dot_segments(),
            ca_bundle: session.ca_bundle_for_curl(),
        };
        let outcome = if names.len() == 1 {
            // The callback may run on a different thread, so it needs a mutex.
            let progress = Mutex::new(printer.progress("", &session.context));
            let shown = || progress.lock().unwrap_or_else(PoisonError::into_inner);
            let mut changes = log_changes;
            let mut on_event = |event: Event| {
                shown().clear();
                changes += print(printer, event);
            };
            let work = bootstrap::run(&client, &first, &mut on_event);
            let work = with_spinner(work, &session.context, || shown().spin());
            let report = block_on(interrupt::or_interrupted(&session.context, work))?;
            drop(progress);
            let report = report??;
            writer.report(&report, true)?;
            if report.outcome != Outcome::Failed {
                writer.planned(changes);
            }
            report.outcome
        } else {
            self.fleet(&client, &names, request, &writer, log_changes)?
        };
        Ok(self.exit(outcome.min(logs)))
    }

    /// The format of the reports. `-o env` needs URLs, so it contradicts the options that create none.
    fn format(&self, session: &Session<'_>) -> Result<ReportFormat, Failure> {
        let format = match session.global.format(&FORMATS)? {
            Format::Json => ReportFormat::Json,
            Format::Env => ReportFormat::Env,
            _ => ReportFormat::Text,
        };
        let args = &self.run_args;
        let without_urls = [
            (args.no_presign, "--no-presign"),
            (args.dry_run, "--dry-run"),
        ];
        match without_urls.into_iter().find(|(is_given, _)| *is_given) {
            Some((_, option)) if format == ReportFormat::Env => Err(Failure::usage(
                format!("-o env prints URLs, and {option} creates none"),
                "omit one of the two options",
            )),
            _ => Ok(format),
        }
    }

    fn key(&self, printer: &Printer) -> Result<ObjectKey, Failure> {
        let key = ObjectKey::parse(self.run_args.key.as_encoded_bytes())?;
        if key.has_dot_segments() {
            printer.warning("browsers rewrite `.` and `..` segments, which breaks the signature; use curl with --path-as-is");
        }
        if key.is_empty() {
            return Err(Failure::usage(
                "--key is empty",
                "name an object, such as uploads/example.txt",
            ));
        }
        Ok(key)
    }

    /// The account of the credentials, which STS confirms on AWS. On other servers, the account that
    /// `--expected-owner`, the credentials or the server's STS name.
    fn account(&self, session: &Session<'_>, client: &Client) -> Result<String, Failure> {
        if session.settled.endpoint.resolve(None)?.is_aws {
            let account = block_on(ownership::account(client))?;
            return Ok(account.map_err(bootstrap::Error::NotOwned)?.to_string());
        }
        let stated = client.credentials.account_id.as_ref();
        if let Some(account) = self.buckets.expected_owner.as_ref().or(stated) {
            return Ok(account.to_string());
        }
        let asked = session.caller_identity(&client.credentials);
        let asked = asked.map_err(|failure| Failure {
            hint: Some("name the account with --expected-owner".to_owned()),
            ..failure
        });
        Ok(asked?.account)
    }

    fn request(
        &self,
        session: &Session<'_>,
        wanted: &Wanted<'_>,
        listed: &Listed,
        key: &ObjectKey,
    ) -> Result<Request, Failure> {
        let args = &self.run_args;
        let mut settings = Settings {
            replace_policy: args.replace_policy,
            ..listed.settings(session, &self.controls, wanted)?
        };
        let expires_in = (!args.no_presign).then(|| args.expires_in.duration());
        check_age(&settings, expires_in)?;
        if args.create_log_bucket {
            check_log_bucket(&settings, wanted)?;
        }
        if let Some(logging) = &mut settings.logging {
            logging.without_grants = args.create_log_bucket;
            logging.is_made_by_run = args.create_log_bucket;
        }
        self.check_required(&settings)?;
        let settle = match (args.settle, &session.settled.endpoint.endpoint) {
            (Some(HumanDuration(settle)), _) => settle,
            (None, Some(_)) => Duration::ZERO,
            (None, None) => Duration::from_secs(2),
        };
        Ok(Request {
            settings,
            settle,
            dry_run: args.dry_run,
            require: args.require.clone(),
            keep_region: !session.settled.is_default_region(),
            account_regional: args.account_regional,
            backup_dir: args.backup_dir.clone(),
            presign: (!args.no_presign).then(|| (key.clone(), args.expires_in)),
        })
    }

    /// Refuses options that contradict each other: a required control must be requested and not skipped, and
    /// `--replace-policy` must not remove the statements of a skipped control.
    fn check_required(&self, settings: &Settings) -> Result<(), Failure> {
        for control in ALL {
            let info = control.info();
            let id = info.id;
            let is_in_policy = info.subresource.name == "policy";
            if self.run_args.replace_policy && is_in_policy && settings.skips(id) {
                return Err(Failure::usage(
                    format!(
                        "--replace-policy would remove statements that --skip {id} leaves unchanged"
                    ),
                    "omit one of the two options",
                ));
            }
            if !self.run_args.require.iter().any(|required| required == id) {
                continue;
            }
            if settings.skips(id) {
                return Err(Failure::usage(
                    format!("{id} is both required and skipped"),
                    "omit one of the two options",
                ));
            }
            if !control.is_wanted(settings) {
                return Err(Failure::usage(
                    format!("{id} is required, but no option requests it"),
                    format!("add {}", info.flag),
                ));
            }
        }
        Ok(())
    }

    /// Creates and hardens the log bucket. The log bucket comes before the others, because S3 refuses a log
    /// bucket that it may not write to. S3 delivers logs only to buckets with SSE-S3. Returns the outcome and
    /// the number of changes that a dry run found.
    fn make_log_bucket(
        &self,
        session: &Session<'_>,
        printer: &Printer,
        client: &Client,
        wanted: &Wanted<'_>,
        first: &Request,
        sources: &[Listed],
    ) -> Result<(Outcome, usize), Failure> {
        let name = wanted.log_bucket.clone();
        let Some(name) = name.filter(|_| self.run_args.create_log_bucket) else {
            return Ok((Outcome::Done, 0));
        };
        let settings = Settings {
            log_delivery: Some(LogDelivery {
                sources: sources.iter().map(|listed| listed.name.clone()).collect(),
                account: self.account(session, client)?,
                prefix: self.controls.log_prefix.clone().unwrap_or_default(),
            }),
            tls_condition: first.settings.tls_condition,
            ..Settings::new(name, first.settings.partition)
        };
        let request = Request {
            settings,
            require: vec!["log-delivery".to_owned()],
            account_regional: false,
            presign: None,
            ..first.clone()
        };
        printer.info(&format!("Log bucket {}:\n", request.settings.bucket));
        let mut changes = 0;
        let mut on_event = |event: Event| changes += print(printer, event);
        let work = bootstrap::run(client, &request, &mut on_event);
        let report = block_on(interrupt::or_interrupted(&client.context, work))???;
        printer.info("\n");
        show::check_log_bucket(&report)?;
        Ok((report.outcome, changes))
    }

    /// Hardens several buckets at the same time and reports each when it is done.
    fn fleet(
        &self,
        client: &Client,
        names: &[Listed],
        request: impl Fn(&Listed) -> Result<Request, Failure>,
        writer: &ReportWriter<'_>,
        log_changes: usize,
    ) -> Result<Outcome, Failure> {
        let total = names.len();
        let mut summary = writer.fleet_summary(total, log_changes, &client.context);
        let hardened =
            async |listed: &Listed, events: &mut Vec<Event>| -> Result<Report, Failure> {
                let mut on_event = |event| events.push(event);
                Ok(bootstrap::run(client, &request(listed)?, &mut on_event).await?)
            };
        let work = async |listed: &Listed| {
            let mut events = Vec::new();
            let result = hardened(listed, &mut events).await;
            (listed.name.clone(), events, result)
        };
        let mut broken = Ok(());
        let done = |(bucket, events, result): FleetResult| {
            if broken.is_ok() {
                broken = summary.add(&bucket, events, result);
            }
        };
        let jobs = self.buckets.jobs();
        block_on(interrupt::fleet(
            &client.context,
            writer.printer,
            names,
            jobs,
            work,
            done,
        ))?;
        broken?;
        let (outcome, done) = summary.end();
        interrupt::require_complete(done, total)?;
        Ok(outcome)
    }

    fn exit(&self, outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Unsupported if !self.run_args.allow_unsupported => Exit::Unsupported,
            Outcome::Done | Outcome::Unsupported => Exit::Done,
            Outcome::ChangesPending => Exit::NotCompliant,
            Outcome::Failed => Exit::Failed,
        }
    }
}

/// Prints the status line of an event. Returns the number of changes that it plans: 0 or 1.
fn print(printer: &Printer, event: Event) -> usize {
    let step = Step::from(event);
    printer.step(&step);
    usize::from(step.status == StepStatus::Plan)
}
