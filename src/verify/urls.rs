//! The probes of presigned URLs: S3 must reject a URL that was changed, that has expired, or that
//! is used for a different request.

use super::found::{CONTENT, Found, MAIN, fail, in_short, is_ok, pass, put, refused};
use super::probe::{Answered, ProbeRequest, Prober, describe};
use s3_presign::Method;
use std::time::Duration;

pub(super) async fn tampered(prober: &Prober<'_>) -> Answered {
    let request = ProbeRequest {
        name: MAIN,
        ..ProbeRequest::default()
    };
    let url = || {
        let mut url = prober.own_url(Method::Get, &request);
        // The probe changes the last character of the URL, which belongs to the signature.
        let last = url.pop().unwrap_or_default();
        url.push(if last == '0' { '1' } else { '0' });
        url
    };
    prober.send(Method::Get, &url, &request).await.0
}

pub(super) async fn expired(prober: &Prober<'_>) -> Found {
    let request = ProbeRequest {
        name: MAIN,
        at: Some(prober.client.now() - Duration::from_hours(1)),
        ..ProbeRequest::default()
    };
    refused(prober.request(Method::Get, &request).await)
}

pub(super) async fn wrong_method(prober: &Prober<'_>) -> Answered {
    let request = ProbeRequest {
        name: "wrong-method.txt",
        body: CONTENT,
        ..ProbeRequest::default()
    };
    let url = || prober.own_url(Method::Get, &request);
    prober.send(Method::Put, &url, &request).await.0
}

pub(super) async fn content_type(prober: &Prober<'_>) -> Found {
    let free = ProbeRequest {
        name: "content-type.txt",
        unsigned: &[("content-type", "text/x-anything")],
        body: CONTENT,
        ..ProbeRequest::default()
    };
    let unsigned = prober.request(Method::Put, &free).await;
    if !is_ok(&unsigned) {
        return fail(format!(
            "an unsigned content type was refused: {}",
            describe(&unsigned)
        ));
    }
    let signed = ProbeRequest {
        name: free.name,
        headers: &[("content-type", "text/plain")],
        ..ProbeRequest::default()
    };
    let url = || prober.own_url(Method::Put, &signed);
    let other = ProbeRequest {
        name: free.name,
        unsigned: &[("content-type", "text/html")],
        body: CONTENT,
        ..ProbeRequest::default()
    };
    refused(prober.send(Method::Put, &url, &other).await.0)
}

pub(super) async fn no_overwrite(prober: &Prober<'_>) -> Found {
    let answered = put(prober, MAIN, &[("if-none-match", "*")]).await;
    match &answered {
        Ok(answer) if answer.status == 412 => pass(in_short(answer)),
        _ => fail(format!("expected 412, got {}", describe(&answered))),
    }
}
