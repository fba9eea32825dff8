//! `audit -o text`: a heading for each bucket and a line for each control.

use super::common::{
    VERDICTS, count, ids, is_nothing, next_steps, public_lines, topics, worst_first,
};
use crate::audit::{Finding, Report, Standard, Verdict};
use crate::output::{GREEN, Paint, RED, YELLOW, columns_of_stdout, sanitize, spaced_json, wrapped};
use serde_json::Value;

/// The column of the control's ID, below which its details begin.
const DETAIL: usize = 15;

/// The lines about public buckets, which come before everything else.
pub(super) fn public(reports: &[Report], paint: Paint) -> String {
    let mut text = String::new();
    for report in reports {
        for line in public_lines(report) {
            let line = format!("{} ({}): {line}", report.bucket, report.region);
            let line = wrapped(&sanitize(&line), 8, columns_of_stdout());
            text += &format!("{}  {line}\n", paint.paint("PUBLIC", RED));
        }
    }
    text
}

/// The report of a bucket as text. The found and the requested state follow a control that has
/// drifted. With `folded`, one line counts the compliant controls, and the requested state is omitted.
pub(super) fn report(
    report: &Report,
    standard: Option<Standard>,
    folded: bool,
    paint: Paint,
) -> String {
    let columns = columns_of_stdout();
    if folded && report.verdict() == Verdict::Compliant {
        let verdict = paint.paint("compliant", GREEN);
        return format!("{} ({})  {verdict}\n", report.bucket, report.region);
    }
    let mut text = format!("{} ({})\n", report.bucket, report.region);
    let mut compliant = 0;
    for finding in worst_first(report) {
        if folded && finding.verdict == Verdict::Compliant {
            compliant += 1;
        } else {
            text += &lines(finding, standard, folded, paint);
        }
    }
    if compliant > 0 {
        let verdict = paint.paint(&format!("{:<11}", "compliant"), GREEN);
        let noun = if compliant == 1 {
            "control"
        } else {
            "controls"
        };
        text += &format!("  {verdict}  {compliant} {noun}\n");
    }
    for step in next_steps(report) {
        let step = wrapped(&sanitize(&step), DETAIL, columns);
        text += &format!("  {:<11}  {step}\n", "next");
    }
    text
}

fn lines(finding: &Finding, standard: Option<Standard>, folded: bool, paint: Paint) -> String {
    let columns = columns_of_stdout();
    let ids = ids(finding, standard);
    let color = match finding.verdict {
        Verdict::Compliant | Verdict::Accepted => GREEN,
        Verdict::Drift => RED,
        Verdict::Unknown | Verdict::Unsupported => YELLOW,
    };
    // The text is padded before it is coloured, because the codes of colours take no space on a
    // terminal.
    let verdict = paint.paint(&format!("{:<11}", finding.verdict.as_str()), color);
    let mut line = finding.topic.id.to_owned();
    if standard.is_some() {
        line += &format!("  {}", finding.topic.title);
    }
    if !ids.is_empty() {
        line += &format!("  [{}]", ids.join(", "));
    }
    if finding.verdict == Verdict::Drift {
        line += &format!("  {}", finding.severity().as_str());
    }
    let line = wrapped(&line, DETAIL, columns);
    let mut text = format!("  {verdict}  {line}\n");
    let has_states = finding.verdict == Verdict::Drift && !finding.wanted.is_null();
    if has_states {
        let states = [("found", &finding.found), ("wanted", &finding.wanted)];
        for (label, state) in states.into_iter().take(if folded { 1 } else { 2 }) {
            let state = one_line(state, columns.is_some());
            let state = wrapped(&state, DETAIL + 8, columns);
            text += &format!("{:DETAIL$}{label:<8}{state}\n", "");
        }
    }
    if let Some(detail) = &finding.detail {
        let detail = wrapped(&sanitize(detail), DETAIL, columns);
        text += &format!("{:DETAIL$}{detail}\n", "");
    }
    text
}

/// The number of buckets by control and verdict.
pub(super) fn sums(reports: &[Report]) -> String {
    let verdicts: Vec<Verdict> = VERDICTS
        .into_iter()
        .filter(|verdict| {
            let any = |report: &Report| report.findings.iter().any(|it| it.verdict == *verdict);
            reports.iter().any(any)
        })
        .collect();
    let topics = topics(reports);
    let width = topics.iter().map(|it| it.topic.id.len()).max().unwrap_or(0);
    let mut text = format!("\n{:<width$}  severity", "control");
    for verdict in &verdicts {
        text += &format!("  {:>11}", verdict.as_str());
    }
    text += "\n";
    for finding in topics {
        let severity = finding.severity().as_str();
        text += &format!("{:<width$}  {severity:<8}", finding.topic.id);
        for verdict in &verdicts {
            let count = count(reports, finding.topic.id, *verdict);
            text += &format!("  {count:>11}");
        }
        text += "\n";
    }
    text
}

/// The state as JSON in one line, or `nothing`.
fn one_line(state: &Value, spaced: bool) -> String {
    if is_nothing(state) {
        "nothing".to_owned()
    } else {
        spaced_json::line(state, spaced)
    }
}
