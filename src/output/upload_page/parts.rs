//! The upload page for one file of any size, which the page sends in parts with presigned URLs.

use super::scripts::OF_PARTS_IN_FILE;
use super::{Page, RECEIPT, SHA256, csp_source, fill, text, texts};
use crate::output::html::source_hash;
use crate::output::multipart::Signatures;
use s3_presign::ObjectKey;
use s3_presign::multipart::{Plan, Upload};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The upload that a page sends.
pub(crate) struct Parts<'a> {
    pub(crate) key: &'a ObjectKey,
    pub(crate) upload_id: &'a str,
    pub(crate) plan: &'a Plan,
    pub(crate) urls: &'a Upload,
}

impl Parts<'_> {
    /// The configuration of the script. The page contains one text for the URLs of all parts, and 64 bytes
    /// for the signature of each. It contains no URL that aborts the upload.
    pub(super) fn config(&self) -> Value {
        let mut signatures = Signatures::new(self.urls);
        let (before, after) = signatures.around_number();
        let mut all = Vec::new();
        for number in 1..=self.plan.count() {
            all.extend_from_slice(signatures.of(number));
        }
        let headers = self.urls.complete_headers().iter();
        let headers: Map<String, Value> = headers
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        json!({
            // The browser stores the name of the chosen file below this ID, which identifies the upload.
            "id": source_hash(self.upload_id),
            "key": self.key.to_string(),
            "partSize": self.plan.part_size(),
            "before": before,
            "after": after,
            "signatures": String::from_utf8_lossy(&all),
            "lists": self.urls.list_urls(),
            "complete": self.urls.complete_url(),
            "completeHeaders": headers,
            "head": self.urls.head_url(),
        })
    }
}

/// The page as a file, for a file of exactly the planned size. The bucket needs a CORS rule for the page.
pub(crate) fn html(parts: &Parts<'_>, expires_at: OffsetDateTime) -> String {
    let texts = texts();
    let end = fill(RECEIPT, |name| match name {
        "sha256" => SHA256.to_owned(),
        other => text(&texts, other),
    });
    let origin = csp_source(parts.urls.head_url());
    Page {
        title: None,
        note: None,
        script: &OF_PARTS_IN_FILE,
        targets: &format!(
            "connect-src {origin}; form-action 'none'; base-uri 'none'; worker-src blob:"
        ),
        end,
        expires_at,
        several: false,
        accept: String::new(),
        config: json!({ "upload": parts.config() }),
        size_range: (parts.plan.size(), parts.plan.size()),
        content_types: Vec::new(),
    }
    .render(&texts)
}
