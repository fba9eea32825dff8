//! Credentials whose secret parts are never printed and are wiped from memory.

use crate::account::AccountId;
use std::fmt;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// A secret text. `Debug` prints `(secret)` instead of the text; dropping the value zeroes its memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`. A `String` is moved and not copied, so no copy of it stays in memory.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The secret text. Review every call of this method when a secret leaks.
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

/// AWS credentials: an access key and, if they are temporary, a session token and an expiry time.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key ID: `AKIA…` for a user, `ASIA…` for a session. An access key ID is not secret, so
    /// `Debug` prints it.
    pub access_key_id: String,
    /// The secret access key, from which signing keys are derived.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials, which requests send as `X-Amz-Security-Token`.
    pub session_token: Option<Secret>,
    /// When temporary credentials expire, if their source reports it. A URL that they sign stops
    /// working at this time, even if its own expiry is later.
    pub expires_at: Option<OffsetDateTime>,
    /// The account that the credentials belong to, if their source reports it.
    pub account_id: Option<AccountId>,
    /// Whether the credentials' source (STS, SSO, a container agent or a process) returned
    /// `account_id`. `false` if the caller configured it (`AWS_ACCOUNT_ID`, `aws_account_id`).
    pub account_is_proven: bool,
}

impl Credentials {
    /// Long-lived credentials: an access key without a session token.
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

    /// Adds a session token to the credentials.
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
