//! The instance metadata service of EC2, version 2 only.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>

use super::Outcome;
use super::document::Document;
use super::net::{MetadataLimits, ProviderContext};
use crate::http::{Kind, Request, Response};
use s3_presign::endpoint::EndpointUrl;
use std::time::Duration;
use time::OffsetDateTime;
use zeroize::Zeroizing;

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

pub(super) async fn load(cx: &ProviderContext<'_>) -> Outcome {
    const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
    if cx
        .context
        .var(DISABLED)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return Outcome::NotConfigured(format!("{DISABLED} is true"));
    }
    let (base, limits) = match (endpoint(cx), limits(cx)) {
        (Ok(base), Ok(limits)) => (base, limits),
        (Err(why), _) | (_, Err(why)) => return Outcome::Broken(why),
    };
    match ask(cx, &base, &limits).await {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Broken(format!("instance metadata: {why}")),
    }
}

/// Returns the value of an environment variable, or of a property of the profile if the variable is
/// not set.
fn setting<'a>(cx: &ProviderContext<'a>, variable: &str, property: &str) -> Option<&'a str> {
    let value = cx.context.var(variable);
    value.or_else(|| cx.profiles.get(property))
}

/// Returns the limits that the user set by the variables and properties that botocore also reads.
fn limits(cx: &ProviderContext<'_>) -> Result<MetadataLimits, String> {
    const TIMEOUT: &str = "AWS_METADATA_SERVICE_TIMEOUT";
    const ATTEMPTS: &str = "AWS_METADATA_SERVICE_NUM_ATTEMPTS";
    let timeout = match setting(cx, TIMEOUT, "metadata_service_timeout") {
        None => Duration::from_secs(1),
        Some(text) => text
            .parse()
            .ok()
            .filter(|seconds| *seconds > 0.0 && *seconds <= 3600.0)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or(format!("{TIMEOUT} is not a number of seconds up to 3600"))?,
    };
    let attempts = match setting(cx, ATTEMPTS, "metadata_service_num_attempts") {
        None => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|attempts| (1..=100).contains(attempts))
                .ok_or(format!("{ATTEMPTS} is not a number from 1 to 100"))?,
        ),
    };
    Ok(MetadataLimits { timeout, attempts })
}

fn endpoint(cx: &ProviderContext<'_>) -> Result<String, String> {
    const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    if let Some(url) = setting(cx, ENDPOINT, "ec2_metadata_service_endpoint") {
        return EndpointUrl::parse(url)
            .map(|url| url.to_string())
            .map_err(|error| format!("{ENDPOINT}: {error}"));
    }
    let mode = setting(
        cx,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "ec2_metadata_service_endpoint_mode",
    );
    match mode.map(str::to_ascii_lowercase).as_deref() {
        None | Some("ipv4") => Ok("http://169.254.169.254".to_owned()),
        Some("ipv6") => Ok("http://[fd00:ec2::254]".to_owned()),
        Some(_) => {
            Err("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6".to_owned())
        }
    }
}

async fn ask(
    cx: &ProviderContext<'_>,
    base: &str,
    limits: &MetadataLimits,
) -> Result<Outcome, String> {
    let request = |method, path: &str, header: (&str, &str)| Request {
        method,
        url: format!("{base}{path}"),
        headers: vec![(header.0.to_owned(), header.1.to_owned())],
        body: Vec::new(),
    };
    let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    let token = match cx
        .ask_metadata(&request("PUT", "/latest/api/token", ttl), limits)
        .await
    {
        Ok(answer) if answer.status == 200 => text(&answer),
        Ok(answer) if answer.status == 403 => {
            return Ok(Outcome::NotConfigured(
                "the instance metadata service is switched off (403)".to_owned(),
            ));
        }
        Ok(answer) => {
            return Ok(Outcome::NotConfigured(format!(
                "the instance metadata service answered {} to the request for a token",
                answer.status
            )));
        }
        // The answer to PUT does not reach a container if the hop limit is 1, the default of EC2.
        Err(error) if error.kind == Kind::Timeout => {
            return Ok(Outcome::NotConfigured(format!(
                "there is no instance metadata service here: {error}; in a container on EC2 set the hop limit to 2: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id ID"
            )));
        }
        // Outside EC2, no service answers at this address.
        Err(error) => {
            return Ok(Outcome::NotConfigured(format!(
                "there is no instance metadata service here: {}",
                error.in_one_line()
            )));
        }
    };
    let with_token = ("x-aws-ec2-metadata-token", token.as_str());
    let role = cx
        .ask_metadata(&request("GET", ROLES, with_token), limits)
        .await
        .map_err(|error| error.in_one_line())?;
    if role.status == 404 {
        return Ok(Outcome::NotConfigured(
            "this instance has no role".to_owned(),
        ));
    }
    let name = expect_ok(role).map(|answer| text(&answer))?;
    let name = name.lines().next().unwrap_or_default().trim().to_owned();
    // The path of the next request and the name of the source show the role, so it must be no secret.
    if name.is_empty()
        || cx.context.secrets().removed_from(&name).is_some()
        || !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
    {
        return Err("the answer contains no role name".to_owned());
    }
    let path = format!("{ROLES}{name}");
    let answer = cx
        .ask_metadata(&request("GET", &path, with_token), limits)
        .await
        .map_err(|error| error.in_one_line())?;
    let document = Document::read(&Zeroizing::new(expect_ok(answer)?.body))?;
    if document
        .code
        .as_deref()
        .is_some_and(|code| code != "Success")
    {
        return Err("there are no credentials for the role of the instance".to_owned());
    }
    // A metadata service that cannot renew credentials returns the expired ones, which AWS accepts for a
    // while. The SDKs use the expired credentials, and so does this program, with an unknown expiration.
    let mut credentials = document.credentials(OffsetDateTime::UNIX_EPOCH)?;
    credentials.expires_at = credentials.expires_at.filter(|end| *end > cx.context.now());
    Ok(Outcome::Found(
        credentials,
        format!("instance metadata, role {name}"),
    ))
}

fn expect_ok(answer: Response) -> Result<Response, String> {
    match answer.status {
        200 => Ok(answer),
        status => Err(format!("the service answered {status}")),
    }
}

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).trim().to_owned()
}
