//! The output of `bootstrap`.

use super::progress::Progress;
use super::{Printer, Step, StepStatus, curl, json_failure, json_line, stdout};
use crate::bootstrap::{Event, Outcome, Report, Status};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::hints;
use crate::values::Shell;
use s3_presign::endpoint::BucketName;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The format of the reports on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    /// Variable assignments for a shell.
    Env,
}

/// Prints the reports of buckets.
pub(crate) struct ReportWriter<'a> {
    pub(crate) printer: &'a Printer,
    pub(crate) format: ReportFormat,
    pub(crate) is_dry_run: bool,
    pub(crate) path_as_is: bool,
    pub(crate) ca_bundle: Option<&'a Path>,
}

impl<'a> ReportWriter<'a> {
    /// Prints the report of a bucket to stdout; `with_curl` adds curl commands on stderr.
    pub(crate) fn report(&self, report: &Report, with_curl: bool) -> Result<(), Failure> {
        stdout::data(&match self.format {
            ReportFormat::Text => text(report),
            ReportFormat::Json => json(report),
            ReportFormat::Env => env(report),
        })?;
        if with_curl && !report.urls.is_empty() {
            let curl = curl_lines(report, self.ca_bundle, self.path_as_is);
            self.printer.info(&curl);
            if self.format != ReportFormat::Env {
                let text = "PUT_URL and GET_URL are the URLs on stdout. `-o env` prints them as shell variables.\n";
                self.printer.info(text);
            }
        }
        Ok(())
    }

    /// Prints the number of changes that a dry run found.
    pub(crate) fn planned(&self, changes: usize) {
        if self.is_dry_run {
            self.printer.info(&match changes {
                0 => "No changes.\n".to_owned(),
                1 => "1 change. Run without --dry-run to make it.\n".to_owned(),
                _ => format!("{changes} changes. Run without --dry-run to make them.\n"),
            });
        }
    }

    /// Starts the summary of a run over `total` buckets, which counts `planned` changes already.
    pub(crate) fn fleet_summary(
        &'a self,
        total: usize,
        planned: usize,
        context: &Context,
    ) -> FleetSummary<'a> {
        let context = context.clone();
        let progress = self.printer.progress("buckets", &context);
        FleetSummary {
            writer: self,
            progress: progress.with_total(total),
            count: BTreeMap::new(),
            done: 0,
            planned,
        }
    }
}

/// Prints the results of many buckets and counts their outcomes.
pub(crate) struct FleetSummary<'a> {
    writer: &'a ReportWriter<'a>,
    progress: Progress,
    count: BTreeMap<Outcome, usize>,
    done: u64,
    /// The number of changes that a dry run found in all buckets.
    planned: usize,
}

impl FleetSummary<'_> {
    /// Prints one line for a bucket, and its warnings and failures.
    pub(crate) fn add(
        &mut self,
        bucket: &BucketName,
        events: Vec<Event>,
        result: Result<Report, Failure>,
    ) -> Result<(), Failure> {
        self.progress.clear();
        let printer = self.writer.printer;
        for event in events {
            let step = Step::from(event);
            self.planned += usize::from(step.status == StepStatus::Plan);
            if matches!(
                step.status,
                StepStatus::Warn | StepStatus::Plan | StepStatus::Fail
            ) {
                printer.step(&Step {
                    text: format!("{bucket}: {}", step.text),
                    was: None,
                    adds: Vec::new(),
                    ..step
                });
            }
        }
        let outcome = match result {
            Ok(report) => {
                let status = match report.outcome {
                    Outcome::Done => StepStatus::Ok,
                    Outcome::Unsupported => StepStatus::Warn,
                    Outcome::ChangesPending => StepStatus::Plan,
                    Outcome::Failed => StepStatus::Fail,
                };
                printer.step(&Step::new(status, one_line(&report)));
                self.writer.report(&report, false)?;
                report.outcome
            }
            Err(failure) => {
                if self.writer.format == ReportFormat::Json {
                    stdout::data(&json_failure(Some(bucket.as_str()), &failure))?;
                }
                printer.failure(&Failure {
                    situation: format!("{bucket}: {}", failure.situation),
                    ..failure
                });
                Outcome::Failed
            }
        };
        *self.count.entry(outcome).or_default() += 1;
        self.done += 1;
        self.progress.show(self.done);
        Ok(())
    }

    /// Prints the totals. Returns the worst outcome and the number of buckets.
    pub(crate) fn end(mut self) -> (Outcome, u64) {
        self.progress.clear();
        let word = |outcome: &Outcome| match outcome {
            Outcome::Failed => "failed",
            Outcome::ChangesPending => "with changes pending",
            Outcome::Unsupported => "done, with unsupported controls",
            Outcome::Done => "done",
        };
        let parts = self.count.iter().rev();
        let parts: Vec<String> = parts
            .map(|(outcome, count)| format!("{count} {}", word(outcome)))
            .collect();
        let (done, seconds) = (self.done, self.progress.seconds());
        let text = format!("{done} buckets in {seconds:.1} s: {}\n", parts.join(", "));
        self.writer.printer.info(&text);
        self.writer.planned(self.planned);
        let worst = self.count.keys().next();
        (worst.copied().unwrap_or(Outcome::Done), done)
    }
}

/// A report in one line, such as `drop-box: created; 3 set, 1 already set`.
fn one_line(report: &Report) -> String {
    let mut parts = Vec::new();
    for (status, word) in [
        (Status::Changed, "set"),
        (Status::WouldChange, "would be set"),
        (Status::Unchanged, "already set"),
        (Status::Unsupported, "unsupported"),
        (Status::Denied, "denied"),
        (Status::Failed, "failed"),
        (Status::Skipped, "skipped"),
    ] {
        let of_it = |control: &&crate::bootstrap::ControlReport| control.status == status;
        let count = report.controls.iter().filter(of_it).count();
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let created = if report.created { "created; " } else { "" };
    format!("{}: {created}{}", report.bucket, parts.join(", "))
}

/// Fails if S3 could not deliver logs to the bucket, because a control failed or the default
/// encryption is not SSE-S3.
pub(crate) fn check_log_bucket(report: &Report) -> Result<(), Failure> {
    let failed = |why: &str, hint: &str| {
        Err(Failure {
            exit: Exit::Failed,
            situation: format!("{} cannot receive access logs: {why}", report.bucket),
            causes: Vec::new(),
            hint: Some(hint.to_owned()),
        })
    };
    let encryption = report.controls.iter().find(|it| it.id == "encryption");
    let is_kms = encryption.is_some_and(|it| it.wanted.to_string().contains("\"aws:kms"));
    if is_kms {
        return failed(
            "the default encryption of that bucket is SSE-KMS, but S3 delivers logs only to buckets with SSE-S3",
            "use a different bucket for --log-bucket",
        );
    }
    if report.outcome == Outcome::Failed {
        return failed(
            "some controls of that bucket could not be set",
            "fix the failures above; no other bucket was changed",
        );
    }
    Ok(())
}

/// `PUT URL` and `GET URL`, one per line.
fn text(report: &Report) -> String {
    let line = |url: &crate::bootstrap::PresignedUrl| format!("{} {}\n", url.method, url.url);
    report.urls.iter().map(line).collect()
}

/// `PUT_URL='URL'` and `GET_URL='URL'`, one per line.
fn env(report: &Report) -> String {
    let line = |url: &crate::bootstrap::PresignedUrl| {
        // The host of an endpoint may contain a quote. A quote in a key is percent-encoded.
        let quoted = url.url.replace('\'', r"'\''");
        format!("{}_URL='{quoted}'\n", url.method)
    };
    report.urls.iter().map(line).collect()
}

/// The report as a JSON document in one line.
fn json(report: &Report) -> String {
    json_line(&Document {
        schema_version: 1,
        bucket: &report.bucket,
        region: &report.region,
        created: report.created,
        controls: report
            .controls
            .iter()
            .map(|control| Control {
                id: control.id,
                title: control.title,
                status: control.status.as_str(),
                verified: control.verified,
                found: &control.found,
                wanted: &control.wanted,
                detail: control.detail.as_ref().map(hints::detail),
            })
            .collect(),
        urls: report
            .urls
            .iter()
            .map(|url| Url {
                method: url.method,
                key: &url.key,
                url: &url.url,
                expires_at: &url.expires_at,
                headers: BTreeMap::new(),
            })
            .collect(),
    })
}

/// The curl commands that use the two URLs. The commands name variables, because stderr may be a log, and
/// the URLs may appear only on stdout.
fn curl_lines(report: &Report, ca_bundle: Option<&Path>, path_as_is: bool) -> String {
    let shell = Shell::OF_PLATFORM;
    let file = shell.quote(&curl::file_name(&report.urls[0].key, shell));
    // The only value is the path of the CA certificates, which every shell can pass.
    let curl = curl::Command::curl(shell, ca_bundle, path_as_is).line();
    let curl = curl.unwrap_or_else(|_| "curl".to_owned());
    format!(
        "\nUpload and download with:\n\
         \x20 {curl} -T {file} \"$PUT_URL\"\n\
         \x20 {curl} -o {file} \"$GET_URL\"\n"
    )
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    region: &'a str,
    created: bool,
    controls: Vec<Control<'a>>,
    urls: Vec<Url<'a>>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    title: &'a str,
    status: &'a str,
    verified: bool,
    found: &'a Value,
    wanted: &'a Value,
    detail: Option<String>,
}

#[derive(Serialize)]
struct Url<'a> {
    method: &'a str,
    key: &'a str,
    url: &'a str,
    expires_at: &'a str,
    /// The headers that the client must send. The URLs of `bootstrap` need no headers.
    headers: BTreeMap<String, String>,
}
