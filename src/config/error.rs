//! The errors of settings that the program cannot use.

use s3_presign::endpoint::{InvalidEndpoint, InvalidRegion, Region};
use std::fmt;

/// The error for a setting that the program cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// The region is not a valid region name.
    Region {
        /// The reason why the text is not a region name.
        error: InvalidRegion,
        /// The name of the source of the region.
        source: String,
    },
    /// The endpoint is not a valid URL.
    Endpoint {
        /// The reason why the text is not an endpoint URL.
        error: InvalidEndpoint,
        /// The name of the source of the endpoint.
        source: String,
    },
    /// The endpoint uses plain HTTP, and its host is not the local machine.
    PlainHttp {
        /// The endpoint URL.
        url: String,
        /// The name of the source of the endpoint.
        source: String,
    },
    /// The profile names a `services` section that no file defines.
    NoServices {
        /// The name of the profile.
        profile: String,
        /// The name of the missing section.
        name: String,
    },
    /// The profile's `addressing_style` is not `auto`, `path` or `virtual`.
    AddressingStyle(String),
    /// The host of the endpoint belongs to a different region than the region that the caller
    /// chose. The text names both regions.
    OtherRegion(String),
    /// The endpoint has this host, which serves static websites and accepts no signed requests.
    Website(String),
    /// `AWS_MAX_ATTEMPTS` is not a number greater than 0.
    MaxAttempts,
    /// The value of the switch with this name is neither `true` nor `false`.
    NotABoolean(String),
    /// The name of the region does not have the format of AWS region names; see
    /// [`Region::has_aws_shape`].
    NotOfAws {
        /// The region.
        region: Region,
        /// The name of the source of the region.
        source: String,
    },
    /// The path of the CA bundle begins with `~`, but the home directory is unknown.
    NoHome(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region { error, source } => write!(f, "{error} (from {source})"),
            Self::Endpoint { error, source } => write!(f, "{error} (from {source})"),
            Self::PlainHttp { url, source } => write!(
                f,
                "endpoint {url} (from {source}) is plain HTTP and not on this machine: anyone on the network path could read and change the requests"
            ),
            Self::NoServices { profile, name } => write!(
                f,
                "profile `{profile}` has `services = {name}`, but there is no section [services {name}]"
            ),
            Self::AddressingStyle(style) => write!(
                f,
                "addressing_style is `{style}`, but must be auto, path or virtual"
            ),
            Self::OtherRegion(text) => f.write_str(text),
            Self::Website(host) => write!(
                f,
                "the endpoint {host} serves static websites and accepts no signed requests"
            ),
            Self::NotABoolean(name) => write!(f, "the value of {name} is neither true nor false"),
            Self::NotOfAws { region, source } => {
                write!(f, "`{region}` is not a region of AWS (from {source})")
            }
            Self::NoHome(path) => write!(
                f,
                "the CA bundle {path} cannot be found, because there is no home directory"
            ),
            Self::MaxAttempts => {
                f.write_str("AWS_MAX_ATTEMPTS (or max_attempts) is not a number of at least 1")
            }
        }
    }
}

impl std::error::Error for ConfigError {}
