//! The controls of AWS Security Hub for S3, with their severities and the requirements of other
//! standards that they cover.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>

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

    /// Returns the controls of Security Hub that this standard contains and that `audit` can answer.
    pub(crate) fn checks(self) -> impl Iterator<Item = &'static Check> {
        CHECKS.iter().filter(move |check| check.is_in(self))
    }

    /// Returns the names of the subresources that an audit against this standard reads.
    pub(crate) fn subresources(self) -> Vec<&'static str> {
        let mut names = OF_ACCESS.to_vec();
        for name in self.checks().flat_map(|check| check.needs) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the IDs of the controls that `audit` does not answer, because the answer is not in the
    /// configuration of the bucket.
    #[must_use]
    pub fn not_checked(self) -> &'static [&'static str] {
        match self {
            Standard::Fsbp => &["S3.1", "S3.19", "S3.24", "S3.25"],
            Standard::Cis => &["S3.1", "S3.22", "S3.23"],
            Standard::Pci => &["S3.1", "S3.15", "S3.19", "S3.22", "S3.23", "S3.24"],
            Standard::Nist => &["S3.11"],
        }
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

    pub(crate) fn is_in(&self, standard: Standard) -> bool {
        match standard {
            Standard::Fsbp => self.fsbp,
            Standard::Cis => self.cis_in(7).is_some(),
            Standard::Pci => !self.pci.is_empty(),
            Standard::Nist => !self.nist.is_empty(),
        }
    }
}

/// A control without an entry for any standard. The rows of the table name only the differences.
const PLAIN: Check = Check {
    id: "",
    title: "",
    why: "",
    severity: Severity::Medium,
    finding: "",
    options: None,
    needs: &[],
    fsbp: false,
    cis: None,
    cis_v7: None,
    pci: &[],
    nist: &[],
};

/// The controls that `audit` answers from the configuration of a bucket. `CloudTrail.7` is the control
/// for the bucket of a trail. `CIS-2.21` is a recommendation that Security Hub does not have.
pub(crate) static CHECKS: [Check; 14] = [
    Check {
        id: "S3.2",
        title: "Public read access is blocked",
        why: "Everyone can read the objects of a bucket with public read access.",
        severity: Severity::Critical,
        finding: "public-access",
        needs: &["publicAccessBlock", "ownershipControls", "policy"],
        options: Some(""),
        fsbp: true,
        ..PLAIN
    },
    Check {
        id: "S3.3",
        title: "Public write access is blocked",
        why: "Everyone can replace or delete the objects of a bucket with public write access.",
        severity: Severity::Critical,
        finding: "public-access",
        needs: &["publicAccessBlock", "ownershipControls", "policy"],
        options: Some(""),
        fsbp: true,
        ..PLAIN
    },
    Check {
        id: "S3.5",
        title: "Requests must use TLS",
        why: "Without TLS, others in the network can read and change requests.",
        finding: "tls-only",
        needs: &["policy"],
        options: Some(""),
        fsbp: true,
        cis: Some(("2.1.1", "3.1.1")),
        pci: &["4.2.1"],
        nist: &["3.13.8", "3.13.15"],
        ..PLAIN
    },
    Check {
        id: "S3.6",
        title: "The policy restricts access of other accounts",
        why: "An account that may change the policy, the ACL or the encryption can take over the bucket.",
        severity: Severity::High,
        finding: "outside-access",
        needs: &["policy"],
        fsbp: true,
        nist: &["3.13.4"],
        ..PLAIN
    },
    Check {
        id: "S3.8",
        title: "Block Public Access is on for the bucket",
        why: "Block Public Access overrides every policy and ACL that is public.",
        severity: Severity::High,
        finding: "public-access-block",
        needs: &["publicAccessBlock"],
        options: Some(""),
        fsbp: true,
        cis: Some(("2.1.4", "3.1.4")),
        pci: &["1.4.4"],
        ..PLAIN
    },
    Check {
        id: "S3.9",
        title: "Server access logging is on",
        why: "Access logs show who sent which request.",
        finding: "access-logging",
        needs: &["logging"],
        options: Some("--log-bucket LOGS"),
        fsbp: true,
        pci: &["10.2.1"],
        nist: &["3.3.8"],
        ..PLAIN
    },
    Check {
        id: "S3.10",
        title: "A bucket with versioning has a lifecycle configuration",
        why: "Without a lifecycle configuration, S3 keeps all old versions.",
        finding: "lifecycle",
        needs: &["versioning", "lifecycle"],
        options: Some("--lifecycle"),
        ..PLAIN
    },
    Check {
        id: "S3.12",
        title: "ACLs give no access",
        why: "Policies are easier to review than the ACLs of the bucket and of each object.",
        finding: "ownership-controls",
        needs: &["ownershipControls"],
        options: Some(""),
        fsbp: true,
        ..PLAIN
    },
    Check {
        id: "S3.13",
        title: "The bucket has a lifecycle configuration",
        why: "A lifecycle configuration deletes incomplete uploads and old versions.",
        severity: Severity::Low,
        finding: "lifecycle",
        needs: &["lifecycle"],
        options: Some("--lifecycle"),
        fsbp: true,
        ..PLAIN
    },
    Check {
        id: "S3.14",
        title: "Versioning is on",
        why: "With versioning, overwritten and deleted objects can be restored.",
        severity: Severity::Low,
        finding: "versioning",
        needs: &["versioning"],
        options: Some("--versioning"),
        nist: &["3.3.8"],
        ..PLAIN
    },
    Check {
        id: "S3.17",
        title: "Objects are encrypted with a KMS key by default",
        why: "A KMS key has a policy of its own, and CloudTrail records each use of the key.",
        finding: "encryption",
        needs: &["encryption"],
        options: Some("--kms-key ARN"),
        pci: &["3.5.1"],
        nist: &["3.8.9", "3.13.11", "3.13.16"],
        ..PLAIN
    },
    Check {
        id: "S3.20",
        title: "MFA delete is on",
        why: "With MFA delete, old versions can be deleted only with a code from an MFA device.",
        severity: Severity::Low,
        finding: "versioning",
        needs: &["versioning", "lifecycle"],
        cis: Some(("2.1.2", "3.1.2")),
        ..PLAIN
    },
    Check {
        id: "CloudTrail.7",
        title: "The bucket of a trail has server access logging",
        why: "Access logs show who read or deleted the files of CloudTrail.",
        severity: Severity::Low,
        finding: "access-logging",
        needs: &["policy", "logging"],
        options: Some("--log-bucket LOGS"),
        cis: Some(("3.4", "4.4")),
        pci: &["10.2.1"],
        ..PLAIN
    },
    Check {
        id: "CIS-2.21",
        title: "The policy does not give everyone access",
        why: "A statement for everyone is public as soon as Block Public Access is switched off.",
        severity: Severity::High,
        finding: "public-access",
        needs: &["policy"],
        cis_v7: Some("2.21"),
        ..PLAIN
    },
];

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
        let ids = |standard: Standard| -> Vec<&str> { standard.checks().map(|it| it.id).collect() };
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
}
