//! Types that describe a control and the S3 subresource that the control configures.

use super::event_selectors;

/// The description of a control: its id, texts, option, subresource and standards.
#[derive(Debug, PartialEq, Eq)]
pub struct Info {
    /// The id in kebab case, which JSON reports contain and `--skip` and `--require` accept.
    pub id: &'static str,
    /// The name of the control in status lines.
    pub title: &'static str,
    /// The purpose of the control, in one sentence.
    pub why: &'static str,
    /// The option of `bootstrap` that requests the control. The text is empty if `bootstrap`
    /// requests the control without an option.
    pub flag: &'static str,
    /// The subresource that the control configures. Several controls may configure the same
    /// subresource.
    pub subresource: &'static Subresource,
    /// The recommendations of security standards that the control satisfies.
    pub standards: Standards,
}

/// The ids of the recommendations of security standards that a control satisfies.
#[derive(Debug, PartialEq, Eq)]
pub struct Standards {
    /// The ids of AWS Security Hub controls, such as `S3.8`.
    /// <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>
    pub security_hub: &'static [&'static str],
    /// The numbers of recommendations in the CIS AWS Foundations Benchmark v5.0.
    pub cis_v5: &'static [&'static str],
    /// The numbers of recommendations in the CIS AWS Foundations Benchmark v6.0 and v7.0. The
    /// numbers are the same in v6.0 and v7.0.
    pub cis_v6: &'static [&'static str],
}

impl Standards {
    /// An empty list, for a control that satisfies no recommendation of these standards.
    pub const NONE: Standards = Standards {
        security_hub: &[],
        cis_v5: &[],
        cis_v6: &[],
    };
}

/// A part of a bucket's configuration that one API operation reads and another API operation
/// writes.
#[derive(Debug, PartialEq, Eq)]
pub struct Subresource {
    /// The name of the subresource in the query of a URL, such as `policy` in `?policy`.
    pub name: &'static str,
    /// The name of the API operation that reads the subresource, such as `GetBucketPolicy`.
    pub get: &'static str,
    /// The name of the API operation that writes the subresource, such as `PutBucketPolicy`.
    pub put: &'static str,
    /// The error codes with which a 404 response means that nothing is configured.
    pub absent_codes: &'static [&'static str],
    /// The IAM action that allows reading the subresource. The name of the IAM action may differ
    /// from the name of the API operation.
    pub read_action: &'static str,
    /// The IAM action that allows writing the subresource.
    pub write_action: &'static str,
    /// The media type of the request body.
    pub content_type: &'static str,
    /// The maximum size of the body in S3, in bytes. `None` if this program never writes a body
    /// that reaches the maximum size.
    pub size_limit: Option<usize>,
    /// A header of the GET response that the PUT request must repeat, because S3 would otherwise
    /// reset the setting in this header to the default.
    pub round_trip_header: Option<&'static str>,
    /// Whether bootstrap saves the existing configuration to a file before bootstrap changes the
    /// configuration.
    pub has_backup: bool,
    /// Additional advice in the report if S3 denies a write. The report appends this advice to the
    /// clause that names the missing IAM action.
    pub access_denied_hint: Option<&'static str>,
    /// Whether bootstrap may write the subresource without a read. A write without a read is safe
    /// only if the write can neither weaken nor remove a setting that another tool or person has
    /// made.
    pub safe_without_read: bool,
}

/// The media type of every subresource except the policy.
pub const XML: &str = "application/xml";

impl Subresource {
    /// Returns the URL of the page in AWS's API reference that documents the PUT operation.
    #[must_use]
    pub fn api_page(&self) -> String {
        let put = self.put;
        if self.name == event_selectors::NAME {
            return format!(
                "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_{put}.html"
            );
        }
        format!("https://docs.aws.amazon.com/AmazonS3/latest/API/API_{put}.html")
    }
}
