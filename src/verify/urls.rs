//! What a presigned URL promises: that it cannot be altered, used late, or used for something else.

use super::found::{CONTENT, Found, MAIN, fail, in_short, is_ok, pass, put, refused};
use super::probe::{Answered, Ask, Prober, said};
use s3_presign::Method;
use std::time::Duration;

pub(super) async fn tampered(prober: &Prober<'_>) -> Answered {
    let ask = Ask {
        name: MAIN,
        ..Ask::default()
    };
    let url = || {
        let mut url = prober.own_url(Method::Get, &ask);
        // The signature stands last.
        let last = url.pop().unwrap_or_default();
        url.push(if last == '0' { '1' } else { '0' });
        url
    };
    prober.send(Method::Get, &url, &ask).await.0
}

pub(super) async fn expired(prober: &Prober<'_>) -> Found {
    let ask = Ask {
        name: MAIN,
        at: Some(prober.client.now() - Duration::from_hours(1)),
        ..Ask::default()
    };
    refused(prober.ask(Method::Get, &ask).await)
}

pub(super) async fn wrong_method(prober: &Prober<'_>) -> Answered {
    let ask = Ask {
        name: "wrong-method.txt",
        body: CONTENT,
        ..Ask::default()
    };
    let url = || prober.own_url(Method::Get, &ask);
    prober.send(Method::Put, &url, &ask).await.0
}

pub(super) async fn content_type(prober: &Prober<'_>) -> Found {
    let free = Ask {
        name: "content-type.txt",
        unsigned: &[("content-type", "text/x-anything")],
        body: CONTENT,
        ..Ask::default()
    };
    let unsigned = prober.ask(Method::Put, &free).await;
    if !is_ok(&unsigned) {
        return fail(format!("an unsigned one was refused: {}", said(&unsigned)));
    }
    let signed = Ask {
        name: free.name,
        headers: &[("content-type", "text/plain")],
        ..Ask::default()
    };
    let url = || prober.own_url(Method::Put, &signed);
    let other = Ask {
        name: free.name,
        unsigned: &[("content-type", "text/html")],
        body: CONTENT,
        ..Ask::default()
    };
    refused(prober.send(Method::Put, &url, &other).await.0)
}

pub(super) async fn no_overwrite(prober: &Prober<'_>) -> Found {
    let answered = put(prober, MAIN, &[("if-none-match", "*")]).await;
    match &answered {
        Ok(answer) if answer.status == 412 => pass(in_short(answer)),
        _ => fail(format!("expected 412, got {}", said(&answered))),
    }
}
