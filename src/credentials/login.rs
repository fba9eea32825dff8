//! `aws login`: the credentials that the AWS CLI keeps in a cache after a sign-in with a browser.
//!
//! This program uses the credentials until they expire. Only the AWS CLI and the SDKs renew these
//! credentials.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html>

use super::{Outcome, expiration, net::ProviderContext};
use s3_presign::{Credentials, Secret, canonical};
use serde::Deserialize;
use zeroize::Zeroizing;

const SIZE_LIMIT: u64 = 1 << 20;
const RENEW: &str =
    "run `aws login` for this profile, or any AWS CLI command, which renews the session";

/// The file of a session. The AWS CLI keeps more fields in the file, with which it renews the
/// credentials.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    access_token: AccessToken,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessToken {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    account_id: Option<String>,
    expires_at: String,
}

/// `session` is the profile's `login_session`, the ARN of the signed-in identity.
pub(super) fn load(cx: &ProviderContext<'_>, session: &str) -> Outcome {
    match cached(cx, session) {
        Ok(credentials) => Outcome::Found(credentials, "aws login".to_owned()),
        Err(why) => Outcome::Broken(format!("aws login: {why}")),
    }
}

fn cached(cx: &ProviderContext<'_>, session: &str) -> Result<Credentials, String> {
    let folder = cx.context.var("AWS_LOGIN_CACHE_DIRECTORY");
    let folder = folder.unwrap_or("~/.aws/login/cache");
    let name = canonical::hash(session.as_bytes());
    let path = cx.context.expand_home(&format!("{folder}/{name}.json"));
    let path = path.ok_or("there is no home directory, so there is no cache of sessions")?;
    let file = path.display();
    let bytes = cx.context.read_regular(&path, SIZE_LIMIT);
    let bytes = bytes
        .map_err(|error| format!("{file}: {error}"))?
        .ok_or_else(|| format!("there is no session ({file}): {RENEW}"))?;
    // The parser's error would quote secrets, so the program drops that error.
    let Session { access_token } = serde_json::from_slice(&Zeroizing::new(bytes))
        .map_err(|_| format!("the session in {file} cannot be read: {RENEW}"))?;
    let expires_at = expiration::parse(&access_token.expires_at)
        .ok_or_else(|| format!("expiresAt in {file} is not a time: {RENEW}"))?;
    if expires_at <= cx.context.now() {
        return Err(format!(
            "the credentials of the session have expired: {RENEW}"
        ));
    }
    let account_id = access_token.account_id.and_then(|it| it.parse().ok());
    Ok(Credentials {
        session_token: Some(Secret::new(access_token.session_token)),
        expires_at: Some(expires_at),
        account_is_proven: account_id.is_some(),
        account_id,
        ..Credentials::new(access_token.access_key_id, access_token.secret_access_key)
    })
}
