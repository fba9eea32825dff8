//! The trace of `-v`: each request and its outcome, without the secrets that would let a reader repeat it.

use crate::http::{Exchange, Request};
use s3_presign::canonical::{self, SignedHeaders};

/// The query parameters whose values are hidden.
pub(super) const HIDDEN: [&str; 3] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
];

/// The query parameters of signature version 2 whose values are hidden.
const HIDDEN_IN_VERSION_2: [&str; 3] = ["Signature", "AWSAccessKeyId", "x-amz-security-token"];

/// Prints one line per attempt, and with `canonical` also the canonical request.
pub(super) fn lines(exchange: &Exchange<'_>, canonical: bool) -> String {
    let Request { method, url, .. } = exchange.request;
    let (host, path, query) = split(url);
    let query = hidden(query);
    let question = if query.is_empty() { "" } else { "?" };
    let outcome = match exchange.outcome {
        Ok(response) => match response.header("x-amz-request-id") {
            Some(id) => format!("{} (request id {id})", response.status),
            None => response.status.to_string(),
        },
        Err(error) => error.in_one_line(),
    };
    let outcome = super::sanitize(&outcome);
    let retry = match exchange.retry_in {
        Some(wait) => format!("; retry in {} ms", wait.as_millis()),
        None => String::new(),
    };
    let mut text = format!("> {method} {host}{path}{question}{query} -> {outcome}{retry}\n");
    if canonical {
        for line in canonical_request(exchange.request).lines() {
            text += &format!("| {line}\n");
        }
    }
    text
}

/// The warning that the local clock differs from the server's clock.
pub(super) fn clock(ahead: time::Duration) -> String {
    let seconds = ahead.whole_seconds().abs();
    let way = if ahead.is_negative() {
        "ahead of"
    } else {
        "behind"
    };
    format!(
        "this machine's clock is {seconds} s {way} the server's, so requests are signed with the server's time; correct the clock, because `presign` uses it\n"
    )
}

/// Rebuilds the canonical request that aws-sigv4 signed, from the headers that aws-sigv4 added.
fn canonical_request(request: &Request) -> String {
    let (host, path, query) = split(&request.url);
    let shown = |name: &str, value: &str| {
        if super::is_secret_header(name) {
            "(hidden)".to_owned()
        } else {
            value.to_owned()
        }
    };
    let values: Vec<(&str, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| name != "authorization")
        .map(|(name, value)| (name.as_str(), shown(name, value)))
        .collect();
    let mut headers: Vec<(&str, &str)> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
    headers.push(("host", host));
    let payload = values
        .iter()
        .find(|(name, _)| *name == "x-amz-content-sha256")
        .map_or(canonical::UNSIGNED_PAYLOAD, |(_, hash)| hash);
    let query = if query.is_empty() || query.contains('=') {
        hidden(query)
    } else {
        format!("{query}=")
    };
    canonical::request(
        request.method,
        path,
        &query,
        &SignedHeaders::new(&headers),
        payload,
    )
}

fn split(url: &str) -> (&str, &str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (target, query) = rest.split_once('?').unwrap_or((rest, ""));
    let slash = target.find('/').unwrap_or(target.len());
    let (host, path) = target.split_at(slash);
    (host, path, query)
}

fn hidden(query: &str) -> String {
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if HIDDEN.contains(&name) || HIDDEN_IN_VERSION_2.contains(&name) => {
                format!("{name}=(hidden)")
            }
            _ => pair.to_owned(),
        })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Response;

    #[test]
    fn hides_signatures_and_tokens() {
        let request = Request {
            method: "PUT",
            url: "https://drop.example.com/k?X-Amz-Credential=AKID%2Fx&X-Amz-Signature=beef&Signature=f00d&policy"
                .into(),
            headers: vec![
                (
                    "authorization".into(),
                    "AWS4-HMAC-SHA256 Signature=cafe".into(),
                ),
                ("x-amz-security-token".into(), "t0ken".into()),
                ("x-amz-date".into(), "20130524T000000Z".into()),
            ],
            body: vec![],
        };
        let response = Response {
            status: 200,
            ..Response::default()
        };
        let exchange = Exchange {
            request: &request,
            outcome: Ok(&response),
            retry_in: None,
            clock_ahead: None,
        };
        let shown = lines(&exchange, true);
        for secret in ["AKID", "beef", "cafe", "f00d", "t0ken"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.starts_with("> PUT drop.example.com/k?X-Amz-Credential=(hidden)&X-Amz-Signature=(hidden)&Signature=(hidden)&policy -> 200\n"), "{shown}");
        assert!(shown.contains("| x-amz-date:20130524T000000Z"), "{shown}");
    }
}
