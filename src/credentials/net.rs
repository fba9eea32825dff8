//! Requests of the providers: which client sends them, to which endpoint, and how often.

use crate::context::Context;
use crate::http::{
    Client, Error, Exchange, Kind, Observer, Options, PlainHttp, Request, Response, Service,
};
use crate::retry::{Policy, Retry, Retryable};
use s3_presign::endpoint::{EndpointUrl, InvalidEndpoint, Region, likely_region};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::profile::Profiles;
use super::service_host::service_host;

/// Everything that a provider needs: settings, files, connections and an observer.
pub struct ProviderContext<'a> {
    /// Environment, files and clock.
    pub context: &'a Context,
    /// The shared files.
    pub profiles: &'a Profiles,
    /// The region of STS.
    pub region: &'a Region,
    /// Use the FIPS endpoints of STS and IAM Identity Center.
    pub fips: bool,
    /// Use the dual-stack endpoints of STS and IAM Identity Center.
    pub dualstack: bool,
    /// Ignore endpoint URLs in environment and profile.
    pub ignore_endpoint_urls: bool,
    /// The settings of connections to AWS.
    pub options: Options,
    /// The HTTP clients, each created at its first use.
    pub clients: Clients,
    /// Receives every exchange, for `-v`.
    pub observer: Observer,
    /// Warnings about credentials that were found, one sentence each.
    pub warnings: Mutex<Vec<String>>,
}

/// One client for AWS, and two for local services (metadata and container agent), whose requests bypass every
/// proxy.
#[derive(Default)]
pub struct Clients {
    aws: OnceLock<Client>,
    metadata: OnceLock<Client>,
    container: OnceLock<Client>,
    /// Why the latest failed request got no answer.
    failure: Mutex<Option<Error>>,
}

/// The addresses of the container agents of ECS and EKS. A container token is sent over plain HTTP only to
/// these and loopback addresses; other addresses require TLS.
const CONTAINER_AGENTS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

/// How often a request is sent, and after which failures.
#[derive(Debug, Clone, Copy)]
struct Patience {
    policy: Policy,
    /// The least time between two attempts.
    wait: Option<Duration>,
    /// Also retry if the connection fails or no answer comes.
    retries_silence: bool,
}

/// Two waits, of at most 0.2 s and 0.4 s: one provider must not delay the chain.
const SHORT: Patience = Patience {
    policy: Policy {
        max_attempts: 3,
        base: Duration::from_millis(200),
        cap: Duration::from_secs(1),
        eventual_consistency_timeout: Duration::ZERO,
        call_timeout: Duration::MAX,
    },
    wait: None,
    retries_silence: false,
};

/// An agent may start later than the container that asks it: three attempts, a second apart, as the AWS
/// SDKs make.
const AGENT: Patience = Patience {
    wait: Some(Duration::from_secs(1)),
    retries_silence: true,
    ..SHORT
};

/// The limits of requests to the instance metadata service.
#[derive(Debug, Clone, Copy)]
pub(super) struct MetadataLimits {
    /// The limit for a connection. A whole request may take twice as long.
    pub(super) timeout: Duration,
    /// The number of attempts, if the user set one. In that case a request without an answer is retried too.
    pub(super) attempts: Option<u32>,
}

impl ProviderContext<'_> {
    /// Records a warning for the user.
    pub(super) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(warning);
    }

    /// The recorded warnings, which this call removes.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *warnings)
    }

    /// Sends a request to this service of AWS.
    pub(super) async fn ask_aws(
        &self,
        service: Service,
        request: &Request,
    ) -> Result<Response, Error> {
        let asked = async {
            let client = ready(&self.clients.aws, || {
                Client::new(self.context, &self.options)
            })?;
            self.ask(client, request, request, &SHORT).await
        };
        self.remember(service, asked.await)
    }

    /// Sends a request to the instance metadata service. Outside EC2, no service answers at this address, so
    /// the limits are short.
    pub(super) async fn ask_metadata(
        &self,
        request: &Request,
        limits: &MetadataLimits,
    ) -> Result<Response, Error> {
        // Plain HTTP may connect to the metadata address of AWS, or to the one that the user configured.
        let reach = PlainHttp::Anywhere;
        let cell = &self.clients.metadata;
        let client = self.local(cell, request, limits.timeout, reach)?;
        let policy = Policy {
            max_attempts: limits.attempts.unwrap_or(SHORT.policy.max_attempts),
            ..SHORT.policy
        };
        let patience = Patience {
            policy,
            retries_silence: limits.attempts.is_some(),
            ..SHORT
        };
        let outcome = self.ask(client, request, request, &patience).await;
        match &outcome {
            Err(error) if is_of_tls(error) => self.remember(Service::Metadata, outcome),
            _ => outcome,
        }
    }

    /// Sends a request to the container agent, which exists if a variable names it, and may be busy or
    /// about to start. The path of its URL can be enough to get the credentials, so the observer does not
    /// see it.
    pub(super) async fn ask_container(&self, request: &Request) -> Result<Response, Error> {
        let reach = PlainHttp::LoopbackAnd(&CONTAINER_AGENTS);
        let cell = &self.clients.container;
        let asked = async {
            let client = self.local(cell, request, Duration::from_secs(5), reach)?;
            let shown = Request {
                url: without_path(&request.url),
                ..request.clone()
            };
            self.ask(client, request, &shown, &AGENT).await
        };
        self.remember(Service::ContainerAgent, asked.await)
    }

    /// Why the latest request had no answer. For the metadata service, only TLS failures count, because
    /// outside the cloud no service answers at its address.
    #[must_use]
    pub fn failure(&self) -> Option<Error> {
        let failure = self.clients.failure.lock();
        failure.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records why a request to this service got no answer.
    fn remember(
        &self,
        service: Service,
        outcome: Result<Response, Error>,
    ) -> Result<Response, Error> {
        let outcome = outcome.map_err(|error| error.of(service));
        let failure = self.clients.failure.lock();
        *failure.unwrap_or_else(PoisonError::into_inner) = outcome.as_ref().err().cloned();
        outcome
    }

    fn local<'a>(
        &self,
        cell: &'a OnceLock<Client>,
        request: &Request,
        patience: Duration,
        plain_http: PlainHttp,
    ) -> Result<&'a Client, Error> {
        ready(cell, || {
            let options = Options {
                connect_timeout: patience,
                timeout: 2 * patience,
                proxy: false,
                // Plain HTTP needs no roots, and reading them takes time.
                roots: request.url.starts_with("https:"),
                plain_http,
                ..self.options.clone()
            };
            Client::new(self.context, &options)
        })
    }

    /// Sends a request, and retries 5xx, throttling and broken connections. A request without an answer is
    /// retried only if `patience` allows this. The observer sees `shown` instead of the request.
    async fn ask(
        &self,
        client: &Client,
        request: &Request,
        shown: &Request,
        patience: &Patience,
    ) -> Result<Response, Error> {
        let mut retry = Retry::new(&patience.policy, self.context, &self.observer);
        loop {
            let outcome = client.send(request).await;
            let is_transient = match &outcome {
                Ok(response) => is_transient(response),
                Err(error) if patience.retries_silence => error.is_transient(),
                Err(error) => error.is_broken() || matches!(error.kind, Kind::DnsTemporary(_)),
            };
            let exchange = Exchange::new(shown, &outcome);
            let retryable = Retryable::until_attempts_if(is_transient);
            let next = retry.again(exchange, retryable, patience.wait).await;
            if next.is_none() {
                return outcome;
            }
        }
    }

    /// The endpoint that the user configured for a service: from the variable of the service, the variable
    /// for all services, or the profile.
    #[must_use]
    pub fn configured_url(&self, service: &str) -> Option<String> {
        if self.ignore_endpoint_urls {
            return None;
        }
        let specific = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase());
        let from_env = self.context.var(&specific);
        from_env
            .or_else(|| self.context.var("AWS_ENDPOINT_URL"))
            .map(str::to_owned)
            .or_else(|| self.profiles.endpoint_url(service))
    }

    /// The endpoint that the user configured for a service, as [`Self::configured_url`].
    ///
    /// # Errors
    /// Fails if the configured URL cannot be used.
    pub fn configured_endpoint(&self, service: &str) -> Result<Option<EndpointUrl>, String> {
        let url = self.configured_url(service);
        let parsed = url.map(|url| EndpointUrl::parse(&url)).transpose();
        parsed.map_err(|error: InvalidEndpoint| {
            format!("the endpoint that is configured for {service}: {error}")
        })
    }

    /// The URL of STS, without a trailing slash.
    ///
    /// # Errors
    /// Fails if the configured URL cannot be used.
    pub fn sts_url(&self) -> Result<String, String> {
        self.service_url("sts", "sts", self.region)
    }

    /// The URL of a service, without a slash at its end: the configured one, else that of AWS. `host` is
    /// the first part of AWS's host name: `sts`, `portal.sso` or `oidc`. A pseudo region such as
    /// `fips-us-east-1` is its region with the FIPS endpoint.
    ///
    /// # Errors
    /// Fails if the configured URL cannot be used, or AWS cannot have such a region.
    pub(super) fn service_url(
        &self,
        service: &str,
        host: &str,
        region: &Region,
    ) -> Result<String, String> {
        let of_pseudo = region.without_fips();
        let fips = self.fips || of_pseudo.is_some();
        let region = of_pseudo.as_ref().unwrap_or(region);
        if let Some(url) = self.configured_endpoint(service)? {
            return Ok(url.to_string());
        }
        if !region.has_aws_shape() {
            return Err(no_region(region.as_str()));
        }
        let host = service_host(host, region, fips, self.dualstack);
        Ok(format!("https://{host}"))
    }
}

/// The error for a text that is not a region of AWS. The error names the region that the text probably means.
pub(super) fn no_region(text: &str) -> String {
    let correction = likely_region(text).map_or(String::new(), |it| format!(": write {it}"));
    format!("`{text}` is not a region of AWS{correction}")
}

fn is_of_tls(error: &Error) -> bool {
    matches!(
        error.kind,
        Kind::Certificate(..) | Kind::Tls(_) | Kind::NotTls(_)
    )
}

/// Scheme, host and port of a URL.
fn without_path(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{authority}/(hidden)")
}

/// Whether a retry may help. STS answers `Throttling` with status 400, and `IDPCommunicationError` if the
/// identity provider was slow.
fn is_transient(response: &Response) -> bool {
    let says = |word: &str| {
        response
            .body
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    let said = response.status == 400 && (says("Throttl") || says("IDPCommunicationError"));
    response.status >= 500 || response.status == 429 || said
}

fn ready(
    cell: &OnceLock<Client>,
    make: impl FnOnce() -> Result<Client, Error>,
) -> Result<&Client, Error> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    let client = make()?;
    Ok(cell.get_or_init(|| client))
}
