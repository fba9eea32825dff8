//! `presign multipart -o sh`: a script that uploads one file in parts, with curl and presigned URLs.

use super::multipart::Signatures;
use s3_presign::headers::Pair;
use s3_presign::multipart::{Plan, Upload};
use std::io::{self, Write};

/// The script, with a placeholder such as `@SIZE@` for each text that differs between uploads.
const SCRIPT: &str = include_str!("upload_script/upload.sh");
/// The placeholder for the list of signatures.
const SIGNATURES: &str = "@SIGNATURES@";

/// The values that fill the script.
pub(crate) struct Script<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) urls: &'a Upload,
    /// The time when the URLs expire, in the format of RFC 3339.
    pub(crate) expires_at: String,
}

/// Writes the script. The URLs of the parts differ only in the number and the signature, so the script
/// contains their common text once.
///
/// # Errors
/// The writer fails.
pub(crate) fn write(script: Script<'_>, output: &mut impl Write) -> io::Result<()> {
    let urls = script.urls;
    let mut signatures = Signatures::new(urls);
    let (before, after) = signatures.around_number();
    let list_urls: String = urls
        .list_urls()
        .iter()
        .map(|url| format!("{url}\n"))
        .collect();
    let header = |(name, value): &Pair| format!("--header '{name}: {value}' ");
    let headers: String = urls.complete_headers().iter().map(header).collect();
    let texts = [
        ("@SIZE@", script.plan.size().to_string()),
        ("@PART_SIZE@", script.plan.part_size().to_string()),
        ("@PARTS@", script.plan.count().to_string()),
        ("@EXPIRES_AT@", script.expires_at),
        ("@URL_BEFORE@", before),
        ("@URL_AFTER@", after),
        ("@COMPLETE_URL@", urls.complete_url().to_owned()),
        ("@HEAD_URL@", urls.head_url().to_owned()),
        ("@LIST_URLS@", list_urls),
        ("@COMPLETE_HEADERS@", headers),
    ];
    let (start, end) = SCRIPT
        .split_once(SIGNATURES)
        .expect("the script has a placeholder for the signatures");
    let filled = |part: &str| {
        let mut text = part.to_owned();
        for (placeholder, value) in &texts {
            text = text.replace(placeholder, value);
        }
        text
    };
    output.write_all(filled(start).as_bytes())?;
    for number in 1..=script.plan.count() {
        output.write_all(signatures.of(number))?;
        output.write_all(b"\n")?;
    }
    output.write_all(filled(end).as_bytes())
}
