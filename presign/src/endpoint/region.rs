//! Regions and the AWS partition that each region belongs to.
//!
//! The format of a region's name determines the partition, so new AWS regions work without an
//! update of this crate.

use super::aws_host::is_s3_label;
use std::fmt;
use std::str::FromStr;

/// The name of a region, which is one DNS label, such as `eu-west-1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region(String);

impl Region {
    /// Parses any DNS label, because S3-compatible servers use region names that AWS does not have
    /// (`auto`, `garage`, `snow`).
    ///
    /// # Errors
    /// Returns [`InvalidRegion`] if the text does not consist of 1 to 63 letters, digits and
    /// hyphens, or if the text begins or ends with a hyphen.
    pub fn parse(text: &str) -> Result<Self, InvalidRegion> {
        let label = !text.is_empty()
            && text.len() <= 63
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if label {
            Ok(Region(text.to_owned()))
        } else {
            Err(InvalidRegion(text.to_owned()))
        }
    }

    /// Returns the region name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the region for which requests are signed. Requests to the pseudo region `aws-global`
    /// are signed for us-east-1.
    #[must_use]
    pub fn signing_region(&self) -> &str {
        match self.as_str() {
            "aws-global" => "us-east-1",
            region => region,
        }
    }

    /// Whether the name has the format of an AWS region: lower-case words and a number, such as
    /// `us-gov-west-1`, or a pseudo region such as `aws-global`. S3-compatible servers also have
    /// regions with names such as `auto` and `RegionOne`.
    #[must_use]
    pub fn has_aws_shape(&self) -> bool {
        let is_pseudo = |partition: &Partition| {
            let id = self.0.strip_suffix("-global");
            id == Some(partition.id)
        };
        if PARTITIONS.iter().any(is_pseudo) {
            return true;
        }
        let parts: Vec<&str> = self.0.split('-').collect();
        let [words @ .., number] = parts.as_slice() else {
            return false;
        };
        // Hosts of AWS begin with these words, so names such as `fips-us-east-1` or `s3-us-west-2` come from a
        // host or an old SDK. The first word of a region is a continent or a country.
        let first = words.first().copied().unwrap_or_default();
        let is_area = (2..=4).contains(&first.len())
            && first.bytes().all(|b| b.is_ascii_lowercase())
            && !["fips", "vpce", "sts", "sso", "oidc"].contains(&first);
        let is_word = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && !word.contains(|c: char| c.is_ascii_uppercase())
        };
        words.len() > 1
            && is_area
            && words.iter().all(is_word)
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    }

    /// Whether the name matches the region pattern of an AWS partition.
    pub(crate) fn is_of_aws(name: &str) -> bool {
        PARTITIONS.iter().any(|partition| partition.holds(name))
    }

    /// Returns the real region of a FIPS pseudo region, which older SDKs use: `fips-us-east-1` and
    /// `us-east-1-fips` mean us-east-1 with FIPS endpoints. Returns `None` for any other name.
    #[must_use]
    pub fn without_fips(&self) -> Option<Self> {
        let name = self.0.strip_prefix("fips-");
        let name = name.or_else(|| self.0.strip_suffix("-fips"))?;
        let region = Region(name.to_owned());
        region.has_aws_shape().then_some(region)
    }

    /// Returns the partition whose pattern matches the region name, or the partition `aws` if no
    /// pattern matches.
    #[must_use]
    pub fn partition(&self) -> &'static Partition {
        PARTITIONS
            .iter()
            .find(|partition| partition.holds(&self.0))
            .unwrap_or(&PARTITIONS[0])
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error of [`Region::parse`]: the text is not a DNS label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRegion(String);

impl InvalidRegion {
    /// The rejected text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvalidRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a region; a region name has letters, digits and hyphens, such as eu-central-1",
            self.0
        )
    }
}

impl std::error::Error for InvalidRegion {}

/// A partition of AWS: a group of regions with separate accounts, ARNs and DNS names.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// The partition's ID, such as `aws` or `aws-cn`. The ID is the second field of an ARN.
    pub id: &'static str,
    /// The suffix of S3's host names in this partition, without a leading dot.
    pub dns_suffix: &'static str,
    /// The suffix of the dual-stack host names of services other than S3, without a leading dot.
    pub dual_stack_suffix: &'static str,
    /// The prefixes of the region names in this partition, each with its hyphen, such as `us-gov-`.
    prefixes: &'static [&'static str],
    /// Whether S3 has FIPS endpoints in this partition.
    pub fips: bool,
}

impl Partition {
    /// Whether `host` belongs to S3 on AWS: the host name ends with a partition's DNS suffix, and
    /// one of its labels is `s3` or begins with `s3-`.
    #[must_use]
    pub fn is_aws_host(host: &str) -> bool {
        let host = host.trim_end_matches('.');
        let rest = |suffix: &str| host.strip_suffix(suffix)?.strip_suffix('.');
        // The host names of EC2 instances have the same suffix, but a server on an EC2 instance is
        // not S3.
        Self::suffixes()
            .filter_map(rest)
            .any(|rest| rest.split('.').any(is_s3_label))
    }

    /// Returns the suffixes of S3's host names in all partitions.
    pub(crate) fn suffixes() -> impl Iterator<Item = &'static str> {
        PARTITIONS.iter().map(|partition| partition.dns_suffix)
    }

    /// Whether the region belongs to this partition: its name has the format `PREFIX-WORD-NUMBER`,
    /// or it is the pseudo region `ID-global`.
    fn holds(&self, region: &str) -> bool {
        if region.strip_suffix("-global") == Some(self.id) {
            return true;
        }
        self.prefixes
            .iter()
            .filter_map(|prefix| region.strip_prefix(prefix))
            .filter_map(|rest| rest.split_once('-'))
            .any(|(word, number)| {
                !word.is_empty()
                    && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                    && !number.is_empty()
                    && number.bytes().all(|b| b.is_ascii_digit())
            })
    }
}

const fn partition(
    id: &'static str,
    dns_suffix: &'static str,
    prefixes: &'static [&'static str],
) -> Partition {
    Partition {
        id,
        dns_suffix,
        dual_stack_suffix: "api.aws",
        prefixes,
        fips: true,
    }
}

/// All partitions in botocore's `partitions.json`. The first partition is the default.
static PARTITIONS: [Partition; 8] = [
    partition(
        "aws",
        "amazonaws.com",
        &[
            "us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-",
        ],
    ),
    // According to partitions.json, the regions in China support FIPS, but S3's endpoint rule set
    // rejects FIPS in China.
    Partition {
        fips: false,
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        ..partition("aws-cn", "amazonaws.com.cn", &["cn-"])
    },
    partition("aws-us-gov", "amazonaws.com", &["us-gov-"]),
    Partition {
        dual_stack_suffix: "api.amazonwebservices.eu",
        ..partition("aws-eusc", "amazonaws.eu", &["eusc-de-"])
    },
    Partition {
        dual_stack_suffix: "api.aws.ic.gov",
        ..partition("aws-iso", "c2s.ic.gov", &["us-iso-"])
    },
    Partition {
        dual_stack_suffix: "api.aws.scloud",
        ..partition("aws-iso-b", "sc2s.sgov.gov", &["us-isob-"])
    },
    Partition {
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
        ..partition("aws-iso-e", "cloud.adc-e.uk", &["eu-isoe-"])
    },
    Partition {
        dual_stack_suffix: "api.aws.hci.ic.gov",
        ..partition("aws-iso-f", "csp.hci.ic.gov", &["us-isof-"])
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_a_region_determines_its_partition() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("eu-newtown-9", "aws"),
            ("mx-central-1", "aws"),
            ("aws-global", "aws"),
            ("cn-north-1", "aws-cn"),
            ("aws-cn-global", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
            ("auto", "aws"),
            ("fake-region-10", "aws"),
        ] {
            assert_eq!(
                Region::parse(region).unwrap().partition().id,
                partition,
                "{region}"
            );
        }
    }

    #[test]
    fn recognizes_private_link_hosts_and_rejects_lookalikes() {
        assert!(Partition::is_aws_host(
            "bucket.vpce-1a2b-5e6f.s3.us-west-2.vpce.amazonaws.com"
        ));
        assert!(Partition::is_aws_host(
            "s3-fips.us-gov-west-1.amazonaws.com."
        ));
        for host in [
            "ec2-1-2-3-4.compute-1.amazonaws.com",
            "s3.notamazonaws.com",
            "amazonaws.com.example.org",
            "localhost",
        ] {
            assert!(!Partition::is_aws_host(host), "{host}");
        }
    }

    #[test]
    fn only_words_and_a_number_have_the_shape_of_an_aws_region() {
        let has_shape = |name: &str| Region::parse(name).unwrap().has_aws_shape();
        for name in [
            "eu-central-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "xx-newtown-12",
            "aws-global",
            "aws-cn-global",
        ] {
            assert!(has_shape(name), "{name}");
        }
        for name in [
            "eu-central1",
            "eu-central-1a",
            "eucentral1",
            "eu-central",
            "frankfurt",
            "Frankfurt",
            "EU-Central-1",
            "eu-central--1",
            "eu-1-1",
            "us-1",
            "auto",
            "global",
            "us-global",
            "fips-us-east-1",
            "us-east-1-fips",
            "s3-us-west-2",
            "s3-external-1",
            "accesspoint-us-east-1",
            "dualstack-us-east-1",
            "us-west-2-lax-1a",
        ] {
            assert!(!has_shape(name), "{name}");
        }
    }

    #[test]
    fn a_fips_pseudo_region_contains_its_region() {
        for (name, region) in [
            ("fips-us-east-1", Some("us-east-1")),
            ("us-east-1-fips", Some("us-east-1")),
            ("fips-us-gov-west-1", Some("us-gov-west-1")),
            ("fips-aws-global", Some("aws-global")),
            ("us-east-1", None),
            ("fips", None),
            ("fips-", None),
            ("fips-frankfurt", None),
        ] {
            // `fips-` is not a region at all.
            let found = Region::parse(name)
                .ok()
                .and_then(|name| name.without_fips());
            assert_eq!(found.as_ref().map(Region::as_str), region, "{name}");
        }
    }

    #[test]
    fn rejects_text_that_is_not_a_dns_label() {
        let long = "a".repeat(64);
        for text in ["", "us east 1", "us-east-2!", "a.b", "-a", "a-", "é", &long] {
            assert!(Region::parse(text).is_err(), "{text}");
        }
    }
}
