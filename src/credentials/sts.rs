//! STS: `AssumeRole`, `AssumeRoleWithWebIdentity` and `GetCallerIdentity`, at the regional endpoint.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

use super::net::ProviderContext;
use super::role_chain::Role;
use super::{expiration, mfa};
use crate::http::{self, Request, Response, Service};
use crate::redact::Secrets;
use crate::signer::Signer;
use crate::values::Arn;
use crate::xml::{DecodeError, Element};
use s3_presign::{AccountId, Credentials, Secret, canonical};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const VERSION: (&str, &str) = ("Version", "2011-06-15");

/// `AssumeRole`, signed by `source`.
pub(super) async fn assume_role(
    cx: &ProviderContext<'_>,
    source: &Credentials,
    role: &Role,
) -> Result<Credentials, String> {
    let session_name = session_name(cx, role);
    let device = role.mfa_serial.as_deref();
    let otherwise = ", or use credential_process with a tool that knows the code";
    let code = device.map(|serial| mfa::ask(cx.context, serial, otherwise));
    let code = code.transpose()?;
    let mut form = vec![
        ("Action", "AssumeRole"),
        VERSION,
        ("RoleArn", &role.arn),
        ("RoleSessionName", &session_name),
    ];
    if let (Some(serial), Some(code)) = (device, &code) {
        form.extend([("SerialNumber", serial), ("TokenCode", code)]);
    }
    form.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
    form.extend(
        role.duration_seconds
            .as_deref()
            .map(|seconds| ("DurationSeconds", seconds)),
    );
    let answer = post(cx, &form, Some(source)).await?;
    issued("AssumeRole", answer)
}

/// `AssumeRoleWithWebIdentity`: the token authenticates the request, so the request is not signed.
pub(super) async fn assume_role_with_web_identity(
    cx: &ProviderContext<'_>,
    role: &Role,
    token: &Secret,
) -> Result<Credentials, String> {
    let session_name = session_name(cx, role);
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
    let answer = post(cx, &form, None).await?;
    issued("AssumeRoleWithWebIdentity", answer)
}

/// The identity that credentials belong to, as STS reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The ARN of the user or role.
    pub arn: String,
    /// The twelve-digit account.
    pub account: String,
    /// The unique ID of the user or role, which STS calls `UserId`.
    pub user_id: String,
}

/// Asks STS for the identity that credentials belong to (`GetCallerIdentity`, which needs no permission).
///
/// # Errors
/// Fails if STS is not reachable, refuses the credentials, or gives an answer that cannot be read.
pub async fn caller_identity(
    cx: &ProviderContext<'_>,
    credentials: &Credentials,
) -> Result<CallerIdentity, String> {
    let url = cx.sts_url()?;
    let region = cx.region.signing_region();
    let request = caller_identity_request(&url, region, credentials, cx.context.now());
    let request = request.map_err(|error| unsigned(&error))?;
    let secrets = cx.context.secrets();
    secrets.keep(credentials.secret_access_key.expose());
    let answer = cx.ask_aws(Service::Sts, &request).await;
    let answer = answer.map_err(|error| format!("STS: {}", error.in_one_line()))?;
    read_caller_identity(&answer, secrets)
}

/// The signed request of `GetCallerIdentity`. `url` is the URL of STS without a trailing slash.
///
/// # Errors
/// Fails if the key ID or the token contains characters that a header cannot carry.
pub(crate) fn caller_identity_request(
    url: &str,
    region: &str,
    credentials: &Credentials,
    at: OffsetDateTime,
) -> Result<Request, http::Error> {
    let form = [("Action", "GetCallerIdentity"), VERSION];
    let mut request = request(url, &form);
    let signer = Signer {
        credentials,
        region,
        service: "sts",
    };
    signer.sign(&mut request, at)?;
    Ok(request)
}

/// Reads the answer to `GetCallerIdentity`, without the secrets that the answer may repeat.
pub(crate) fn read_caller_identity(
    answer: &Response,
    secrets: &Secrets,
) -> Result<CallerIdentity, String> {
    success(answer).map_err(|why| secrets.hide_in(why))?;
    let read = |body: &[u8]| {
        let response = Element::read("GetCallerIdentityResponse", body)?;
        let result = response.required("GetCallerIdentityResult")?;
        let text = |name| Ok(secrets.hide_in(result.required(name)?.as_text()?.to_owned()));
        Ok(CallerIdentity {
            arn: text("Arn")?,
            account: text("Account")?,
            user_id: text("UserId")?,
        })
    };
    read(&answer.body).map_err(|error: DecodeError| secrets.hide_in(format!("STS: {error}")))
}

/// The account in the ARN of an assumed role.
fn account_of(arn: &str) -> Option<AccountId> {
    Arn::parse(arn)?.account.parse().ok()
}

/// The session name of the role, else the name of this program and the time, which `CloudTrail` shows.
fn session_name(cx: &ProviderContext<'_>, role: &Role) -> String {
    let default = || format!("s3-secure-bucket-{}", cx.context.now().unix_timestamp());
    role.session_name.clone().unwrap_or_else(default)
}

/// An unsigned POST request with these form fields.
fn request(url: &str, form: &[(&str, &str)]) -> Request {
    Request {
        method: "POST",
        url: format!("{url}/"),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body: canonical::query(form).into_bytes(),
    }
}

async fn post(
    cx: &ProviderContext<'_>,
    form: &[(&str, &str)],
    signer: Option<&Credentials>,
) -> Result<Response, String> {
    let url = cx.sts_url()?;
    let mut request = request(&url, form);
    if let Some(credentials) = signer {
        let signer = Signer {
            credentials,
            region: cx.region.signing_region(),
            service: "sts",
        };
        cx.context
            .secrets()
            .keep(credentials.secret_access_key.expose());
        let outcome = signer.sign(&mut request, cx.context.now());
        outcome.map_err(|error| unsigned(&error))?;
    }
    let answer = cx
        .ask_aws(Service::Sts, &request)
        .await
        .map_err(|error| format!("STS: {}", error.in_one_line()))?;
    success(&answer)?;
    Ok(answer)
}

/// Returns an error text for a request that cannot be signed, with the innermost cause.
fn unsigned(error: &http::Error) -> String {
    format!("STS: {}", error.in_one_line())
}

/// Turns any status but 200 into an error that quotes the code and message of STS, if the answer has both.
fn success(answer: &Response) -> Result<(), String> {
    let status = answer.status;
    if status == 200 {
        return Ok(());
    }
    let (code, message) = refusal(&answer.body).unwrap_or_default();
    Err(match (code.as_str(), message.as_str()) {
        ("", "") => format!("STS answered {status} without an error code"),
        (text, "") | ("", text) => format!("STS answered {status}: {text}"),
        (code, message) => format!("STS answered {status} {code}: {message}"),
    })
}

/// The code and the message of an error answer.
fn refusal(body: &[u8]) -> Result<(String, String), DecodeError> {
    let response = Element::read("ErrorResponse", body)?;
    let Some(error) = response.only("Error")? else {
        return Ok(Default::default());
    };
    let text = |name| Ok(error.text(name)?.unwrap_or_default().to_owned());
    Ok((text("Code")?, text("Message")?))
}

/// The credentials in the answer to `AssumeRole` or `AssumeRoleWithWebIdentity`.
fn issued(operation: &str, answer: Response) -> Result<Credentials, String> {
    let unreadable = |error: DecodeError| format!("STS: {error}");
    let body = Zeroizing::new(answer.body);
    let response = Element::read(&format!("{operation}Response"), &body).map_err(unreadable)?;
    let response = Zeroizing::new(response);
    let (credentials, expiration) = keys(operation, &response).map_err(unreadable)?;
    let expires_at =
        expiration::parse(expiration).ok_or("the Expiration in the answer of STS is not a time")?;
    Ok(Credentials {
        expires_at: Some(expires_at),
        ..credentials
    })
}

/// The credentials, and the text of their expiration.
fn keys<'a>(operation: &str, response: &'a Element) -> Result<(Credentials, &'a str), DecodeError> {
    let result = response.required(&format!("{operation}Result"))?;
    let keys = result.required("Credentials")?;
    let text = |name| keys.required(name)?.as_text();
    let user = result.only("AssumedRoleUser")?;
    let arn = user
        .map(|user| user.required("Arn")?.as_text())
        .transpose()?;
    let account = arn.and_then(account_of);
    let credentials = Credentials {
        session_token: Some(Secret::new(text("SessionToken")?)),
        account_is_proven: account.is_some(),
        account_id: account,
        ..Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?)
    };
    Ok((credentials, text("Expiration")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_a_doubled_field_are_errors() {
        let complete = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>B</SecretAccessKey><SessionToken>C</SessionToken><Expiration>2026-11-26T12:00:00Z</Expiration>";
        let error = |keys: &str| {
            let body = format!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult></AssumeRoleResponse>"
            );
            let answer = Response {
                status: 200,
                headers: Vec::new(),
                body: body.into_bytes(),
            };
            issued("AssumeRole", answer).err()
        };
        assert_eq!(error(complete), None);
        for name in [
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "Expiration",
        ] {
            let unreadable = |why: &str| Some(format!("STS: the answer cannot be read: {why}"));
            let missing = complete.replace(name, "Other");
            assert_eq!(error(&missing), unreadable(&format!("<{name}> is missing")));
            let doubled = format!("{complete}<{name}/>");
            let duplicate = format!("duplicate element <{name}>");
            assert_eq!(error(&doubled), unreadable(&duplicate));
        }
    }

    #[test]
    fn an_error_without_a_code_is_quoted_without_gaps() {
        for (code, message, text) in [
            ("A", "no", "STS answered 503 A: no"),
            ("A", "", "STS answered 503: A"),
            ("", "no", "STS answered 503: no"),
            ("", "", "STS answered 503 without an error code"),
        ] {
            let body = format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            );
            let answer = |body: String| Response {
                status: 503,
                headers: Vec::new(),
                body: body.into_bytes(),
            };
            assert_eq!(success(&answer(body)), Err(text.to_owned()));
            let html = answer("<html><body>busy</body></html>".to_owned());
            assert_eq!(
                success(&html).unwrap_err(),
                "STS answered 503 without an error code"
            );
        }
    }
}
