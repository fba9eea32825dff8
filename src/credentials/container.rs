//! The container agent of ECS and the pod identity agent of EKS.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use super::document::Document;
use super::{Outcome, net::ProviderContext};
use crate::http::{Kind, Request};
use s3_presign::Credentials;
use s3_presign::endpoint::{EndpointUrl, Scheme};
use std::path::Path;
use zeroize::Zeroizing;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_LIMIT: u64 = 64 << 10;

pub(super) async fn load(cx: &ProviderContext<'_>) -> Outcome {
    let url = match (cx.context.var(RELATIVE), cx.context.var(FULL)) {
        (None, None) => {
            return Outcome::NotConfigured(format!("neither {RELATIVE} nor {FULL} is set"));
        }
        (Some(path), _) if path.starts_with('/') => Ok(format!("http://169.254.170.2{path}")),
        (Some(_), _) => Err(format!("{RELATIVE} does not begin with a slash")),
        (None, Some(url)) => full(url),
    };
    let found = match url {
        Ok(url) => ask(cx, url).await,
        Err(why) => Err(why),
    };
    match found {
        Ok(credentials) => Outcome::Found(credentials, "container".to_owned()),
        Err(why) => Outcome::Broken(why),
    }
}

/// The hosts of AWS's agents, which answer over plain HTTP.
const AGENTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// The URL in `AWS_CONTAINER_CREDENTIALS_FULL_URI`, if its host may receive the token. With plain HTTP, a
/// name that is not a loopback name is refused before it is resolved; the address of a loopback name is
/// checked again before a connection.
fn full(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split('/').next().unwrap_or_default();
    let origin = EndpointUrl::parse(&format!("{scheme}://{authority}"))
        .map_err(|error| format!("{FULL}: {error}"))?;
    let host = origin.host.trim_matches(['[', ']']);
    if origin.scheme == Scheme::Http && !origin.is_loopback() && !AGENTS.contains(&host) {
        return Err(not_an_agent(host));
    }
    Ok(url.to_owned())
}

async fn ask(cx: &ProviderContext<'_>, url: String) -> Result<Credentials, String> {
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    headers.extend(token(cx)?.map(|token| ("authorization".to_owned(), token)));
    let request = Request {
        method: "GET",
        url,
        headers,
        body: Vec::new(),
    };
    let answer = cx
        .ask_container(&request)
        .await
        .map_err(|error| match error.kind {
            Kind::PlainHttp(address) => not_an_agent(&address.to_string()),
            _ => format!("the container agent: {}", error.in_one_line()),
        })?;
    if answer.status != 200 {
        return Err(format!("the container agent answered {}", answer.status));
    }
    Document::read(&Zeroizing::new(answer.body))?.credentials(cx.context.now())
}

fn not_an_agent(host: &str) -> String {
    format!(
        "{FULL} is plain HTTP, and its host {host} is neither a loopback address nor an agent of AWS"
    )
}

fn token(cx: &ProviderContext<'_>) -> Result<Option<String>, String> {
    const FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
    let token = match cx.context.var(FILE) {
        Some(file) => {
            let unreadable = |why: &str| format!("{FILE}: {file}: {why}");
            let read = cx.context.read_regular(Path::new(file), TOKEN_LIMIT);
            let bytes = read.map_err(|error| unreadable(&error.to_string()))?;
            let bytes = bytes.ok_or_else(|| unreadable("No such file or directory"))?;
            let text = String::from_utf8(bytes).map_err(|_| unreadable("the file is not UTF-8"))?;
            Some(text.trim().to_owned())
        }
        None => cx
            .context
            .var("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            .map(str::to_owned),
    };
    match token {
        Some(token) if token.bytes().any(|b| b.is_ascii_control()) => {
            Err("the container authorization token has control characters".to_owned())
        }
        token => Ok(token),
    }
}
