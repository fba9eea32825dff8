//! The description of a control, and of the S3 subresource that it configures.

/// The description of a control: its id, texts, option, subresource and standards.
#[derive(Debug, PartialEq, Eq)]
pub struct Info {
    /// The id in kebab case, which JSON reports contain and `--skip` and `--require` accept.
    pub id: &'static str,
    /// The name of the control in status lines.
    pub title: &'static str,
    /// The purpose of the control, in one sentence.
    pub why: &'static str,
    /// The option of `bootstrap` that requests the control. Empty if `bootstrap` requests the
    /// control without an option.
    pub flag: &'static str,
    /// The subresource that the control configures, alone or with other controls.
    pub subresource: &'static Subresource,
    /// The recommendations that the control satisfies.
    pub standards: Standards,
}

/// The ids of the recommendations that a control satisfies.
#[derive(Debug, PartialEq, Eq)]
pub struct Standards {
    /// Control ids of AWS Security Hub, such as `S3.8`.
    /// <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>
    pub security_hub: &'static [&'static str],
    /// Recommendation numbers of the CIS AWS Foundations Benchmark v5.0.
    pub cis_v5: &'static [&'static str],
    /// Recommendation numbers of the CIS AWS Foundations Benchmark v6.0 and v7.0, which are equal.
    pub cis_v6: &'static [&'static str],
}

impl Standards {
    /// No recommendation of any standard.
    pub const NONE: Standards = Standards {
        security_hub: &[],
        cis_v5: &[],
        cis_v6: &[],
    };
}

/// A part of a bucket's configuration that has one API to read it and one to write it.
#[derive(Debug, PartialEq, Eq)]
pub struct Subresource {
    /// The name of the subresource in the query of a URL: `policy` for `?policy`.
    pub name: &'static str,
    /// The name of the API that reads the subresource, such as `GetBucketPolicy`.
    pub get: &'static str,
    /// The name of the API that writes the subresource, such as `PutBucketPolicy`.
    pub put: &'static str,
    /// The error codes of a 404 response that mean that nothing is configured.
    pub absent_codes: &'static [&'static str],
    /// The IAM action that allows reading the subresource. The name of an action may differ from that of
    /// the API.
    pub read_action: &'static str,
    /// The IAM action that allows writing the subresource.
    pub write_action: &'static str,
    /// The media type of the request body.
    pub content_type: &'static str,
    /// S3's limit for the body, in bytes. `None` if no body of this program can reach the limit.
    pub size_limit: Option<usize>,
    /// A header of the GET response that the PUT must repeat. If the header is missing, S3 resets the
    /// setting that it contains to the default.
    pub round_trip_header: Option<&'static str>,
    /// Whether bootstrap saves the existing configuration to a file before changing it.
    pub has_backup: bool,
    /// Advice for a write that S3 denies. The report appends this text to a clause that names the
    /// missing IAM action.
    pub access_denied_hint: Option<&'static str>,
    /// Whether bootstrap may write the subresource without reading it first. Writing without reading is
    /// safe if the write can neither weaken a setting nor remove one that another author made.
    pub safe_without_read: bool,
}

/// The media type of every subresource except the policy.
pub const XML: &str = "application/xml";

impl Subresource {
    /// The URL of the page in AWS's reference that documents the PUT API.
    #[must_use]
    pub fn api_page(&self) -> String {
        let put = self.put;
        format!("https://docs.aws.amazon.com/AmazonS3/latest/API/API_{put}.html")
    }
}
