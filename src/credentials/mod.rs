//! The credential chain: each provider has a source file, and [`chain::DEFAULT_CHAIN`] lists the providers in
//! the order of the AWS SDKs.

mod chain;
mod container;
mod document;
mod environment;
mod expiration;
pub mod ini;
mod key_check;
mod login;
mod metadata;
pub(crate) mod mfa;
mod net;
mod process;
mod profile;
mod role_chain;
mod service_host;
mod shared_file;
mod shell_words;
mod sso;
mod sso_token;
pub mod sts;
mod web_identity;

pub use chain::{Chain, Provider};
pub use key_check::{UnusableKey, check_for_aws, unusual_for_aws};
pub use net::{Clients, ProviderContext};
pub use profile::Profiles;
pub(crate) use service_host::service_host;
pub use shared_file::UnreadableFile;

use crate::http;
use crate::redact::Secrets;
use s3_presign::{Credentials, Secret};
use std::fmt;

/// The answer of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The credentials, and a text that names their source.
    Found(Credentials, String),
    /// The provider is not set up; the text names the setting that is missing.
    NotConfigured(String),
    /// The provider is set up but does not work; the text gives the reason.
    Broken(String),
}

impl Outcome {
    /// Returns the same outcome, with each secret of the run removed from the text. A provider quotes
    /// parts of answers, and a server may repeat a secret also in an answer with a success status.
    fn without_secrets(self, secrets: &Secrets) -> Self {
        match self {
            Outcome::Found(credentials, source) => {
                Outcome::Found(credentials, secrets.hide_in(source))
            }
            Outcome::NotConfigured(why) => Outcome::NotConfigured(secrets.hide_in(why)),
            Outcome::Broken(why) => Outcome::Broken(secrets.hide_in(why)),
        }
    }
}

/// One step of the chain: a provider and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The provider that the chain asked.
    pub provider: Provider,
    /// The answer as a text for the user; it contains no secret.
    pub outcome: String,
}

/// Credentials, their source and the steps that led to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The credentials.
    pub credentials: Credentials,
    /// The source as a text for the user: `environment`, or ``profile `a`: SSO, role …``.
    pub source: String,
    /// Every provider that was asked. The last one has the credentials.
    pub attempts: Vec<Attempt>,
    /// Warnings about the credentials or their source, one sentence each.
    pub warnings: Vec<String>,
}

/// Checks the key ID and the session token, which are sent in headers, and that there is a secret.
///
/// # Errors
/// Fails if the key ID or the secret is empty, or if the key ID or the token contains characters that
/// AWS never issues. The error names the value without quoting it.
pub fn check_header_values(credentials: &Credentials) -> Result<(), String> {
    if credentials.access_key_id.is_empty() {
        return Err("the access key id is empty".to_owned());
    }
    if credentials.secret_access_key.expose().is_empty() {
        return Err("the secret access key is empty".to_owned());
    }
    let token = credentials.session_token.as_ref().map(Secret::expose);
    let values = [
        ("access key id", Some(credentials.access_key_id.as_str())),
        ("session token", token),
    ];
    for (what, value) in values {
        if value.is_some_and(|value| !value.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(format!(
                "the {what} contains white space, control characters or non-ASCII characters"
            ));
        }
    }
    Ok(())
}

/// The chain ended without credentials.
#[derive(Debug, Clone)]
pub struct NoCredentials {
    /// Every provider that was asked, and its answer.
    pub attempts: Vec<Attempt>,
    /// Whether the last provider is set up but does not work. If not, no provider is set up.
    pub is_broken: bool,
    /// Why a required request got no answer, if this ended the chain.
    pub failure: Option<http::Error>,
}

impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no AWS credentials")
    }
}

impl std::error::Error for NoCredentials {}

#[cfg(test)]
mod tests;
