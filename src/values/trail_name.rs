//! Parses the names of CloudTrail trails.

use super::Arn;
use std::fmt;
use std::str::FromStr;

/// The name or the ARN of a trail.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailName(String);

impl TrailName {
    /// Returns the ARN. `None` if this is only a name.
    #[must_use]
    pub fn arn(&self) -> Option<Arn<'_>> {
        Arn::parse(&self.0)
    }

    /// Returns the name or the ARN as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrailName {
    type Err = InvalidTrailName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = match Arn::parse(text) {
            Some(arn) if arn.service == "cloudtrail" && !arn.region.is_empty() => {
                arn.resource.strip_prefix("trail/").unwrap_or_default()
            }
            Some(_) => "",
            None => text,
        };
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (3..=128).contains(&name.len()) && name.bytes().all(is_allowed) {
            Ok(TrailName(text.to_owned()))
        } else {
            Err(InvalidTrailName)
        }
    }
}

impl fmt::Display for TrailName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a text that is not a [`TrailName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTrailName;

impl fmt::Display for InvalidTrailName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a trail is named by its name (3 to 128 letters, digits, `.`, `_` and `-`) or by arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME",
        )
    }
}

impl std::error::Error for InvalidTrailName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_has_a_name_or_an_arn() {
        for good in [
            "audit",
            "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/my.trail_1-x",
        ] {
            assert_eq!(good.parse::<TrailName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "ab",
            "a b c",
            "arn:aws:s3:::bucket",
            "arn:aws:cloudtrail::1:trail/abc",
            "arn:aws:cloudtrail:r:1:eventdatastore/abc",
        ] {
            assert_eq!(bad.parse::<TrailName>(), Err(InvalidTrailName), "{bad}");
        }
    }
}
