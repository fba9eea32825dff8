//! What `bootstrap` prints.

use super::{curl, json_line};
use s3_secure_bucket::bootstrap::Report;
use s3_secure_bucket::presign::endpoint::BucketName;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// `PUT URL` and `GET URL`, a line each.
pub(crate) fn text(report: &Report) -> String {
    let line =
        |url: &s3_secure_bucket::bootstrap::PresignedUrl| format!("{} {}\n", url.method, url.url);
    report.urls.iter().map(line).collect()
}

/// One document in a line.
pub(crate) fn json(report: &Report) -> String {
    json_line(&Document {
        schema_version: 1,
        bucket: &report.bucket,
        region: &report.region,
        created: report.created,
        controls: report
            .controls
            .iter()
            .map(|control| Control {
                id: control.id,
                title: control.title,
                status: control.status.as_str(),
                verified: control.verified,
                found: &control.found,
                wanted: &control.wanted,
                detail: control.detail.as_deref(),
            })
            .collect(),
        urls: report
            .urls
            .iter()
            .map(|url| Url {
                method: url.method,
                key: &url.key,
                url: &url.url,
                expires_at: &url.expires_at,
                headers: BTreeMap::new(),
            })
            .collect(),
    })
}

/// How to use the two URLs. They stand on stdout alone: whoever reads stderr, a log say, must not
/// have them.
pub(crate) fn curl_lines(
    bucket: &BucketName,
    ca_bundle: Option<&Path>,
    path_as_is: bool,
) -> String {
    let curl = curl::begin(ca_bundle, path_as_is).join(" ");
    format!(
        "\nThe two lines on stdout are the URLs for {bucket}. To use them:\n\
         \x20 {curl} -T example.txt \"$PUT_URL\"\n\
         \x20 {curl} -o out.txt \"$GET_URL\"\n"
    )
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    region: &'a str,
    created: bool,
    controls: Vec<Control<'a>>,
    urls: Vec<Url<'a>>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    title: &'a str,
    status: &'a str,
    verified: bool,
    found: &'a Value,
    wanted: &'a Value,
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct Url<'a> {
    method: &'a str,
    key: &'a str,
    url: &'a str,
    expires_at: &'a str,
    /// Those the caller must send: none.
    headers: BTreeMap<String, String>,
}
