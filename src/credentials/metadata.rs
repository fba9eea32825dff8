//! The instance metadata service of EC2, version 2 only.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>

use super::document::Document;
use super::{Outcome, net::ProviderContext};
use crate::http::{Request, Response};
use s3_presign::endpoint::EndpointUrl;
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
    let base = match endpoint(cx) {
        Ok(base) => base,
        Err(why) => return Outcome::Broken(why),
    };
    match ask(cx, &base).await {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Broken(format!("instance metadata: {why}")),
    }
}

fn endpoint(cx: &ProviderContext<'_>) -> Result<String, String> {
    let setting = |variable: &str, property: &str| {
        let value = cx
            .context
            .var(variable)
            .or_else(|| cx.profiles.get(property));
        value.map(str::to_owned)
    };
    if let Some(url) = setting(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "ec2_metadata_service_endpoint",
    ) {
        return EndpointUrl::parse(&url)
            .map(|url| url.to_string())
            .map_err(|error| error.to_string());
    }
    let mode = setting(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "ec2_metadata_service_endpoint_mode",
    );
    match mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("ipv4") => Ok("http://169.254.169.254".to_owned()),
        Some("ipv6") => Ok("http://[fd00:ec2::254]".to_owned()),
        Some(_) => {
            Err("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6".to_owned())
        }
    }
}

async fn ask(cx: &ProviderContext<'_>, base: &str) -> Result<Outcome, String> {
    let request = |method, path: &str, header: (&str, &str)| Request {
        method,
        url: format!("{base}{path}"),
        headers: vec![(header.0.to_owned(), header.1.to_owned())],
        body: Vec::new(),
    };
    let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    let token = match cx
        .ask_metadata(&request("PUT", "/latest/api/token", ttl))
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
                "instance metadata answered {} to the request for a token",
                answer.status
            )));
        }
        // Off the cloud nobody is there.
        Err(error) => {
            return Ok(Outcome::NotConfigured(format!(
                "no instance metadata here: {error}"
            )));
        }
    };
    let with_token = ("x-aws-ec2-metadata-token", token.as_str());
    let role = cx
        .ask_metadata(&request("GET", ROLES, with_token))
        .await
        .map_err(|error| error.to_string())?;
    if role.status == 404 {
        return Ok(Outcome::NotConfigured(
            "this instance has no role".to_owned(),
        ));
    }
    let name = expect_ok(role).map(|answer| text(&answer))?;
    let name = name.lines().next().unwrap_or_default().trim().to_owned();
    if name.is_empty()
        || !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
    {
        return Err("it gave no name of a role".to_owned());
    }
    let path = format!("{ROLES}{name}");
    let answer = cx
        .ask_metadata(&request("GET", &path, with_token))
        .await
        .map_err(|error| error.to_string())?;
    let document = Document::read(&Zeroizing::new(expect_ok(answer)?.body))?;
    if document
        .code
        .as_deref()
        .is_some_and(|code| code != "Success")
    {
        return Err("it has no credentials for the instance's role".to_owned());
    }
    // An instance whose metadata service cannot renew its credentials gets the old ones, which AWS
    // goes on taking for a while: the SDKs use them, and so do we, without an end that is known.
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
        status => Err(format!("it answered {status}")),
    }
}

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).trim().to_owned()
}
