//! The verdict about a control, and how serious drift is.

/// The verdict about a control. The worst verdict is the first variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verdict {
    /// The configuration of the bucket differs from the desired state.
    Drift,
    /// The configuration could not be read, because S3 denied the request or answered with an
    /// error.
    Unknown,
    /// The server does not support the control.
    Unsupported,
    /// The configuration differs, but the caller accepts the difference.
    Accepted,
    /// The configuration of the bucket equals the desired state or is stricter.
    Compliant,
}

/// How serious drift of a control is. The levels are those of AWS Security Hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// The bucket is public.
    Critical,
    /// Access that others should not have is possible.
    High,
    /// A protection is missing.
    Medium,
    /// The control concerns cost, recovery or order.
    Low,
}

impl Verdict {
    /// Returns the verdict's name in JSON, such as `drift`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Drift => "drift",
            Verdict::Unknown => "unknown",
            Verdict::Unsupported => "unsupported",
            Verdict::Accepted => "accepted",
            Verdict::Compliant => "compliant",
        }
    }
}

impl Severity {
    /// Returns the level's name in JSON, such as `critical`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}
