//! The region that the host of a custom endpoint names, compared with the configured region.

use super::{ConfigError, ResolvedConfig, Sourced};
use s3_presign::endpoint::{AwsHost, Config, EndpointUrl, ProviderHost, Region, Service};
use std::fmt;

/// The source that decided the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionOrigin {
    /// The caller, with [`super::Flags::region`].
    Caller,
    /// The environment or the profile.
    Configured,
    /// The host of the endpoint.
    Host,
    /// None of these: the default region is used.
    Default,
}

/// A doubt about the region, for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegionWarning {
    /// The environment or the profile names another region than the host. The host's region is used.
    HostWins {
        /// The configured region.
        configured: Region,
        /// Where it came from.
        source: String,
        /// The host of the endpoint.
        host: String,
        /// The region of the host.
        used: Region,
    },
    /// The caller chose another region than the host names. The caller's region is used, but S3 refuses its
    /// signatures; see [`ResolvedConfig::check_region`].
    Contradiction {
        /// The host of the endpoint.
        host: String,
        /// The region of the host.
        named: Region,
        /// The region that the caller chose.
        chosen: Sourced<Region>,
    },
    /// No region is configured, and the host of another server than AWS seems to name one.
    OnlyDefault {
        /// The host of the endpoint.
        host: String,
        /// The label of the host that seems to be a region.
        named: String,
        /// The default region, which is used.
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
                "no region is configured, so it is {used}; the endpoint {host} seems to be in region {named}"
            ),
        }
    }
}

impl ResolvedConfig {
    /// The same settings with another endpoint, whose host may name another region.
    ///
    /// # Errors
    /// The host serves websites.
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

    /// Refuses a region that the host of the endpoint contradicts. Call this before signing.
    ///
    /// # Errors
    /// [`ConfigError::OtherRegion`]
    pub fn check_region(&self) -> Result<(), ConfigError> {
        match &self.region_warning {
            Some(warning @ RegionWarning::Contradiction { .. }) => {
                Err(ConfigError::OtherRegion(warning.to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// The settled region, its origin, and a warning if there is a doubt.
pub(super) type Settled = (Sourced<Region>, RegionOrigin, Option<RegionWarning>);

/// Settles the region: a host of AWS that names its region signs only for that one.
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
