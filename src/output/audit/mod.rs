//! What `audit` prints: text and JSON as each bucket comes, SARIF and HTML at the end.

mod html;
mod sarif;

use super::progress::Progress;
use super::{GREEN, Paint, Printer, RED, YELLOW, json_failure, json_line};
use crate::failure::{Exit, Failure};
use s3_secure_bucket::audit::{Error, Finding, Report, Verdict};
use s3_secure_bucket::context::Context;
use s3_secure_bucket::presign::endpoint::BucketName;
use s3_secure_bucket::presign::timestamp;
use serde::Serialize;
use serde_json::Value;

/// A bucket that could not be audited.
pub(crate) struct Failed {
    pub(crate) bucket: String,
    pub(crate) error: String,
}

/// What stdout gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
    Sarif,
    Html,
}

/// Reports as they come.
pub(crate) struct Collected<'a> {
    printer: &'a Printer,
    form: Form,
    context: Context,
    progress: Progress,
    /// Kept only for documents that are one.
    reports: Vec<Report>,
    failures: Vec<Failed>,
    verdicts: Vec<(Verdict, u64)>,
    failed: u64,
}

impl<'a> Collected<'a> {
    pub(crate) fn new(printer: &'a Printer, form: Form, total: usize, context: &Context) -> Self {
        Collected {
            printer,
            form,
            context: context.clone(),
            progress: printer.progress("buckets", context).of(total),
            reports: Vec::new(),
            failures: Vec::new(),
            verdicts: [
                Verdict::Drift,
                Verdict::Unknown,
                Verdict::Unsupported,
                Verdict::Compliant,
            ]
            .map(|verdict| (verdict, 0))
            .into(),
            failed: 0,
        }
    }

    pub(crate) fn add(
        &mut self,
        bucket: &BucketName,
        result: Result<Report, Error>,
    ) -> Result<(), Failure> {
        self.progress.clear();
        match result {
            Ok(report) => {
                let worst = report.verdict();
                for (verdict, count) in &mut self.verdicts {
                    *count += u64::from(*verdict == worst);
                }
                match self.form {
                    Form::Text => self
                        .printer
                        .data(&text(&report, self.printer.on_stdout()))?,
                    Form::Json => self.printer.data(&json(&report))?,
                    Form::Sarif | Form::Html => self.reports.push(report),
                }
            }
            Err(error) => {
                self.failed += 1;
                let failure = Failure::from(error);
                if self.form == Form::Json {
                    self.printer
                        .data(&json_failure(bucket.as_str(), &failure))?;
                }
                let error = failure.situation.clone();
                self.printer.failure(&Failure {
                    situation: format!("{bucket}: {error}"),
                    ..failure
                });
                let bucket = bucket.to_string();
                self.failures.push(Failed { bucket, error });
            }
        }
        self.progress.show(self.done());
        Ok(())
    }

    /// How many buckets there were.
    pub(crate) fn done(&self) -> u64 {
        self.verdicts.iter().map(|(_, count)| count).sum::<u64>() + self.failed
    }

    /// The documents that are one, the sum, and the exit code: drift beats what could not be read,
    /// but a bucket that could not be audited at all beats both.
    pub(crate) fn end(
        mut self,
        account: Option<String>,
        endpoint: Option<String>,
    ) -> Result<Exit, Failure> {
        self.progress.clear();
        // As they come is no order to file.
        self.reports
            .sort_unstable_by(|a, b| a.bucket.cmp(&b.bucket));
        self.failures
            .sort_unstable_by(|a, b| a.bucket.cmp(&b.bucket));
        let version = env!("CARGO_PKG_VERSION");
        match self.form {
            Form::Text | Form::Json => {}
            Form::Sarif => {
                let document = sarif::document(&self.reports, &self.failures, version);
                self.printer.data(&document)?;
            }
            Form::Html => {
                let meta = html::Meta {
                    at: timestamp::rfc3339(self.context.now()),
                    version,
                    account,
                    endpoint,
                };
                let page = html::page(&self.reports, &self.failures, &meta);
                self.printer.data(&page)?;
            }
        }
        self.sum();
        let any = |wanted| {
            let of_it = |(verdict, count): &(Verdict, u64)| *verdict == wanted && *count > 0;
            self.verdicts.iter().any(of_it)
        };
        Ok(if self.failed > 0 {
            Exit::Failed
        } else if any(Verdict::Drift) {
            Exit::NotCompliant
        } else if any(Verdict::Unknown) {
            Exit::Failed
        } else if any(Verdict::Unsupported) {
            Exit::Unsupported
        } else {
            Exit::Done
        })
    }

    fn sum(&self) {
        let done = self.done();
        if done < 2 {
            return;
        }
        let mut parts = Vec::new();
        for (verdict, count) in self.verdicts.iter().rev().filter(|(_, count)| *count > 0) {
            let word = match verdict {
                Verdict::Compliant => "compliant",
                Verdict::Drift => "with drift",
                Verdict::Unknown => "not known",
                Verdict::Unsupported => "compliant as far as the server goes",
            };
            parts.push(format!("{count} {word}"));
        }
        if self.failed > 0 {
            parts.push(format!("{} not audited", self.failed));
        }
        let text = format!("{done} buckets: {}\n", parts.join(", "));
        self.printer.talk(&text);
    }
}

/// A heading and a line for each control; of what is not right, what was found.
fn text(report: &Report, paint: Paint) -> String {
    let mut text = format!("{} ({})\n", report.bucket, report.region);
    for finding in &report.findings {
        let info = finding.info;
        let ids = ids(finding);
        let color = match finding.verdict {
            Verdict::Compliant => GREEN,
            Verdict::Drift => RED,
            Verdict::Unknown | Verdict::Unsupported => YELLOW,
        };
        // Padded before it is painted: what paints has no width.
        let verdict = paint.paint(&format!("{:<11}", finding.verdict.as_str()), color);
        text += &format!("  {verdict}  {}", info.id);
        if !ids.is_empty() {
            text += &format!("  [{}]", ids.join(", "));
        }
        text.push('\n');
        if finding.verdict == Verdict::Drift {
            text += &format!("               found   {}\n", one_line(&finding.found));
            text += &format!("               wanted  {}\n", one_line(&finding.wanted));
        }
        if let Some(detail) = &finding.detail {
            text += &format!("               {}\n", super::clean(detail));
        }
    }
    text
}

fn one_line(state: &Value) -> String {
    match state {
        state if is_nothing(state) => "nothing".to_owned(),
        state => super::clean(&state.to_string()),
    }
}

/// Neither a configuration nor a part of one.
pub(super) fn is_nothing(state: &Value) -> bool {
    state.is_null() || state == "" || state.as_object().is_some_and(serde_json::Map::is_empty)
}

/// `S3.8`, `CIS 2.1.4 (v5)` …
pub(super) fn ids(finding: &Finding) -> Vec<String> {
    let info = finding.info;
    let hub = finding.security_hub.iter().map(|id| (*id).to_owned());
    let v5 = info.cis_v5.iter().map(|id| format!("CIS v5 {id}"));
    let v6 = info.cis_v6.iter().map(|id| format!("CIS v6/v7 {id}"));
    hub.chain(v5).chain(v6).collect()
}

fn json(report: &Report) -> String {
    json_line(&Document {
        schema_version: 1,
        bucket: &report.bucket,
        region: &report.region,
        verdict: report.verdict().as_str(),
        controls: report
            .findings
            .iter()
            .map(|finding| Control {
                id: finding.info.id,
                title: finding.info.title,
                status: finding.verdict.as_str(),
                found: &finding.found,
                wanted: &finding.wanted,
                detail: finding.detail.as_deref(),
                security_hub: finding.security_hub,
                cis: Cis {
                    v5: finding.info.cis_v5,
                    v6: finding.info.cis_v6,
                    v7: finding.info.cis_v6,
                },
            })
            .collect(),
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    region: &'a str,
    verdict: &'a str,
    controls: Vec<Control<'a>>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    title: &'a str,
    status: &'a str,
    found: &'a Value,
    wanted: &'a Value,
    detail: Option<&'a str>,
    security_hub: &'a [&'a str],
    cis: Cis<'a>,
}

/// CIS AWS Foundations, by version of the benchmark.
#[derive(Serialize)]
struct Cis<'a> {
    v5: &'a [&'a str],
    v6: &'a [&'a str],
    v7: &'a [&'a str],
}
