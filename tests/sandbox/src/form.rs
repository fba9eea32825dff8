//! Parses multipart/form-data bodies, which browsers and `curl -F` send.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// A parsed multipart/form-data body.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The fields before the file, with lower-case names. In the values, the last part of the
    /// file's path replaces `${filename}`. The sandbox ignores fields after the file, as AWS does.
    pub fields: Vec<(String, String)>,
    pub file: Option<Bytes>,
    filename: String,
}

impl Form {
    pub fn read(head: &Parts, body: &Bytes) -> Option<Self> {
        let kind = head.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        if head.method != Method::POST || !kind.starts_with("multipart/form-data") {
            return None;
        }
        let boundary = kind
            .split(';')
            .find_map(|part| part.trim().strip_prefix("boundary="))?;
        let boundary = format!("--{}", boundary.trim_matches('"'));
        let mut form = Self::default();
        let mut rest = find(body, boundary.as_bytes()).map(|at| at + boundary.len())?;
        let boundary = format!("\r\n{boundary}");
        while let Some(end) = find(&body[rest..], boundary.as_bytes()) {
            let part = body.slice(rest..rest + end);
            rest += end + boundary.len();
            let Some(split) = find(&part, b"\r\n\r\n") else {
                continue;
            };
            let heads = String::from_utf8_lossy(&part[..split]).into_owned();
            let value = part.slice(split + 4..);
            let name = parameter(&heads, "name")
                .unwrap_or_default()
                .to_ascii_lowercase();
            if name == "file" {
                form.filename = parameter(&heads, "filename").unwrap_or_default();
                form.file = Some(value);
                break;
            }
            form.fields
                .push((name, String::from_utf8_lossy(&value).into_owned()));
        }
        // S3 replaces the placeholder `${filename}` before it compares the fields with the policy.
        let name = form.filename.rsplit(['/', '\\']).next().unwrap_or_default();
        for (_, value) in &mut form.fields {
            *value = value.replace("${filename}", name);
        }
        Some(form)
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_str())
    }

    /// The value of the field that other requests send as the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        match name {
            "x-amz-acl" => self.field("acl").or(self.field(name)),
            name => self.field(name),
        }
    }

    /// Returns the object key, in which the last part of the uploaded file's path replaces
    /// `${filename}`.
    pub fn key(&self) -> String {
        self.field("key").unwrap_or_default().to_owned()
    }

    /// Returns the total length in bytes of the names and values of the fields before the file.
    pub fn size_of_fields(&self) -> usize {
        let sizes = self
            .fields
            .iter()
            .map(|(name, value)| name.len() + value.len());
        sizes.sum()
    }

    /// Returns the form fields as headers, because other kinds of requests send the same data as
    /// headers.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.fields {
            let name = if name == "acl" { "x-amz-acl" } else { name };
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        headers
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// Returns the value of a quoted parameter of a Content-Disposition header.
fn parameter(heads: &str, name: &str) -> Option<String> {
    let line = heads.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    let start = line.find(&format!("; {name}=\""))? + name.len() + 4;
    let end = line[start..].find('"')?;
    Some(line[start..start + end].replace("%22", "\""))
}
