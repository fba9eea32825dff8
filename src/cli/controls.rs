//! The options that say what is wanted of a bucket: the same for every command that asks.

use super::session::Session;
use crate::failure::Failure;
use clap::Args;
use clap::builder::PossibleValuesParser;
use s3_secure_bucket::controls::{
    ALL, Lifecycle, Logging, Network, Settings, TlsCondition, TlsVersion,
};
use s3_secure_bucket::presign::duration::HumanDuration;
use s3_secure_bucket::presign::endpoint::{BucketName, Region};
use s3_secure_bucket::values::{
    EmptyKmsKey, KmsKey, PrincipalArn, SourceRange, Tag, VpcEndpointId,
};
use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;

/// Of a signature, below which clocks and slow networks decide who gets in.
const LEAST_AGE: Duration = Duration::from_mins(2);

#[derive(Debug, Args)]
#[command(next_help_heading = "What is wanted of a bucket")]
pub(super) struct ControlArgs {
    /// Default encryption with this KMS key (its full ARN) in place of SSE-S3
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
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
    #[arg(long, value_name = "D")]
    max_presign_age: Option<HumanDuration>,
    /// Objects only through these VPC endpoints
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    vpce: Vec<VpcEndpointId>,
    /// Objects only from these addresses (with --vpce: or from these)
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    source_ip: Vec<SourceRange>,
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
    log_bucket: Option<String>,
    /// What the logs' names begin with [default: the one that is there, else the bucket's
    /// name and a slash]
    #[arg(long, value_name = "P", requires = "log_bucket")]
    pub(super) log_prefix: Option<String>,
    /// Tag the bucket
    #[arg(long, value_name = "K=V")]
    tag: Vec<Tag>,
    /// Leave a control alone (may be given more than once)
    #[arg(long, value_name = "CONTROL", value_parser = ids(), value_delimiter = ',')]
    skip: Vec<String>,
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
    /// Parses and checks what depends on other options or on the server; nothing is sent.
    pub(super) fn check(&self, session: &Session<'_>) -> Result<Wanted<'_>, Failure> {
        let region = &session.settled.endpoint.region;
        let is_aws = session.settled.endpoint.resolve(None)?.is_aws;
        let kms_key = self.kms_key(is_aws, region)?;
        if is_aws {
            self.check_reachable()?;
            if self.transition_ia_days.is_some_and(|days| days < 30) {
                return Err(Failure::usage(
                    "--transition-ia-days is less than 30",
                    "STANDARD_IA takes objects from their 30th day on",
                ));
            }
        }
        if self.max_presign_age().is_some_and(|age| age < LEAST_AGE) {
            return Err(Failure::usage(
                "--max-presign-age is less than 2m",
                "it counts for every request, so a clock that is a little off would be locked out; 15m fits the URLs of bootstrap",
            ));
        }
        let network = self.network(region.partition().id)?;
        self.check_tags()?;
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
        let log_bucket = self.log_bucket.as_deref();
        Ok(Wanted {
            args: self,
            partition: region.partition().id,
            kms_key,
            network,
            log_bucket: log_bucket
                .map(|name| session.bucket_name(name))
                .transpose()?,
        })
    }

    pub(super) fn max_presign_age(&self) -> Option<Duration> {
        self.max_presign_age.map(|HumanDuration(age)| age)
    }

    fn kms_key(&self, is_aws: bool, region: &Region) -> Result<Option<KmsKey>, Failure> {
        let Some(text) = &self.kms_key else {
            return Ok(None);
        };
        let key: KmsKey = text.parse().map_err(|_: EmptyKmsKey| {
            Failure::usage(
                "--kms-key is empty",
                "name a key, or leave the option out for SSE-S3",
            )
        })?;
        if is_aws {
            key.check_on_aws(region).map_err(|error| {
                let partition = region.partition().id;
                Failure::usage(
                    error,
                    format!("write it as arn:{partition}:kms:{region}:ACCOUNT:key/KEY-ID"),
                )
            })?;
        }
        Ok(Some(key))
    }

    fn check_reachable(&self) -> Result<(), Failure> {
        match self.source_ip.iter().find(|range| !range.is_public()) {
            Some(range) => Err(Failure::usage(
                format!(
                    "--source-ip {range} is no public address: AWS never sees such a one, and would lock everybody out"
                ),
                "name the public addresses of your network, or the VPC endpoint with --vpce",
            )),
            None => Ok(()),
        }
    }

    fn network(&self, partition: &str) -> Result<Option<Network>, Failure> {
        if self.vpce.is_empty() && self.source_ip.is_empty() {
            if self.exempt_principal.is_empty() {
                return Ok(None);
            }
            return Err(Failure::usage(
                "--exempt-principal exempts from nothing",
                "it goes with --vpce or --source-ip",
            ));
        }
        if SourceRange::cover_everything(&self.source_ip) {
            return Err(Failure::usage(
                "--source-ip: together these ranges cover every public address, and keep no network out",
                "name the ranges of your own network",
            ));
        }
        let wrong = |what: &dyn Display| {
            Failure::usage(
                format!("--exempt-principal {what}"),
                format!("write it as arn:{partition}:iam::ACCOUNT:role/NAME or …:user/NAME"),
            )
        };
        let exempt = self.exempt_principal.iter().map(|text| {
            let principal = PrincipalArn::parse(text).map_err(|error| wrong(&error))?;
            if principal.is_in(partition) {
                Ok(principal)
            } else {
                let what = format!("{principal} is of another partition than the bucket's");
                Err(wrong(&what))
            }
        });
        Ok(Some(Network {
            exempt: exempt.collect::<Result<_, _>>()?,
            vpc_endpoints: self.vpce.clone(),
            source_ips: self.source_ip.clone(),
        }))
    }

    fn check_tags(&self) -> Result<(), Failure> {
        let keys: HashSet<&str> = self.tag.iter().map(Tag::key).collect();
        if keys.len() < self.tag.len() {
            return Err(Failure::usage(
                "a --tag is given twice",
                "a key has one value",
            ));
        }
        if self.tag.len() > 50 {
            return Err(Failure::usage(
                "more than 50 tags",
                "a bucket has at most 50",
            ));
        }
        Ok(())
    }
}

/// What the options want of any bucket, checked.
pub(super) struct Wanted<'a> {
    args: &'a ControlArgs,
    partition: &'static str,
    kms_key: Option<KmsKey>,
    network: Option<Network>,
    pub(super) log_bucket: Option<BucketName>,
}

impl Wanted<'_> {
    /// For one bucket; a bucket that would log to itself is refused: its logs would never end.
    pub(super) fn settings(&self, bucket: BucketName) -> Result<Settings, Failure> {
        if self.log_bucket.as_ref() == Some(&bucket) {
            return Err(Failure::usage(
                format!("{bucket} would log to itself"),
                "each log would be logged; name another --log-bucket",
            ));
        }
        Ok(self.settings_of_any(bucket))
    }

    /// For one bucket of the account's list. The bucket for the logs may be one of them, and is not to
    /// log to itself.
    pub(super) fn settings_of_listed(&self, bucket: BucketName) -> Settings {
        let mut settings = self.settings_of_any(bucket);
        settings.logging = settings.logging.filter(|to| to.bucket != settings.bucket);
        settings
    }

    fn settings_of_any(&self, bucket: BucketName) -> Settings {
        let args = self.args;
        let days = [
            args.abort_incomplete_days,
            args.transition_ia_days,
            args.expire_noncurrent_days,
        ];
        let has_lifecycle = args.lifecycle || days.iter().any(Option::is_some);
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
            network: self.network.clone(),
            versioning: args.versioning,
            lifecycle: has_lifecycle.then(|| Lifecycle {
                abort_incomplete: args.abort_incomplete_days.unwrap_or(7),
                transition_ia: args.transition_ia_days,
                expire_noncurrent: args.expire_noncurrent_days,
            }),
            logging: self.log_bucket.clone().map(|target| Logging {
                bucket: target,
                prefix: args.log_prefix.clone(),
                without_grants: false,
            }),
            tags: args.tag.clone(),
            skip: args.skip.clone(),
            ..Settings::new(bucket, self.partition)
        }
    }
}
