//! The token of IAM Identity Center that `aws sso login` keeps in a cache, and its renewal.
//!
//! The cache of an `sso_session` also contains a refresh token, for which the OIDC service issues a new token
//! (`CreateToken`). The program keeps the file name and the fields that the AWS CLI uses.
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>

use super::role_chain::Sso;
use super::{expiration, net::ProviderContext};
use crate::http::{Request, Service};
use s3_presign::endpoint::Region;
use s3_presign::{Secret, timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};
use zeroize::{Zeroize, Zeroizing};

const SIZE_LIMIT: u64 = 1 << 20;
pub(super) const LOGIN: &str = "run `aws sso login` for this profile";

/// The program renews a token whose remaining lifetime is shorter than this, so that the token does
/// not expire before its use.
const MARGIN: Duration = Duration::minutes(5);

/// The fields of a cache file, unknown ones included; wiped from memory on drop.
struct Cache(Map<String, Value>);

impl Cache {
    fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns the time in a field, or `None` if the field is missing or contains no time.
    fn time(&self, field: &str) -> Option<OffsetDateTime> {
        expiration::parse(self.text(field)?)
    }

    fn set(&mut self, field: &str, text: String) {
        self.0.insert(field.to_owned(), Value::String(text));
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

/// The token of the session, renewed if it has expired.
pub(super) async fn load(
    cx: &ProviderContext<'_>,
    sso: &Sso,
    region: &Region,
) -> Result<Secret, String> {
    let path = path(cx, sso)?;
    let mut cache = read(cx, &path)?;
    if let Some(token) = cache.text("accessToken") {
        cx.context.secrets().keep(token);
    }
    let expires_at = cache.time("expiresAt").ok_or_else(|| {
        format!(
            "expiresAt in {} is missing or not a time: {LOGIN}",
            path.display()
        )
    })?;
    let now = cx.context.now();
    if expires_at <= now + MARGIN {
        match renew(cx, sso, region, &mut cache).await {
            Ok(()) => save(cx, &path, &cache),
            Err(_) if expires_at > now => {}
            Err(why) => return Err(format!("the token has expired, and {why}: {LOGIN}")),
        }
    }
    let token = cache.text("accessToken");
    let token = token.ok_or_else(|| format!("{} has no accessToken: {LOGIN}", path.display()))?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "the accessToken in {} contains white space, control characters or non-ASCII characters: {LOGIN}",
            path.display()
        ));
    }
    Ok(Secret::new(token))
}

/// The cache file is named after the session, or (legacy profiles) after the start URL.
fn path(cx: &ProviderContext<'_>, sso: &Sso) -> Result<PathBuf, String> {
    let name: String = Sha1::digest(&sso.cache_name)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let path = cx
        .context
        .expand_home(&format!("~/.aws/sso/cache/{name}.json"));
    path.ok_or_else(|| "there is no home directory, so there is no cache of tokens".to_owned())
}

fn read(cx: &ProviderContext<'_>, path: &Path) -> Result<Cache, String> {
    let file = path.display();
    let bytes = cx.context.read_regular(path, SIZE_LIMIT);
    let bytes = bytes
        .map_err(|error| format!("{file}: {error}"))?
        .ok_or_else(|| format!("there is no token ({file}): {LOGIN}"))?;
    // The parser's error would quote secrets, so the program drops that error.
    let fields = serde_json::from_slice(&Zeroizing::new(bytes))
        .map_err(|_| format!("the token in {file} cannot be read: {LOGIN}"))?;
    Ok(Cache(fields))
}

/// The fields have the same order as in requests of the AWS CLI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateToken<'a> {
    grant_type: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
    refresh_token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    access_token: String,
    /// Seconds from now.
    expires_in: i64,
    /// The answer omits this field if the old refresh token stays valid.
    refresh_token: Option<String>,
}

/// Asks for a new token and writes it into the cache. The request is not signed: the refresh token and the
/// client secret authenticate it.
async fn renew(
    cx: &ProviderContext<'_>,
    sso: &Sso,
    region: &Region,
    cache: &mut Cache,
) -> Result<(), String> {
    if !sso.is_renewable {
        return Err("a profile without sso_session has no refresh token".to_owned());
    }
    let field = |name: &str| {
        let text = cache.text(name);
        text.ok_or_else(|| format!("the token cannot be renewed without {name}"))
    };
    let create = CreateToken {
        grant_type: "refresh_token",
        client_id: field("clientId")?,
        client_secret: field("clientSecret")?,
        refresh_token: field("refreshToken")?,
    };
    field("registrationExpiresAt")?;
    let registered_until = cache.time("registrationExpiresAt");
    if registered_until.is_some_and(|end| end <= cx.context.now()) {
        return Err("the registration of the client has expired too".to_owned());
    }
    let secrets = cx.context.secrets();
    secrets.keep(create.client_secret);
    secrets.keep(create.refresh_token);
    let body = serde_json::to_vec(&create).map_err(|_| "the token cannot be renewed".to_owned())?;
    let base = cx.service_url("sso_oidc", "oidc", region)?;
    let request = Request {
        method: "POST",
        url: format!("{base}/token"),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
    };
    let answer = cx
        .ask_aws(Service::SsoOidc, &request)
        .await
        .map_err(|error| format!("the token cannot be renewed ({error})"))?;
    let body = Zeroizing::new(answer.body);
    if answer.status != 200 {
        return Err(format!(
            "the token cannot be renewed (CreateToken answered {}{})",
            answer.status,
            refusal(&body)
        ));
    }
    let created: Created = serde_json::from_slice(&body)
        .map_err(|_| "the answer of CreateToken cannot be read".to_owned())?;
    // The token is sent in a header, and other programs read the cache.
    let is_usable =
        |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let tokens = [Some(&created.access_token), created.refresh_token.as_ref()];
    if !tokens.into_iter().flatten().all(|token| is_usable(token)) {
        return Err(
            "the answer of CreateToken has a token with white space, control characters or non-ASCII characters"
                .to_owned(),
        );
    }
    let expires_at = cx
        .context
        .now()
        .checked_add(Duration::seconds(created.expires_in))
        .ok_or("the answer of CreateToken has no usable expiresIn")?;
    secrets.keep(&created.access_token);
    cache.set("accessToken", created.access_token);
    cache.set("expiresAt", timestamp::rfc3339(expires_at));
    if let Some(refresh_token) = created.refresh_token {
        secrets.keep(&refresh_token);
        cache.set("refreshToken", refresh_token);
    }
    Ok(())
}

/// The error code of OAuth, such as ` invalid_grant`; empty if the answer has none.
fn refusal(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let code = serde_json::from_slice(body).map(|Refusal { error }| error);
    let code = code.unwrap_or_default();
    let is_code = |c: char| c.is_ascii_lowercase() || c == '_';
    if code.is_empty() || code.len() > 40 || !code.chars().all(is_code) {
        return String::new();
    }
    format!(" {code}")
}

/// Writes the new token into the cache file. If the write fails, the new token still works, but the
/// old refresh token may not work a second time.
fn save(cx: &ProviderContext<'_>, path: &Path, cache: &Cache) {
    let saved = serde_json::to_vec(&cache.0)
        .map(Zeroizing::new)
        .map_err(|error| error.to_string())
        .and_then(|bytes| {
            let outcome = cx.context.replace(path, &bytes);
            outcome.map_err(|error| error.to_string())
        });
    if let Err(why) = saved {
        cx.warn(format!(
            "the renewed SSO token cannot be saved in {}: {why}; the next run may need `aws sso login`",
            path.display()
        ));
    }
}
