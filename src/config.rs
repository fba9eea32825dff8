//! Resolves the settings for region, endpoint and connections. A flag overrides an environment
//! variable, and an environment variable overrides the profile.

mod error;
mod host_region;

pub use error::ConfigError;
pub use host_region::{RegionOrigin, RegionWarning};

use crate::context::Context;
use crate::credentials::Profiles;
use s3_presign::endpoint::{Addressing, Config, EndpointUrl, Partition, Region, Scheme};
use std::path::PathBuf;

/// The settings that the caller chooses. For `None` and `false`, the environment and the profile
/// determine the setting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// The region, with the name of its source for errors and reports.
    pub region: Option<Sourced<String>>,
    /// A custom endpoint URL, with the name of its source for errors and reports.
    pub endpoint: Option<Sourced<String>>,
    /// Whether the host or the path of a URL contains the bucket name.
    pub addressing: Option<Addressing>,
    /// Whether to use AWS's dual-stack endpoints.
    pub dualstack: bool,
    /// Whether to use AWS's FIPS 140 endpoints.
    pub fips: bool,
    /// A PEM file with root certificates to trust instead of the system's root certificates.
    pub ca_bundle: Option<PathBuf>,
    /// The maximum number of attempts for a request, including the first attempt. At least 1.
    pub max_attempts: Option<u32>,
}

/// A setting with the name of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The name of the source: `AWS_REGION`, `profile NAME`, `default`, or a name that the caller
    /// gave.
    pub source: String,
}

/// The resolved settings of a run, from flags, environment variables and the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedConfig {
    /// The options for S3's endpoint, including the region.
    pub endpoint: Config,
    /// The name of the source of the region.
    pub region_source: String,
    /// The kind of the source of the region.
    pub region_origin: RegionOrigin,
    /// A warning if the region may be wrong.
    pub region_warning: Option<RegionWarning>,
    /// The name of the source of the custom endpoint. `None` if there is no custom endpoint.
    pub endpoint_source: Option<String>,
    /// Whether to use the dual-stack endpoints of STS and IAM Identity Center. The setting for S3
    /// may differ.
    pub dualstack: bool,
    /// A PEM file with root certificates to trust instead of the system's root certificates.
    pub ca_bundle: Option<PathBuf>,
    /// The maximum number of attempts for a request, including the first attempt. At least 1.
    pub max_attempts: Option<u32>,
    /// Whether to ignore endpoint URLs in the environment and the profile.
    pub ignore_endpoint_urls: bool,
}

impl ResolvedConfig {
    /// Whether the region is the default region, because no flag, environment variable or profile
    /// sets a region.
    #[must_use]
    pub fn is_default_region(&self) -> bool {
        self.region_origin == RegionOrigin::Default
    }

    /// Returns an error if the endpoint uses plain HTTP and is not the local machine, because
    /// anyone on the network path could read and change the requests.
    pub fn refuse_plain_http(&self) -> Result<(), ConfigError> {
        match &self.endpoint.endpoint {
            Some(url) if url.scheme == Scheme::Http && !url.is_loopback() => {
                Err(ConfigError::PlainHttp {
                    url: url.to_string(),
                    source: self.endpoint_source.clone().unwrap_or_default(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Resolves all settings without sending a request.
///
/// # Errors
/// Fails if a setting has an unusable value, or names a section that no file defines.
pub fn resolve(
    context: &Context,
    profiles: &Profiles,
    flags: &Flags,
) -> Result<ResolvedConfig, ConfigError> {
    let lookup = Lookup { context, profiles };
    let (region, origin) = lookup.region(flags)?;
    let endpoint = lookup.endpoint(flags)?;
    let dualstack = lookup.dualstack(flags)?;
    let fips = lookup.is_on(flags.fips, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
    let is_aws = endpoint
        .as_ref()
        .is_none_or(|endpoint| Partition::is_aws_host(&endpoint.value.host));
    let (region, fips) = match region.value.without_fips() {
        Some(value) if is_aws => (Sourced { value, ..region }, true),
        _ => (region, fips),
    };
    if is_aws && !is_region_of_aws(&region.value) {
        return Err(ConfigError::NotOfAws {
            region: region.value,
            source: region.source,
        });
    }
    let url = endpoint.as_ref().map(|endpoint| &endpoint.value);
    let (region, region_origin, region_warning) = host_region::settle(region, origin, url)?;
    let named = context
        .var("AWS_CA_BUNDLE")
        .or_else(|| profiles.get("ca_bundle"));
    let ca_bundle = match (&flags.ca_bundle, named) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(named)) => {
            let no_home = || ConfigError::NoHome(named.to_owned());
            Some(context.expand_home(named).ok_or_else(no_home)?)
        }
        (None, None) => None,
    };
    Ok(ResolvedConfig {
        endpoint: Config {
            region: region.value,
            addressing: lookup.addressing(flags)?,
            dualstack: dualstack.of_s3,
            fips,
            endpoint: endpoint.as_ref().map(|endpoint| endpoint.value.clone()),
        },
        region_source: region.source,
        region_origin,
        region_warning,
        endpoint_source: endpoint.map(|endpoint| endpoint.source),
        dualstack: dualstack.of_other_services,
        ca_bundle,
        max_attempts: lookup.max_attempts(flags)?,
        ignore_endpoint_urls: lookup.ignores_configured_endpoints()?,
    })
}

/// Whether AWS could have servers in this region. Of the pseudo regions in the endpoint rules, only `aws-global`
/// has any.
fn is_region_of_aws(region: &Region) -> bool {
    let is_pseudo = region.as_str().ends_with("-global");
    region.has_aws_shape() && (!is_pseudo || region.as_str() == "aws-global")
}

struct Lookup<'a> {
    context: &'a Context,
    profiles: &'a Profiles,
}

struct DualStack {
    of_s3: bool,
    of_other_services: bool,
}

impl Lookup<'_> {
    fn region(&self, flags: &Flags) -> Result<(Sourced<Region>, RegionOrigin), ConfigError> {
        let (text, source, origin) = if let Some(region) = &flags.region {
            let text = region.value.as_str();
            (text, region.source.clone(), RegionOrigin::Caller)
        } else if let Some((region, variable)) =
            self.first_var(&["AWS_REGION", "AWS_DEFAULT_REGION"])
        {
            (region, variable, RegionOrigin::Configured)
        } else if let Some(region) = self.profiles.get("region") {
            (region, self.profile(), RegionOrigin::Configured)
        } else {
            ("us-east-1", "default".to_owned(), RegionOrigin::Default)
        };
        match Region::parse(text) {
            Ok(value) => Ok((Sourced { value, source }, origin)),
            Err(error) => Err(ConfigError::Region { error, source }),
        }
    }

    fn endpoint(&self, flags: &Flags) -> Result<Option<Sourced<EndpointUrl>>, ConfigError> {
        let ignores_configured = self.ignores_configured_endpoints()?;
        // A missing section is an error, because the section may contain the endpoint of S3 or STS.
        // Without that endpoint, requests would be sent to AWS.
        if let Some(name) = self.profiles.missing_services()
            && !ignores_configured
        {
            return Err(ConfigError::NoServices {
                profile: self.profiles.selected.clone(),
                name: name.to_owned(),
            });
        }
        let (text, source) = if let Some(url) = &flags.endpoint {
            (url.value.clone(), url.source.clone())
        } else if ignores_configured {
            return Ok(None);
        } else if let Some((url, variable)) =
            self.first_var(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
        {
            (url.to_owned(), variable)
        } else if let Some(url) = self.profiles.endpoint_url("s3") {
            (url, self.profile())
        } else {
            return Ok(None);
        };
        match EndpointUrl::parse(&text) {
            Ok(value) => Ok(Some(Sourced { value, source })),
            Err(error) => Err(ConfigError::Endpoint { error, source }),
        }
    }

    /// Returns the addressing style of the flag, or `addressing_style` in the section `s3 =` of the
    /// profile if there is no flag.
    fn addressing(&self, flags: &Flags) -> Result<Addressing, ConfigError> {
        if let Some(addressing) = flags.addressing {
            return Ok(addressing);
        }
        let Some(style) = self.profiles.nested("s3", "addressing_style") else {
            return Ok(Addressing::Auto);
        };
        match style.to_ascii_lowercase().as_str() {
            "auto" => Ok(Addressing::Auto),
            "path" => Ok(Addressing::Path),
            "virtual" => Ok(Addressing::Virtual),
            _ => Err(ConfigError::AddressingStyle(style)),
        }
    }

    /// Returns whether to use dual-stack endpoints. A flag or an environment variable applies to
    /// all services; a profile may have a separate setting for S3.
    fn dualstack(&self, flags: &Flags) -> Result<DualStack, ConfigError> {
        const VARIABLE: &str = "AWS_USE_DUALSTACK_ENDPOINT";
        const PROPERTY: &str = "use_dualstack_endpoint";
        let of_other_services = self.is_on(flags.dualstack, VARIABLE, PROPERTY)?;
        let is_set_outside = flags.dualstack || self.context.var(VARIABLE).is_some();
        let of_s3 = match self.profiles.nested("s3", PROPERTY) {
            Some(value) if !is_set_outside => boolean("s3 use_dualstack_endpoint", &value)?,
            _ => of_other_services,
        };
        Ok(DualStack {
            of_s3,
            of_other_services,
        })
    }

    fn ignores_configured_endpoints(&self) -> Result<bool, ConfigError> {
        self.is_on(
            false,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )
    }

    /// Returns the value of a switch: the flag, the environment variable, the property of the
    /// profile, or `false`.
    fn is_on(&self, flag: bool, variable: &str, property: &str) -> Result<bool, ConfigError> {
        if flag {
            return Ok(true);
        }
        match (self.context.var(variable), self.profiles.get(property)) {
            (Some(value), _) => boolean(variable, value),
            (None, Some(value)) => boolean(property, value),
            (None, None) => Ok(false),
        }
    }

    fn max_attempts(&self, flags: &Flags) -> Result<Option<u32>, ConfigError> {
        if flags.max_attempts.is_some() {
            return Ok(flags.max_attempts);
        }
        let configured = self
            .context
            .var("AWS_MAX_ATTEMPTS")
            .or_else(|| self.profiles.get("max_attempts"));
        match configured.map(str::parse) {
            None => Ok(None),
            Some(Ok(number)) if number > 0 => Ok(Some(number)),
            Some(_) => Err(ConfigError::MaxAttempts),
        }
    }

    fn first_var(&self, names: &[&str]) -> Option<(&str, String)> {
        names
            .iter()
            .find_map(|name| Some((self.context.var(name)?, (*name).to_owned())))
    }

    fn profile(&self) -> String {
        format!("profile `{}`", self.profiles.selected)
    }
}

/// Parses `true` or `false`, in upper or lower case. Any other value is an error, because the
/// program cannot know which value the user meant.
fn boolean(name: &str, value: &str) -> Result<bool, ConfigError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ConfigError::NotABoolean(name.to_owned())),
    }
}

#[cfg(test)]
mod tests;
