//! The controls of AWS Security Hub for S3, and the standards that contain them.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>

mod table;

pub(crate) use table::CHECKS;

use super::Severity;
use crate::controls::OF_ACCESS;
use std::fmt;
use std::str::FromStr;

/// A control of AWS Security Hub.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// The ID, such as `S3.8`.
    pub(crate) id: &'static str,
    /// The name of the control in Security Hub, shortened.
    pub(crate) title: &'static str,
    /// Why the control matters.
    pub(crate) why: &'static str,
    pub(crate) severity: Severity,
    /// The ID of the finding of an audit against the baseline that shows the ID of this control.
    pub(crate) finding: &'static str,
    /// The options with which `bootstrap` satisfies the control, or `None` if it cannot.
    pub(crate) options: Option<&'static str>,
    /// The names of the subresources that decide.
    pub(crate) needs: &'static [&'static str],
    /// The IAM actions of the requests that only `--full` sends for this control.
    pub(crate) full: &'static [&'static str],
    /// Whether the control is part of AWS Foundational Security Best Practices.
    pub(crate) fsbp: bool,
    /// The recommendation of the CIS AWS Foundations Benchmark in the versions 5, and 6 and 7.
    pub(crate) cis: Option<(&'static str, &'static str)>,
    /// The recommendation that only version 7 of the CIS AWS Foundations Benchmark has.
    pub(crate) cis_v7: Option<&'static str>,
    /// The requirements of PCI DSS v4.0.1.
    pub(crate) pci: &'static [&'static str],
    /// The requirements of NIST SP 800-171 revision 2.
    pub(crate) nist: &'static [&'static str],
}

/// The standards that `audit --standard` accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standard {
    /// AWS Foundational Security Best Practices.
    Fsbp,
    /// The CIS AWS Foundations Benchmark, versions 5 to 7.
    Cis,
    /// PCI DSS v4.0.1.
    Pci,
    /// NIST SP 800-171 revision 2.
    Nist,
}

impl Standard {
    /// Returns the full name of the standard with its version.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Standard::Fsbp => "AWS Foundational Security Best Practices",
            Standard::Cis => "CIS AWS Foundations Benchmark v5, v6 and v7",
            Standard::Pci => "PCI DSS v4.0.1",
            Standard::Nist => "NIST SP 800-171 revision 2",
        }
    }

    /// Returns the controls of Security Hub that this standard contains and that `audit` can answer, with
    /// or without `--full`.
    pub(crate) fn checks(self, full: bool) -> impl Iterator<Item = &'static Check> {
        let all = CHECKS.iter().filter(move |check| check.is_in(self));
        all.filter(move |check| full || !check.is_full())
    }

    /// Whether an audit with `--full` answers the control: every control without a standard, and else each
    /// control of the standard.
    pub(super) fn has(standard: Option<Self>, id: &str) -> bool {
        standard.is_none_or(|standard| standard.checks(true).any(|check| check.id == id))
    }

    /// Returns the names of the subresources that an audit against this standard reads.
    pub(crate) fn subresources(self) -> Vec<&'static str> {
        let mut names = OF_ACCESS.to_vec();
        for name in self.checks(false).flat_map(|check| check.needs) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the IAM actions of the further requests that an audit against this standard sends with
    /// `--full`. `None` is an audit against the baseline.
    pub(crate) fn full_actions(standard: Option<Self>) -> Vec<&'static str> {
        let is_in = |check: &&Check| standard.is_none_or(|standard| check.is_in(standard));
        let mut actions: Vec<&str> = Vec::new();
        for action in CHECKS.iter().filter(is_in).flat_map(|check| check.full) {
            if !actions.contains(action) {
                actions.push(action);
            }
        }
        if standard.is_none() {
            // S3.20 needs the versioning and the lifecycle configuration.
            actions.extend(["s3:GetBucketVersioning", "s3:GetLifecycleConfiguration"]);
        }
        actions
    }

    /// Returns the IDs of the controls that `audit` does not answer, with or without `--full`. No audit
    /// answers S3.25, which concerns directory buckets.
    #[must_use]
    pub fn not_checked(self, full: bool) -> Vec<&'static str> {
        let only_full = self.checks(true).filter(|check| check.is_full() && !full);
        let mut ids: Vec<&str> = only_full.map(|check| check.id).collect();
        ids.extend((self == Standard::Fsbp).then_some("S3.25"));
        ids
    }
}

impl FromStr for Standard {
    type Err = UnknownStandard;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "fsbp" => Standard::Fsbp,
            "cis" => Standard::Cis,
            "pci" => Standard::Pci,
            "nist" => Standard::Nist,
            _ => return Err(UnknownStandard),
        })
    }
}

/// The error for a text that is not the name of a [`Standard`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownStandard;

impl fmt::Display for UnknownStandard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a standard is fsbp, cis, pci or nist")
    }
}

impl std::error::Error for UnknownStandard {}

impl Check {
    /// Returns the ID, if AWS Security Hub has the control.
    pub(crate) fn security_hub(&'static self) -> &'static [&'static str] {
        match self.cis_v7 {
            Some(_) => &[],
            None => std::slice::from_ref(&self.id),
        }
    }

    /// Returns the recommendation of the CIS AWS Foundations Benchmark in version 5, 6 or 7.
    pub(crate) fn cis_in(&self, version: u8) -> Option<&'static str> {
        match (version, self.cis) {
            (5, found) => found.map(|(v5, _)| v5),
            (7, None) => self.cis_v7,
            (_, found) => found.map(|(_, v6)| v6),
        }
    }

    /// Whether only an audit with `--full` answers this control.
    pub(crate) fn is_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// Returns the next step after drift from a control that `bootstrap` does not set.
    pub(crate) fn advice(&self) -> &'static str {
        match self.id {
            "S3.1" => {
                "switch Block Public Access on for the account (aws s3control put-public-access-block)"
            }
            "S3.7" => {
                "replicate the bucket to a bucket in another region (aws s3api put-bucket-replication)"
            }
            "S3.11" => {
                "send event notifications (aws s3api put-bucket-notification-configuration), for example to EventBridge"
            }
            "S3.15" => "switch Object Lock on (aws s3api put-object-lock-configuration)",
            "S3.19" => {
                "replace the named access points, because their Block Public Access cannot be changed"
            }
            "S3.20" => {
                "run bootstrap with --mfa-delete SERIAL as the root user, or add a lifecycle configuration, with which the control does not apply"
            }
            "S3.22" | "S3.23" => {
                "let a multi-Region trail log the data events of all buckets (aws cloudtrail put-event-selectors)"
            }
            "S3.24" => {
                "replace the named multi-Region access points, because their Block Public Access cannot be changed"
            }
            _ => "remove or narrow the named statements of the bucket policy",
        }
    }

    pub(crate) fn is_in(&self, standard: Standard) -> bool {
        match standard {
            Standard::Fsbp => self.fsbp,
            Standard::Cis => self.cis_in(7).is_some(),
            Standard::Pci => !self.pci.is_empty(),
            Standard::Nist => !self.nist.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::ALL;

    fn check(id: &str) -> &'static Check {
        CHECKS.iter().find(|check| check.id == id).unwrap()
    }

    /// The IDs of a control's description are those of its row in the table.
    #[test]
    fn the_descriptions_of_the_controls_agree_with_the_table() {
        for control in ALL {
            let info = control.info();
            for id in info.standards.security_hub {
                assert_eq!(check(id).finding, info.id, "{id}");
            }
            let rows = CHECKS.iter().filter(|check| check.finding == info.id);
            let cis: Vec<_> = rows
                .filter(|it| it.id != "S3.20")
                .filter_map(|it| it.cis)
                .collect();
            let v5: Vec<_> = cis.iter().map(|(v5, _)| *v5).collect();
            let v6: Vec<_> = cis.iter().map(|(_, v6)| *v6).collect();
            assert_eq!(
                (v5, v6),
                (
                    info.standards.cis_v5.to_vec(),
                    info.standards.cis_v6.to_vec()
                ),
                "{}",
                info.id
            );
        }
    }

    #[test]
    fn each_standard_has_its_checks() {
        let ids =
            |standard: Standard| -> Vec<&str> { standard.checks(false).map(|it| it.id).collect() };
        assert_eq!(
            ids(Standard::Cis),
            ["S3.5", "S3.8", "S3.20", "CloudTrail.7", "CIS-2.21"]
        );
        assert_eq!(
            ids(Standard::Nist),
            ["S3.5", "S3.6", "S3.9", "S3.14", "S3.17"]
        );
        assert_eq!(
            ids(Standard::Pci),
            ["S3.5", "S3.8", "S3.9", "S3.17", "CloudTrail.7"]
        );
        assert_eq!(
            ids(Standard::Fsbp),
            [
                "S3.2", "S3.3", "S3.5", "S3.6", "S3.8", "S3.9", "S3.12", "S3.13"
            ]
        );
    }

    #[test]
    fn a_full_audit_answers_all_controls_except_directory_buckets() {
        for (standard, short, full) in [
            (
                Standard::Fsbp,
                vec!["S3.1", "S3.19", "S3.24", "S3.25"],
                vec!["S3.25"],
            ),
            (Standard::Cis, vec!["S3.1", "S3.22", "S3.23"], vec![]),
            (
                Standard::Pci,
                vec!["S3.1", "S3.15", "S3.19", "S3.22", "S3.23", "S3.24"],
                vec![],
            ),
            (Standard::Nist, vec!["S3.11"], vec![]),
        ] {
            assert_eq!(standard.not_checked(false), short, "{standard:?}");
            assert_eq!(standard.not_checked(true), full, "{standard:?}");
        }
    }
}
