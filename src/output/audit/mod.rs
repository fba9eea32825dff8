//! The output of `audit`: JSON after each bucket, and all other formats at the end, where the reports can be
//! sorted.

mod common;
mod csv;
mod html;
mod json;
mod sarif;
mod text;

use super::progress::Progress;
use super::{Printer, json_failure, stdout};
use crate::audit::{Account, Exceptions, Report, Standard, Verdict};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::values;
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
    Csv,
}

/// The options of a report.
#[derive(Debug, Clone)]
pub(crate) struct ReportOptions {
    pub(crate) format: OutputFormat,
    /// The standard that the buckets are compared with. `None` for the baseline.
    pub(crate) standard: Option<Standard>,
    /// Whether the audit also answers the controls that need further requests.
    pub(crate) full: bool,
    /// The drift that the operator accepts.
    pub(crate) exceptions: Exceptions,
}

/// Prints each report, or keeps it for a document at the end.
pub(crate) struct AuditWriter<'a> {
    printer: &'a Printer,
    options: ReportOptions,
    /// Whether the audit has several buckets, so that the text folds compliant controls.
    is_fleet: bool,
    context: Context,
    progress: Progress,
    /// The reports of all buckets, which every format except JSON needs.
    reports: Vec<Report>,
    /// The report about the account, which is also in `reports`.
    account: Option<Report>,
    /// The IDs of the controls that the audit does not answer.
    not_checked: Vec<&'static str>,
    failures: Vec<Failed>,
    verdicts: Vec<(Verdict, u64)>,
    failed: u64,
}

impl<'a> AuditWriter<'a> {
    pub(crate) fn new(
        printer: &'a Printer,
        options: ReportOptions,
        total: usize,
        context: &Context,
    ) -> Self {
        let standard = options.standard;
        let not_checked = standard.map(|standard| standard.not_checked(options.full));
        let not_checked = not_checked.unwrap_or_default();
        AuditWriter {
            printer,
            options,
            is_fleet: total > 1,
            context: context.clone(),
            progress: printer.progress("buckets", context).with_total(total),
            reports: Vec::new(),
            account: None,
            not_checked,
            failures: Vec::new(),
            verdicts: common::VERDICTS.map(|verdict| (verdict, 0)).into(),
            failed: 0,
        }
    }

    /// Adds the report about the account, before the reports about buckets.
    pub(crate) fn add_account(&mut self, account: &Account) {
        for (ids, why) in &account.not_applicable {
            self.not_checked.extend(ids);
            let ids = ids.join(", ");
            self.printer
                .info(&format!("{ids}: not applicable, because {why}\n"));
        }
        let mut report = account.report.clone();
        if report.findings.is_empty() {
            return;
        }
        let now = self.context.now();
        for warning in self.options.exceptions.apply(&mut report, now) {
            self.printer.warning(&warning);
        }
        let report = common::shortened(report);
        self.reports.push(report.clone());
        self.account = Some(report);
    }

    pub(crate) fn add(
        &mut self,
        bucket: &BucketName,
        result: Result<Report, Failure>,
    ) -> Result<(), Failure> {
        self.progress.clear();
        match result {
            Ok(mut report) => {
                let now = self.context.now();
                for warning in self.options.exceptions.apply(&mut report, now) {
                    self.printer.warning(&warning);
                }
                for warning in &report.warnings {
                    self.printer
                        .warning(&format!("{}: the bucket {warning}", report.bucket));
                }
                if let Some(why) = &report.unproven {
                    self.printer.unproven_owner(&report.bucket, why);
                }
                let worst = report.verdict();
                for (verdict, count) in &mut self.verdicts {
                    *count += u64::from(*verdict == worst);
                }
                if self.options.format == OutputFormat::Json {
                    stdout::data(&self.json_line(&report))?;
                } else {
                    self.reports.push(common::shortened(report));
                }
            }
            Err(failure) => return self.add_failure(bucket.as_str(), failure),
        }
        self.progress.show(self.done());
        Ok(())
    }

    /// Reports a bucket that could not be audited. The name can be any text, because it may come
    /// from a server's list of buckets.
    pub(crate) fn add_failure(&mut self, bucket: &str, failure: Failure) -> Result<(), Failure> {
        self.progress.clear();
        self.failed += 1;
        if self.options.format == OutputFormat::Json {
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

    fn json_line(&self, report: &Report) -> String {
        let ReportOptions { standard, full, .. } = self.options;
        let not_checked = (full || standard.is_some()).then_some(&*self.not_checked);
        json::line(report, standard, self.account.as_ref(), not_checked)
    }

    /// The number of buckets so far.
    pub(crate) fn done(&self) -> u64 {
        self.verdicts.iter().map(|(_, count)| count).sum::<u64>() + self.failed
    }

    /// Prints the text of the buckets so far. An interrupted audit prints no document in another format,
    /// because the document would not show that buckets are missing.
    pub(crate) fn end_interrupted(&mut self) -> Result<(), Failure> {
        self.progress.clear();
        match self.options.format {
            OutputFormat::Text => self.print_text(),
            _ => Ok(()),
        }
    }

    /// Prints the document and the totals, and returns the exit code. The exit code names the worst result:
    /// a bucket that could not be audited, then drift, then a control that could not be read.
    pub(crate) fn end(
        mut self,
        account: Option<String>,
        endpoint: Option<String>,
    ) -> Result<Exit, Failure> {
        self.progress.clear();
        // The audits of several buckets end in any order, so the buckets are sorted to make the
        // document equal in each run.
        common::sort(&mut self.reports);
        values::sort(&mut self.failures, |it| (0, it.bucket.clone()));
        let version = env!("CARGO_PKG_VERSION");
        match self.options.format {
            OutputFormat::Json => {}
            OutputFormat::Text => self.print_text()?,
            OutputFormat::Sarif => {
                let document = sarif::document(&self.reports, &self.failures, version);
                stdout::data(&document)?;
            }
            OutputFormat::Csv => stdout::data(&csv::document(&self.reports, &self.failures))?,
            OutputFormat::Html => {
                let meta = html::Meta {
                    at: timestamp::rfc3339(self.context.now()),
                    version,
                    account,
                    endpoint,
                    standard: self.options.standard,
                    full: self.options.full,
                };
                let page = html::page(&self.reports, &self.failures, &meta);
                stdout::data(&page)?;
            }
        }
        self.print_totals();
        let any = |wanted| {
            let of_it = |(verdict, count): &(Verdict, u64)| *verdict == wanted && *count > 0;
            let of_account = self.account.as_ref().map(Report::verdict);
            self.verdicts.iter().any(of_it) || of_account == Some(wanted)
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

    fn print_text(&mut self) -> Result<(), Failure> {
        common::sort(&mut self.reports);
        let paint = self.printer.on_stdout();
        let standard = self.options.standard;
        let mut text = text::public(&self.reports, paint);
        for report in &self.reports {
            text += &text::report(report, standard, self.is_fleet, paint);
        }
        if self.is_fleet && self.reports.len() > 1 {
            text += &text::sums(&self.reports);
        }
        stdout::data(&text)?;
        if let Some(standard) = standard {
            let missing = standard.not_checked(self.options.full);
            let why = if self.options.full {
                "which is about directory buckets"
            } else {
                "which need the option --full"
            };
            if !missing.is_empty() {
                self.printer.info(&format!(
                    "{}: this audit does not check {}, {why}\n",
                    standard.title(),
                    missing.join(", ")
                ));
            }
        }
        Ok(())
    }

    fn print_totals(&self) {
        let done = self.done();
        if done < 2 {
            return;
        }
        let mut parts = Vec::new();
        for (verdict, count) in self.verdicts.iter().filter(|(_, count)| *count > 0) {
            let word = match verdict {
                Verdict::Compliant => "compliant",
                Verdict::Accepted => "with accepted drift",
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
