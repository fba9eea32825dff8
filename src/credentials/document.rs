//! The JSON document in which processes, container agents and EC2 instances return credentials.

use super::expiration;
use s3_presign::{Credentials, Secret};
use serde::Deserialize;
use time::OffsetDateTime;

/// The document. A credential process names the session token `SessionToken`, and a container agent
/// names the session token `Token`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document {
    pub(super) version: Option<u32>,
    pub(super) code: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    #[serde(alias = "SessionToken")]
    token: Option<String>,
    expiration: Option<String>,
    account_id: Option<String>,
}

impl Document {
    /// Parses a document. The error quotes nothing from the document, because the document contains secrets.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| {
            let kind = match error.classify() {
                serde_json::error::Category::Data => "has a field of the wrong type",
                _ => "is not JSON",
            };
            format!(
                "the document {kind} (line {}, column {})",
                error.line(),
                error.column()
            )
        })
    }

    pub(super) fn credentials(self, now: OffsetDateTime) -> Result<Credentials, String> {
        let (Some(id), Some(secret)) = (self.access_key_id, self.secret_access_key) else {
            return Err("the document has no AccessKeyId or no SecretAccessKey".to_owned());
        };
        let expires_at = match self.expiration.as_deref() {
            None | Some("") => None,
            Some(text) => Some(
                expiration::parse(text).ok_or("the Expiration of the document is not a time")?,
            ),
        };
        if expires_at.is_some_and(|end| end <= now) {
            return Err("the credentials in the document have expired".to_owned());
        }
        let account_id = self.account_id.and_then(|account| account.parse().ok());
        Ok(Credentials {
            session_token: self
                .token
                .filter(|token| !token.is_empty())
                .map(Secret::new),
            expires_at,
            account_is_proven: account_id.is_some(),
            account_id,
            ..Credentials::new(id, secret)
        })
    }
}
