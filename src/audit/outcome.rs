//! The result of a check: a verdict and the part of the configuration that decides.

use super::Verdict;
use serde_json::Value;

/// A document that could not be read: the verdict and the reason.
pub(super) type NotRead = (Verdict, String);

/// The result of a check.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// The part of the configuration that decides.
    pub(super) found: Value,
    pub(super) detail: Option<String>,
}

impl Outcome {
    pub(super) fn of(passes: bool, found: Value) -> Self {
        let verdict = if passes {
            Verdict::Compliant
        } else {
            Verdict::Drift
        };
        Outcome {
            verdict,
            found,
            detail: None,
        }
    }

    pub(super) fn with(self, detail: impl Into<String>) -> Self {
        Outcome {
            detail: Some(detail.into()),
            ..self
        }
    }

    pub(super) fn not_read((verdict, why): NotRead) -> Self {
        Outcome {
            verdict,
            found: Value::Null,
            detail: Some(why),
        }
    }
}
