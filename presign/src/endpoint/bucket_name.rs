//! Checks bucket names: AWS's rules for general-purpose buckets, and looser rules for other
//! servers.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>

use super::access_point::AccessPoint;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// A bucket name that passed [`BucketName::parse`] or [`BucketName::parse_compatible`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketName(String);

impl BucketName {
    /// Parses a name that follows all of AWS's rules for general-purpose buckets.
    ///
    /// # Errors
    /// Returns an [`InvalidBucketName`] with the first rule that the name breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidBucketName> {
        match broken_rules(text).into_iter().next() {
            None => Ok(BucketName(text.to_owned())),
            Some(rule) => Err(InvalidBucketName {
                name: text.to_owned(),
                rule,
            }),
        }
    }

    /// Parses a name that requests to AWS may use for an existing bucket: a bucket name, the alias
    /// of an access point (`…-s3alias`), or the ARN of an access point. An alias or an ARN cannot
    /// be the name of a new bucket.
    ///
    /// # Errors
    /// Returns an [`InvalidBucketName`] with the first rule that the name breaks, as
    /// [`parse`](Self::parse) does.
    pub fn parse_existing(text: &str) -> Result<Self, InvalidBucketName> {
        let is_access_point = AccessPoint::is_arn(text) && text.parse::<AccessPoint>().is_ok();
        let rules = broken_rules(text);
        if is_access_point || rules == [Rule::Suffix(ALIAS)] {
            return Ok(BucketName(text.to_owned()));
        }
        Self::parse(text)
    }

    /// Parses a bucket name for a server other than AWS: 1 to 255 letters, digits, `-`, `.` and
    /// `_`, except the names `.` and `..`. Also returns the rules of AWS that the name breaks, so
    /// that the caller can print a warning for each broken rule.
    ///
    /// # Errors
    /// Returns an [`InvalidBucketName`] with [`Rule::UnsafeCharacters`] for every other name.
    pub fn parse_compatible(text: &str) -> Result<(Self, Vec<Rule>), InvalidBucketName> {
        let loose = !text.is_empty()
            && text.len() <= 255
            && text != "."
            && text != ".."
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if loose {
            Ok((BucketName(text.to_owned()), broken_rules(text)))
        } else {
            Err(InvalidBucketName {
                name: text.to_owned(),
                rule: Rule::UnsafeCharacters,
            })
        }
    }

    /// Returns the bucket name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name belongs to the account-regional namespace (`PREFIX-ACCOUNT-REGION-an`).
    #[must_use]
    pub fn is_account_regional(&self) -> bool {
        is_account_regional(&self.0)
    }

    /// Whether a host name can begin with the bucket name `name`, as in
    /// `BUCKET.s3.REGION.amazonaws.com`.
    ///
    /// If `dots` is `true`, the result may be `true` for a name with dots. Pass `false` for TLS:
    /// the `*` in a certificate's name matches only one label, so a TLS certificate never matches a
    /// bucket name with a dot.
    #[must_use]
    pub fn is_virtual_hostable(name: &str, dots: bool) -> bool {
        (3..=63).contains(&name.len())
            && name.parse::<Ipv4Addr>().is_err()
            && (dots || !name.contains('.'))
            && name.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            })
    }
}

/// Parses a name that follows AWS's rules, as [`BucketName::parse`] does.
impl FromStr for BucketName {
    type Err = InvalidBucketName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rule for bucket names that a name breaks. `Display` prints the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The name must have 3 to 63 characters.
    Length,
    /// The name must contain only `a-z`, `0-9`, `.` and `-`.
    Characters,
    /// The first and the last character must be letters or digits.
    Ends,
    /// The name must not contain two adjacent dots.
    DoubleDot,
    /// The name must not have the form of an IPv4 address.
    IpAddress,
    /// The name must not begin with one of the prefixes that AWS reserves (`xn--`, `sthree-` and
    /// `amzn-s3-demo-`). The variant contains the prefix of the name.
    Prefix(&'static str),
    /// The name must not end with one of the suffixes that AWS reserves. The variant contains the
    /// suffix of the name.
    Suffix(&'static str),
    /// The name must have the format that [`BucketName::parse_compatible`] accepts.
    UnsafeCharacters,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Length => f.write_str("a bucket name has 3 to 63 characters"),
            Rule::Characters => {
                f.write_str("a bucket name may contain only lower-case letters, digits, `.` and `-`")
            }
            Rule::Ends => f.write_str("a bucket name begins and ends with a letter or digit"),
            Rule::DoubleDot => f.write_str("a bucket name must not contain two adjacent dots"),
            Rule::IpAddress => f.write_str("a bucket name must not be formatted as an IP address"),
            Rule::Prefix(prefix) => write!(f, "bucket names beginning with `{prefix}` are reserved"),
            Rule::Suffix("-an") => f.write_str(
                "a bucket name ending in `-an` must have the form PREFIX-ACCOUNT-REGION-an (account-regional namespace)",
            ),
            Rule::Suffix(suffix) => write!(f, "bucket names ending in `{suffix}` are reserved"),
            Rule::UnsafeCharacters => f.write_str(
                "a bucket name has 1 to 255 characters: letters, digits, `.`, `-` and `_`",
            ),
        }
    }
}

/// The error for an invalid bucket name, with the first rule that the name breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidBucketName {
    /// The rejected name.
    pub name: String,
    /// The first rule that the name breaks.
    pub rule: Rule,
}

impl fmt::Display for InvalidBucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a bucket name: {}", self.name, self.rule)
    }
}

impl std::error::Error for InvalidBucketName {}

/// The suffix that AWS gives the alias of an access point.
const ALIAS: &str = "-s3alias";

fn broken_rules(name: &str) -> Vec<Rule> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut broken = Vec::new();
    let mut rule = |is_broken: bool, rule: Rule| {
        if is_broken {
            broken.push(rule);
        }
    };
    rule(
        !name
            .chars()
            .all(|c| alphanumeric(c) || c == '.' || c == '-'),
        Rule::Characters,
    );
    rule(!(3..=63).contains(&name.len()), Rule::Length);
    rule(
        !name.starts_with(alphanumeric) || !name.ends_with(alphanumeric),
        Rule::Ends,
    );
    rule(name.contains(".."), Rule::DoubleDot);
    rule(name.parse::<Ipv4Addr>().is_ok(), Rule::IpAddress);
    for prefix in ["xn--", "sthree-", "amzn-s3-demo-"] {
        rule(name.starts_with(prefix), Rule::Prefix(prefix));
    }
    for suffix in [ALIAS, "--ol-s3", ".mrap", "--x-s3", "--table-s3"] {
        rule(name.ends_with(suffix), Rule::Suffix(suffix));
    }
    rule(
        name.ends_with("-an") && !is_account_regional(name),
        Rule::Suffix("-an"),
    );
    broken
}

/// Whether the name has the format `PREFIX-123456789012-REGION-an`, where the prefix is not empty.
fn is_account_regional(name: &str) -> bool {
    let Some(stem) = name.strip_suffix("-an") else {
        return false;
    };
    let parts: Vec<&str> = stem.split('-').collect();
    parts.iter().enumerate().skip(1).any(|(at, part)| {
        part.len() == 12
            && part.bytes().all(|b| b.is_ascii_digit())
            && !parts[0].is_empty()
            && parts.len() >= at + 4
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> Option<Rule> {
        BucketName::parse(name).err().map(|error| error.rule)
    }

    #[test]
    fn an_access_point_can_be_used_and_not_created() {
        for name in [
            "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
            "arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap",
            "my-drop-box",
        ] {
            assert_eq!(BucketName::parse_existing(name).unwrap().as_str(), name);
        }
        assert!(BucketName::parse("my-ap-s3alias").is_err());
        for name in ["My-ap-s3alias", "my-ap--x-s3", "arn:aws:s3:::my-drop-box"] {
            assert!(BucketName::parse_existing(name).is_err(), "{name}");
        }
    }

    #[test]
    fn rejects_names_that_break_a_rule_of_aws() {
        for (name, broken) in [
            ("ab", Rule::Length),
            (&*"a".repeat(64), Rule::Length),
            ("", Rule::Length),
            ("Bucket", Rule::Characters),
            ("my_bucket", Rule::Characters),
            ("bücket", Rule::Characters),
            ("a/b/c", Rule::Characters),
            ("-bucket", Rule::Ends),
            ("bucket.", Rule::Ends),
            ("a..b", Rule::DoubleDot),
            ("192.168.5.4", Rule::IpAddress),
            ("xn--bucket", Rule::Prefix("xn--")),
            ("sthree-configurator", Rule::Prefix("sthree-")),
            ("amzn-s3-demo-bucket", Rule::Prefix("amzn-s3-demo-")),
            ("bucket-s3alias", Rule::Suffix("-s3alias")),
            ("bucket--ol-s3", Rule::Suffix("--ol-s3")),
            ("bucket.mrap", Rule::Suffix(".mrap")),
            ("bucket--x-s3", Rule::Suffix("--x-s3")),
            ("bucket--table-s3", Rule::Suffix("--table-s3")),
            ("bucket-an", Rule::Suffix("-an")),
        ] {
            assert_eq!(rule(name), Some(broken), "{name}");
        }
        for name in [
            "abc",
            "my-bucket.example",
            "1.2.3",
            "drop-111122223333-eu-west-1-an",
            &*"a".repeat(63),
        ] {
            assert_eq!(rule(name), None, "{name}");
        }
    }

    #[test]
    fn parse_compatible_accepts_more_names_and_reports_the_broken_rules() {
        let (name, warnings) = BucketName::parse_compatible("My_Bucket").unwrap();
        assert_eq!(name.as_str(), "My_Bucket");
        assert_eq!(warnings, [Rule::Characters, Rule::Ends]);
        for name in ["", ".", "..", "a/b", "a b", "b\u{e9}", &"a".repeat(256)] {
            assert_eq!(
                BucketName::parse_compatible(name).unwrap_err().rule,
                Rule::UnsafeCharacters,
                "{name}"
            );
        }
    }

    #[test]
    fn only_dns_labels_are_virtual_hostable() {
        for (name, dots, hostable) in [
            ("bucket-name", false, true),
            ("bucket.name", false, false),
            ("bucket.name", true, true),
            ("BucketName", true, false),
            ("192.168.5.4", true, false),
            ("bucket-.name", true, false),
            ("aa", true, false),
        ] {
            assert_eq!(
                BucketName::is_virtual_hostable(name, dots),
                hostable,
                "{name}"
            );
        }
    }
}
