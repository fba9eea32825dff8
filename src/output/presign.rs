//! What `presign get|put|head|delete` prints.

use super::{curl, is_secret_header};
use s3_secure_bucket::presign::headers::Pair;
use s3_secure_bucket::presign::stream::Line;
use s3_secure_bucket::presign::{Credentials, ObjectKey, Presigner, timestamp};
use serde_json::{Map, Value, json};
use std::path::Path;
use time::OffsetDateTime;

/// A JSON document but for its key and URL: the same for one URL and for a million.
pub(crate) struct Lines {
    before: String,
    after: String,
}

const BETWEEN: &str = ",\"url\":\"";

impl Lines {
    pub(crate) fn new(
        method: &str,
        bucket: &str,
        expires_at: OffsetDateTime,
        headers: &[Pair],
    ) -> Self {
        let pair = |(name, value): &Pair| (name.clone(), Value::from(value.as_str()));
        let headers: Map<String, Value> = headers.iter().map(pair).collect();
        let (method, bucket) = (json!(method), json!(bucket));
        let expires_at = timestamp::rfc3339(expires_at);
        Lines {
            before: format!(
                "{{\"schema_version\":1,\"method\":{method},\"bucket\":{bucket},\"key\":"
            ),
            after: format!(
                "\",\"expires_at\":\"{expires_at}\",\"headers\":{}}}",
                Value::Object(headers)
            ),
        }
    }

    /// For bulk.
    pub(crate) fn around_url(self) -> Line {
        Line::Json {
            before: self.before,
            between: BETWEEN,
            after: self.after,
        }
    }
}

/// A URL and what there is to know about it.
pub(crate) struct Url<'a> {
    pub(crate) method: &'a str,
    pub(crate) key: &'a ObjectKey,
    pub(crate) url: String,
    /// Those the caller must send.
    pub(crate) headers: &'a [Pair],
}

impl Url<'_> {
    /// The URL alone.
    pub(crate) fn text(&self) -> String {
        format!("{}\n", self.url)
    }

    /// One document in a line.
    pub(crate) fn json(&self, Lines { before, after }: &Lines) -> String {
        let key = json!(self.key.to_string());
        // A URL is percent-encoded: nothing in it needs escaping.
        format!("{before}{key}{BETWEEN}{}{after}\n", self.url)
    }

    /// A command that uses it.
    pub(crate) fn curl(&self, ca_bundle: Option<&Path>) -> String {
        let mut words = curl::begin(ca_bundle, self.key.has_dot_segments());
        let file = curl::file_name(&self.key.to_string());
        // curl reads these as patterns, in file names too.
        if file.contains(['[', ']', '{', '}']) {
            words.push("--globoff".to_owned());
        }
        let file = curl::quote(&file);
        words.extend(match self.method {
            "GET" => vec!["--output".to_owned(), file],
            // Behind a slash --upload-file would put the file's name, and break the signature.
            "PUT" if self.key.is_empty() || self.key.as_bytes().ends_with(b"/") => {
                self.put_data(&file)
            }
            "PUT" => vec!["--upload-file".to_owned(), file],
            "HEAD" => vec!["--head".to_owned()],
            method => vec!["--request".to_owned(), method.to_owned()],
        });
        // curl knows the length of what it uploads, and says it itself.
        let own = |name: &str| name.eq_ignore_ascii_case("content-length");
        for (name, value) in self.headers.iter().filter(|(name, _)| !own(name)) {
            words.extend(curl::header(name, value));
        }
        words.push(curl::quote(&self.url));
        words.join(" ") + "\n"
    }

    /// `--request PUT` with the file's bytes, and no content type but a signed one.
    fn put_data(&self, file: &str) -> Vec<String> {
        let mut words = vec!["--request", "PUT", "--data-binary"];
        let data = format!("@{file}");
        words.push(&data);
        let is_type = |(name, _): &Pair| name.eq_ignore_ascii_case("content-type");
        if !self.headers.iter().any(is_type) {
            words.extend(["--header", "Content-Type:"]);
        }
        words.into_iter().map(str::to_owned).collect()
    }
}

/// For people: what must go with the URL.
pub(crate) fn headers_to_send(headers: &[Pair]) -> String {
    let line = |(name, value): &Pair| {
        let shown = if is_secret_header(name) {
            "(as you gave it)"
        } else {
            value
        };
        format!("  {name}: {shown}\n")
    };
    if headers.is_empty() {
        return String::new();
    }
    let lines: String = headers.iter().map(line).collect();
    format!("Whoever uses the URL must send exactly:\n{lines}")
}

/// The stages of the signature. The session token is a secret, and is not shown.
pub(crate) fn explain(presigner: &Presigner, key: &ObjectKey, credentials: &Credentials) -> String {
    let canonical_request = presigner.canonical_request(key.as_bytes());
    let mut shown = canonical_request.clone();
    if let Some(token) = &credentials.session_token {
        let encoded = s3_secure_bucket::presign::encode::query(token.expose().as_bytes());
        shown = shown.replace(&encoded, "(hidden)");
    }
    let line = |line: &str| match line.split_once(':') {
        Some((name, _)) if is_secret_header(name) => format!("  {name}:(hidden)\n"),
        _ => format!("  {line}\n"),
    };
    let shown: String = shown.lines().map(line).collect();
    let indented =
        |text: &str| -> String { text.lines().map(|line| format!("  {line}\n")).collect() };
    format!(
        "Canonical request:\n{}String to sign:\n{}",
        shown,
        indented(&presigner.string_to_sign(key.as_bytes()))
    )
}
