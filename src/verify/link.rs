//! The probe of a link: whether a customer without credentials could use a page that `request` publishes.

use super::found::{Found, is_ok, pass, skip};
use super::probe::{ProbeRequest, Prober, describe};
use crate::s3::ErrorResponse;
use crate::s3::customer::{self, PageProblem};
use s3_presign::post::{Form, Request};
use s3_presign::{Expiry, Method};

const PAGE: &str = "request-link.html";
const BODY: &[u8] = b"<!DOCTYPE html>\n<title>s3-secure-bucket verify</title>\n";
const FILE: &str = "request-link.txt";

/// Publishes a page, fetches it, and posts a form. The result is a pass or a skip, because a bucket may
/// refuse customers on purpose.
pub(super) async fn request_link(prober: &Prober<'_>) -> Found {
    let would_not_work = |why: &str| skip(format!("a link would not work: {why}"));
    let page = ProbeRequest {
        name: PAGE,
        headers: &[
            ("cache-control", "no-store"),
            ("content-type", "text/html; charset=utf-8"),
        ],
        body: BODY,
        ..ProbeRequest::default()
    };
    let stored = prober.request(Method::Put, &page).await;
    if !is_ok(&stored) {
        return would_not_work(&format!("the page was refused: {}", describe(&stored)));
    }
    let link = prober.own_url(
        Method::Get,
        &ProbeRequest {
            name: PAGE,
            ..ProbeRequest::default()
        },
    );
    match customer::fetch(prober.client, &link).await {
        Err(error) => return would_not_work(&error.in_one_line()),
        Ok(answer) => {
            if let Some(problem) = PageProblem::of(&answer, BODY) {
                return would_not_work(&problem.to_string());
            }
        }
    }
    let key = prober.key(FILE);
    let form = Form::new(&Request {
        endpoint: &prober.endpoint,
        bucket: prober.bucket(),
        key: &key,
        credentials: &prober.client.credentials,
        at: prober.client.now(),
        expires_in: Expiry::DEFAULT,
        size_range: Some((1, 64)),
        exact: &[("success_action_status".to_owned(), "201".to_owned())],
        starts_with: &[],
    });
    let form = form.expect("the sizes of the probe are in order");
    *prober.created().names.entry(FILE.to_owned()).or_default() += 1;
    let answer = match customer::post(prober.client, &form, &key, b"x").await {
        Ok(answer) => answer,
        Err(error) => return would_not_work(&error.in_one_line()),
    };
    if let Some(version) = answer.header("x-amz-version-id") {
        let version = (FILE.to_owned(), version.to_owned());
        prober.created().versions.insert(version);
    }
    match answer.status {
        201 => pass("the page was shown, and its form stored a file".to_owned()),
        _ => would_not_work(&format!(
            "the form was refused: {}",
            ErrorResponse::read(&answer)
        )),
    }
}
