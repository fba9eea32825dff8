//! A key pair whose secret parts cannot be printed and are wiped from memory.

use crate::account::AccountId;
use std::fmt;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// A secret text: `Debug` shows that it is there, never what it is; dropping it zeroes the memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself. Every caller is a place to look when a secret leaks.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What signs a request: an access key, with the session token and end of temporary ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `AKIA…` for a user, `ASIA…` for a session. Not secret, but hidden from logs.
    pub access_key_id: String,
    /// The signing secret.
    pub secret_access_key: Secret,
    /// `X-Amz-Security-Token` of temporary credentials.
    pub session_token: Option<Secret>,
    /// When temporary credentials end, where the source says so. A URL they sign ends no later.
    pub expires_at: Option<OffsetDateTime>,
    /// The account, where the source says so.
    pub account_id: Option<AccountId>,
    /// Whether `account_id` is an answer of the credentials' own source (STS, SSO, a container agent, a
    /// process), and not a setting of the caller's (`AWS_ACCOUNT_ID`, `aws_account_id`).
    pub account_is_proven: bool,
}

impl Credentials {
    /// Long-lived credentials: a key pair alone.
    #[must_use]
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Credentials {
            access_key_id: access_key_id.into(),
            secret_access_key: Secret::new(secret_access_key),
            session_token: None,
            expires_at: None,
            account_id: None,
            account_is_proven: false,
        }
    }

    /// The same with a session token.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Credentials {
            session_token: Some(Secret::new(token)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_the_secret_nor_the_token() {
        let shown = format!("{:?}", Credentials::new("AKID", "hush").with_token("tok3n"));
        assert!(shown.contains("AKID"), "{shown}");
        assert!(
            !shown.contains("hush") && !shown.contains("tok3n"),
            "{shown}"
        );
    }
}
