//! The table of the controls, with their severities and the requirements of other standards.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>

use super::{Check, Severity};

/// The IAM actions of the requests that find out which trails log data events.
const TRAILS: &[&str] = &[
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
];

/// A control without an entry for any standard. The rows of the table name only the differences.
const PLAIN: Check = Check {
    id: "",
    title: "",
    why: "",
    severity: Severity::Medium,
    finding: "",
    options: None,
    needs: &[],
    full: &[],
    fsbp: false,
    cis: None,
    cis_v7: None,
    pci: &[],
    nist: &[],
};

/// The controls that `audit` answers. `CloudTrail.7` is the control for the bucket of a
/// trail, and `CIS-2.21` is a recommendation that Security Hub does not have.
pub(crate) static CHECKS: [Check; 22] = [
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
    Check {
        id: "S3.1",
        title: "Block Public Access is on for the account",
        why: "Block Public Access of the account also protects buckets without this setting.",
        finding: "account-public-access-block",
        full: &["s3:GetAccountPublicAccessBlock"],
        fsbp: true,
        cis: Some(("2.1.4", "3.1.4")),
        pci: &["1.4.4"],
        ..PLAIN
    },
    Check {
        id: "S3.7",
        title: "Objects are replicated to another region",
        why: "With a copy in another region, objects survive the loss of a region.",
        severity: Severity::Low,
        finding: "replication",
        full: &["s3:GetReplicationConfiguration"],
        ..PLAIN
    },
    Check {
        id: "S3.11",
        title: "Event notifications are on",
        why: "Event notifications report unintended changes of objects early.",
        finding: "event-notifications",
        full: &["s3:GetBucketNotification"],
        nist: &["3.3.8"],
        ..PLAIN
    },
    Check {
        id: "S3.15",
        title: "Object Lock is on",
        why: "With Object Lock, a locked version cannot be deleted or overwritten.",
        finding: "object-lock",
        full: &["s3:GetBucketObjectLockConfiguration"],
        pci: &["10.5.1"],
        ..PLAIN
    },
    Check {
        id: "S3.19",
        title: "Access points block public access",
        why: "The policy of an access point can make the objects of the bucket public.",
        severity: Severity::Critical,
        finding: "access-points",
        full: &["s3:ListAccessPoints", "s3:GetAccessPoint"],
        fsbp: true,
        pci: &["1.4.4"],
        ..PLAIN
    },
    Check {
        id: "S3.22",
        title: "A trail logs all writes of S3 objects",
        why: "CloudTrail shows who created, changed or deleted an object.",
        finding: "write-data-events",
        full: TRAILS,
        cis: Some(("3.8", "4.8")),
        pci: &["10.2.1"],
        ..PLAIN
    },
    Check {
        id: "S3.23",
        title: "A trail logs all reads of S3 objects",
        why: "CloudTrail shows who read an object.",
        finding: "read-data-events",
        full: TRAILS,
        cis: Some(("3.9", "4.9")),
        pci: &["10.2.1"],
        ..PLAIN
    },
    Check {
        id: "S3.24",
        title: "Multi-Region access points block public access",
        why: "The policy of a multi-Region access point can make the objects of its buckets public.",
        severity: Severity::High,
        finding: "multi-region-access-points",
        full: &["s3:ListMultiRegionAccessPoints"],
        fsbp: true,
        pci: &["1.4.4"],
        ..PLAIN
    },
];
