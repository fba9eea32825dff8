//! The JSON document in which processes, container agents and EC2 instances return credentials.

use super::expiration;
use s3_presign::{Credentials, Secret};
use serde::Deserialize;
use time::OffsetDateTime;

/// The document. A credential process names the session token `SessionToken`, and a container agent
/// names the session token `Token`. If a document has both, `SessionToken` counts.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document {
    pub(super) version: Option<u32>,
    pub(super) code: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    token: Option<String>,
    expiration: Option<String>,
    /// A text with twelve digits. A value of any other type is ignored.
    account_id: Option<serde_json::Value>,
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
        let set = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (Some(id), Some(secret)) = (set(self.access_key_id), set(self.secret_access_key))
        else {
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
        let account_id = self.account_id.as_ref().and_then(serde_json::Value::as_str);
        let account_id = account_id.and_then(|account| account.parse().ok());
        let token = set(self.session_token).or(set(self.token));
        Ok(Credentials {
            session_token: token.map(Secret::new),
            expires_at,
            account_is_proven: account_id.is_some(),
            account_id,
            ..Credentials::new(id, secret)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &str) -> Result<Credentials, String> {
        let document = format!(r#"{{"AccessKeyId":"A","SecretAccessKey":"S"{fields}}}"#);
        Document::read(document.as_bytes())?.credentials(OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_document_may_have_both_names_of_the_token_and_an_account_of_another_type() {
        for (fields, token, has_account) in [
            (r#","SessionToken":"t","Token":"old""#, Some("t"), false),
            (r#","SessionToken":"","Token":"t""#, Some("t"), false),
            (r#","SessionToken":null"#, None, false),
            (r#","AccountId":111122223333"#, None, false),
            (r#","AccountId":"111122223333""#, None, true),
        ] {
            let found = read(fields).unwrap();
            let found_token = found.session_token.as_ref().map(Secret::expose);
            assert_eq!(found_token, token, "{fields}");
            assert_eq!(found.account_id.is_some(), has_account, "{fields}");
        }
    }

    #[test]
    fn an_empty_key_is_a_missing_key() {
        for document in [
            r#"{"AccessKeyId":"","SecretAccessKey":"S"}"#,
            r#"{"AccessKeyId":"A","SecretAccessKey":""}"#,
        ] {
            let read = Document::read(document.as_bytes()).unwrap();
            let error = read.credentials(OffsetDateTime::UNIX_EPOCH).unwrap_err();
            assert_eq!(
                error,
                "the document has no AccessKeyId or no SecretAccessKey"
            );
        }
    }
}
