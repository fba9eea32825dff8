//! The credential providers, and the order in which the chain asks them.

use super::key_check::quoted_values;
use super::net::ProviderContext;
use super::role_chain::{self, ChainError, RoleChain, Source};
use super::{
    Attempt, NoCredentials, Outcome, Resolved, check_header_values, container, environment, login,
    metadata, process, profile, sso, sts, web_identity,
};
use crate::context::Context;
use s3_presign::Credentials;
use std::fmt;

/// A source of credentials. Each provider has separate settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Keys in environment variables.
    Environment,
    /// The selected profile of the shared files: its keys, process, SSO session or roles.
    Profile,
    /// A token in a file, exchanged at STS for a role's credentials.
    WebIdentity,
    /// The container agent of ECS, or the pod identity agent of EKS.
    Container,
    /// The instance metadata service of EC2.
    InstanceMetadata,
}

/// The order of the AWS SDKs:
///
/// 1. environment variables,
/// 2. the selected profile,
/// 3. a web identity token,
/// 4. the container agent,
/// 5. the instance metadata service.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
pub const DEFAULT_CHAIN: [Provider; 5] = [
    Provider::Environment,
    Provider::Profile,
    Provider::WebIdentity,
    Provider::Container,
    Provider::InstanceMetadata,
];

impl Provider {
    /// `environment`, `profile`, `web identity`, `container` or `instance metadata`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Provider::Environment => "environment",
            Provider::Profile => "profile",
            Provider::WebIdentity => "web identity",
            Provider::Container => "container",
            Provider::InstanceMetadata => "instance metadata",
        }
    }

    async fn load(self, cx: &ProviderContext<'_>) -> Outcome {
        match self {
            Provider::Environment => environment::load(cx.context),
            Provider::Profile => load_profile(cx).await,
            Provider::WebIdentity => web_identity::load_from_environment(cx).await,
            Provider::Container => container::load(cx).await,
            Provider::InstanceMetadata => metadata::load(cx).await,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The credential chain: the providers that the chain has not asked yet, and the answers of the
/// asked providers.
///
/// The chain skips a provider that is not configured. The chain stops at a provider that is configured but
/// does not work, so that a run never uses another identity by mistake.
#[derive(Debug)]
pub struct Chain {
    remaining: &'static [Provider],
    attempts: Vec<Attempt>,
}

impl Chain {
    /// A chain over [`DEFAULT_CHAIN`], or over the profile alone if the caller named it, on a command line
    /// for example: a named profile overrides keys in the environment.
    #[must_use]
    pub fn new(explicit_profile: bool) -> Self {
        const PROFILE: [Provider; 1] = [Provider::Profile];
        Chain {
            remaining: if explicit_profile {
                &PROFILE
            } else {
                &DEFAULT_CHAIN
            },
            attempts: Vec::new(),
        }
    }

    /// Asks the environment provider, if the chain begins with that provider. This provider needs
    /// no I/O, so it needs no async runtime. `None` if the chain continues with
    /// [`resolve`](Self::resolve).
    pub fn resolve_at_once(
        &mut self,
        context: &Context,
    ) -> Option<Result<Resolved, NoCredentials>> {
        let [Provider::Environment, rest @ ..] = self.remaining else {
            return None;
        };
        self.remaining = rest;
        self.conclude(Provider::Environment, environment::load(context))
    }

    /// Asks each remaining provider in turn.
    ///
    /// # Errors
    /// Fails if no provider has credentials, or a configured provider does not work. The error
    /// lists every attempt.
    pub async fn resolve(mut self, cx: &ProviderContext<'_>) -> Result<Resolved, NoCredentials> {
        while let [provider, rest @ ..] = self.remaining {
            self.remaining = rest;
            let outcome = provider.load(cx).await;
            let outcome = outcome.without_secrets(cx.context.secrets());
            if let Some(end) = self.conclude(*provider, outcome) {
                return end
                    .map(|mut found| {
                        found.warnings.extend(cx.take_warnings());
                        found
                    })
                    .map_err(|error| NoCredentials {
                        failure: cx.failure(),
                        ..error
                    });
            }
        }
        Err(NoCredentials {
            attempts: self.attempts,
            is_broken: false,
            failure: cx.failure(),
        })
    }

    /// Records an attempt. The result is `Some` if the attempt ends the chain.
    fn conclude(
        &mut self,
        provider: Provider,
        outcome: Outcome,
    ) -> Option<Result<Resolved, NoCredentials>> {
        let outcome = match outcome {
            // Keys that the caller wrote into the environment or a profile are checked before a request is
            // sent; `load_profile` checks the answers of the sources of a profile.
            Outcome::Found(credentials, source)
                if ![Provider::Environment, Provider::Profile].contains(&provider) =>
            {
                sendable(credentials, source)
            }
            other => other,
        };
        let (Outcome::Found(_, text) | Outcome::NotConfigured(text) | Outcome::Broken(text)) =
            &outcome;
        self.attempts.push(Attempt {
            provider,
            outcome: text.clone(),
        });
        let warnings = match &outcome {
            Outcome::Found(credentials, _) => quoted_values(credentials),
            _ => Vec::new(),
        };
        match outcome {
            Outcome::NotConfigured(_) => None,
            Outcome::Found(credentials, source) => Some(Ok(Resolved {
                credentials,
                source,
                attempts: std::mem::take(&mut self.attempts),
                warnings,
            })),
            Outcome::Broken(_) => Some(Err(NoCredentials {
                attempts: std::mem::take(&mut self.attempts),
                is_broken: true,
                failure: None,
            })),
        }
    }
}

/// Warns if the profile has keys beside this source, because the SDKs disagree about which of the two to use.
fn warn_of_unused_keys(cx: &ProviderContext<'_>, source: &Source, profile: &str) {
    let property = match source {
        Source::WebIdentity { .. } => "web_identity_token_file",
        Source::Sso(_) => "sso_account_id",
        Source::Login(_) => "login_session",
        Source::Process { .. } => "credential_process",
        Source::Static(_) | Source::Environment | Source::Container | Source::Metadata => return,
    };
    let properties = cx.profiles.profiles.get(profile);
    let key_id = properties.and_then(|it| profile::value(it, "aws_access_key_id"));
    if key_id.is_some() {
        cx.warn(format!(
            "profile `{profile}` has keys and {property}; the keys are not used"
        ));
    }
}

/// Turns credentials that no header can carry into an error of their provider.
fn sendable(credentials: Credentials, source: String) -> Outcome {
    match check_header_values(&credentials) {
        Ok(()) => Outcome::Found(credentials, source),
        Err(why) => Outcome::Broken(format!("{source}: {why}")),
    }
}

/// Asks the source of the selected profile, and assumes its roles one after the other.
async fn load_profile(cx: &ProviderContext<'_>) -> Outcome {
    let name = &cx.profiles.selected;
    if let Some(file) = cx.profiles.unusable_files.first() {
        return Outcome::Broken(file.to_string());
    }
    let RoleChain {
        source,
        source_profile,
        roles,
    } = match role_chain::read(cx.profiles) {
        Ok(chain) => chain,
        Err(ChainError::NotConfigured(why)) => return Outcome::NotConfigured(why),
        Err(ChainError::Broken(why)) => return Outcome::Broken(why),
    };
    warn_of_unused_keys(cx, &source, &source_profile);
    let is_written = matches!(source, Source::Static(_) | Source::Environment);
    let source = match &source {
        Source::Static(keys) => Outcome::Found(keys.clone(), "keys".to_owned()),
        Source::Environment => environment::load(cx.context),
        Source::Container => container::load(cx).await,
        Source::Metadata => metadata::load(cx).await,
        Source::WebIdentity { role, token_file } => web_identity::load(cx, role, token_file).await,
        Source::Sso(sso) => sso::load(cx, sso).await,
        Source::Login(session) => login::load(cx, session),
        Source::Process {
            command,
            account_id,
        } => process::load(cx, command, account_id.as_ref()),
    };
    let (mut credentials, mut source) = match source {
        Outcome::Found(credentials, source) => (credentials, format!("profile `{name}`: {source}")),
        // The profile names this source, so the chain must not fall back to a different source.
        Outcome::NotConfigured(why) | Outcome::Broken(why) => {
            let of_source = if source_profile == *name {
                String::new()
            } else {
                format!("source profile `{source_profile}`: ")
            };
            return Outcome::Broken(format!("profile `{name}`: {of_source}{why}"));
        }
    };
    for role in &roles {
        if let Err(why) = check_header_values(&credentials) {
            return Outcome::Broken(format!("{source}: {why}"));
        }
        match sts::assume_role(cx, &credentials, role).await {
            Ok(assumed) => credentials = assumed,
            Err(why) => {
                return Outcome::Broken(format!("profile `{name}`: role {}: {why}", role.arn));
            }
        }
        source = format!("{source} → role {}", role.arn);
    }
    if is_written && roles.is_empty() {
        Outcome::Found(credentials, source)
    } else {
        sendable(credentials, source)
    }
}
