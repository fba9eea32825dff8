//! Credentials whose secret parts are never printed, and are zeroed in memory when they are
//! dropped.

use crate::account::AccountId;
use std::fmt;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// A secret text. `Debug` prints `(secret)` instead of the text; dropping the value zeroes its memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`. A `String` is moved instead of copied, so no copy of the secret stays in
    /// memory.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// Returns the secret text. If a secret leaks, review every call of this method.
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
    /// The session token of temporary credentials, sent with each request as
    /// `X-Amz-Security-Token`.
    pub session_token: Option<Secret>,
    /// The time when the credentials expire, if the credential source reports one. A URL that the
    /// credentials signed stops working when the credentials expire, even if the URL itself expires
    /// later.
    pub expires_at: Option<OffsetDateTime>,
    /// The AWS account that the credentials belong to, if the credential source reports the
    /// account.
    pub account_id: Option<AccountId>,
    /// Whether the credential source (STS, SSO, a container agent or a process) returned
    /// `account_id`. This field is `false` if the caller configured the account (`AWS_ACCOUNT_ID`,
    /// `aws_account_id`).
    pub account_is_proven: bool,
}

impl Credentials {
    /// Creates long-lived credentials: an access key without a session token.
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

    /// Adds a session token, which makes the credentials temporary.
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
