//! Functions that the formats of `audit` share.

use crate::audit::{Finding, Report};
use serde_json::Value;

/// A bucket that could not be audited.
pub(super) struct Failed {
    pub(super) bucket: String,
    /// The error in one line.
    pub(super) error: String,
}

/// The longest state or text that a report in memory may contain, in bytes. Every policy fits.
const LONGEST: usize = 24 * 1024;

/// Cuts the long texts of a report. SARIF and HTML keep all reports in memory until the end.
pub(super) fn shortened(mut report: Report) -> Report {
    for finding in &mut report.findings {
        for state in [&mut finding.found, &mut finding.wanted] {
            let text = state.to_string();
            if text.len() > LONGEST {
                *state = Value::String(shortened_text(text));
            }
        }
        finding.detail = finding.detail.take().map(shortened_text);
    }
    report
}

/// Cuts a text after [`LONGEST`] bytes and notes how many bytes are missing.
pub(super) fn shortened_text(mut text: String) -> String {
    let left_out = text.len().saturating_sub(LONGEST);
    if left_out > 0 {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.shrink_to_fit();
        text += &format!("… ({left_out} bytes more)");
    }
    text
}

/// Whether a state is empty: `null`, `""` or `{}`.
pub(super) fn is_nothing(state: &Value) -> bool {
    state.is_null() || state == "" || state.as_object().is_some_and(serde_json::Map::is_empty)
}

/// The IDs of standards for a finding, such as `S3.8` and `CIS v5 2.1.4`.
pub(super) fn ids(finding: &Finding) -> Vec<String> {
    let info = finding.info;
    let hub = finding.security_hub.iter().map(|id| (*id).to_owned());
    let v5 = info
        .standards
        .cis_v5
        .iter()
        .map(|id| format!("CIS v5 {id}"));
    let v6 = info
        .standards
        .cis_v6
        .iter()
        .map(|id| format!("CIS v6/v7 {id}"));
    hub.chain(v5).chain(v6).collect()
}
