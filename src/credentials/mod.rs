//! The credential chain: one provider a file, asked in the AWS SDKs' order ([`chain::DEFAULT_CHAIN`]).

mod chain;
mod container;
mod document;
mod environment;
mod expiration;
pub mod ini;
mod metadata;
mod net;
mod process;
mod profile;
mod role_chain;
mod shared_file;
mod shell_words;
mod sso;
pub mod sts;
mod web_identity;

pub use chain::{Chain, Provider};
pub use net::{Clients, ProviderContext};
pub use profile::{Profile, Profiles};
pub use shared_file::UnreadableFile;

use s3_presign::{Credentials, Secret};
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
    /// The provider that was asked.
    pub provider: Provider,
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

/// Checks the key ID and the session token, which are sent in headers.
///
/// # Errors
/// One of them contains characters that AWS never issues; the text names which, and quotes neither.
pub fn check_header_values(credentials: &Credentials) -> Result<(), String> {
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
