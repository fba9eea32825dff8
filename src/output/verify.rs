//! The output of `verify`.

use super::{
    CYAN, GREEN, Paint, RED, columns_of_stdout, json_line, sanitize, wrapped, wrapped_from,
};
use crate::hints;
use crate::verify::{Outcome, Probe, Report};
use serde::Serialize;

/// The column of a title, below which its other lines and the remedy begin.
const REASON: usize = 21;

/// The line of a probe, such as `pass  round-trip …`. The remedy follows a failure.
pub(crate) fn line(probe: &Probe, paint: Paint) -> String {
    let Probe {
        id,
        title,
        outcome,
        reason,
    } = probe;
    let reason = sanitize(&hints::reason(reason));
    let color = match outcome {
        Outcome::Pass => GREEN,
        Outcome::Fail => RED,
        Outcome::Skip => CYAN,
    };
    let outcome_text = paint.paint(outcome.as_str(), color);
    let columns = columns_of_stdout();
    let start = "pass  ".len();
    let shown = wrapped_from(
        start,
        &format!("{id:<14} {title}: {reason}"),
        REASON,
        columns,
    );
    let mut text = format!("{outcome_text}  {shown}\n");
    if *outcome == Outcome::Fail
        && let Some(remedy) = hints::remedy(id)
    {
        text += &format!("{:REASON$}{}\n", "", wrapped(remedy, REASON, columns));
    }
    text
}

/// The number of probes with this outcome.
fn count(report: &Report, outcome: Outcome) -> usize {
    let of_it = |probe: &&Probe| probe.outcome == outcome;
    report.probes.iter().filter(of_it).count()
}

/// The totals, such as `12 passed, 1 failed, 1 skipped`.
pub(crate) fn totals(report: &Report) -> String {
    let of = |outcome| count(report, outcome);
    format!(
        "{} passed, {} failed, {} skipped\n",
        of(Outcome::Pass),
        of(Outcome::Fail),
        of(Outcome::Skip)
    )
}

/// The report as a JSON document in one line.
pub(crate) fn json(report: &Report) -> String {
    let of = |outcome| count(report, outcome);
    json_line(&Document {
        schema_version: 1,
        bucket: &report.bucket,
        region: &report.region,
        passed: of(Outcome::Pass),
        failed: of(Outcome::Fail),
        skipped: of(Outcome::Skip),
        interrupted: report.interrupted,
        left_behind: &report.left_behind,
        probes: report
            .probes
            .iter()
            .map(|probe| Shown {
                id: probe.id,
                title: probe.title,
                status: probe.outcome.as_str(),
                reason: sanitize(&hints::reason(&probe.reason)),
                remedy: (probe.outcome == Outcome::Fail)
                    .then(|| hints::remedy(probe.id))
                    .flatten(),
            })
            .collect(),
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    region: &'a str,
    passed: usize,
    failed: usize,
    skipped: usize,
    interrupted: bool,
    left_behind: &'a [String],
    probes: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    status: &'a str,
    reason: String,
    remedy: Option<&'a str>,
}
