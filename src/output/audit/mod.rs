//! The output of `audit`: text and JSON after each bucket, SARIF and HTML at the end.

mod common;
mod html;
mod json;
mod sarif;
mod text;

use super::progress::Progress;
use super::{Printer, json_failure, stdout};
use crate::audit::{Error, Report, Verdict};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use common::Failed;
use s3_presign::endpoint::BucketName;
use s3_presign::timestamp;

/// The format of the report on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    Text,
    Json,
    Sarif,
    Html,
}

/// Prints each report, or keeps it for a document at the end.
pub(crate) struct AuditWriter<'a> {
    printer: &'a Printer,
    format: OutputFormat,
    context: Context,
    progress: Progress,
    /// The reports of all buckets, which only SARIF and HTML need.
    reports: Vec<Report>,
    failures: Vec<Failed>,
    verdicts: Vec<(Verdict, u64)>,
    failed: u64,
}

impl<'a> AuditWriter<'a> {
    pub(crate) fn new(
        printer: &'a Printer,
        format: OutputFormat,
        total: usize,
        context: &Context,
    ) -> Self {
        AuditWriter {
            printer,
            format,
            context: context.clone(),
            progress: printer.progress("buckets", context).with_total(total),
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
                if let Some(why) = &report.unproven {
                    self.printer.unproven_owner(&report.bucket, why);
                }
                let worst = report.verdict();
                for (verdict, count) in &mut self.verdicts {
                    *count += u64::from(*verdict == worst);
                }
                match self.format {
                    OutputFormat::Text => {
                        stdout::data(&text::report(&report, self.printer.on_stdout()))?;
                    }
                    OutputFormat::Json => stdout::data(&json::line(&report))?,
                    OutputFormat::Sarif | OutputFormat::Html => {
                        self.reports.push(common::shortened(report));
                    }
                }
            }
            Err(error) => return self.add_failure(bucket.as_str(), Failure::from(error)),
        }
        self.progress.show(self.done());
        Ok(())
    }

    /// Reports a bucket that could not be audited. The name can be any text, because it may come
    /// from a server's list of buckets.
    pub(crate) fn add_failure(&mut self, bucket: &str, failure: Failure) -> Result<(), Failure> {
        self.progress.clear();
        self.failed += 1;
        if self.format == OutputFormat::Json {
            stdout::data(&json_failure(Some(bucket), &failure))?;
        }
        let error = common::shortened_text(failure.in_one_line());
        self.printer.failure(&Failure {
            situation: format!("{bucket}: {}", failure.situation),
            ..failure
        });
        let bucket = bucket.to_owned();
        self.failures.push(Failed { bucket, error });
        self.progress.show(self.done());
        Ok(())
    }

    /// The number of buckets so far.
    pub(crate) fn done(&self) -> u64 {
        self.verdicts.iter().map(|(_, count)| count).sum::<u64>() + self.failed
    }

    /// Prints the SARIF or HTML document and the totals, and returns the exit code. The exit code
    /// names the worst result: a bucket that could not be audited, then drift, then a control that
    /// could not be read.
    pub(crate) fn end(
        mut self,
        account: Option<String>,
        endpoint: Option<String>,
    ) -> Result<Exit, Failure> {
        self.progress.clear();
        // The audits of several buckets end in any order, so the buckets are sorted to make the
        // document equal in each run.
        self.reports
            .sort_unstable_by(|a, b| a.bucket.cmp(&b.bucket));
        self.failures
            .sort_unstable_by(|a, b| a.bucket.cmp(&b.bucket));
        let version = env!("CARGO_PKG_VERSION");
        match self.format {
            OutputFormat::Text | OutputFormat::Json => {}
            OutputFormat::Sarif => {
                let document = sarif::document(&self.reports, &self.failures, version);
                stdout::data(&document)?;
            }
            OutputFormat::Html => {
                let meta = html::Meta {
                    at: timestamp::rfc3339(self.context.now()),
                    version,
                    account,
                    endpoint,
                };
                let page = html::page(&self.reports, &self.failures, &meta);
                stdout::data(&page)?;
            }
        }
        self.print_totals();
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

    fn print_totals(&self) {
        let done = self.done();
        if done < 2 {
            return;
        }
        let mut parts = Vec::new();
        for (verdict, count) in self.verdicts.iter().rev().filter(|(_, count)| *count > 0) {
            let word = match verdict {
                Verdict::Compliant => "compliant",
                Verdict::Drift => "with drift",
                Verdict::Unknown => "with unknown controls",
                Verdict::Unsupported => "with unsupported controls",
            };
            parts.push(format!("{count} {word}"));
        }
        if self.failed > 0 {
            parts.push(format!("{} not audited", self.failed));
        }
        let text = format!("{done} buckets: {}\n", parts.join(", "));
        self.printer.info(&text);
    }
}
