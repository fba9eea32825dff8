//! How providers ask: which client, which endpoint, how often.

use crate::context::Context;
use crate::http::{Client, Error, Exchange, Kind, Observer, Options, PlainHttp, Request, Response};
use crate::retry::{Policy, Retry, Retryable};
use s3_presign::endpoint::{EndpointUrl, InvalidEndpoint, Region};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::Duration;

use super::profile::Profiles;

/// What providers need: settings, files, connections, an observer.
pub struct ProviderContext<'a> {
    /// Environment, files and clock.
    pub context: &'a Context,
    /// The shared files.
    pub profiles: &'a Profiles,
    /// The region of STS.
    pub region: &'a Region,
    /// FIPS endpoints of STS and IAM Identity Center.
    pub fips: bool,
    /// Dual-stack endpoints of them.
    pub dualstack: bool,
    /// Whether configured endpoint URLs are to be passed over.
    pub ignore_endpoint_urls: bool,
    /// Connections to AWS.
    pub options: Options,
    /// Made when first needed: most runs need none.
    pub clients: Clients,
    /// Sees every exchange; for `-v`.
    pub observer: Observer,
}

/// One for AWS, and two for services of this machine, which no proxy must see.
#[derive(Default)]
pub struct Clients {
    aws: OnceLock<Client>,
    metadata: OnceLock<Client>,
    container: OnceLock<Client>,
}

/// The addresses of the container agents of ECS and EKS. To any other address but loopback, a container
/// token goes only over TLS.
const CONTAINER_AGENTS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

/// Two waits, of at most 0.2 s and 0.4 s: the chain must not stall at one provider.
const POLICY: Policy = Policy {
    max_attempts: 3,
    base: Duration::from_millis(200),
    cap: Duration::from_secs(1),
    eventual_consistency_timeout: Duration::ZERO,
    call_timeout: Duration::MAX,
};

impl ProviderContext<'_> {
    /// Sends to AWS.
    pub(super) async fn ask_aws(&self, request: &Request) -> Result<Response, Error> {
        let client = ready(&self.clients.aws, || {
            Client::new(self.context, &self.options)
        })?;
        self.ask(client, request, request).await
    }

    /// Sends to the instance metadata service: off the cloud nobody is there, and a second is enough.
    pub(super) async fn ask_metadata(&self, request: &Request) -> Result<Response, Error> {
        // Plain HTTP to AWS's own address, or to the one that the user configured.
        let reach = PlainHttp::Anywhere;
        let cell = &self.clients.metadata;
        let client = self.local(cell, request, Duration::from_secs(1), reach)?;
        self.ask(client, request, request).await
    }

    /// Sends to the container agent, which is there when it is named, and may be busy. The path of its URL
    /// may be all that it takes to get the credentials: the observer does not see it.
    pub(super) async fn ask_container(&self, request: &Request) -> Result<Response, Error> {
        let reach = PlainHttp::LoopbackAnd(&CONTAINER_AGENTS);
        let cell = &self.clients.container;
        let client = self.local(cell, request, Duration::from_secs(5), reach)?;
        let shown = Request {
            url: without_path(&request.url),
            ..request.clone()
        };
        self.ask(client, request, &shown).await
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
                // Over plain HTTP no roots are needed, and reading them takes a while.
                roots: request.url.starts_with("https:"),
                plain_http,
                ..self.options.clone()
            };
            Client::new(self.context, &options)
        })
    }

    /// 5xx, throttling and broken connections are retried; a service that does not answer is not there.
    /// The observer sees `shown`.
    async fn ask(
        &self,
        client: &Client,
        request: &Request,
        shown: &Request,
    ) -> Result<Response, Error> {
        let mut retry = Retry::new(&POLICY, self.context, &self.observer);
        loop {
            let outcome = client.send(request).await;
            let is_transient = match &outcome {
                Ok(response) => is_transient(response),
                Err(error) => error.is_broken() || error.kind == Kind::DnsTemporary,
            };
            let exchange = Exchange::new(shown, &outcome);
            let retryable = Retryable::until_attempts_if(is_transient);
            if retry.again(exchange, retryable, None).await.is_none() {
                return outcome;
            }
        }
    }

    /// The endpoint that somebody configured for a service: by its own variable, by that for all, in the
    /// profile.
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

    /// The URL of STS, without a slash at its end.
    ///
    /// # Errors
    /// The configured URL cannot be used.
    pub fn sts_url(&self) -> Result<String, String> {
        self.service_url("sts", "sts", self.region)
    }

    /// Where a service is: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's, else AWS's own.
    pub(super) fn service_url(
        &self,
        service: &str,
        host: &str,
        region: &Region,
    ) -> Result<String, String> {
        if let Some(url) = self.configured_url(service) {
            let parsed =
                EndpointUrl::parse(&url).map_err(|error: InvalidEndpoint| error.to_string())?;
            return Ok(parsed.to_string());
        }
        let partition = region.partition();
        let fips = if self.fips { "-fips" } else { "" };
        let suffix = if self.dualstack {
            partition.dual_stack_suffix
        } else {
            partition.dns_suffix
        };
        Ok(format!("https://{host}{fips}.{region}.{suffix}"))
    }
}

/// Scheme, host and port of a URL.
fn without_path(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{authority}/(hidden)")
}

/// STS says `Throttling` with 400, and `IDPCommunicationError` when the other side was slow.
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
