//! The settings of each bucket, from the checked options for controls.

use super::{ControlArgs, TlsConditionArg, TlsVersionArg};
use crate::controls::{Lifecycle, Logging, Network, Settings, TlsCondition, TlsVersion};
use crate::failure::Failure;
use crate::values::{ExpireAfter, KmsKey};
use s3_presign::endpoint::BucketName;

/// The checked options, from which the settings of each bucket are made.
pub(in crate::cli) struct Wanted<'a> {
    pub(super) args: &'a ControlArgs,
    pub(super) partition: &'static str,
    pub(in crate::cli) kms_key: Option<KmsKey>,
    pub(super) network: Option<Network>,
    pub(in crate::cli) log_bucket: Option<BucketName>,
}

impl Wanted<'_> {
    /// The settings for a bucket. Fails if the bucket would log to itself, because each log would then
    /// cause another log.
    pub(in crate::cli) fn settings(&self, bucket: BucketName) -> Result<Settings, Failure> {
        if self.log_bucket.as_ref() == Some(&bucket) {
            return Err(Failure::usage(
                format!("{bucket} would log to itself"),
                "use a different bucket for --log-bucket: each delivered log would cause another log",
            ));
        }
        Ok(self.settings_of_any(bucket))
    }

    /// The settings for a bucket of the account's list. The list may contain the log bucket, which gets
    /// neither access logs nor data events.
    pub(in crate::cli) fn settings_of_listed(&self, bucket: BucketName) -> Settings {
        let mut settings = self.settings_of_any(bucket);
        if self.log_bucket.as_ref() == Some(&settings.bucket) {
            (settings.logging, settings.data_events) = (None, None);
        }
        settings
    }

    fn settings_of_any(&self, bucket: BucketName) -> Settings {
        let args = self.args;
        Settings {
            kms_key: self.kms_key.clone(),
            dual_layer: args.dsse,
            bucket_key: !args.no_bucket_key,
            allow_sse_c: args.allow_sse_c,
            tls_condition: match args.tls_condition {
                TlsConditionArg::Bool => TlsCondition::Bool,
                TlsConditionArg::BoolIfExists => TlsCondition::BoolIfExists,
            },
            min_tls: args.min_tls.map(|version| match version {
                TlsVersionArg::V1_2 => TlsVersion::V1_2,
                TlsVersionArg::V1_3 => TlsVersion::V1_3,
            }),
            max_presign_age: args.max_presign_age(),
            deny_sigv2: args.deny_sigv2,
            network: self.network.clone(),
            versioning: args.versioning || args.mfa_delete.is_some(),
            mfa_delete: args.mfa_delete.clone(),
            lifecycle: args.has_lifecycle().then(|| Lifecycle {
                abort_incomplete: args.abort_incomplete_days.unwrap_or(7),
                transition_ia: args.transition_ia_days,
                expire_noncurrent: args.expire_noncurrent_days,
                expire: args.expire_days.as_ref().map(ExpireAfter::days),
                expire_prefix: (args.expire_days.as_ref())
                    .map(|expire| expire.prefix().to_owned())
                    .unwrap_or_default(),
            }),
            logging: self.log_bucket.clone().map(|target| Logging {
                bucket: target,
                prefix: args.log_prefix.clone(),
                without_grants: false,
                is_made_by_run: false,
            }),
            data_events: args.data_events.clone(),
            cors_origins: args.cors_origin.clone(),
            tags: args.tag.clone(),
            skip: args.skip.clone(),
            ..Settings::new(bucket, self.partition)
        }
    }
}
