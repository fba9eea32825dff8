//! STS: `AssumeRole`, `AssumeRoleWithWebIdentity` and `GetCallerIdentity`, at the regional endpoint.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

use super::net::World;
use super::plan::Role;
use crate::http::{Request, Response};
use crate::signer::Signer;
use crate::values::Arn;
use crate::xml;
use s3_presign::{AccountId, Credentials, Secret, canonical, timestamp};
use serde::Deserialize;
use zeroize::Zeroizing;

const VERSION: (&str, &str) = ("Version", "2011-06-15");

/// `AssumeRole`, signed by `source`.
pub(super) async fn assume_role(
    world: &World<'_>,
    source: &Credentials,
    role: &Role,
) -> Result<Credentials, String> {
    let session_name = session_name(world, role);
    let mut form = vec![
        ("Action", "AssumeRole"),
        VERSION,
        ("RoleArn", &role.arn),
        ("RoleSessionName", &session_name),
    ];
    form.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
    form.extend(
        role.duration_seconds
            .as_deref()
            .map(|seconds| ("DurationSeconds", seconds)),
    );
    let answer = post(world, &form, Some(source)).await?;
    issued("AssumeRole", answer)
}

/// `AssumeRoleWithWebIdentity`: the token is the proof, so nothing is signed.
pub(super) async fn assume_role_with_web_identity(
    world: &World<'_>,
    role: &Role,
    token: &Secret,
) -> Result<Credentials, String> {
    let session_name = session_name(world, role);
    let mut form = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        VERSION,
        ("RoleArn", &role.arn),
        ("RoleSessionName", &session_name),
        ("WebIdentityToken", token.expose()),
    ];
    form.extend(
        role.duration_seconds
            .as_deref()
            .map(|seconds| ("DurationSeconds", seconds)),
    );
    let answer = post(world, &form, None).await?;
    issued("AssumeRoleWithWebIdentity", answer)
}

/// Who somebody is, as STS sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallerIdentity {
    /// The user's or role's ARN.
    pub arn: String,
    /// The twelve-digit account.
    pub account: String,
    /// The unique id.
    pub user_id: String,
}

/// `GetCallerIdentity`, which needs no permission.
pub async fn caller_identity(
    world: &World<'_>,
    credentials: &Credentials,
) -> Result<CallerIdentity, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        get_caller_identity_result: CallerIdentity,
    }
    let answer = post(
        world,
        &[("Action", "GetCallerIdentity"), VERSION],
        Some(credentials),
    )
    .await?;
    let body: Body = xml::read("GetCallerIdentityResponse", &answer.body)
        .map_err(|error| format!("STS: {error}"))?;
    Ok(body.get_caller_identity_result)
}

/// The account in the ARN of an assumed role.
fn account_of(arn: &str) -> Option<AccountId> {
    Arn::parse(arn)?.account.parse().ok()
}

/// One that tells who it was, and when.
fn session_name(world: &World<'_>, role: &Role) -> String {
    let default = || format!("s3-secure-bucket-{}", world.context.now().unix_timestamp());
    role.session_name.clone().unwrap_or_else(default)
}

async fn post(
    world: &World<'_>,
    form: &[(&str, &str)],
    signer: Option<&Credentials>,
) -> Result<Response, String> {
    let url = world.service_url("sts", "sts", world.region)?;
    let mut request = Request {
        method: "POST",
        url: format!("{url}/"),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body: canonical::query(form).into_bytes(),
    };
    if let Some(credentials) = signer {
        let signer = Signer {
            credentials,
            region: world.region.as_str(),
            service: "sts",
        };
        signer.sign(&mut request, world.context.now());
    }
    let answer = world
        .ask_aws(&request)
        .await
        .map_err(|error| format!("STS: {error}"))?;
    if answer.status == 200 {
        return Ok(answer);
    }
    let body: Refusal = xml::read("ErrorResponse", &answer.body).unwrap_or_default();
    let said = body.error.unwrap_or_default();
    Err(format!(
        "STS answered {} {}: {}",
        answer.status, said.code, said.message
    ))
}

/// STS says no.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    error: Option<Said>,
}
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    code: String,
    message: String,
}

fn issued(operation: &str, answer: Response) -> Result<Credentials, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        #[serde(alias = "AssumeRoleResult", alias = "AssumeRoleWithWebIdentityResult")]
        result: Issued,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Issued {
        credentials: Keys,
        assumed_role_user: Option<User>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Keys {
        access_key_id: String,
        secret_access_key: String,
        session_token: String,
        expiration: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct User {
        arn: String,
    }
    let root = format!("{operation}Response");
    let body: Body =
        xml::read(&root, &Zeroizing::new(answer.body)).map_err(|error| format!("STS: {error}"))?;
    let keys = body.result.credentials;
    let expires_at = timestamp::parse(keys.expiration.trim())
        .map_err(|_| "STS gave an Expiration that is not a time".to_owned())?;
    let arn = body.result.assumed_role_user.map(|user| user.arn);
    Ok(Credentials {
        session_token: Some(Secret::new(keys.session_token)),
        expires_at: Some(expires_at),
        account_id: arn.as_deref().and_then(account_of),
        ..Credentials::new(keys.access_key_id, keys.secret_access_key)
    })
}
