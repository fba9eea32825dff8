//! `audit -o text`: a heading for each bucket and a line for each control.

use super::common::{ids, is_nothing};
use crate::audit::{Report, Verdict};
use crate::output::{GREEN, Paint, RED, YELLOW, columns_of_stdout, sanitize, spaced_json, wrapped};
use serde_json::Value;

/// The column of the control's ID, below which its details begin.
const DETAIL: usize = 15;

/// The report of a bucket as text. The found and the requested state follow a control that has
/// drifted.
pub(super) fn report(report: &Report, paint: Paint) -> String {
    let columns = columns_of_stdout();
    let mut text = format!("{} ({})\n", report.bucket, report.region);
    for finding in &report.findings {
        let info = finding.info;
        let ids = ids(finding);
        let color = match finding.verdict {
            Verdict::Compliant => GREEN,
            Verdict::Drift => RED,
            Verdict::Unknown | Verdict::Unsupported => YELLOW,
        };
        // The text is padded before it is coloured, because the codes of colours take no space on a
        // terminal.
        let verdict = paint.paint(&format!("{:<11}", finding.verdict.as_str()), color);
        let mut line = info.id.to_owned();
        if !ids.is_empty() {
            line += &format!("  [{}]", ids.join(", "));
        }
        let line = wrapped(&line, DETAIL, columns);
        text += &format!("  {verdict}  {line}\n");
        if finding.verdict == Verdict::Drift {
            for (label, state) in [("found", &finding.found), ("wanted", &finding.wanted)] {
                let state = one_line(state, columns.is_some());
                let state = wrapped(&state, DETAIL + 8, columns);
                text += &format!("{:DETAIL$}{label:<8}{state}\n", "");
            }
        }
        if let Some(detail) = &finding.detail {
            let detail = wrapped(&sanitize(detail), DETAIL, columns);
            text += &format!("{:DETAIL$}{detail}\n", "");
        }
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
