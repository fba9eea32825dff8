//! Determines the host and path of requests: [`Config::resolve`] makes an [`Endpoint`] from the region,
//! the addressing style and an optional custom endpoint.
//!
//! The rules are those of AWS's S3 endpoint rule set for general-purpose buckets.
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
pub use region_names::likely_region;

use crate::encode;
use std::fmt;

/// Where a request names the bucket: in the host or in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressing {
    /// In the host if a host can contain the bucket name, else in the path. Also in the path for a custom
    /// endpoint that has a path, or whose host is a single label (`minio`).
    #[default]
    Auto,
    /// Always in the path: `HOST/BUCKET/KEY`.
    Path,
    /// Always in the host: `BUCKET.HOST/KEY`. A bucket name that a host cannot contain is an error.
    Virtual,
}

/// The options that determine an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The region to sign for, which is also a part of AWS's host names.
    pub region: Region,
    /// A custom endpoint, or `None` for AWS's own.
    pub endpoint: Option<EndpointUrl>,
    /// Where a request names the bucket.
    pub addressing: Addressing,
    /// Whether to use AWS's dual-stack endpoints, which have IPv4 and IPv6 addresses.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/dual-stack-endpoints.html>
    pub dualstack: bool,
    /// Whether to use AWS's endpoints with FIPS 140 validated cryptography.
    /// <https://aws.amazon.com/compliance/fips/>
    pub fips: bool,
}

/// The resolved address of requests, for one bucket or without a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The scheme; always `https` for AWS's own endpoints.
    pub scheme: Scheme,
    /// The value of the `Host` header: `HOST[:PORT]`.
    pub host: String,
    /// The percent-encoded path before `/KEY`, without a slash at its end: the path of the custom
    /// endpoint, followed in path style by the bucket.
    pub base_path: String,
    /// The addressing style in use. `None` if there is no bucket.
    pub style: Option<Style>,
    /// The region in the scope of a signature.
    pub signing_region: String,
    /// The partition that the region belongs to.
    pub partition: &'static Partition,
    /// Whether the server is AWS: true without a custom endpoint, and for custom endpoints with a host
    /// of AWS, such as those of `PrivateLink`.
    pub is_aws: bool,
}

/// The addressing style that [`Config::resolve`] chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The path names the bucket: `HOST/BUCKET/KEY`.
    Path,
    /// The host names the bucket: `BUCKET.HOST/KEY`.
    Virtual,
}

impl Style {
    /// The style as a word for reports: `path` or `virtual`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Style::Path => "path",
            Style::Virtual => "virtual",
        }
    }
}

impl Config {
    /// AWS's own endpoint for `region`, with automatic addressing, without dual stack or FIPS.
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

    /// The endpoint for `bucket`, or without a bucket for `None`.
    ///
    /// `bucket` may be any text, or the ARN of an [`AccessPoint`]. With [`Addressing::Auto`], a name that a
    /// host cannot contain goes into the path.
    ///
    /// # Errors
    /// The options contradict each other, AWS or the partition lacks the endpoint, or
    /// [`Addressing::Virtual`] does not work for this bucket.
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

    /// The host is `NAME-ACCOUNT` before the service's own, in the region of the ARN.
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
        // Only TLS certificates forbid dots, so plain HTTP to a custom endpoint allows them.
        let dots = scheme == Scheme::Http;
        let hostable = BucketName::is_virtual_hostable(bucket, dots)
            && !self.endpoint.as_ref().is_some_and(EndpointUrl::is_ip);
        // Some resolvers do not know BUCKET.localhost, Snow devices and names such as `minio` have no
        // wildcard DNS names, and a server behind a path has one host for all buckets. Behind
        // `PrivateLink` each bucket has its own host, even with a path.
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
    /// The endpoint without its path: `SCHEME://HOST[:PORT]`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.host)
    }

    /// The provider of S3-compatible storage to which the host belongs, if this crate knows it.
    #[must_use]
    pub fn provider(&self) -> Option<&'static Provider> {
        let host = self
            .host
            .rsplit_once(':')
            .map_or(&*self.host, |(host, _)| host);
        ProviderHost::parse(host).map(|host| host.provider)
    }

    /// The endpoint with its base path, without a slash at its end: `SCHEME://HOST[:PORT][/PATH]`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), self.base_path)
    }
}

/// Why [`Config::resolve`] found no endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointError {
    /// A custom endpoint cannot be combined with this kind of AWS endpoint (`FIPS`, `dual-stack`).
    CustomWith(&'static str),
    /// S3 does not have this kind of endpoint (`FIPS`, `dual-stack`) in this partition.
    NotInPartition(&'static str, &'static str),
    /// AWS has no region of this shape: see [`Region::has_aws_shape`].
    NotOfAws(String),
    /// The bucket is an ARN, but not that of an access point.
    AccessPoint(InvalidAccessPoint),
    /// The host name must contain the access point, which path style and an IP address exclude.
    AccessPointInPath,
    /// The custom endpoint names a bucket, and the request is for another one.
    AnotherBucket {
        /// The endpoint.
        endpoint: String,
        /// The bucket that the endpoint names.
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
