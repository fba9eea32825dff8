//! Compares the region in the host name of a custom endpoint with the configured region.

use super::{ConfigError, ResolvedConfig, Sourced};
use s3_presign::endpoint::{AwsHost, Config, EndpointUrl, ProviderHost, Region, Service};
use std::fmt;

/// The kind of source that determined the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionOrigin {
    /// The caller chose the region with [`super::Flags::region`].
    Caller,
    /// An environment variable or the profile sets the region.
    Configured,
    /// The host name of the endpoint contains the region.
    Host,
    /// The region is the default region, because no source sets one.
    Default,
}

/// A warning for the user that the region may be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegionWarning {
    /// The environment or the profile sets a region that differs from the region in the host name.
    /// Requests are signed for the region in the host name.
    HostWins {
        /// The configured region.
        configured: Region,
        /// The name of the source of the configured region.
        source: String,
        /// The host of the endpoint.
        host: String,
        /// The region in the host name of the endpoint.
        used: Region,
    },
    /// The caller chose a region that differs from the region in the host name. Requests are signed
    /// for the caller's region, but S3 rejects such requests; see [`ResolvedConfig::check_region`].
    Contradiction {
        /// The host of the endpoint.
        host: String,
        /// The region in the host name of the endpoint.
        named: Region,
        /// The region that the caller chose.
        chosen: Sourced<Region>,
    },
    /// No region is configured, but the host name of a server other than AWS seems to contain a
    /// region.
    OnlyDefault {
        /// The host of the endpoint.
        host: String,
        /// The label of the host name that seems to be a region.
        named: String,
        /// The default region, for which requests are signed.
        used: Region,
    },
}

impl fmt::Display for RegionWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostWins {
                configured,
                source,
                host,
                used,
            } => write!(
                f,
                "the endpoint {host} belongs to {used}, so the region {configured} (from {source}) is not used"
            ),
            Self::Contradiction {
                host,
                named,
                chosen,
            } => write!(
                f,
                "the endpoint {host} is in region {named}, and {} names {}",
                chosen.source, chosen.value
            ),
            Self::OnlyDefault { host, named, used } => write!(
                f,
                "no region is configured, so the region is {used}; the endpoint {host} seems to \
                 be in region {named}"
            ),
        }
    }
}

impl ResolvedConfig {
    /// Returns the same settings with a different endpoint. The host name of the new endpoint may
    /// change the region.
    ///
    /// # Errors
    /// Fails if the host serves static websites.
    pub fn with_endpoint(&self, endpoint: Sourced<EndpointUrl>) -> Result<Self, ConfigError> {
        let region = Sourced {
            value: self.endpoint.region.clone(),
            source: self.region_source.clone(),
        };
        let (region, region_origin, region_warning) =
            settle(region, self.region_origin, Some(&endpoint.value))?;
        Ok(ResolvedConfig {
            endpoint: Config {
                region: region.value,
                endpoint: Some(endpoint.value),
                ..self.endpoint.clone()
            },
            region_source: region.source,
            region_origin,
            region_warning,
            endpoint_source: Some(endpoint.source),
            ..self.clone()
        })
    }

    /// Checks that the region does not contradict the region in the endpoint's host name. Call this
    /// method before signing.
    ///
    /// # Errors
    /// Returns [`ConfigError::OtherRegion`] if the regions contradict each other.
    pub fn check_region(&self) -> Result<(), ConfigError> {
        match &self.region_warning {
            Some(warning @ RegionWarning::Contradiction { .. }) => {
                Err(ConfigError::OtherRegion(warning.to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// The region to use, the kind of its source, and a warning if the region may be wrong.
pub(super) type Settled = (Sourced<Region>, RegionOrigin, Option<RegionWarning>);

/// Determines the region to use. If an AWS host name contains a region, AWS accepts only signatures
/// for that region.
pub(super) fn settle(
    region: Sourced<Region>,
    origin: RegionOrigin,
    endpoint: Option<&EndpointUrl>,
) -> Result<Settled, ConfigError> {
    let Some(url) = endpoint else {
        return Ok((region, origin, None));
    };
    let Some(aws) = AwsHost::parse(&url.host) else {
        let named = ProviderHost::parse(&url.host).and_then(|host| host.region);
        let named = named
            .filter(|named| origin == RegionOrigin::Default && *named != region.value.as_str());
        let warning = named.map(|named| RegionWarning::OnlyDefault {
            host: url.host.clone(),
            named: named.to_owned(),
            used: region.value.clone(),
        });
        return Ok((region, origin, warning));
    };
    if aws.service == Service::Website {
        return Err(ConfigError::Website(url.host.clone()));
    }
    let Some(Ok(used)) = aws.region.map(Region::parse) else {
        return Ok((region, origin, None));
    };
    if used == region.value {
        return Ok((region, origin, None));
    }
    let warning = match origin {
        RegionOrigin::Caller => {
            let warning = RegionWarning::Contradiction {
                host: url.host.clone(),
                named: used,
                chosen: region.clone(),
            };
            return Ok((region, origin, Some(warning)));
        }
        RegionOrigin::Configured => Some(RegionWarning::HostWins {
            configured: region.value,
            source: region.source,
            host: url.host.clone(),
            used: used.clone(),
        }),
        RegionOrigin::Host | RegionOrigin::Default => None,
    };
    let region = Sourced {
        value: used,
        source: format!("endpoint {}", url.host),
    };
    Ok((region, RegionOrigin::Host, warning))
}
