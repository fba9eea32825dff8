//! Region, endpoint and connection settings: a flag beats the environment, the environment beats
//! the profile.

use crate::context::Context;
use crate::credentials::Profiles;
use s3_presign::endpoint::{
    Addressing, Config, EndpointUrl, InvalidEndpoint, InvalidRegion, Region, Scheme,
};
use std::fmt;
use std::path::PathBuf;

/// What the caller chooses; `None` and `false` are left to environment and profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// The region, and how errors and reports call where it came from.
    pub region: Option<Sourced<String>>,
    /// A custom endpoint URL, and how errors and reports call where it came from.
    pub endpoint: Option<Sourced<String>>,
    /// Where the bucket's name goes.
    pub addressing: Addressing,
    /// AWS's dual-stack endpoints.
    pub dualstack: bool,
    /// AWS's FIPS 140 endpoints.
    pub fips: bool,
    /// A PEM file with the roots to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// How often a call is tried, from 1.
    pub max_attempts: Option<u32>,
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// `AWS_REGION`, `profile NAME`, `default`, or as the caller calls it.
    pub source: String,
}

/// All of it, settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedConfig {
    /// Where requests go.
    pub endpoint: Config,
    /// Where the region came from.
    pub region_source: String,
    /// Where the custom endpoint came from, if there is one.
    pub endpoint_source: Option<String>,
    /// Roots to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// How often a call is tried.
    pub max_attempts: Option<u32>,
    /// Endpoint URLs of environment and profile are passed over.
    pub ignore_endpoint_urls: bool,
}

impl ResolvedConfig {
    /// Refuses an endpoint to which requests or URLs would go in clear over a network.
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

/// Settles everything, and refuses what contradicts itself, before anything is sent.
pub fn resolve(
    context: &Context,
    profiles: &Profiles,
    flags: &Flags,
) -> Result<ResolvedConfig, ConfigError> {
    let lookup = Lookup { context, profiles };
    let region = lookup.region(flags)?;
    let endpoint = lookup.endpoint(flags)?;
    let dualstack = lookup.is_on(
        flags.dualstack,
        "AWS_USE_DUALSTACK_ENDPOINT",
        "use_dualstack_endpoint",
    )?;
    let fips = lookup.is_on(flags.fips, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
    if endpoint.is_none()
        && region
            .value
            .as_str()
            .bytes()
            .any(|b| b.is_ascii_uppercase())
    {
        return Err(ConfigError::UpperCaseRegion(region.value.to_string()));
    }
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
            addressing: flags.addressing,
            dualstack,
            fips,
            endpoint: endpoint.as_ref().map(|endpoint| endpoint.value.clone()),
        },
        region_source: region.source,
        endpoint_source: endpoint.map(|endpoint| endpoint.source),
        ca_bundle,
        max_attempts: lookup.max_attempts(flags)?,
        ignore_endpoint_urls: lookup.ignores_configured_endpoints()?,
    })
}

struct Lookup<'a> {
    context: &'a Context,
    profiles: &'a Profiles,
}

impl Lookup<'_> {
    fn region(&self, flags: &Flags) -> Result<Sourced<Region>, ConfigError> {
        let (text, source) = if let Some(region) = &flags.region {
            (region.value.as_str(), region.source.clone())
        } else if let Some((region, variable)) =
            self.first_var(&["AWS_REGION", "AWS_DEFAULT_REGION"])
        {
            (region, variable)
        } else if let Some(region) = self.profiles.get("region") {
            (region, self.profile())
        } else {
            ("us-east-1", "default".to_owned())
        };
        match Region::parse(text) {
            Ok(value) => Ok(Sourced { value, source }),
            Err(error) => Err(ConfigError::Region { error, source }),
        }
    }

    fn endpoint(&self, flags: &Flags) -> Result<Option<Sourced<EndpointUrl>>, ConfigError> {
        let (text, source) = if let Some(url) = &flags.endpoint {
            (url.value.clone(), url.source.clone())
        } else if self.ignores_configured_endpoints()? {
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

    fn ignores_configured_endpoints(&self) -> Result<bool, ConfigError> {
        self.is_on(
            false,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )
    }

    /// `true` or `false`, in any case; anything else is an error, for one of the two was meant.
    fn is_on(&self, flag: bool, variable: &str, property: &str) -> Result<bool, ConfigError> {
        if flag {
            return Ok(true);
        }
        let (name, value) = match (self.context.var(variable), self.profiles.get(property)) {
            (Some(value), _) => (variable, value),
            (None, Some(value)) => (property, value),
            (None, None) => return Ok(false),
        };
        match value.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(ConfigError::NotABoolean(name.to_owned())),
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

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// No region.
    Region {
        /// Why.
        error: InvalidRegion,
        /// From where.
        source: String,
    },
    /// No endpoint URL.
    Endpoint {
        /// Why.
        error: InvalidEndpoint,
        /// From where.
        source: String,
    },
    /// Plain HTTP to another machine.
    PlainHttp {
        /// Where to.
        url: String,
        /// From where.
        source: String,
    },
    /// `AWS_MAX_ATTEMPTS` is no number from 1 on.
    MaxAttempts,
    /// A switch of this name is neither `true` nor `false`.
    NotABoolean(String),
    /// AWS's regions are lower-case.
    UpperCaseRegion(String),
    /// The CA bundle of this name is in the home directory, and there is none.
    NoHome(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region { error, source } => write!(f, "{error} (from {source})"),
            Self::Endpoint { error, source } => write!(f, "{error} (from {source})"),
            Self::PlainHttp { url, source } => write!(
                f,
                "endpoint {url} (from {source}) is plain HTTP and not on this machine: anyone on the way could read and change what is sent"
            ),
            Self::NotABoolean(name) => write!(f, "{name} is neither true nor false"),
            Self::UpperCaseRegion(region) => write!(f, "`{region}` is not a region of AWS"),
            Self::NoHome(path) => write!(
                f,
                "the CA bundle {path} cannot be found: there is no home directory"
            ),
            Self::MaxAttempts => {
                f.write_str("AWS_MAX_ATTEMPTS (or max_attempts) is not a number from 1 on")
            }
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn settled(
        flags: &Flags,
        env: &[(&str, &str)],
        config: &str,
    ) -> Result<ResolvedConfig, ConfigError> {
        let context = Context::stopped(env, OffsetDateTime::UNIX_EPOCH);
        let profiles = Profiles::from_texts("default", Some(config), None).unwrap();
        resolve(&context, &profiles, flags)
    }

    fn flag(text: &str) -> Sourced<String> {
        Sourced {
            value: text.to_owned(),
            source: "a flag".to_owned(),
        }
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_profile() {
        let flags = Flags {
            region: Some(flag("r-1")),
            ..Flags::default()
        };
        let env = [("AWS_REGION", "r-2"), ("AWS_DEFAULT_REGION", "r-3")];
        let file = "[default]\nregion = r-4\n";
        for (flags, env, file, region, source) in [
            (&flags, &env[..], file, "r-1", "a flag"),
            (&Flags::default(), &env[..], file, "r-2", "AWS_REGION"),
            (
                &Flags::default(),
                &env[1..],
                file,
                "r-3",
                "AWS_DEFAULT_REGION",
            ),
            (&Flags::default(), &[], file, "r-4", "profile `default`"),
            (&Flags::default(), &[], "", "us-east-1", "default"),
        ] {
            let settled = settled(flags, env, file).unwrap();
            assert_eq!(
                (
                    settled.endpoint.region.as_str(),
                    settled.region_source.as_str()
                ),
                (region, source)
            );
        }
    }

    #[test]
    fn plain_http_is_refused_unless_it_stays_on_this_machine() {
        let refused = |url: &str| {
            let flags = Flags {
                endpoint: Some(flag(url)),
                ..Flags::default()
            };
            settled(&flags, &[], "")
                .unwrap()
                .refuse_plain_http()
                .is_err()
        };
        assert!(refused("http://10.0.0.1") && refused("http://localhost.example.com"));
        for url in [
            "http://127.0.0.1:9000",
            "http://localhost",
            "http://[::1]",
            "https://10.0.0.1",
        ] {
            assert!(!refused(url), "{url}");
        }
    }

    #[test]
    fn a_ca_bundle_in_a_home_that_is_unknown_is_an_error() {
        let env = [("AWS_CA_BUNDLE", "~/ca.pem")];
        let found = |env: &[(&str, &str)], config: &str| {
            let settled = settled(&Flags::default(), env, config);
            settled.map(|settled| settled.ca_bundle)
        };
        let unknown = Err(ConfigError::NoHome("~/ca.pem".to_owned()));
        assert_eq!(found(&env, ""), unknown);
        assert_eq!(found(&[], "[default]\nca_bundle = ~/ca.pem\n"), unknown);
        let with_home = [env[0], ("HOME", "/home/u")];
        assert_eq!(found(&with_home, ""), Ok(Some("/home/u/ca.pem".into())));
        assert_eq!(found(&[], ""), Ok(None));
    }

    #[test]
    fn configured_endpoints_can_be_ignored() {
        let env = [
            ("AWS_ENDPOINT_URL", "https://h"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ];
        assert_eq!(
            settled(&Flags::default(), &env, "")
                .unwrap()
                .endpoint_source,
            None
        );
        let source = settled(&Flags::default(), &env[..1], "")
            .unwrap()
            .endpoint_source;
        assert_eq!(source.as_deref(), Some("AWS_ENDPOINT_URL"));
    }
}
