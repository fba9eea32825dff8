//! `presign multipart -o json`: one document, written part by part.

use crate::values::{RUN, quote};
use s3_presign::headers::Pair;
use s3_presign::multipart::{PartUrls, Plan, SIGNATURE_LENGTH, Upload};
use s3_presign::{ObjectKey, timestamp};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use time::OffsetDateTime;

/// The values of the document that are not URLs.
pub(crate) struct Document<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a ObjectKey,
    pub(crate) upload_id: &'a str,
    pub(crate) plan: &'a Plan,
    pub(crate) expires_at: OffsetDateTime,
}

/// Writes the document. Each part is written at once, so the memory does not grow with the number
/// of parts.
///
/// # Errors
/// The writer fails.
pub(crate) fn write(
    document: &Document<'_>,
    upload: &Upload,
    output: &mut impl Write,
) -> io::Result<()> {
    let Document { bucket, plan, .. } = document;
    let complete = object(upload.complete_headers());
    write!(
        output,
        "{{\"schema_version\":1,\"bucket\":{},\"key\":{},\"upload_id\":{},\"part_size\":{},\"size\":{},\"parts\":[",
        json!(bucket),
        json!(document.key.to_string()),
        json!(document.upload_id),
        plan.part_size(),
        plan.size(),
    )?;
    let mut urls = upload.part_urls();
    let mut line = Vec::new();
    for part in plan.parts() {
        line.clear();
        let comma = if part.number == 1 { "" } else { "," };
        write!(
            line,
            "{comma}{{\"number\":{},\"offset\":{},\"size\":{},\"url\":\"",
            part.number, part.offset, part.size
        )?;
        // A URL is percent-encoded, so JSON needs no escapes for it.
        urls.push(&mut line, part.number);
        line.extend_from_slice(b"\"}");
        output.write_all(&line)?;
    }
    writeln!(
        output,
        "],\"list_urls\":{},\"complete_url\":{},\"head_url\":{},\"abort_url\":{},\"headers\":{{}},\"complete_headers\":{complete},\"expires_at\":{}}}",
        json!(upload.list_urls()),
        json!(upload.complete_url()),
        json!(upload.head_url()),
        json!(upload.abort_url()),
        json!(timestamp::rfc3339(document.expires_at)),
    )
}

/// The URLs of parts as their common text and one signature for each part, because the URLs differ only in
/// the part number and the signature.
pub(crate) struct Signatures<'a> {
    urls: PartUrls<'a>,
    buffer: Vec<u8>,
}

impl<'a> Signatures<'a> {
    pub(crate) fn new(upload: &'a Upload) -> Self {
        Signatures {
            urls: upload.part_urls(),
            buffer: Vec::new(),
        }
    }

    /// The text before the part number, and the text between the number and the signature.
    pub(crate) fn around_number(&mut self) -> (String, String) {
        self.url(1);
        let at = self.buffer.len() - SIGNATURE_LENGTH;
        let unsigned = String::from_utf8_lossy(&self.buffer[..at]);
        let (before, after) = unsigned
            .rsplit_once("&partNumber=1&")
            .expect("the URL of part 1 contains its number");
        (format!("{before}&partNumber="), format!("&{after}"))
    }

    /// The signature of the part with this number, 64 hexadecimal digits.
    pub(crate) fn of(&mut self, number: u64) -> &[u8] {
        self.url(number);
        &self.buffer[self.buffer.len() - SIGNATURE_LENGTH..]
    }

    fn url(&mut self, number: u64) {
        self.buffer.clear();
        self.urls.push(&mut self.buffer, number);
    }
}

/// When the URLs end, and the command that aborts the upload.
pub(crate) fn end_and_abort(
    bucket: &str,
    key: &ObjectKey,
    upload_id: &str,
    expires_at: OffsetDateTime,
) -> String {
    let end = timestamp::rfc3339(expires_at);
    let object = quote(&format!("s3://{bucket}/{key}"));
    let query = quote(&format!("uploadId={upload_id}"));
    format!(
        "The URLs work until {end}. Anyone who has them can upload this object.\n\
         To abort the upload and delete its parts:\n  \
         s3-secure-bucket presign delete {object} --query {query} -o curl | {RUN}\n"
    )
}

fn object(headers: &[Pair]) -> Value {
    let pair = |(name, value): &Pair| (name.clone(), Value::from(value.as_str()));
    Value::Object(headers.iter().map(pair).collect::<Map<_, _>>())
}
