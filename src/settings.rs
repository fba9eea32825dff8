//! The settings that a caller of the library chooses. The same settings can be used for several
//! buckets.

use crate::controls::{self, ALL, Control, Lifecycle, Logging, Network, TlsCondition, TlsVersion};
use crate::values::{KmsKey, SourceRange, Tag, UnusableKmsKey};
use s3_presign::endpoint::{BucketName, Region};
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

/// The optional settings of a bucket. Block Public Access, default encryption, `BucketOwnerEnforced` and a
/// TLS-only policy need no setting.
///
/// ```
/// let mut settings = s3_secure_bucket::Settings::default();
/// settings.versioning = true;
/// settings.tags.push("team=data".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The KMS key for SSE-KMS. `None` means SSE-S3.
    pub kms_key: Option<KmsKey>,
    /// Whether to encrypt objects in two layers (`aws:kms:dsse`). Dual-layer encryption does not
    /// support S3 Bucket Keys.
    pub dual_layer: bool,
    /// Whether to use an S3 Bucket Key with SSE-KMS, which reduces the number of calls to KMS. The
    /// default is `true`.
    pub bucket_key: bool,
    /// Whether to allow uploads with a customer-provided key (SSE-C).
    pub allow_sse_c: bool,
    /// The condition operator with which the TLS-only statement tests `aws:SecureTransport`.
    pub tls_condition: TlsCondition,
    /// The minimum TLS version. Requests over an older TLS version are denied.
    pub min_tls: Option<TlsVersion>,
    /// The maximum age of a signature, at least two minutes. Requests with an older signature are
    /// denied. The limit binds signatures of version 4 only; see [`deny_sigv2`](Self::deny_sigv2).
    pub max_presign_age: Option<Duration>,
    /// Whether requests with a signature of version 2 (`SigV2`) are denied, which
    /// [`max_presign_age`](Self::max_presign_age) does not limit.
    pub deny_sigv2: bool,
    /// The networks from which requests may access objects. Requests from other networks are
    /// denied.
    pub network: Option<Network>,
    /// Whether to remove all statements of the bucket policy that these settings do not request.
    pub replace_policy: bool,
    /// Whether S3 keeps old versions of objects.
    pub versioning: bool,
    /// The lifecycle rules, which delete or move objects after a number of days.
    pub lifecycle: Option<Lifecycle>,
    /// The bucket that receives the access logs.
    pub logging: Option<Logging>,
    /// The tags to set on the bucket. Other tags of the bucket do not change.
    pub tags: Vec<Tag>,
    /// The IDs of the controls to skip, such as `versioning` or `tls-only`.
    pub skip: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            kms_key: None,
            dual_layer: false,
            bucket_key: true,
            allow_sse_c: false,
            tls_condition: TlsCondition::Bool,
            min_tls: None,
            max_presign_age: None,
            deny_sigv2: false,
            network: None,
            replace_policy: false,
            versioning: false,
            lifecycle: None,
            logging: None,
            tags: Vec::new(),
            skip: Vec::new(),
        }
    }
}

/// The minimum value of [`Settings::max_presign_age`]. A shorter limit would deny the requests of
/// clients whose clock is slightly wrong.
const LEAST_PRESIGN_AGE: Duration = Duration::from_mins(2);
/// The minimum number of days after which S3 can move an object to `STANDARD_IA`.
const LEAST_DAYS_TO_IA: u32 = 30;
const MOST_TAGS: usize = 50;

impl Settings {
    /// Checks the settings as far as possible without a request, and returns the settings of one
    /// bucket.
    pub(crate) fn for_bucket(
        &self,
        bucket: &BucketName,
        region: &Region,
        is_aws: bool,
    ) -> Result<controls::Settings, InvalidSettings> {
        self.check(bucket, is_aws)?;
        if let Some(key) = &self.kms_key {
            let checked = if is_aws {
                key.check_on_aws(region)
            } else {
                key.check_elsewhere()
            };
            checked.map_err(InvalidSettings::KmsKey)?;
        }
        // This pattern names every field, so that the compiler reports an unused field.
        let Settings {
            kms_key,
            dual_layer,
            bucket_key,
            allow_sse_c,
            tls_condition,
            min_tls,
            max_presign_age,
            deny_sigv2,
            network,
            replace_policy,
            versioning,
            lifecycle,
            logging,
            tags,
            skip,
        } = self.clone();
        Ok(controls::Settings {
            kms_key,
            dual_layer,
            bucket_key,
            allow_sse_c,
            tls_condition,
            min_tls,
            max_presign_age,
            deny_sigv2,
            network,
            replace_policy,
            versioning,
            lifecycle,
            logging,
            tags,
            skip,
            ..controls::Settings::new(bucket.clone(), region.partition().id)
        })
    }

    fn check(&self, bucket: &BucketName, is_aws: bool) -> Result<(), InvalidSettings> {
        check_ids(&self.skip)?;
        if (self.logging.as_ref()).is_some_and(|logging| logging.bucket == *bucket) {
            return Err(InvalidSettings::LogsToItself(bucket.clone()));
        }
        if (self.max_presign_age).is_some_and(|age| age < LEAST_PRESIGN_AGE) {
            return Err(InvalidSettings::PresignAge);
        }
        let lifecycle = self.lifecycle.as_ref();
        let days_to_ia = lifecycle.and_then(|lifecycle| lifecycle.transition_ia);
        if is_aws && days_to_ia.is_some_and(|days| days < LEAST_DAYS_TO_IA) {
            return Err(InvalidSettings::DaysToIa);
        }
        if let Some(network) = &self.network {
            if network.vpc_endpoints.is_empty() && network.source_ips.is_empty() {
                return Err(InvalidSettings::NoNetwork);
            }
            if SourceRange::cover_everything(&network.source_ips) {
                return Err(InvalidSettings::EveryNetwork);
            }
            let private = network.source_ips.iter().find(|range| !range.is_public());
            if let Some(range) = private.filter(|_| is_aws) {
                return Err(InvalidSettings::PrivateRange(range.clone()));
            }
        }
        let keys: HashSet<&str> = self.tags.iter().map(Tag::key).collect();
        if keys.len() < self.tags.len() || self.tags.len() > MOST_TAGS {
            return Err(InvalidSettings::Tags);
        }
        Ok(())
    }
}

/// Checks that the IDs are IDs of controls.
pub(crate) fn check_ids(ids: &[String]) -> Result<(), InvalidSettings> {
    let is_known = |id: &String| ALL.iter().any(|control| control.info().id == id);
    match ids.iter().find(|id| !is_known(id)) {
        Some(id) => Err(InvalidSettings::UnknownControl(id.clone())),
        None => Ok(()),
    }
}

/// Checks that the settings request every control in the list of required controls, because the
/// requirement would have no effect on other controls.
pub(crate) fn check_required(
    ids: &[String],
    settings: &controls::Settings,
) -> Result<(), InvalidSettings> {
    check_ids(ids)?;
    let is_asked_for =
        |control: &&dyn Control| control.is_wanted(settings) && !settings.skips(control.info().id);
    let asked_for: Vec<&str> = (ALL.into_iter())
        .filter(is_asked_for)
        .map(|control| control.info().id)
        .collect();
    match ids.iter().find(|id| !asked_for.contains(&id.as_str())) {
        Some(id) => Err(InvalidSettings::RequiredNotWanted(id.clone())),
        None => Ok(()),
    }
}

/// The reason why the settings are rejected before a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidSettings {
    /// There is no control with this ID.
    UnknownControl(String),
    /// The run requires the control with this ID, but the settings do not request this control.
    RequiredNotWanted(String),
    /// The bucket would receive its own access logs, so the delivery of each log would cause
    /// another log.
    LogsToItself(BucketName),
    /// The age limit of signatures is less than two minutes.
    PresignAge,
    /// A lifecycle rule would move objects to `STANDARD_IA` before day 30.
    DaysToIa,
    /// The network has neither a VPC endpoint nor an address range.
    NoNetwork,
    /// The address ranges together contain all public addresses.
    EveryNetwork,
    /// This address range is not public, so no request to AWS can come from it.
    PrivateRange(SourceRange),
    /// Two tags have the same key, or there are more than 50 tags.
    Tags,
    /// AWS cannot use the KMS key for the bucket.
    KmsKey(UnusableKmsKey),
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownControl(id) => write!(f, "there is no control `{id}`"),
            Self::RequiredNotWanted(id) => {
                write!(
                    f,
                    "control `{id}` is required but the settings do not request it"
                )
            }
            Self::LogsToItself(bucket) => {
                write!(
                    f,
                    "bucket `{bucket}` would write its access logs into itself"
                )
            }
            Self::PresignAge => f.write_str("the age limit of signatures is less than two minutes"),
            Self::DaysToIa => {
                f.write_str("S3 moves objects to STANDARD_IA after 30 days at the earliest")
            }
            Self::NoNetwork => {
                f.write_str("the network has neither a VPC endpoint nor an address range")
            }
            Self::EveryNetwork => {
                f.write_str("the address ranges of the network include every public address")
            }
            Self::PrivateRange(range) => {
                write!(
                    f,
                    "{range} is not public, but AWS sees only public addresses"
                )
            }
            Self::Tags => f.write_str("a tag key occurs twice, or there are more than 50 tags"),
            Self::KmsKey(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InvalidSettings {}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(settings: &Settings) -> Result<(), InvalidSettings> {
        let bucket = BucketName::parse("drop-box").unwrap();
        let region = Region::parse("eu-central-1").unwrap();
        let settings = settings.for_bucket(&bucket, &region, true)?;
        assert_eq!(settings.bucket_arn(), "arn:aws:s3:::drop-box");
        Ok(())
    }

    #[test]
    fn the_defaults_are_those_of_the_program() {
        let bucket = BucketName::parse("drop-box").unwrap();
        let region = Region::parse("eu-central-1").unwrap();
        assert_eq!(
            Settings::default().for_bucket(&bucket, &region, true),
            Ok(controls::Settings::new(bucket, "aws"))
        );
    }

    #[test]
    fn settings_that_s3_would_reject_later_are_rejected_now() {
        let range = |text: &str| text.parse::<SourceRange>().unwrap();
        let network = |source_ips: Vec<SourceRange>| Settings {
            network: Some(Network {
                source_ips,
                ..Network::default()
            }),
            ..Settings::default()
        };
        let lifecycle = |days| Settings {
            lifecycle: Some(Lifecycle {
                abort_incomplete: 7,
                transition_ia: Some(days),
                expire_noncurrent: None,
                expire: None,
                expire_prefix: String::new(),
            }),
            ..Settings::default()
        };
        let tag: Tag = "a=b".parse().unwrap();
        let (private, halves) = (range("10.0.0.0/8"), ["0.0.0.0/1", "128.0.0.0/1"].map(range));
        for (settings, wanted) in [
            (
                Settings {
                    skip: vec!["tls".to_owned()],
                    ..Settings::default()
                },
                InvalidSettings::UnknownControl("tls".to_owned()),
            ),
            (
                Settings {
                    max_presign_age: Some(Duration::from_secs(119)),
                    ..Settings::default()
                },
                InvalidSettings::PresignAge,
            ),
            (
                Settings {
                    tags: vec![tag.clone(), tag],
                    ..Settings::default()
                },
                InvalidSettings::Tags,
            ),
            (
                Settings {
                    logging: Some(Logging {
                        bucket: BucketName::parse("drop-box").unwrap(),
                        prefix: None,
                        without_grants: false,
                        is_made_by_run: false,
                    }),
                    ..Settings::default()
                },
                InvalidSettings::LogsToItself(BucketName::parse("drop-box").unwrap()),
            ),
            (lifecycle(29), InvalidSettings::DaysToIa),
            (network(Vec::new()), InvalidSettings::NoNetwork),
            (network(halves.to_vec()), InvalidSettings::EveryNetwork),
            (
                network(vec![private.clone()]),
                InvalidSettings::PrivateRange(private),
            ),
        ] {
            assert_eq!(checked(&settings), Err(wanted));
        }
        assert_eq!(checked(&lifecycle(30)), Ok(()));
    }

    #[test]
    fn a_required_control_must_be_asked_for() {
        let settings = controls::Settings::new(BucketName::parse("drop-box").unwrap(), "aws");
        let required = |id: &str| check_required(&[id.to_owned()], &settings);
        assert_eq!(required("tls-only"), Ok(()));
        let missing = InvalidSettings::RequiredNotWanted("versioning".to_owned());
        assert_eq!(required("versioning"), Err(missing));
    }
}
