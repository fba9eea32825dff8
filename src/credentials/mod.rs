//! The credential chain: one provider a file, asked in the AWS SDKs' order.
//!
//! A provider that is not configured passes on to the next; one that is configured but broken stops
//! the chain, so that nobody works under another identity by mistake. When all pass, the error lists
//! every attempt.

mod environment;
pub mod ini;
mod profile;

pub use profile::{Profile, Profiles, UnreadableFile};

use crate::context::Context;
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

/// Asks each provider in turn. `explicit_profile` says that the operator named the profile on the
/// command line: then it beats keys in the environment.
pub fn resolve(
    context: &Context,
    profiles: &Profiles,
    explicit_profile: bool,
) -> Result<Resolved, NoCredentials> {
    let from_environment = || ("environment", environment::load(context));
    let from_profile = || ("profile", profile::load(profiles));
    let providers: [&dyn Fn() -> (&'static str, Outcome); 2] = if explicit_profile {
        [&from_profile, &from_environment]
    } else {
        [&from_environment, &from_profile]
    };
    let mut attempts = Vec::new();
    for ask in providers {
        let (provider, outcome) = ask();
        let (found, broken, outcome) = match outcome {
            Outcome::Found(credentials, source) => (Some(credentials), false, source),
            Outcome::NotConfigured(why) => (None, false, why),
            Outcome::Broken(why) => (None, true, why),
        };
        attempts.push(Attempt {
            provider,
            outcome: outcome.clone(),
        });
        if let Some(credentials) = found {
            return Ok(Resolved {
                credentials,
                source: outcome,
                attempts,
            });
        }
        // A profile named on the command line is an order, not a proposal.
        if broken || (explicit_profile && provider == "profile") {
            break;
        }
    }
    Err(NoCredentials { attempts })
}

/// An account is twelve digits; anything else is none, and is not sent anywhere.
fn account_id(text: &str) -> Option<String> {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    is_account.then(|| text.to_owned())
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
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn world(env: &[(&str, &str)]) -> Context {
        Context::stopped(env, OffsetDateTime::UNIX_EPOCH)
    }

    fn profiles(config: &str) -> Profiles {
        Profiles::from_texts("default", Some(config), None).unwrap()
    }

    const KEYS: &str = "[default]\naws_access_key_id = FILE\naws_secret_access_key = S\n";
    const ENV: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "S")];

    #[test]
    fn the_environment_comes_first_unless_a_profile_was_named() {
        for (explicit, key) in [(false, "ENV"), (true, "FILE")] {
            let resolved = resolve(&world(&ENV), &profiles(KEYS), explicit).unwrap();
            assert_eq!(resolved.credentials.access_key_id, key);
        }
    }

    #[test]
    fn a_named_profile_without_keys_does_not_fall_back_to_the_environment() {
        assert!(resolve(&world(&ENV), &profiles("[default]\nregion = x\n"), true).is_err());
    }

    #[test]
    fn half_a_key_pair_stops_the_chain() {
        let error = resolve(&world(&ENV[..1]), &profiles(KEYS), false).unwrap_err();
        assert_eq!(error.attempts.len(), 1, "{error:?}");
    }

    #[test]
    fn when_nobody_has_any_every_attempt_is_listed() {
        let error = resolve(&world(&[]), &profiles(""), false).unwrap_err();
        let asked: Vec<&str> = error.attempts.iter().map(|a| a.provider).collect();
        assert_eq!(asked, ["environment", "profile"]);
    }
}
