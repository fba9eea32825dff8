//! What the audit's renderers share.

use s3_secure_bucket::audit::Finding;
use serde_json::Value;

/// A bucket that could not be audited.
pub(super) struct Failed {
    pub(super) bucket: String,
    /// The error's first line.
    pub(super) error: String,
}

/// Whether a state is empty: `null`, `""` or `{}`.
pub(super) fn is_nothing(state: &Value) -> bool {
    state.is_null() || state == "" || state.as_object().is_some_and(serde_json::Map::is_empty)
}

/// `S3.8`, `CIS 2.1.4 (v5)` …
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
