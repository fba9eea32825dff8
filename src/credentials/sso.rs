//! IAM Identity Center: the token that `aws sso login` left, exchanged for credentials.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use super::role_chain::Sso;
use super::{Outcome, net::ProviderContext};
use crate::http::Request;
use s3_presign::endpoint::Region;
use s3_presign::{Credentials, Secret, canonical, timestamp};
use serde::Deserialize;
use sha1::{Digest, Sha1};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const TOKEN_LIMIT: u64 = 1 << 20;
const LOGIN: &str = "run `aws sso login` for this profile";

pub(super) async fn load(cx: &ProviderContext<'_>, sso: &Sso) -> Outcome {
    match exchange(cx, sso).await {
        Ok(credentials) => Outcome::Found(
            credentials,
            format!("SSO, role {} in account {}", sso.role_name, sso.account_id),
        ),
        Err(why) => Outcome::Broken(format!("SSO: {why}")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    access_token: String,
    expires_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    role_credentials: RoleCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Milliseconds since 1970.
    expiration: i64,
}

fn token(cx: &ProviderContext<'_>, sso: &Sso) -> Result<Secret, String> {
    let name: String = Sha1::digest(&sso.cache_name)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let path = cx
        .context
        .expand_home(&format!("~/.aws/sso/cache/{name}.json"));
    let path = path.ok_or("there is no HOME to look for a token in")?;
    let bytes = cx
        .context
        .read(&path, TOKEN_LIMIT)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let bytes = bytes.ok_or_else(|| format!("there is no token ({}): {LOGIN}", path.display()))?;
    let token: Token = serde_json::from_slice(&bytes)
        .map_err(|_| format!("the token in {} cannot be read: {LOGIN}", path.display()))?;
    match timestamp::parse(&token.expires_at) {
        Ok(end) if end > cx.context.now() => Ok(Secret::new(token.access_token)),
        _ => Err(format!("the token has expired: {LOGIN}")),
    }
}

async fn exchange(cx: &ProviderContext<'_>, sso: &Sso) -> Result<Credentials, String> {
    let region = Region::parse(&sso.region).map_err(|error| error.to_string())?;
    let token = token(cx, sso)?;
    let base = cx.service_url("sso", "portal.sso", &region)?;
    let query = canonical::query(&[
        ("account_id", &sso.account_id),
        ("role_name", &sso.role_name),
    ]);
    let request = Request {
        method: "GET",
        url: format!("{base}/federation/credentials?{query}"),
        headers: vec![(
            "x-amz-sso_bearer_token".to_owned(),
            token.expose().to_owned(),
        )],
        body: Vec::new(),
    };
    let answer = cx
        .ask_aws(&request)
        .await
        .map_err(|error| error.to_string())?;
    match answer.status {
        200 => {}
        401 => return Err(format!("the token is not accepted: {LOGIN}")),
        status => {
            return Err(format!(
                "GetRoleCredentials answered {status}; is the role assigned to you?"
            ));
        }
    }
    let Answer {
        role_credentials: found,
    } = serde_json::from_slice(&Zeroizing::new(answer.body))
        .map_err(|_| "the answer cannot be read".to_owned())?;
    let expires_at = OffsetDateTime::from_unix_timestamp(found.expiration / 1000)
        .map_err(|_| "its expiration is not a time".to_owned())?;
    Ok(Credentials {
        session_token: Some(Secret::new(found.session_token)),
        expires_at: Some(expires_at),
        account_id: sso.account_id.parse().ok(),
        account_is_proven: true,
        ..Credentials::new(found.access_key_id, found.secret_access_key)
    })
}
