//! Where a request goes: region, partition, addressing style and custom endpoints make one [`Endpoint`].
//!
//! The rules are those of AWS's own S3 endpoint rule set, for general-purpose buckets.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/VirtualHosting.html>

mod bucket_name;
mod custom;
mod region;

pub use bucket_name::{BucketName, InvalidBucketName, Rule};
pub use custom::{EndpointUrl, InvalidEndpoint, Scheme};
pub use region::{InvalidRegion, Partition, Region};

use crate::encode;
use std::fmt;

/// How the bucket is named in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressing {
    /// Before the host where it can stand there, else in the path.
    #[default]
    Auto,
    /// In the path.
    Path,
    /// Before the host; an error where it cannot stand there.
    Virtual,
}

/// What the operator chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The region to sign for.
    pub region: Region,
    /// A custom endpoint; `None` is AWS itself.
    pub endpoint: Option<EndpointUrl>,
    /// Where the bucket goes.
    pub addressing: Addressing,
    /// The endpoints that IPv6 reaches too.
    pub dualstack: bool,
    /// The FIPS 140 validated endpoints.
    pub fips: bool,
}

/// Where requests go: for one bucket, or for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The scheme; `https` for AWS itself.
    pub scheme: Scheme,
    /// `HOST[:PORT]`, as in the `Host` header.
    pub host: String,
    /// What stands before `/KEY` in the path, encoded: the custom endpoint's path and in path style
    /// the bucket; no slash at its end.
    pub base_path: String,
    /// The style that was taken; `None` without a bucket.
    pub style: Option<Style>,
    /// The region in the scope.
    pub signing_region: String,
    /// The region's partition.
    pub partition: &'static Partition,
    /// Whether this is AWS: its own endpoint, or a custom one with a host of AWS's (`PrivateLink`).
    pub is_aws: bool,
}

/// How the bucket is named in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `HOST/BUCKET/KEY`.
    Path,
    /// `BUCKET.HOST/KEY`.
    Virtual,
}

impl Style {
    /// `path` or `virtual`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Style::Path => "path",
            Style::Virtual => "virtual",
        }
    }
}

impl Config {
    /// AWS itself, with nothing chosen.
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

    /// The endpoint for `bucket`, which may be any text: what cannot stand in a host goes into the path.
    pub fn resolve(&self, bucket: Option<&str>) -> Result<Endpoint, EndpointError> {
        let partition = self.region.partition();
        let (scheme, host, path) = match &self.endpoint {
            Some(_) if self.dualstack => return Err(EndpointError::CustomWith("dual-stack")),
            Some(_) if self.fips => return Err(EndpointError::CustomWith("FIPS")),
            None if self.region.as_str().bytes().any(|b| b.is_ascii_uppercase()) => {
                return Err(EndpointError::NotOfAws(self.region.to_string()));
            }
            None if self.fips && !partition.fips => {
                return Err(EndpointError::NotInPartition("FIPS", partition.id));
            }
            None if self.dualstack && !partition.dualstack => {
                return Err(EndpointError::NotInPartition("dual-stack", partition.id));
            }
            Some(url) => (url.scheme, url.authority(), url.path.clone()),
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
            signing_region: self.signing_region(),
            partition,
            is_aws: self
                .endpoint
                .as_ref()
                .is_none_or(|url| Partition::is_aws_host(&url.host)),
        })
    }

    fn signing_region(&self) -> String {
        match self.region.as_str() {
            // The pseudo region of the old global endpoint.
            "aws-global" => "us-east-1".to_owned(),
            region => region.to_owned(),
        }
    }

    fn aws_host(&self, partition: &Partition) -> String {
        let region = self.region.as_str();
        let suffix = partition.dns_suffix;
        if region == "aws-global" && !self.fips && !self.dualstack {
            return format!("s3.{suffix}");
        }
        let region = self.signing_region();
        let fips = if self.fips { "-fips" } else { "" };
        let dualstack = if self.dualstack { "dualstack." } else { "" };
        format!("s3{fips}.{dualstack}{region}.{suffix}")
    }

    fn style(&self, bucket: &str, scheme: Scheme) -> Result<Style, EndpointError> {
        // Dots are a certificate's trouble: over plain HTTP to an endpoint of one's own there is none.
        let dots = scheme == Scheme::Http;
        let hostable = BucketName::is_virtual_hostable(bucket, dots)
            && !self.endpoint.as_ref().is_some_and(EndpointUrl::is_ip);
        // A resolver need not know BUCKET.localhost, and Snow devices have no wildcard names.
        let path_by_nature = self.region.as_str() == "snow"
            || self
                .endpoint
                .as_ref()
                .is_some_and(EndpointUrl::is_localhost);
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
    /// `SCHEME://HOST[:PORT]`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.host)
    }

    /// The origin with the base path: no slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), self.base_path)
    }
}

/// A choice that no endpoint fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointError {
    /// A custom endpoint together with this kind of AWS endpoint.
    CustomWith(&'static str),
    /// This kind of endpoint, in this partition.
    NotInPartition(&'static str, &'static str),
    /// Servers of one's own may have it (`RegionOne`); AWS has none with upper-case letters.
    NotOfAws(String),
    /// Virtual-hosted style was asked for, and this bucket cannot stand before the host.
    NotVirtualHostable(String),
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CustomWith(kind) => {
                write!(f, "a custom endpoint cannot be combined with {kind}")
            }
            Self::NotInPartition(kind, partition) => {
                write!(f, "partition {partition} has no {kind} endpoints for S3")
            }
            Self::NotOfAws(region) => {
                write!(
                    f,
                    "`{region}` is not an AWS region: AWS writes region names in lower case"
                )
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
mod tests {
    use super::*;

    fn config(region: &str, endpoint: Option<&str>) -> Config {
        Config {
            endpoint: endpoint.map(|url| EndpointUrl::parse(url).unwrap()),
            ..Config::aws(Region::parse(region).unwrap())
        }
    }

    fn url(config: &Config, bucket: &str) -> String {
        config.resolve(Some(bucket)).unwrap().url()
    }

    #[test]
    fn aws_hosts_are_regional_and_follow_the_partition() {
        for (region, bucket, wanted) in [
            (
                "us-east-1",
                "drop",
                "https://drop.s3.us-east-1.amazonaws.com",
            ),
            (
                "us-east-1",
                "dotted.drop",
                "https://s3.us-east-1.amazonaws.com/dotted.drop",
            ),
            (
                "us-east-1",
                "bucket!",
                "https://s3.us-east-1.amazonaws.com/bucket%21",
            ),
            (
                "cn-north-1",
                "drop",
                "https://drop.s3.cn-north-1.amazonaws.com.cn",
            ),
            (
                "eusc-de-east-1",
                "drop",
                "https://drop.s3.eusc-de-east-1.amazonaws.eu",
            ),
        ] {
            assert_eq!(url(&config(region, None), bucket), wanted);
        }
        let both = Config {
            fips: true,
            dualstack: true,
            ..config("us-gov-west-1", None)
        };
        assert_eq!(
            url(&both, "drop"),
            "https://drop.s3-fips.dualstack.us-gov-west-1.amazonaws.com"
        );
    }

    #[test]
    fn a_custom_endpoint_keeps_its_port_and_path() {
        for (endpoint, bucket, wanted) in [
            (
                "https://s3.example.com",
                "drop",
                "https://drop.s3.example.com",
            ),
            (
                "https://s3.example.com/base/",
                "drop",
                "https://drop.s3.example.com/base",
            ),
            (
                "http://s3.example.com",
                "dotted.drop",
                "http://dotted.drop.s3.example.com",
            ),
            (
                "https://s3.example.com",
                "dotted.drop",
                "https://s3.example.com/dotted.drop",
            ),
            ("http://10.0.1.12:433", "drop", "http://10.0.1.12:433/drop"),
            (
                "http://localhost:4566",
                "drop",
                "http://localhost:4566/drop",
            ),
        ] {
            assert_eq!(url(&config("us-east-1", Some(endpoint)), bucket), wanted);
        }
    }

    #[test]
    fn choices_that_contradict_each_other_are_errors() {
        let custom = config("us-east-1", Some("https://example.com"));
        for (config, bucket, error) in [
            (
                Config {
                    fips: true,
                    ..custom.clone()
                },
                "drop",
                EndpointError::CustomWith("FIPS"),
            ),
            (
                Config {
                    dualstack: true,
                    ..custom.clone()
                },
                "drop",
                EndpointError::CustomWith("dual-stack"),
            ),
            (
                Config {
                    fips: true,
                    ..config("cn-north-1", None)
                },
                "drop",
                EndpointError::NotInPartition("FIPS", "aws-cn"),
            ),
            (
                Config {
                    addressing: Addressing::Virtual,
                    ..custom
                },
                "Drop",
                EndpointError::NotVirtualHostable("Drop".into()),
            ),
        ] {
            assert_eq!(config.resolve(Some(bucket)), Err(error));
        }
    }
}
