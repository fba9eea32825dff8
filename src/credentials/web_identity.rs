//! Exchanges a token in a file for a role's credentials, as in EKS service accounts and in CI with
//! OIDC.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>

use super::role_chain::Role;
use super::{Outcome, net::ProviderContext, sts};
use s3_presign::Secret;

const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const TOKEN_LIMIT: u64 = 64 << 10;

/// Uses `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`.
pub(super) async fn load_from_environment(cx: &ProviderContext<'_>) -> Outcome {
    let Some(file) = cx.context.var(FILE) else {
        return Outcome::NotConfigured(format!("{FILE} is not set"));
    };
    let Some(arn) = cx.context.var("AWS_ROLE_ARN") else {
        return Outcome::Broken(format!("{FILE} is set, but AWS_ROLE_ARN is not"));
    };
    let role = Role {
        arn: arn.to_owned(),
        session_name: cx.context.var("AWS_ROLE_SESSION_NAME").map(str::to_owned),
        external_id: None,
        mfa_serial: None,
        duration_seconds: None,
    };
    load(cx, &role, file).await
}

/// Uses the token file and the role of a profile.
pub(super) async fn load(cx: &ProviderContext<'_>, role: &Role, file: &str) -> Outcome {
    match exchange(cx, role, file).await {
        Ok(credentials) => Outcome::Found(credentials, format!("web identity, role {}", role.arn)),
        Err(why) => Outcome::Broken(format!("web identity: {why}")),
    }
}

async fn exchange(
    cx: &ProviderContext<'_>,
    role: &Role,
    file: &str,
) -> Result<s3_presign::Credentials, String> {
    let path = cx
        .context
        .expand_home(file)
        .ok_or("there is no home directory")?;
    let bytes = cx
        .context
        .read_regular(&path, TOKEN_LIMIT)
        .map_err(|error| format!("{file}: {error}"))?;
    let bytes = bytes.ok_or_else(|| format!("{file}: there is no such file"))?;
    let token = String::from_utf8(bytes).map_err(|_| format!("{file}: it is not UTF-8"))?;
    sts::assume_role_with_web_identity(cx, role, &Secret::new(token.trim())).await
}
