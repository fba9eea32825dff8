//! The options that say what is wanted of a bucket: the same for every command that asks.

use super::session::Session;
use super::{any_duration, check};
use crate::failure::Failure;
use clap::Args;
use clap::builder::PossibleValuesParser;
use s3_secure_bucket::controls::{
    ALL, Lifecycle, Logging, Network, Settings, TlsCondition, TlsVersion,
};
use s3_secure_bucket::presign::endpoint::BucketName;
use std::time::Duration;

/// Of a signature, below which clocks and slow networks decide who gets in.
const LEAST_AGE: Duration = Duration::from_mins(2);

#[derive(Debug, Args)]
#[command(next_help_heading = "What is wanted of a bucket")]
pub(super) struct ControlArgs {
    /// Default encryption with this KMS key (its full ARN) in place of SSE-S3
    #[arg(long, value_name = "ARN")]
    pub(super) kms_key: Option<String>,
    /// Encrypt twice with the KMS key (DSSE-KMS)
    #[arg(long, requires = "kms_key")]
    dsse: bool,
    /// Without S3 Bucket Keys: every object calls KMS
    #[arg(long, requires = "kms_key")]
    no_bucket_key: bool,
    /// Allow uploads encrypted with the customer's own key (SSE-C)
    #[arg(long)]
    allow_sse_c: bool,
    /// Operator of the TLS-only statement; Ceph denies plain HTTP only with bool-if-exists
    #[arg(long, value_name = "OPERATOR", default_value = "bool", value_enum)]
    tls_condition: TlsConditionArg,
    /// Deny clients that speak only an older TLS
    #[arg(long, value_name = "VERSION", value_enum)]
    min_tls: Option<TlsVersionArg>,
    /// Deny presigned URLs older than this, whatever life they were given
    #[arg(long, value_name = "D", value_parser = any_duration)]
    pub(super) max_presign_age: Option<Duration>,
    /// Objects only through these VPC endpoints
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = check::vpc_endpoint)]
    vpce: Vec<String>,
    /// Objects only from these addresses (with --vpce: or from these)
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = check::source_ip)]
    source_ip: Vec<String>,
    /// Users and roles for whom the networks do not matter
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    exempt_principal: Vec<String>,
    /// Keep old versions of objects
    #[arg(long)]
    versioning: bool,
    /// Throw unfinished uploads away (after 7 days)
    #[arg(long)]
    lifecycle: bool,
    /// The same after so many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    abort_incomplete_days: Option<u32>,
    /// Move objects to STANDARD_IA after so many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    transition_ia_days: Option<u32>,
    /// Delete old versions after so many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expire_noncurrent_days: Option<u32>,
    /// Deliver access logs to this bucket
    #[arg(long, value_name = "B")]
    pub(super) log_bucket: Option<String>,
    /// What the logs' names begin with [default: the bucket's name and a slash]
    #[arg(long, value_name = "P", requires = "log_bucket")]
    pub(super) log_prefix: Option<String>,
    /// Tag the bucket
    #[arg(long, value_name = "K=V", value_parser = check::tag)]
    tag: Vec<(String, String)>,
    /// Leave a control alone (may be given more than once)
    #[arg(long, value_name = "CONTROL", value_parser = ids(), value_delimiter = ',')]
    pub(super) skip: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TlsConditionArg {
    Bool,
    BoolIfExists,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TlsVersionArg {
    #[value(name = "1.2")]
    V1_2,
    #[value(name = "1.3")]
    V1_3,
}

/// The ids of all controls.
pub(super) fn ids() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|control| control.info().id))
}

impl ControlArgs {
    /// Everything that can be refused before the first request.
    pub(super) fn check(&self, session: &Session<'_>) -> Result<(), Failure> {
        let region = &session.settled.endpoint.region;
        let partition = region.partition().id;
        let is_aws = session.settled.endpoint.resolve(None)?.is_aws;
        if let Some(arn) = &self.kms_key {
            if arn.trim().is_empty() {
                return Err(Failure::usage(
                    "--kms-key is empty",
                    "name a key, or leave the option out for SSE-S3",
                ));
            }
            if is_aws {
                check::kms_key(arn, partition, region.as_str())?;
            }
        }
        if is_aws {
            check::reachable(&self.source_ip)?;
            if self.transition_ia_days.is_some_and(|days| days < 30) {
                return Err(Failure::usage(
                    "--transition-ia-days is less than 30",
                    "STANDARD_IA takes objects from their 30th day on",
                ));
            }
        }
        if self.max_presign_age.is_some_and(|age| age < LEAST_AGE) {
            return Err(Failure::usage(
                "--max-presign-age is less than 2m",
                "it counts for every request, so a clock that is a little off would be locked out; 15m fits the URLs of bootstrap",
            ));
        }
        let scoped = !self.vpce.is_empty() || !self.source_ip.is_empty();
        if !self.exempt_principal.is_empty() && !scoped {
            return Err(Failure::usage(
                "--exempt-principal exempts from nothing",
                "it goes with --vpce or --source-ip",
            ));
        }
        for arn in &self.exempt_principal {
            check::principal(arn, partition)?;
        }
        check::tags(&self.tag)?;
        if let Some(prefix) = &self.log_prefix
            && prefix.contains(['*', '?', '$'])
        {
            return Err(Failure::usage(
                format!(
                    "--log-prefix `{prefix}` has characters that mean something else in a policy"
                ),
                "leave `*`, `?` and `$` out",
            ));
        }
        Ok(())
    }

    /// For one bucket. Call [`Self::check`] first.
    pub(super) fn settings(
        &self,
        session: &Session<'_>,
        bucket: BucketName,
    ) -> Result<Settings, Failure> {
        let partition = session.settled.endpoint.region.partition().id;
        let scoped = !self.vpce.is_empty() || !self.source_ip.is_empty();
        let days = [
            self.abort_incomplete_days,
            self.transition_ia_days,
            self.expire_noncurrent_days,
        ];
        let has_lifecycle = self.lifecycle || days.iter().any(Option::is_some);
        let log_bucket = self.log_bucket(session)?;
        Ok(Settings {
            kms_key: self.kms_key.clone(),
            dual_layer: self.dsse,
            bucket_key: !self.no_bucket_key,
            allow_sse_c: self.allow_sse_c,
            tls_condition: match self.tls_condition {
                TlsConditionArg::Bool => TlsCondition::Bool,
                TlsConditionArg::BoolIfExists => TlsCondition::BoolIfExists,
            },
            min_tls: self.min_tls.map(|version| match version {
                TlsVersionArg::V1_2 => TlsVersion::V1_2,
                TlsVersionArg::V1_3 => TlsVersion::V1_3,
            }),
            max_presign_age: self.max_presign_age,
            network: scoped.then(|| Network {
                vpc_endpoints: self.vpce.clone(),
                source_ips: self.source_ip.clone(),
                exempt: self.exempt_principal.clone(),
            }),
            versioning: self.versioning,
            lifecycle: has_lifecycle.then(|| Lifecycle {
                abort_incomplete: self.abort_incomplete_days.unwrap_or(7),
                transition_ia: self.transition_ia_days,
                expire_noncurrent: self.expire_noncurrent_days,
            }),
            logging: log_bucket.map(|target| Logging {
                bucket: target,
                prefix: (self.log_prefix.clone()).unwrap_or_else(|| format!("{bucket}/")),
            }),
            tags: self.tag.clone(),
            skip: self.skip.clone(),
            ..Settings::new(bucket, partition)
        })
    }

    /// A bucket that logs to itself never comes to an end.
    pub(super) fn refuse_own_logs(settings: &Settings) -> Result<(), Failure> {
        let bucket = &settings.bucket;
        if settings
            .logging
            .as_ref()
            .is_some_and(|logging| logging.bucket == *bucket)
        {
            return Err(Failure::usage(
                format!("{bucket} would log to itself"),
                "each log would be logged; name another --log-bucket",
            ));
        }
        Ok(())
    }

    pub(super) fn log_bucket(&self, session: &Session<'_>) -> Result<Option<BucketName>, Failure> {
        let name = self.log_bucket.as_deref();
        name.map(|name| session.bucket_name(name)).transpose()
    }
}
