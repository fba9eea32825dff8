//! What there is to know about a control.

/// What there is to know about a control.
#[derive(Debug, PartialEq, Eq)]
pub struct Info {
    /// Kebab-case; in JSON and for `--skip` and `--require`.
    pub id: &'static str,
    /// For status lines.
    pub title: &'static str,
    /// What it is good for, in one sentence.
    pub why: &'static str,
    /// The option of `bootstrap` that asks for it; empty if it is always wanted.
    pub flag: &'static str,
    /// `policy` for `?policy`.
    pub subresource: &'static str,
    /// The API that reads it.
    pub get: &'static str,
    /// The API that writes it.
    pub put: &'static str,
    /// Codes of a 404 that mean: nothing is configured.
    pub absent: &'static [&'static str],
    /// IAM action to read it.
    pub read_action: &'static str,
    /// IAM action to write it.
    pub write_action: &'static str,
    /// Of the body.
    pub content_type: &'static str,
    /// Bytes that S3 takes at most.
    pub size_limit: usize,
    /// A header of the answer that must be sent back with a change, or it is set to its default.
    pub carried_header: Option<&'static str>,
    /// Whether what was there is saved before it is changed.
    pub backup: bool,
    /// Why a write can be denied beside a missing action; empty for no other reason.
    pub denied_also: &'static str,
    /// Whether writing it without having read it can lose nothing that somebody configured.
    pub blind_write: bool,
    /// AWS Security Hub controls it satisfies.
    pub security_hub: &'static [&'static str],
    /// CIS AWS Foundations recommendations it satisfies, v5.0.
    pub cis_v5: &'static [&'static str],
    /// The same in v6.0 and v7.0.
    pub cis_v6: &'static [&'static str],
    /// The API's page.
    pub api: &'static str,
}

/// A configuration under a subresource: XML for all but the policy.
pub const XML: &str = "application/xml";
