//! What there is to know about a control, and about the S3 subresource that it configures.

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
    /// What it is written to, alone or with other controls.
    pub subresource: &'static Subresource,
    /// The recommendations that it satisfies.
    pub standards: Standards,
}

/// Ids of the recommendations that a control satisfies.
#[derive(Debug, PartialEq, Eq)]
pub struct Standards {
    /// Controls of AWS Security Hub.
    pub security_hub: &'static [&'static str],
    /// CIS AWS Foundations Benchmark v5.0.
    pub cis_v5: &'static [&'static str],
    /// The same in v6.0 and v7.0, which have equal numbers.
    pub cis_v6: &'static [&'static str],
}

impl Standards {
    /// No recommendation.
    pub const NONE: Standards = Standards {
        security_hub: &[],
        cis_v5: &[],
        cis_v6: &[],
    };
}

/// A part of a bucket's configuration with one API to read it and one to write it.
#[derive(Debug, PartialEq, Eq)]
pub struct Subresource {
    /// The query of its URL: `policy` for `?policy`.
    pub name: &'static str,
    /// The API that reads it.
    pub get: &'static str,
    /// The API that writes it.
    pub put: &'static str,
    /// The error codes of a 404 that mean: nothing is configured.
    pub absent_codes: &'static [&'static str],
    /// The IAM action to read it, which is not always named after the API.
    pub read_action: &'static str,
    /// The IAM action to write it.
    pub write_action: &'static str,
    /// The media type of its body.
    pub content_type: &'static str,
    /// The longest body that S3 takes, in bytes; `None` if no change comes near it.
    pub size_limit: Option<usize>,
    /// A header of the GET that must be sent back with a PUT: without it, S3 sets what it says back to
    /// its default.
    pub round_trip_header: Option<&'static str>,
    /// Whether what is there is saved to a file before it is changed.
    pub has_backup: bool,
    /// What else to check when a write is denied, as the end of a sentence: the missing IAM action is
    /// named before it.
    pub access_denied_hint: Option<&'static str>,
    /// Whether it may be written without having been read, because a write can take nothing away that
    /// is stricter or is not ours.
    pub safe_without_read: bool,
}

/// The media type of every subresource but the policy.
pub const XML: &str = "application/xml";

impl Subresource {
    /// The page of the API that writes it, in AWS's reference.
    #[must_use]
    pub fn api_page(&self) -> String {
        let put = self.put;
        format!("https://docs.aws.amazon.com/AmazonS3/latest/API/API_{put}.html")
    }
}
