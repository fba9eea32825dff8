//! The output of `presign get|put|head|delete`.

use super::curl::{self, Command};
use super::is_secret_header;
use crate::values::Shell;
use s3_presign::headers::Pair;
use s3_presign::stream::Line;
use s3_presign::{Credentials, ObjectKey, Presigner, timestamp};
use serde_json::{Map, Value, json};
use std::path::Path;
use time::OffsetDateTime;

/// The JSON members that all URLs of one command share, which are all but the key and the URL.
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

    /// The JSON document of one URL among many.
    pub(crate) fn around_url(self) -> Line {
        Line::Json {
            before: self.before,
            between: BETWEEN,
            after: self.after,
        }
    }
}

/// A presigned URL, and the data for its output formats.
pub(crate) struct Url<'a> {
    pub(crate) method: &'a str,
    pub(crate) key: &'a ObjectKey,
    pub(crate) url: String,
    /// The signed headers, which the client must send.
    pub(crate) headers: &'a [Pair],
}

impl Url<'_> {
    /// The URL alone.
    pub(crate) fn text(&self) -> String {
        format!("{}\n", self.url)
    }

    /// A variable assignment for sh, such as `PUT_URL='…'`. A URL contains no quotes.
    pub(crate) fn env(&self) -> String {
        format!("{}_URL='{}'\n", self.method, self.url)
    }

    /// A JSON document in one line.
    pub(crate) fn json(&self, Lines { before, after }: &Lines) -> String {
        let key = json!(self.key.to_string());
        // A URL is percent-encoded, so JSON needs no escapes for it.
        format!("{before}{key}{BETWEEN}{}{after}\n", self.url)
    }

    /// A curl command that uses the URL.
    ///
    /// # Errors
    /// Fails if the shell cannot pass a header to curl. The error is the reason.
    pub(crate) fn curl(
        &self,
        shell: Shell,
        ca_bundle: Option<&Path>,
    ) -> Result<String, &'static str> {
        let mut command = Command::curl(shell, ca_bundle, self.key.has_dot_segments());
        let file = curl::file_name(&self.key.to_string(), shell);
        // Without `--globoff`, curl expands these characters as patterns, even in file names.
        if file.contains(['[', ']', '{', '}']) {
            command.options(&["--globoff"]);
        }
        match self.method {
            "GET" => {
                command.options(&["--output"]);
                command.value(&file);
            }
            // If the URL ends with a slash or a segment of dots, --upload-file appends the file's
            // name, which breaks the signature.
            "PUT" if ends_with_a_slash(self.key) => self.put_data(&mut command, &file),
            "PUT" => {
                command.options(&["--upload-file"]);
                command.value(&file);
            }
            "HEAD" => command.options(&["--head"]),
            method => command.options(&["--request", method]),
        }
        // The command omits `Content-Length`, because curl computes it.
        let own = |name: &str| name.eq_ignore_ascii_case("content-length");
        for (name, value) in self.headers.iter().filter(|(name, _)| !own(name)) {
            command.header(name, value);
        }
        command.value(&self.url);
        Ok(command.line()? + "\n")
    }

    /// Adds the curl options that send the bytes of a file with PUT. If no content type is signed, the
    /// options remove the content type that curl would add.
    fn put_data(&self, command: &mut Command, file: &str) {
        command.options(&["--request", "PUT", "--data-binary"]);
        command.value(&format!("@{file}"));
        let is_type = |(name, _): &Pair| name.eq_ignore_ascii_case("content-type");
        if !self.headers.iter().any(is_type) {
            command.options(&["--header", "Content-Type:"]);
        }
    }
}

/// Whether curl sees a folder in the path of this key: the last segment is empty, `.` or `..`.
fn ends_with_a_slash(key: &ObjectKey) -> bool {
    let last = key.as_bytes().rsplit(|&byte| byte == b'/').next();
    last.is_none_or(|segment| matches!(segment, b"" | b"." | b".."))
}

/// The warning for a key with dot segments.
pub(crate) const DOT_SEGMENTS: &str = "curl (without --path-as-is) and browsers rewrite `.` and `..` segments, which breaks the signature";

/// The longest line of a mail, in characters (RFC 5322).
pub(crate) const LONGEST_IN_MAIL: usize = 998;

/// The warning for a URL that is too long for one line of a mail.
pub(crate) fn too_long_for_mail(length: usize) -> String {
    format!(
        "the URL has {length} characters; in a plain-text mail, lines of more than {LONGEST_IN_MAIL} characters are broken: send the URL as a link, as an attachment or in a chat"
    )
}

/// The headers that the client must send with the URL, as text. Secret values are hidden.
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
    format!("The client must send exactly these headers with the URL:\n{lines}")
}

/// The canonical request and the string to sign. The session token is hidden, because it is a secret.
pub(crate) fn explain(presigner: &Presigner, key: &ObjectKey, credentials: &Credentials) -> String {
    let canonical_request = presigner.canonical_request(key);
    let mut shown = canonical_request.clone();
    if let Some(token) = &credentials.session_token {
        let encoded = s3_presign::encode::query(token.expose().as_bytes());
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
        indented(&presigner.string_to_sign(key))
    )
}
