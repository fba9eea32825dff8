//! Parses the ARNs of access points.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html>

use super::region::{InvalidRegion, Region};
use crate::account::{AccountId, InvalidAccountId};
use std::fmt;
use std::str::FromStr;

/// An access point of a bucket: `arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessPoint {
    /// The ID of the partition, such as `aws` or `aws-cn`.
    pub partition: String,
    /// The region of the access point. Requests are signed for this region.
    pub region: Region,
    /// The account that owns the access point.
    pub account: AccountId,
    /// The name of the access point: 3 to 50 lower-case letters, digits and hyphens.
    pub name: String,
}

impl AccessPoint {
    /// Whether a text is an ARN instead of a bucket name. The check is for `:`, which bucket names
    /// never contain.
    #[must_use]
    pub fn is_arn(text: &str) -> bool {
        text.starts_with("arn:")
    }

    /// Returns the first label of the access point's host name: `NAME-ACCOUNT`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}-{}", self.name, self.account)
    }
}

impl FromStr for AccessPoint {
    type Err = InvalidAccessPoint;

    /// # Errors
    /// Returns an [`InvalidAccessPoint`] that names the invalid part of the ARN.
    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let mut parts = arn.splitn(6, ':');
        let mut part = || parts.next().unwrap_or_default();
        if part() != "arn" {
            return Err(InvalidAccessPoint::NotAnArn);
        }
        let partition = part().to_owned();
        if part() != "s3" {
            return Err(InvalidAccessPoint::Service);
        }
        let region = part();
        if region.is_empty() {
            // Two kinds of S3 ARNs have no region: the ARN of a multi-Region access point
            // (`arn:aws:s3::ACCOUNT:accesspoint/ALIAS`) and the ARN of a bucket
            // (`arn:aws:s3:::BUCKET`).
            let _account = part();
            return Err(match part() {
                resource if resource.starts_with("accesspoint") => InvalidAccessPoint::MultiRegion,
                _ => InvalidAccessPoint::Bucket,
            });
        }
        let region = Region::parse(region).map_err(InvalidAccessPoint::Region)?;
        let account = AccountId::parse(part()).map_err(InvalidAccessPoint::Account)?;
        let name = part()
            .strip_prefix("accesspoint")
            .and_then(|rest| rest.strip_prefix(['/', ':']))
            .ok_or(InvalidAccessPoint::Resource)?;
        let is_name = (3..=50).contains(&name.len())
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            return Err(InvalidAccessPoint::Name);
        }
        if region.partition().id != partition {
            return Err(InvalidAccessPoint::Partition(partition, region));
        }
        Ok(AccessPoint {
            partition,
            region,
            account,
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for AccessPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "arn:{}:s3:{}:{}:accesspoint/{}",
            self.partition, self.region, self.account, self.name
        )
    }
}

/// The error for an ARN that is not the ARN of an access point. The variant names the invalid part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidAccessPoint {
    /// The text does not begin with `arn:`.
    NotAnArn,
    /// The service is not `s3`.
    Service,
    /// The ARN names a bucket or an object instead of an access point.
    Bucket,
    /// The region is missing, as in the ARN of a multi-Region access point, which needs `SigV4A`.
    MultiRegion,
    /// The region in the ARN is not a valid region name.
    Region(InvalidRegion),
    /// The account in the ARN is not a valid account ID.
    Account(InvalidAccountId),
    /// The resource is not `accesspoint/NAME`.
    Resource,
    /// The name breaks the rules of access point names.
    Name,
    /// The region belongs to a different partition than the partition in the ARN.
    Partition(String, Region),
}

impl fmt::Display for InvalidAccessPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnArn => f.write_str("the text is not an ARN"),
            Self::Service => f.write_str("the ARN's service is not s3"),
            Self::Bucket => f.write_str(
                "this is the ARN of a bucket or an object: write s3://BUCKET/KEY, without the ARN",
            ),
            Self::MultiRegion => f.write_str(
                "the ARN has no region: multi-Region access points need SigV4A, which is unsupported",
            ),
            Self::Region(error) => error.fmt(f),
            Self::Account(error) => error.fmt(f),
            Self::Resource => f.write_str("the ARN's resource is not accesspoint/NAME"),
            Self::Name => f.write_str(
                "an access point's name has 3 to 50 lower-case letters, digits and hyphens",
            ),
            Self::Partition(partition, region) => {
                write!(f, "region {region} does not belong to partition {partition}")
            }
        }
    }
}

impl std::error::Error for InvalidAccessPoint {}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap";

    #[test]
    fn reads_an_arn_and_writes_it_again() {
        let access_point: AccessPoint = ARN.parse().unwrap();
        assert_eq!(access_point.label(), "my-ap-111122223333");
        assert_eq!(access_point.to_string(), ARN);
        let old = ARN.replace('/', ":").parse::<AccessPoint>().unwrap();
        assert_eq!(old, access_point);
    }

    #[test]
    fn names_the_part_that_is_wrong() {
        for (from, to, error) in [
            ("arn:aws", "urn:aws", "the text is not an ARN"),
            (":s3:", ":s3-outposts:", "the ARN's service is not s3"),
            (
                ":eu-central-1:",
                "::",
                "the ARN has no region: multi-Region access points need SigV4A, which is unsupported",
            ),
            (
                ":accesspoint/",
                ":bucket/",
                "the ARN's resource is not accesspoint/NAME",
            ),
            (
                "/my-ap",
                "/My-AP",
                "an access point's name has 3 to 50 lower-case letters, digits and hyphens",
            ),
            (
                "/my-ap",
                "/my-ap/object",
                "an access point's name has 3 to 50 lower-case letters, digits and hyphens",
            ),
            (
                ":aws:",
                ":aws-cn:",
                "region eu-central-1 does not belong to partition aws-cn",
            ),
        ] {
            let result = ARN.replace(from, to).parse::<AccessPoint>();
            assert_eq!(result.unwrap_err().to_string(), error, "{to}");
        }
        let bucket = "arn:aws:s3:::my-drop-box".parse::<AccessPoint>();
        assert_eq!(bucket, Err(InvalidAccessPoint::Bucket));
        let account = ARN.replace("111122223333", "1").parse::<AccessPoint>();
        assert!(matches!(account, Err(InvalidAccessPoint::Account(_))));
    }
}
