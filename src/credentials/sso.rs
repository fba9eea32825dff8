//! IAM Identity Center: a token exchanged for the credentials of a role (`GetRoleCredentials`).
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use super::role_chain::Sso;
use super::sso_token::{self, LOGIN};
use super::{
    Outcome,
    net::{ProviderContext, no_region},
};
use crate::http::{Request, Service};
use s3_presign::endpoint::Region;
use s3_presign::{Credentials, Secret, canonical};
use serde::Deserialize;
use time::OffsetDateTime;
use zeroize::Zeroizing;

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

async fn exchange(cx: &ProviderContext<'_>, sso: &Sso) -> Result<Credentials, String> {
    let region = Region::parse(&sso.region).map_err(|_| no_region(&sso.region))?;
    let token = sso_token::load(cx, sso, &region).await?;
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
        .ask_aws(Service::Sso, &request)
        .await
        .map_err(|error| error.in_one_line())?;
    match answer.status {
        200 => {}
        401 => return Err(format!("AWS does not accept the SSO token: {LOGIN}")),
        403 => {
            return Err(format!(
                "GetRoleCredentials answered 403: the role {} in account {} is not assigned to you",
                sso.role_name, sso.account_id
            ));
        }
        status => {
            return Err(format!(
                "GetRoleCredentials answered {status}; check sso_account_id and sso_role_name"
            ));
        }
    }
    let Answer {
        role_credentials: found,
    } = serde_json::from_slice(&Zeroizing::new(answer.body))
        .map_err(|_| "the answer of GetRoleCredentials cannot be read".to_owned())?;
    let expires_at = OffsetDateTime::from_unix_timestamp(found.expiration / 1000)
        .map_err(|_| "the expiration in the answer is not a time".to_owned())?;
    Ok(Credentials {
        session_token: Some(Secret::new(found.session_token)),
        expires_at: Some(expires_at),
        account_id: sso.account_id.parse().ok(),
        account_is_proven: true,
        ..Credentials::new(found.access_key_id, found.secret_access_key)
    })
}
