//! The builder of a client, with the client's settings.

use super::Client;
use crate::config::{self, Flags, ResolvedConfig, Sourced};
use crate::context::Context;
use crate::credentials::{self, Chain, Clients, Profiles, ProviderContext};
use crate::error::Error;
use crate::http::{self, PlainHttp};
use crate::s3::{self, Owner};
use s3_presign::endpoint::{Addressing, EndpointUrl, InvalidEndpoint, InvalidRegion, Region};
use s3_presign::{AccountId, Credentials};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// The source that errors name for a value that the caller of the builder has set.
const BUILDER: &str = "ClientBuilder";

/// A builder of a [`Client`]. Settings that the caller does not set come from the environment
/// variables and the profile of the AWS CLI.
#[derive(Debug, Default)]
#[must_use = "a builder does nothing before `build` is called"]
pub struct ClientBuilder {
    flags: Flags,
    profile: Option<String>,
    credentials: Option<Credentials>,
    expected_owner: Option<AccountId>,
    allow_plain_http: bool,
    http: http::Options,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        ClientBuilder::default()
    }

    /// Sets the region, such as `eu-central-1`. The default comes from `AWS_REGION`,
    /// `AWS_DEFAULT_REGION` or the profile, or is `us-east-1`.
    ///
    /// # Errors
    /// Fails if the text cannot be part of a host name.
    pub fn region(mut self, region: &str) -> Result<Self, InvalidRegion> {
        let value = Region::parse(region)?.to_string();
        self.flags.region = Some(sourced(value));
        Ok(self)
    }

    /// Sets the URL of an S3-compatible server. The default comes from `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL` or the profile, or is AWS.
    ///
    /// # Errors
    /// Fails if the text does not have the format `https://HOST[:PORT][/PATH]` or
    /// `http://HOST[:PORT][/PATH]`.
    pub fn endpoint(mut self, url: &str) -> Result<Self, InvalidEndpoint> {
        EndpointUrl::parse(url)?;
        self.flags.endpoint = Some(sourced(url.to_owned()));
        Ok(self)
    }

    /// Sets whether the host or the path of a URL contains the bucket name. By default, the client
    /// decides for each bucket.
    pub fn addressing(mut self, addressing: Addressing) -> Self {
        self.flags.addressing = Some(addressing);
        self
    }

    /// Makes the client use AWS's dual-stack endpoints, which have IPv4 and IPv6 addresses.
    pub fn dualstack(mut self) -> Self {
        self.flags.dualstack = true;
        self
    }

    /// Makes the client use AWS's FIPS 140 endpoints.
    pub fn fips(mut self) -> Self {
        self.flags.fips = true;
        self
    }

    /// Selects a profile of the shared config and credentials files. The default comes from
    /// `AWS_PROFILE`, or is `default`.
    pub fn profile(mut self, name: &str) -> Self {
        self.profile = Some(name.to_owned());
        self
    }

    /// Sets the credentials. A client without set credentials finds credentials in the environment,
    /// as the AWS CLI does.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets the account that must own every bucket. The default is the account of the credentials.
    pub fn expected_owner(mut self, account: AccountId) -> Self {
        self.expected_owner = Some(account);
        self
    }

    /// Sets a PEM file with the root certificates that the client trusts instead of the system's
    /// root certificates.
    pub fn ca_bundle(mut self, file: impl Into<PathBuf>) -> Self {
        self.flags.ca_bundle = Some(file.into());
        self
    }

    /// Sets the timeout for a request and its answer. The default is 30 seconds.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.http.timeout = limit;
        self
    }

    /// Sets the timeout for connecting to a server. The default is 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.http.connect_timeout = limit;
        self
    }

    /// Sets the maximum number of attempts for a request whose failures are transient, including
    /// the first attempt. The default is 5, and 0 means 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.flags.max_attempts = Some(attempts.max(1));
        self
    }

    /// Allows plain HTTP to other machines. By default, the client uses plain HTTP only for
    /// loopback addresses.
    pub fn allow_plain_http(mut self) -> Self {
        self.allow_plain_http = true;
        self
    }

    /// Builds the client: reads environment variables and files, finds credentials, and prepares
    /// connections. This method sends requests only to credential sources that need requests, such
    /// as STS.
    ///
    /// # Errors
    /// Fails if a setting or a file is invalid, or if no credentials were found.
    pub async fn build(self) -> Result<Client, Error> {
        let context = Context::process();
        let profiles = Profiles::load(&context, self.profile.as_deref())?;
        if let Some(name) = &self.profile
            && profiles.current().is_none()
        {
            return Err(Error::unknown_profile(name));
        }
        let config = config::resolve(&context, &profiles, &self.flags)?;
        if !self.allow_plain_http {
            config.refuse_plain_http()?;
        }
        let mut options = self.http;
        options.ca_bundle.clone_from(&config.ca_bundle);
        if self.allow_plain_http {
            options.plain_http = PlainHttp::Anywhere;
        }
        let providers = providers(&context, &profiles, &config, &options);
        let (credentials, source) = if let Some(credentials) = self.credentials {
            (credentials, BUILDER.to_owned())
        } else {
            let mut chain = Chain::new(self.profile.is_some());
            let found = match chain.resolve_at_once(&context) {
                Some(found) => found,
                None => chain.resolve(&providers).await,
            }?;
            (found.credentials, found.source)
        };
        let is_aws = config.endpoint.resolve(None)?.is_aws;
        credentials::check_header_values(&credentials)
            .and_then(|()| match credentials::check_for_aws(&credentials) {
                Err(error) if is_aws => Err(error.to_string()),
                _ => Ok(()),
            })
            .map_err(|why| Error::unusable_credentials(source, why))?;
        let owner = Owner::new(self.expected_owner, providers.sts_url());
        let services = s3::Services::configured(&providers);
        let http = http::Client::new(&context, &options)?;
        drop(providers);
        Ok(Client {
            has_region: !config.is_default_region(),
            s3: s3::Client::new(
                context,
                http,
                &config,
                credentials,
                owner,
                services,
                Box::new(|_| {}),
            ),
        })
    }
}

fn sourced(value: String) -> Sourced<String> {
    Sourced {
        value,
        source: BUILDER.to_owned(),
    }
}

fn providers<'a>(
    context: &'a Context,
    profiles: &'a Profiles,
    config: &'a ResolvedConfig,
    options: &http::Options,
) -> ProviderContext<'a> {
    ProviderContext {
        context,
        profiles,
        region: &config.endpoint.region,
        fips: config.endpoint.fips,
        dualstack: config.dualstack,
        ignore_endpoint_urls: config.ignore_endpoint_urls,
        options: options.clone(),
        clients: Clients::default(),
        observer: Box::new(|_| {}),
        warnings: Mutex::default(),
    }
}
