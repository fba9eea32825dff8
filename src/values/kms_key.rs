//! The KMS key for a bucket's default encryption.

use super::Arn;
use s3_presign::AccountId;
use s3_presign::endpoint::Region;
use std::fmt;
use std::str::FromStr;

/// The identifier of a KMS key, which is never empty. On AWS, the identifier is the ARN of the key;
/// on other servers, it is any name that the server accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey(String);

impl KmsKey {
    /// Returns the identifier that requests to S3 contain.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the region in the key's ARN, or `None` if the identifier is not an ARN.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        Arn::parse(&self.0).map(|arn| arn.region)
    }

    /// Checks that the identifier can name a key on a server other than AWS. A wildcard would match many
    /// keys in an IAM policy.
    ///
    /// # Errors
    /// Returns an [`UnusableKmsKey`] if the identifier contains a wildcard, or cannot name a key.
    pub(crate) fn check_elsewhere(&self) -> Result<(), UnusableKmsKey> {
        let text = self.0.as_str();
        let why = if text.contains(WILDCARDS) {
            WhyUnusable::Wildcard
        } else if text.ends_with(['/', ':'])
            || text.trim() != text
            || text.contains(char::is_control)
            || Arn::parse(text).is_some_and(|arn| arn.service != "kms")
        {
            WhyUnusable::NoKey
        } else {
            return Ok(());
        };
        let key = self.clone();
        Err(UnusableKmsKey { key, why })
    }

    /// Checks that AWS can use the key for a bucket in `region`.
    ///
    /// S3 accepts a wrong identifier in the configuration, but then rejects every upload. S3 also
    /// looks up an alias in the account of the uploader. `check_on_aws` accepts only the ARN of a
    /// key in the partition and region of the bucket, which prevents failing uploads.
    ///
    /// # Errors
    /// Returns an [`UnusableKmsKey`] with the reason for any other identifier.
    pub(crate) fn check_on_aws(&self, region: &Region) -> Result<(), UnusableKmsKey> {
        let unusable = |why| {
            Err(UnusableKmsKey {
                key: self.clone(),
                why,
            })
        };
        let is_kms = |arn: &Arn<'_>| {
            arn.service == "kms"
                && AccountId::parse(arn.account).is_ok()
                && !arn.resource.contains(':')
        };
        match Arn::parse(&self.0).filter(is_kms) {
            None => unusable(WhyUnusable::NotAnArn),
            Some(arn) if arn.partition != region.partition().id => {
                unusable(WhyUnusable::OtherPartition)
            }
            Some(arn) if arn.region != region.as_str() => unusable(WhyUnusable::OtherRegion),
            Some(arn) => match arn.resource.strip_prefix("key/") {
                Some("") => unusable(WhyUnusable::NoKey),
                Some(id) if !is_key_id(id) => unusable(WhyUnusable::KeyId),
                Some(_) => Ok(()),
                None => unusable(WhyUnusable::Alias),
            },
        }
    }
}

/// The characters that IAM policies interpret as wildcards.
const WILDCARDS: [char; 2] = ['*', '?'];

/// Whether the text can be a key ID, such as a UUID, or `mrk-` and 32 digits. A text with a
/// wildcard is not a key ID.
fn is_key_id(id: &str) -> bool {
    id.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl FromStr for KmsKey {
    type Err = EmptyKmsKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(EmptyKmsKey);
        }
        Ok(KmsKey(text.to_owned()))
    }
}

impl fmt::Display for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a KMS key that is empty or only white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyKmsKey;

impl fmt::Display for EmptyKmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the KMS key is empty")
    }
}

impl std::error::Error for EmptyKmsKey {}

/// The error for a KMS key that the bucket cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableKmsKey {
    /// The rejected key.
    pub key: KmsKey,
    /// The reason why the bucket cannot use the key.
    pub why: WhyUnusable,
}

/// The reason why a bucket cannot use a KMS key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyUnusable {
    /// The identifier does not have the format `arn:PARTITION:kms:REGION:ACCOUNT:…`.
    NotAnArn,
    /// The partitions of the key and of the bucket differ.
    OtherPartition,
    /// The regions of the key and of the bucket differ.
    OtherRegion,
    /// The identifier is the ARN of an alias.
    Alias,
    /// The key ID has invalid characters, such as a wildcard.
    KeyId,
    /// The identifier contains a wildcard, and the server is not AWS.
    Wildcard,
    /// The identifier ends before the name of a key, has white space at an end or a control character,
    /// or is the ARN of something else.
    NoKey,
}

impl fmt::Display for UnusableKmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match self.why {
            WhyUnusable::NotAnArn => write!(f, "`{key}` is not the ARN of a KMS key"),
            WhyUnusable::OtherPartition => {
                write!(
                    f,
                    "the key `{key}` is in a different partition than the bucket"
                )
            }
            WhyUnusable::OtherRegion => {
                write!(
                    f,
                    "the key `{key}` is in a different region than the bucket"
                )
            }
            WhyUnusable::KeyId => write!(
                f,
                "`{key}` is not the ARN of a key, because a key ID has only letters, digits and hyphens"
            ),
            WhyUnusable::Wildcard => {
                write!(
                    f,
                    "`{key}` does not name one key, because it contains a wildcard"
                )
            }
            WhyUnusable::NoKey => write!(f, "`{key}` does not name a key"),
            WhyUnusable::Alias => write!(
                f,
                "`{key}` is an alias, not a key, and S3 would look up the alias in the account of each uploader"
            ),
        }
    }
}

impl std::error::Error for UnusableKmsKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_arn_of_a_key_in_the_region_of_the_bucket() {
        let region = Region::parse("us-east-1").unwrap();
        let check = |text: &str| {
            let key: KmsKey = text.parse().unwrap();
            key.check_on_aws(&region).map_err(|error| error.why)
        };
        for (key, wanted) in [
            ("arn:aws:kms:us-east-1:111122223333:key/1234", Ok(())),
            (
                "arn:aws:kms:us-east-1:111122223333:alias/mine",
                Err(WhyUnusable::Alias),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/",
                Err(WhyUnusable::NoKey),
            ),
            (
                "arn:aws:kms:eu-west-1:111122223333:key/1234",
                Err(WhyUnusable::OtherRegion),
            ),
            (
                "arn:aws-cn:kms:cn-north-1:111122223333:key/1234",
                Err(WhyUnusable::OtherPartition),
            ),
            (
                "arn:aws:kms:us-east-1:1111:key/1",
                Err(WhyUnusable::NotAnArn),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/1:2",
                Err(WhyUnusable::NotAnArn),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/*",
                Err(WhyUnusable::KeyId),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/1234?",
                Err(WhyUnusable::KeyId),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/1234 ",
                Err(WhyUnusable::KeyId),
            ),
            (
                "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
                Ok(()),
            ),
            ("alias/mine", Err(WhyUnusable::NotAnArn)),
        ] {
            assert_eq!(check(key), wanted, "{key}");
        }
        assert_eq!(" ".parse::<KmsKey>(), Err(EmptyKmsKey));
    }

    #[test]
    fn elsewhere_any_complete_name_without_a_wildcard_is_a_key() {
        let check = |text: &str| text.parse::<KmsKey>().unwrap().check_elsewhere();
        for key in [
            "my-key",
            "arn:aws:kms:::key/1",
            "arn:aws:kms:mine",
            "alias/mine",
            "\u{e9}",
        ] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
        for key in ["*", "my-*", "arn:aws:kms:::key/?"] {
            let why = check(key).map_err(|error| error.why);
            assert_eq!(why, Err(WhyUnusable::Wildcard), "{key}");
        }
        for key in [
            "arn:aws:kms:us-east-1:111122223333:key/",
            "arn:aws:kms:us-east-1:111122223333:",
            "arn:aws:s3:::bucket",
            "alias/",
            "my-key ",
            "my\nkey",
        ] {
            let why = check(key).map_err(|error| error.why);
            assert_eq!(why, Err(WhyUnusable::NoKey), "{key}");
        }
    }

    #[test]
    fn only_an_arn_contains_a_region() {
        let region = |text: &str| text.parse::<KmsKey>().unwrap().region().map(str::to_owned);
        assert_eq!(
            region("arn:aws:kms:eu-west-1:111122223333:key/1").as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(region("my-key"), None);
    }
}
