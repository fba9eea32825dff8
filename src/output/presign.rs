//! What `presign` prints.

use super::json_line;
use s3_secure_bucket::presign::{ObjectKey, timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// A URL and what there is to know about it.
pub(crate) struct Url<'a> {
    pub(crate) method: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a ObjectKey,
    pub(crate) url: String,
    pub(crate) expires_at: OffsetDateTime,
    /// Those the caller must send.
    pub(crate) headers: &'a [(String, String)],
}

impl Url<'_> {
    /// The URL alone.
    pub(crate) fn text(&self) -> String {
        format!("{}\n", self.url)
    }

    /// One document in a line.
    pub(crate) fn json(&self) -> String {
        let header = |(name, value): &(String, String)| (name.clone(), Value::from(value.clone()));
        json_line(&Document {
            schema_version: 1,
            method: self.method,
            bucket: self.bucket,
            key: self.key.to_string(),
            url: &self.url,
            expires_at: timestamp::rfc3339(self.expires_at),
            headers: self.headers.iter().map(header).collect(),
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    method: &'a str,
    bucket: &'a str,
    key: String,
    url: &'a str,
    expires_at: String,
    headers: Map<String, Value>,
}
