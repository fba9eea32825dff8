//! The options for controls, which bootstrap, audit and iam-policy share.

mod wanted;

pub(super) use wanted::Wanted;

use super::session::Session;
use crate::controls::{ALL, Network};
use crate::failure::Failure;
use crate::values::{
    CorsOrigin, EmptyKmsKey, ExpireAfter, KmsKey, MfaSerial, PrincipalArn, SourceRange, Tag,
    TrailName, VpcEndpointId, WhyUnusable,
};
use clap::Args;
use clap::builder::PossibleValuesParser;
use s3_presign::duration::HumanDuration;
use s3_presign::endpoint::Region;
use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;

/// The smallest `--max-presign-age`. With a lower limit, clock differences and slow networks would block
/// clients.
const LEAST_AGE: Duration = Duration::from_mins(2);

#[derive(Debug, Args)]
#[command(next_help_heading = "Controls")]
pub(super) struct ControlArgs {
    /// Encrypt by default with this KMS key (full ARN) instead of SSE-S3
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
    /// Encrypt twice with the KMS key (DSSE-KMS)
    #[arg(long, requires = "kms_key")]
    dsse: bool,
    /// Disable S3 Bucket Keys; S3 then calls KMS for every object
    #[arg(long, requires = "kms_key")]
    no_bucket_key: bool,
    /// Allow uploads encrypted with a customer-provided key (SSE-C)
    #[arg(long)]
    allow_sse_c: bool,
    /// Condition operator of the TLS-only statement; Ceph denies plain HTTP only with bool-if-exists
    #[arg(long, value_name = "OPERATOR", default_value = "bool", value_enum)]
    tls_condition: TlsConditionArg,
    /// Deny connections with an older TLS version
    #[arg(long, value_name = "VERSION", value_enum)]
    min_tls: Option<TlsVersionArg>,
    /// Deny presigned URLs that were signed longer ago than this, even if they have not expired; binds
    /// signature version 4 only (see --deny-sigv2)
    #[arg(long, value_name = "DURATION")]
    max_presign_age: Option<HumanDuration>,
    /// Deny requests with the old signature version 2, which --max-presign-age does not limit
    #[arg(long)]
    deny_sigv2: bool,
    /// Allow access to objects only through these VPC endpoints
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    vpce: Vec<VpcEndpointId>,
    /// Allow access to objects only from these addresses; with --vpce, either condition is enough
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = source_range)]
    source_ip: Vec<SourceRange>,
    /// Exempt these users and roles from --vpce and --source-ip
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    exempt_principal: Vec<String>,
    /// Keep old versions of objects
    #[arg(long)]
    versioning: bool,
    /// Switch MFA delete on, for which the root user types a code of this MFA device (serial number or ARN);
    /// implies --versioning, and excludes lifecycle rules
    #[arg(long, value_name = "SERIAL")]
    mfa_delete: Option<MfaSerial>,
    /// Delete incomplete multipart uploads after 7 days
    #[arg(long)]
    lifecycle: bool,
    /// Delete incomplete multipart uploads after this many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    abort_incomplete_days: Option<u32>,
    /// Move objects to STANDARD_IA after this many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    transition_ia_days: Option<u32>,
    /// Delete old versions of objects after this many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expire_noncurrent_days: Option<u32>,
    /// Delete objects after N days, all of them or those whose keys begin with PREFIX; with --versioning also
    /// their old versions
    #[arg(long, value_name = "N[:PREFIX]")]
    expire_days: Option<ExpireAfter>,
    /// Deliver access logs to this bucket
    #[arg(long, value_name = "BUCKET")]
    log_bucket: Option<String>,
    /// Prefix of the keys of the logs [default: the configured prefix, else the bucket's name
    /// and a slash]
    #[arg(long, value_name = "PREFIX", requires = "log_bucket")]
    pub(super) log_prefix: Option<String>,
    /// Log each read and write of an object with this CloudTrail trail (name or ARN); CloudTrail charges for
    /// each logged request
    #[arg(long, value_name = "TRAIL")]
    data_events: Option<TrailName>,
    /// Let web pages of these origins, as in https://pages.example.com, upload with presigned URLs and read
    /// the answers of S3
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<CorsOrigin>,
    /// Tag the bucket (may be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    tag: Vec<Tag>,
    /// Leave this control unchanged (may be repeated)
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

/// Parses an address or a range. A range must begin at its first address, so that the policy shows the
/// network that it allows.
fn source_range(text: &str) -> Result<SourceRange, String> {
    let range = SourceRange::parse(text).map_err(|error| error.to_string())?;
    match range.network() {
        Some(_) => Err("this address is not the first one of its network".to_owned()),
        None => Ok(range),
    }
}

/// A parser that accepts the IDs of the controls.
pub(super) fn ids() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|control| control.info().id))
}

impl ControlArgs {
    /// Checks the options that depend on each other or on the server. Sends nothing.
    pub(super) fn check(&self, session: &Session<'_>) -> Result<Wanted<'_>, Failure> {
        let region = &session.settled.endpoint.region;
        let is_aws = session.settled.endpoint.resolve(None)?.is_aws;
        let kms_key = self.kms_key(is_aws, region)?;
        if is_aws {
            self.check_reachable()?;
            if self.transition_ia_days.is_some_and(|days| days < 30) {
                return Err(Failure::usage(
                    "--transition-ia-days is less than 30",
                    "use at least 30, because S3 moves objects to STANDARD_IA after 30 days at the earliest",
                ));
            }
        }
        if let (Some(expire), Some(days)) = (&self.expire_days, self.transition_ia_days)
            && expire.prefix().is_empty()
            && expire.days() <= days
        {
            return Err(Failure::usage(
                format!(
                    "--expire-days {} would delete objects before --transition-ia-days {days} moves them",
                    expire.days()
                ),
                "omit --transition-ia-days, or give it fewer days than --expire-days",
            ));
        }
        if self.max_presign_age().is_some_and(|age| age < LEAST_AGE) {
            return Err(Failure::usage(
                "--max-presign-age is less than 2m",
                "use at least 2m: the limit applies to every request and would lock out clients whose clock is slightly wrong; 15m fits the URLs of bootstrap",
            ));
        }
        if self.mfa_delete.is_some() && self.has_lifecycle() {
            return Err(Failure::usage(
                "--mfa-delete and lifecycle rules exclude each other",
                "omit --mfa-delete or the options for lifecycle rules, because S3 accepts no lifecycle rules while MFA delete is on",
            ));
        }
        let network = self.network(region.partition().id)?;
        self.check_tags()?;
        if let Some(trail) = &self.data_events
            && trail
                .arn()
                .is_some_and(|arn| is_aws && arn.partition != region.partition().id)
        {
            return Err(Failure::usage(
                format!("--data-events {trail} is not in the partition of the bucket"),
                "name a trail of the same partition",
            ));
        }
        if let Some(prefix) = &self.log_prefix
            && prefix.contains(['*', '?', '$'])
        {
            return Err(Failure::usage(
                format!(
                    "--log-prefix `{prefix}` has characters with a special meaning in a policy"
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

    /// These options, with each option for which `given` is true replaced by the option of `line`.
    pub(super) fn replaced(&self, line: ControlArgs, given: impl Fn(&str) -> bool) -> ControlArgs {
        macro_rules! choose {
            ($($field:ident)*) => {
                ControlArgs {
                    $($field: if given(stringify!($field)) {
                        line.$field
                    } else {
                        self.$field.clone()
                    },)*
                }
            };
        }
        choose! {
            cors_origin deny_sigv2 kms_key dsse no_bucket_key allow_sse_c tls_condition
            min_tls max_presign_age vpce source_ip exempt_principal
            versioning mfa_delete lifecycle abort_incomplete_days transition_ia_days expire_noncurrent_days
            expire_days log_bucket log_prefix data_events tag skip
        }
    }

    pub(super) fn max_presign_age(&self) -> Option<Duration> {
        self.max_presign_age.map(|HumanDuration(age)| age)
    }

    /// Whether an option requests lifecycle rules.
    fn has_lifecycle(&self) -> bool {
        let days = [
            self.abort_incomplete_days,
            self.transition_ia_days,
            self.expire_noncurrent_days,
        ];
        self.lifecycle || days.iter().any(Option::is_some) || self.expire_days.is_some()
    }

    fn kms_key(&self, is_aws: bool, region: &Region) -> Result<Option<KmsKey>, Failure> {
        let Some(text) = &self.kms_key else {
            return Ok(None);
        };
        let key: KmsKey = text.parse().map_err(|_: EmptyKmsKey| {
            Failure::usage(
                "--kms-key is empty",
                "name a KMS key, or omit the option to use SSE-S3",
            )
        })?;
        if is_aws {
            key.check_on_aws(region).map_err(|error| {
                let partition = region.partition().id;
                let hint = match error.why {
                    WhyUnusable::OtherRegion => format!(
                        "use --region {} if the bucket is to be there; otherwise name a KMS key of {region}",
                        key.region().unwrap_or("REGION")
                    ),
                    _ => format!(
                        "write the key as arn:{partition}:kms:{region}:ACCOUNT:key/KEY-ID"
                    ),
                };
                Failure::usage(error, hint)
            })?;
        } else {
            key.check_elsewhere()
                .map_err(|error| Failure::usage(error, "name one key"))?;
        }
        Ok(Some(key))
    }

    fn check_reachable(&self) -> Result<(), Failure> {
        match self.source_ip.iter().find(|range| !range.is_public()) {
            Some(range) => Err(Failure::usage(
                format!(
                    "--source-ip {range} is not a public range; AWS sees only public addresses, so this would block all access"
                ),
                "name the public addresses of your network, or its VPC endpoint with --vpce",
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
                "--exempt-principal has no effect without --vpce or --source-ip",
                "add --vpce or --source-ip",
            ));
        }
        if SourceRange::cover_everything(&self.source_ip) {
            return Err(Failure::usage(
                "the --source-ip ranges together cover every public address, so they block no network",
                "name the ranges of your own network",
            ));
        }
        let wrong = |what: &dyn Display| {
            Failure::usage(
                format!("--exempt-principal {what}"),
                format!(
                    "write the principal as arn:{partition}:iam::ACCOUNT:role/NAME or …:user/NAME"
                ),
            )
        };
        let exempt = self.exempt_principal.iter().map(|text| {
            let principal = PrincipalArn::parse(text).map_err(|error| wrong(&error))?;
            if principal.is_in(partition) {
                Ok(principal)
            } else {
                let what = format!("{principal} does not belong to the partition of the bucket");
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
                "two --tag options have the same key",
                "give each key once",
            ));
        }
        if self.tag.len() > 50 {
            return Err(Failure::usage(
                "there are more than 50 --tag options",
                "give at most 50, which is S3's limit for a bucket",
            ));
        }
        Ok(())
    }
}
