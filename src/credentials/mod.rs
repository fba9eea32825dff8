//! The credential chain: one provider a file, asked in the AWS SDKs' order.
//!
//! A provider that is not configured passes on to the next; one that is configured but broken stops
//! the chain, so that nobody works under another identity by mistake. When all pass, the error lists
//! every attempt.

mod container;
mod document;
mod environment;
pub mod ini;
mod metadata;
mod net;
mod plan;
mod process;
mod profile;
mod sso;
pub mod sts;
mod web_identity;

pub use net::{Clients, World};
pub use profile::{Profile, Profiles, UnreadableFile};

use plan::{Base, NoPlan, Plan};
use s3_presign::Credentials;
use std::fmt;

/// What a provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Here they are; the text says from where.
    Found(Credentials, String),
    /// It has not been set up; the text says what it looked for.
    NotConfigured(String),
    /// It has been set up, and does not work.
    Broken(String),
}

/// One provider's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// `environment`, `profile` …
    pub provider: &'static str,
    /// What came of it, in words.
    pub outcome: String,
}

/// Credentials, and how they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The credentials.
    pub credentials: Credentials,
    /// From where.
    pub source: String,
    /// Every provider asked, the last one being theirs.
    pub attempts: Vec<Attempt>,
}

/// Asks each provider in turn: environment, profile, web identity, container, instance metadata.
/// `explicit_profile` says that the operator named the profile on the command line: then it alone is
/// asked, and beats keys in the environment.
pub async fn resolve(world: &World<'_>, explicit_profile: bool) -> Result<Resolved, NoCredentials> {
    let mut attempts = Vec::new();
    let providers: &[&str] = if explicit_profile {
        &["profile"]
    } else {
        &[
            "environment",
            "profile",
            "web identity",
            "container",
            "instance metadata",
        ]
    };
    for provider in providers {
        let outcome = match *provider {
            "environment" => environment::load(world.context),
            "profile" => load_profile(world).await,
            "web identity" => web_identity::load_from_environment(world).await,
            "container" => container::load(world).await,
            _ => metadata::load(world).await,
        };
        let (found, is_broken, said) = match outcome {
            Outcome::Found(credentials, source) => (Some(credentials), false, source),
            Outcome::NotConfigured(why) => (None, false, why),
            Outcome::Broken(why) => (None, true, why),
        };
        attempts.push(Attempt {
            provider,
            outcome: said.clone(),
        });
        if let Some(credentials) = found {
            return Ok(Resolved {
                credentials,
                source: said,
                attempts,
            });
        }
        if is_broken {
            break;
        }
    }
    Err(NoCredentials { attempts })
}

/// The profile in force: its source, then its roles one after the other.
async fn load_profile(world: &World<'_>) -> Outcome {
    let name = &world.profiles.selected;
    let Plan { base, roles } = match plan::plan(world.profiles) {
        Ok(plan) => plan,
        Err(NoPlan::NotConfigured(why)) => return Outcome::NotConfigured(why),
        Err(NoPlan::Broken(why)) => return Outcome::Broken(why),
    };
    let source = match &base {
        Base::Static(keys) => Outcome::Found(keys.clone(), "keys".to_owned()),
        Base::Environment => environment::load(world.context),
        Base::Container => container::load(world).await,
        Base::Metadata => metadata::load(world).await,
        Base::WebIdentity { role, token_file } => web_identity::load(world, role, token_file).await,
        Base::Sso(sso) => sso::load(world, sso).await,
        Base::Process {
            command,
            account_id,
        } => process::load(world, command, account_id.as_ref()),
    };
    let (mut credentials, mut source) = match source {
        Outcome::Found(credentials, source) => (credentials, format!("profile `{name}`: {source}")),
        // The profile asks for it: that it is not there is no reason to look elsewhere.
        Outcome::NotConfigured(why) | Outcome::Broken(why) => {
            return Outcome::Broken(format!("profile `{name}`: {why}"));
        }
    };
    for role in &roles {
        match sts::assume_role(world, &credentials, role).await {
            Ok(assumed) => credentials = assumed,
            Err(why) => {
                return Outcome::Broken(format!("profile `{name}`: role {}: {why}", role.arn));
            }
        }
        source = format!("{source} → role {}", role.arn);
    }
    Outcome::Found(credentials, source)
}

/// No provider had any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCredentials {
    /// Every provider asked, and what it said.
    pub attempts: Vec<Attempt>,
}

impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no AWS credentials")
    }
}

impl std::error::Error for NoCredentials {}

#[cfg(test)]
mod tests;
