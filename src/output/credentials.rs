//! The output of `credentials`. Only the `process` format contains secrets.

use super::escape::escaped;
use crate::config::ResolvedConfig;
use crate::credentials::sts::CallerIdentity;
use crate::credentials::{Profiles, Resolved};
use s3_presign::{AccountId, Credentials, Secret, timestamp};
use serde::Serialize;

/// AWS's `credential_process` document.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Process<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

pub(crate) fn process(credentials: &Credentials) -> Process<'_> {
    Process {
        version: 1,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose(),
        session_token: credentials.session_token.as_ref().map(Secret::expose),
        expiration: credentials.expires_at.map(timestamp::rfc3339),
        account_id: credentials.account_id.as_ref().map(AccountId::as_str),
    }
}

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    schema_version: u8,
    access_key_id: &'a str,
    source: &'a str,
    profile: &'a str,
    expires_at: Option<String>,
    account: Option<&'a str>,
    region: Region<'a>,
    attempts: Vec<Attempt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Identity<'a>>,
}

/// The identity that STS reports, with `--verify`.
#[derive(Serialize)]
struct Identity<'a> {
    arn: &'a str,
    account: &'a str,
    user_id: &'a str,
}

#[derive(Serialize)]
struct Region<'a> {
    value: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Attempt<'a> {
    provider: &'a str,
    outcome: &'a str,
}

pub(crate) fn report<'a>(
    found: &'a Resolved,
    profiles: &'a Profiles,
    settled: &'a ResolvedConfig,
    identity: Option<&'a CallerIdentity>,
) -> Report<'a> {
    let attempt = |attempt: &'a crate::credentials::Attempt| Attempt {
        provider: attempt.provider.name(),
        outcome: &attempt.outcome,
    };
    Report {
        schema_version: 1,
        access_key_id: &found.credentials.access_key_id,
        source: &found.source,
        profile: &profiles.selected,
        expires_at: found.credentials.expires_at.map(timestamp::rfc3339),
        account: found.credentials.account_id.as_ref().map(AccountId::as_str),
        region: Region {
            value: settled.endpoint.region.as_str(),
            source: &settled.region_source,
        },
        attempts: found.attempts.iter().map(attempt).collect(),
        identity: identity.map(|identity| Identity {
            arn: &identity.arn,
            account: &identity.account,
            user_id: &identity.user_id,
        }),
    }
}

impl Report<'_> {
    /// The report as text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "access key id  {}\nsource         {}\nregion         {} (from {})\naccount        {}\nexpires        {}\n",
            escaped(self.access_key_id),
            escaped(self.source),
            escaped(self.region.value),
            escaped(self.region.source),
            self.account.unwrap_or("(unknown)"),
            self.expires_at.as_deref().unwrap_or("(unknown)"),
        );
        if let Some(Identity { arn, account, .. }) = &self.identity {
            text += &format!(
                "identity       {}, account {} (from STS)\n",
                escaped(arn),
                escaped(account)
            );
        }
        for Attempt { provider, outcome } in &self.attempts {
            text += &format!("provider       {provider}: {}\n", escaped(outcome));
        }
        text
    }
}
