//! A session: the settings of a command, from which it gets credentials and clients.

use super::Global;
use crate::config::{self, Flags, RegionWarning, ResolvedConfig, Sourced};
use crate::context::Context;
use crate::credentials::sts::{self, CallerIdentity};
use crate::credentials::{self, Chain, Clients, Profiles, ProviderContext, Resolved};
use crate::failure::{Exit, Failure, exit_of};
use crate::hints;
use crate::http::{self, PlainHttp};
use crate::output::Printer;
use crate::s3::{self, Owner};
use s3_presign::endpoint::{AccessPoint, BucketName};
use s3_presign::{AccountId, Credentials};
use std::cell::OnceCell;
use std::path::Path;
use std::sync::Mutex;

/// The resolved settings of a command. A command that needs credentials asks the session for them.
pub(super) struct Session<'a> {
    pub(super) global: &'a Global,
    pub(super) context: Context,
    pub(super) profiles: Profiles,
    pub(super) settled: ResolvedConfig,
    printer: &'a Printer,
    /// Set when the warnings about the proxy variables were printed.
    proxy_warned: OnceCell<()>,
    /// The credentials, after the command has asked for them.
    found: OnceCell<Resolved>,
}

impl<'a> Session<'a> {
    /// Opens a session for a command that signs requests or URLs.
    pub(super) fn open(global: &'a Global, printer: &'a Printer) -> Result<Self, Failure> {
        let session = Self::resolve(global, printer)?;
        session.settled.check_region()?;
        Ok(session)
    }

    /// Opens a session for a command that only shows the settings.
    pub(super) fn resolve(global: &'a Global, printer: &'a Printer) -> Result<Self, Failure> {
        let context = Context::process();
        let profiles = Profiles::load(&context, global.profile.as_deref())?;
        if let Some(name) = &global.profile
            && profiles.current().is_none()
        {
            if let Some(file) = profiles.unusable_files.first() {
                return Err(file.clone().into());
            }
            let hint = profiles.correction(name).unwrap_or_else(|| {
                "name another profile, or define the missing profile in ~/.aws/config as [profile NAME] or in ~/.aws/credentials as [NAME]"
                    .to_owned()
            });
            return Err(Failure::usage(
                format!("there is no profile `{name}`"),
                hint,
            ));
        }
        for warning in &profiles.warnings {
            printer.warning(warning);
        }
        let sourced = |value: &Option<String>, source: &str| {
            value.clone().map(|value| Sourced {
                value,
                source: source.to_owned(),
            })
        };
        let flags = Flags {
            region: sourced(&global.region, "--region"),
            endpoint: sourced(&global.endpoint, "--endpoint"),
            addressing: global.addressing.map(Into::into),
            dualstack: global.dualstack,
            fips: global.fips,
            ca_bundle: global.ca_bundle.clone(),
            max_attempts: global.max_attempts,
        };
        let settled = config::resolve(&context, &profiles, &flags)?;
        warn_about_region(&settled, printer);
        Ok(Session {
            global,
            context,
            profiles,
            settled,
            printer,
            proxy_warned: OnceCell::new(),
            found: OnceCell::new(),
        })
    }

    /// Warns if the host of the endpoint contradicts `--region`, which commands that sign refuse.
    pub(super) fn warn_of_contradiction(&self) {
        if let Err(error) = self.settled.check_region() {
            self.printer
                .warning(&format!("{error}; other commands refuse this"));
        }
    }

    /// Warns once if requests or URLs go to AWS's default region because no setting names a region.
    pub(super) fn warn_of_default_region(&self) {
        let config = &self.settled.endpoint;
        let is_aws = config.resolve(None).is_ok_and(|endpoint| endpoint.is_aws);
        if is_aws && self.settled.is_default_region() {
            self.printer.warning(&format!(
                "no region is configured, so {} is used; name a region with --region",
                config.region
            ));
        }
    }

    /// Warns once about entries of `NO_PROXY` that match no host. Commands that send requests call this.
    fn warn_about_proxy(&self) {
        self.proxy_warned.get_or_init(|| {
            for warning in http::no_proxy_warnings(&self.context) {
                self.printer.warning(&warning);
            }
        });
    }

    /// The context in which credential providers run.
    pub(super) fn provider_context(&self) -> ProviderContext<'_> {
        let endpoint = &self.settled.endpoint;
        ProviderContext {
            context: &self.context,
            profiles: &self.profiles,
            region: &endpoint.region,
            fips: endpoint.fips,
            dualstack: self.settled.dualstack,
            ignore_endpoint_urls: self.settled.ignore_endpoint_urls,
            options: self.http_options(),
            clients: Clients::default(),
            observer: self.printer.observer(),
            warnings: Mutex::default(),
        }
    }

    /// The credentials with which the command signs.
    ///
    /// # Errors
    /// Fails if the chain finds no credentials, or if no request can use the credentials.
    pub(super) fn credentials(&self) -> Result<Resolved, Failure> {
        let found = self.found_credentials()?;
        check_header_values(&found)?;
        Ok(found)
    }

    /// The credentials that the chain finds. The providers are asked once, so a command signs its requests and
    /// its URLs with the same credentials, and a source that needs an MFA code asks for one code.
    pub(super) fn found_credentials(&self) -> Result<Resolved, Failure> {
        if let Some(found) = self.found.get() {
            return Ok(found.clone());
        }
        let found = self.resolve_credentials()?;
        Ok(self.found.get_or_init(|| found).clone())
    }

    fn resolve_credentials(&self) -> Result<Resolved, Failure> {
        let mut chain = Chain::new(self.global.profile.is_some());
        // Credentials from the environment need no async runtime, whose start takes time.
        let found = if let Some(found) = chain.resolve_at_once(&self.context) {
            found
        } else {
            self.warn_about_proxy();
            block_on(chain.resolve(&self.provider_context()))?
        }?;
        for warning in &found.warnings {
            self.printer
                .warning(&format!("{}: {warning}", found.source));
        }
        let endpoint = self.settled.endpoint.resolve(None);
        let is_aws = endpoint.is_ok_and(|endpoint| endpoint.is_aws);
        if let Err(error) = credentials::check_for_aws(&found.credentials)
            && (is_aws || error.cannot_be_sent())
        {
            let situation = format!("{}: {error}", found.source);
            return Err(Failure::usage(situation, hints::key(&error)));
        }
        if is_aws && let Some(warning) = credentials::unusual_for_aws(&found.credentials) {
            self.printer
                .warning(&format!("{}: {warning}", found.source));
        }
        Ok(found)
    }

    pub(super) fn caller_identity(
        &self,
        credentials: &Credentials,
    ) -> Result<CallerIdentity, Failure> {
        let cx = self.provider_context();
        if !self.settled.endpoint.resolve(None)?.is_aws && cx.configured_url("sts").is_none() {
            return Err(Failure::usage(
                "these credentials are for a server that is not AWS, so AWS's STS cannot identify them",
                "if that server has an STS, set AWS_ENDPOINT_URL_STS to its URL; to use the STS of AWS, omit --endpoint and unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3",
            ));
        }
        self.warn_about_proxy();
        block_on(sts::caller_identity(&cx, credentials))?.map_err(|why| {
            let failure = cx.failure();
            let hint = failure.as_ref().and_then(hints::http);
            let hint = hint.unwrap_or(
                "check that the credentials belong to this partition and have not expired, and that STS is reachable".into(),
            );
            Failure {
                exit: failure.as_ref().map_or(Exit::Failed, exit_of),
                situation: "the credentials cannot be verified".to_owned(),
                causes: vec![why],
                hint: Some(hint.into_owned()),
            }
        })
    }

    fn http_options(&self) -> http::Options {
        http::Options {
            ca_bundle: self.settled.ca_bundle.clone(),
            connect_timeout: self.global.connect_timeout.get(),
            timeout: self.global.timeout.get(),
            plain_http: if self.global.allow_http {
                PlainHttp::Anywhere
            } else {
                PlainHttp::LOOPBACK
            },
            ..http::Options::default()
        }
    }

    /// Checks a bucket name by AWS's rules. On other servers, a name that breaks some of these rules causes
    /// only warnings.
    pub(super) fn bucket_name(&self, text: &str) -> Result<BucketName, Failure> {
        let is_aws = self.settled.endpoint.resolve(None)?.is_aws;
        if is_aws && self.settled.endpoint.endpoint.is_none() {
            return Ok(BucketName::parse(text)?);
        }
        let (name, broken) = BucketName::parse_compatible(text)?;
        for rule in broken {
            self.printer.warning(&format!(
                "AWS would not accept the bucket name `{name}`: {rule}"
            ));
        }
        Ok(name)
    }

    /// The name of a bucket that exists: on AWS it may be the alias or the ARN of an access point.
    pub(super) fn existing_bucket(&self, text: &str) -> Result<BucketName, Failure> {
        if AccessPoint::is_arn(text) {
            // The endpoint's error names the part of the ARN that is wrong.
            self.settled.endpoint.resolve(Some(text))?;
        }
        match BucketName::parse_existing(text) {
            Ok(name) if BucketName::parse(text).is_err() => Ok(name),
            _ => self.bucket_name(text),
        }
    }

    /// The CA bundle that a printed curl command needs. The certificates of AWS need no CA bundle.
    pub(super) fn ca_bundle_for_curl(&self) -> Option<&Path> {
        let is_aws = (self.settled.endpoint.resolve(None)).is_ok_and(|endpoint| endpoint.is_aws);
        self.settled.ca_bundle.as_deref().filter(|_| !is_aws)
    }

    /// Fails if the endpoint cannot address the bucket. Sends nothing.
    pub(super) fn check_addressable(&self, name: &BucketName) -> Result<(), Failure> {
        let endpoint = self.settled.endpoint.resolve(Some(name.as_str()));
        Ok(endpoint.map(drop)?)
    }

    /// Fails if the endpoint is plain HTTP on another machine, unless `--allow-http` is given. Commands
    /// that send requests or create URLs call this.
    pub(super) fn refuse_plain_http(&self) -> Result<(), Failure> {
        if self.global.allow_http {
            return Ok(());
        }
        Ok(self.settled.refuse_plain_http()?)
    }

    pub(super) fn client(&self, expected_owner: Option<AccountId>) -> Result<s3::Client, Failure> {
        let options = self.http_options();
        let found = self.credentials()?;
        self.warn_of_default_region();
        self.warn_about_proxy();
        let providers = self.provider_context();
        Ok(s3::Client::new(
            self.context.clone(),
            http::Client::new(&self.context, &options)?,
            &self.settled,
            found.credentials,
            Owner::new(expected_owner, providers.sts_url()),
            s3::Services::configured(&providers),
            self.printer.observer(),
        ))
    }
}

/// Prints the warning about the region of the endpoint's host, if there is one.
pub(super) fn warn_about_region(settled: &ResolvedConfig, printer: &Printer) {
    match &settled.region_warning {
        Some(warning @ RegionWarning::OnlyDefault { named, .. }) => {
            printer.warning(&format!("{warning}; if it is, add --region {named}"));
        }
        Some(warning @ RegionWarning::HostWins { .. }) => printer.warning(&warning.to_string()),
        // Commands that sign refuse a contradiction, see `Session::open`.
        Some(_) | None => {}
    }
}

/// Fails if the credentials contain characters that a request header cannot carry.
fn check_header_values(found: &Resolved) -> Result<(), Failure> {
    let checked = credentials::check_header_values(&found.credentials);
    checked.map_err(|why| {
        let situation = format!("{}: {why}", found.source);
        Failure::usage(situation, "check that the value was copied completely")
    })
}

thread_local! {
    /// The runtime of the whole command, because connections belong to their runtime.
    static RUNTIME: std::io::Result<tokio::runtime::Runtime> =
        // tokio panics where it cannot open the sockets of its signal handler.
        http::check_open_files(4)
            .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build());
}

/// Runs a future to its end, on this thread.
///
/// # Errors
/// Fails if the system has no free file descriptors for a runtime.
pub(super) fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    RUNTIME.with(|runtime| match runtime {
        Ok(runtime) => Ok(runtime.block_on(future)),
        Err(error) => Err(Failure {
            causes: vec![error.to_string()],
            ..Failure::new(
                "the program cannot prepare network connections",
                Some(
                    "raise the limits of open files and processes (ulimit -n, ulimit -u)"
                        .to_owned(),
                ),
            )
        }),
    })
}
