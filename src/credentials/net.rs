//! How providers ask: which client, which endpoint, how often.

use crate::context::{Context, jitter};
use crate::http::{Client, Error, Options, Request, Response};
use s3_presign::endpoint::{EndpointUrl, InvalidEndpoint, Region, Scheme};
use std::sync::OnceLock;
use std::time::Duration;

use super::profile::Profiles;

/// All that providers know of the world.
pub struct World<'a> {
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
    /// Made when first needed: most runs need neither.
    pub clients: Clients,
}

/// One for AWS, one for the machine's own services, which no proxy must see.
#[derive(Default)]
pub struct Clients {
    aws: OnceLock<Client>,
    local: OnceLock<Client>,
}

/// Tries of one request.
const TRIES: u32 = 3;

impl World<'_> {
    /// Sends to AWS.
    pub(super) async fn ask_aws(&self, request: &Request) -> Result<Response, Error> {
        let client = ready(&self.clients.aws, || {
            Client::new(self.context, &self.options)
        })?;
        self.ask(client, request).await
    }

    /// Sends to a service of this machine: metadata, container agent.
    pub(super) async fn ask_local(&self, request: &Request) -> Result<Response, Error> {
        let client = ready(&self.clients.local, || {
            let second = Duration::from_secs(1);
            let options = Options {
                connect_timeout: second,
                timeout: 2 * second,
                proxy: false,
                // Over plain HTTP no roots are needed, and reading them takes a while.
                roots: request.url.starts_with("https:"),
                ..self.options.clone()
            };
            Client::new(self.context, &options)
        })?;
        self.ask(client, request).await
    }

    /// 5xx and broken connections are tried again; who does not answer at all is not there.
    async fn ask(&self, client: &Client, request: &Request) -> Result<Response, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            let answer = client.send(request).await;
            let again = match &answer {
                Ok(response) => response.status >= 500 || response.status == 429,
                Err(error) => error.is_broken(),
            };
            if !again || tried == TRIES {
                return answer;
            }
            let wait = jitter(Duration::from_millis(100 << tried));
            self.context.sleep(wait).await;
        }
    }

    /// Where a service is: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's, else AWS's own.
    pub(super) fn service_url(
        &self,
        service: &str,
        host: &str,
        region: &Region,
    ) -> Result<String, String> {
        let configured = || {
            let specific = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase());
            let from_env = self
                .context
                .var(&specific)
                .or_else(|| self.context.var("AWS_ENDPOINT_URL"));
            from_env
                .map(str::to_owned)
                .or_else(|| self.profiles.endpoint_url(service))
        };
        if !self.ignore_endpoint_urls
            && let Some(url) = configured()
        {
            let parsed =
                EndpointUrl::parse(&url).map_err(|error: InvalidEndpoint| error.to_string())?;
            if parsed.scheme == Scheme::Http
                && !parsed.is_loopback()
                && !self.context.resolves_to_loopback(&parsed.host, parsed.port)
            {
                return Err(format!(
                    "the endpoint {parsed} for {service} is plain HTTP and not on this machine"
                ));
            }
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

fn ready(
    cell: &OnceLock<Client>,
    make: impl FnOnce() -> Result<Client, Error>,
) -> Result<&Client, Error> {
    if cell.get().is_none() {
        // Nobody else can have set it: the chain asks one provider after the other.
        let _ = cell.set(make()?);
    }
    Ok(cell.get().expect("set just above"))
}
