//! Determines the host and path of requests: [`Config::resolve`] returns an [`Endpoint`] for the
//! region, the addressing style and an optional custom endpoint.
//!
//! This module follows the rules for general-purpose buckets in AWS's S3 endpoint rule set.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/VirtualHosting.html>

mod access_point;
mod aws_host;
mod bucket_name;
mod custom;
mod provider;
mod region;
mod region_names;

pub use access_point::{AccessPoint, InvalidAccessPoint};
pub use aws_host::{AwsHost, Service};
pub use bucket_name::{BucketName, InvalidBucketName, Rule};
pub use custom::{EndpointUrl, InvalidEndpoint, Scheme};
pub use provider::{Provider, ProviderHost};
pub use region::{InvalidRegion, Partition, Region};
pub use region_names::{known_regions, likely_region};

use crate::encode;
use std::fmt;

/// The part of the URL that contains the bucket name: the host or the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressing {
    /// The host contains the bucket name if a host name can contain that name; otherwise the path
    /// contains the name. The path also contains the bucket name if the custom endpoint has a path,
    /// is the local machine, or has a host with a single label (`minio`).
    #[default]
    Auto,
    /// The path always contains the bucket name: `HOST/BUCKET/KEY`.
    Path,
    /// The host always contains the bucket name: `BUCKET.HOST/KEY`. [`Config::resolve`] fails if a
    /// host name cannot contain the bucket name.
    Virtual,
}

/// The options that determine an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The region for which requests are signed. AWS's host names contain this region too.
    pub region: Region,
    /// The custom endpoint, or `None` for the endpoint of AWS.
    pub endpoint: Option<EndpointUrl>,
    /// The choice between virtual-hosted style and path style.
    pub addressing: Addressing,
    /// Whether to use AWS's dual-stack endpoints, which have IPv4 and IPv6 addresses.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/dual-stack-endpoints.html>
    pub dualstack: bool,
    /// Whether to use AWS's endpoints with FIPS 140 validated cryptography.
    /// <https://aws.amazon.com/compliance/fips/>
    pub fips: bool,
}

/// The resolved address of requests. Requests without a bucket, such as `ListBuckets`, have an
/// endpoint too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The scheme, which is always `https` without a custom endpoint.
    pub scheme: Scheme,
    /// The value of the `Host` header: `HOST[:PORT]`.
    pub host: String,
    /// The percent-encoded path before `/KEY`, without a trailing slash. The base path consists of
    /// the path of the custom endpoint and, in path style, the bucket.
    pub base_path: String,
    /// The addressing style of the requests, or `None` if the endpoint has no bucket.
    pub style: Option<Style>,
    /// The region for which requests are signed.
    pub signing_region: String,
    /// The partition that the region belongs to.
    pub partition: &'static Partition,
    /// Whether the server is AWS. This field is true without a custom endpoint, and for a custom
    /// endpoint whose host belongs to AWS, such as a `PrivateLink` host.
    pub is_aws: bool,
}

/// The addressing style of an [`Endpoint`], which [`Config::resolve`] has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The path contains the bucket name: `HOST/BUCKET/KEY`.
    Path,
    /// The host contains the bucket name: `BUCKET.HOST/KEY`.
    Virtual,
}

impl Style {
    /// Returns the name of the style for reports: `path` or `virtual`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Style::Path => "path",
            Style::Virtual => "virtual",
        }
    }
}

impl Config {
    /// Returns the options for AWS's standard endpoint in `region`: automatic addressing, no dual
    /// stack and no FIPS.
    #[must_use]
    pub fn aws(region: Region) -> Self {
        Config {
            region,
            endpoint: None,
            addressing: Addressing::Auto,
            dualstack: false,
            fips: false,
        }
    }

    /// Returns the endpoint for `bucket`, or the endpoint for requests without a bucket if `bucket`
    /// is `None`.
    ///
    /// `bucket` may be any text, or the ARN of an [`AccessPoint`]. With [`Addressing::Auto`], the
    /// path contains every bucket name that a host name cannot contain.
    ///
    /// # Errors
    /// Fails if the options contradict each other, if AWS has no endpoint for the options, or if
    /// [`Addressing::Virtual`] is impossible for this bucket.
    pub fn resolve(&self, bucket: Option<&str>) -> Result<Endpoint, EndpointError> {
        if let Some(arn) = bucket.filter(|bucket| AccessPoint::is_arn(bucket)) {
            return self.access_point(&arn.parse().map_err(EndpointError::AccessPoint)?);
        }
        let partition = self.region.partition();
        let custom = self.endpoint.as_ref();
        let custom = custom.map(|url| url.without_bucket(bucket)).transpose()?;
        let (scheme, host, path) = match custom {
            Some(_) if self.dualstack => return Err(EndpointError::CustomWith("dual-stack")),
            Some(_) if self.fips => return Err(EndpointError::CustomWith("FIPS")),
            None if !self.region.has_aws_shape() => {
                return Err(EndpointError::NotOfAws(self.region.to_string()));
            }
            None if self.fips && !partition.fips => {
                return Err(EndpointError::NotInPartition("FIPS", partition.id));
            }
            Some(url) => (url.scheme, url.authority(), url.path),
            None => (Scheme::Https, self.aws_host(partition), String::new()),
        };
        let style = bucket
            .map(|bucket| self.style(bucket, scheme))
            .transpose()?;
        let (host, base_path) = match (bucket, style) {
            (Some(bucket), Some(Style::Virtual)) => (format!("{bucket}.{host}"), path),
            (Some(bucket), _) => (host, format!("{path}/{}", encode::query(bucket.as_bytes()))),
            (None, _) => (host, path),
        };
        Ok(Endpoint {
            scheme,
            host,
            base_path,
            style,
            signing_region: self.region.signing_region().to_owned(),
            partition,
            is_aws: self
                .endpoint
                .as_ref()
                .is_none_or(|url| Partition::is_aws_host(&url.host)),
        })
    }

    /// Returns the endpoint of an access point in the region of its ARN. The host is
    /// `NAME-ACCOUNT.` followed by the host of the service for access points.
    fn access_point(&self, access_point: &AccessPoint) -> Result<Endpoint, EndpointError> {
        if self.addressing == Addressing::Path {
            return Err(EndpointError::AccessPointInPath);
        }
        let config = Config {
            region: access_point.region.clone(),
            ..self.clone()
        };
        let plain = config.resolve(None)?;
        if self.endpoint.as_ref().is_some_and(EndpointUrl::is_ip) {
            return Err(EndpointError::AccessPointInPath);
        }
        let host = if self.endpoint.is_some() {
            plain.host.clone()
        } else {
            plain.host.replacen("s3", "s3-accesspoint", 1)
        };
        Ok(Endpoint {
            host: format!("{}.{host}", access_point.label()),
            style: Some(Style::Virtual),
            ..plain
        })
    }

    fn aws_host(&self, partition: &Partition) -> String {
        let region = self.region.as_str();
        let suffix = partition.dns_suffix;
        if region == "aws-global" && !self.fips && !self.dualstack {
            return format!("s3.{suffix}");
        }
        let region = self.region.signing_region();
        let fips = if self.fips { "-fips" } else { "" };
        let dualstack = if self.dualstack { "dualstack." } else { "" };
        format!("s3{fips}.{dualstack}{region}.{suffix}")
    }

    fn style(&self, bucket: &str, scheme: Scheme) -> Result<Style, EndpointError> {
        // Only TLS certificates forbid dots in bucket names, so plain HTTP to a custom endpoint
        // allows bucket names with dots in the host.
        let dots = scheme == Scheme::Http;
        let hostable = BucketName::is_virtual_hostable(bucket, dots)
            && !self.endpoint.as_ref().is_some_and(EndpointUrl::is_ip);
        // Three kinds of endpoints need path style: some resolvers do not resolve BUCKET.localhost,
        // Snow devices and hosts such as `minio` have no wildcard DNS entry, and an endpoint with a
        // path has one host for all buckets. A `PrivateLink` endpoint with a path needs no path
        // style, because each bucket has a separate `PrivateLink` host.
        let path_by_nature = self.region.as_str() == "snow"
            || self.endpoint.as_ref().is_some_and(|url| {
                url.is_localhost()
                    || url.is_single_label()
                    || (!url.path.is_empty() && !url.is_private_link())
            });
        match self.addressing {
            Addressing::Virtual if !hostable => {
                Err(EndpointError::NotVirtualHostable(bucket.to_owned()))
            }
            Addressing::Virtual => Ok(Style::Virtual),
            Addressing::Auto if hostable && !path_by_nature => Ok(Style::Virtual),
            Addressing::Auto | Addressing::Path => Ok(Style::Path),
        }
    }
}

impl Endpoint {
    /// Returns the endpoint without its path: `SCHEME://HOST[:PORT]`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.host)
    }

    /// Returns the provider of S3-compatible storage that the host belongs to, or `None` if this
    /// crate does not know the provider.
    #[must_use]
    pub fn provider(&self) -> Option<&'static Provider> {
        let host = self
            .host
            .rsplit_once(':')
            .map_or(&*self.host, |(host, _)| host);
        ProviderHost::parse(host).map(|host| host.provider)
    }

    /// Returns the endpoint with its base path and without a trailing slash:
    /// `SCHEME://HOST[:PORT][/PATH]`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), self.base_path)
    }
}

/// The reason why [`Config::resolve`] failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// A custom endpoint cannot be combined with the option for this kind of AWS endpoint (`FIPS`
    /// or `dual-stack`).
    CustomWith(&'static str),
    /// S3 has no `FIPS` or `dual-stack` endpoints (the first value) in the partition with this ID
    /// (the second value).
    NotInPartition(&'static str, &'static str),
    /// The name of the region does not have the format of AWS region names; see
    /// [`Region::has_aws_shape`].
    NotOfAws(String),
    /// The bucket is an ARN that is not the ARN of an access point.
    AccessPoint(InvalidAccessPoint),
    /// The host name must contain the access point, so path style and an IP address as endpoint are
    /// impossible.
    AccessPointInPath,
    /// The custom endpoint names a bucket that is not the bucket of the request.
    AnotherBucket {
        /// The endpoint.
        endpoint: String,
        /// The bucket in the host name of the endpoint.
        names: String,
        /// The bucket of the request.
        wanted: String,
    },
    /// The caller required virtual-hosted style, but the host name cannot contain this bucket name.
    NotVirtualHostable(String),
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessPoint(error) => error.fmt(f),
            Self::AccessPointInPath => {
                f.write_str("the host name must contain the access point: neither path-style addressing nor an IP address as endpoint works")
            }
            Self::AnotherBucket {
                endpoint,
                names,
                wanted,
            } => write!(
                f,
                "the endpoint {endpoint} names the bucket `{names}`, but the request is for `{wanted}`"
            ),
            Self::CustomWith(kind) => {
                write!(f, "a custom endpoint cannot be combined with {kind}")
            }
            Self::NotInPartition(kind, partition) => {
                write!(f, "partition {partition} has no {kind} endpoints for S3")
            }
            Self::NotOfAws(region) => {
                write!(f, "`{region}` is not a region of AWS")
            }
            Self::NotVirtualHostable(bucket) => write!(
                f,
                "bucket `{bucket}` cannot be part of the endpoint's host name; use path addressing"
            ),
        }
    }
}

impl std::error::Error for EndpointError {}

#[cfg(test)]
mod tests;
