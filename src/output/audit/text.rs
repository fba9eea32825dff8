//! `audit -o text`: a heading for each bucket and a line for each control.

use super::common::{ids, is_nothing};
use crate::audit::{Report, Verdict};
use crate::output::{GREEN, Paint, RED, YELLOW, sanitize};
use serde_json::Value;

/// The report of a bucket. The found and the requested state follow a control that has drifted.
pub(super) fn report(report: &Report, paint: Paint) -> String {
    let mut text = format!("{} ({})\n", report.bucket, report.region);
    for finding in &report.findings {
        let info = finding.info;
        let ids = ids(finding);
        let color = match finding.verdict {
            Verdict::Compliant => GREEN,
            Verdict::Drift => RED,
            Verdict::Unknown | Verdict::Unsupported => YELLOW,
        };
        // The padding comes before the colours, whose codes have no width.
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
            text += &format!("               {}\n", sanitize(detail));
        }
    }
    text
}

fn one_line(state: &Value) -> String {
    match state {
        state if is_nothing(state) => "nothing".to_owned(),
        state => sanitize(&state.to_string()),
    }
}
