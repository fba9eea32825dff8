//! `presign multipart -o sh`: a script that uploads one file in parts, with curl and presigned URLs.

use s3_presign::headers::Pair;
use s3_presign::multipart::{PartUrls, Plan};
use std::io::{self, Write};

/// The script, with a placeholder such as `@SIZE@` for each text that differs between uploads.
const SCRIPT: &str = include_str!("upload_script/upload.sh");
/// The placeholder for the list of signatures.
const SIGNATURES: &str = "@SIGNATURES@";
/// The last parameter of a presigned URL, before the signature.
const SIGNATURE: &str = "&X-Amz-Signature=";

/// The values that fill the script.
pub(crate) struct Script<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) part_urls: PartUrls<'a>,
    pub(crate) list_urls: &'a [String],
    pub(crate) complete_url: &'a str,
    pub(crate) complete_headers: &'a [Pair],
    pub(crate) head_url: &'a str,
    /// The time when the URLs expire, in the format of RFC 3339.
    pub(crate) expires_at: String,
}

/// Writes the script. The URLs of the parts differ only in the number and the signature, so the script
/// contains their common text once.
///
/// # Errors
/// The writer fails.
pub(crate) fn write(script: Script<'_>, output: &mut impl Write) -> io::Result<()> {
    let mut urls = script.part_urls;
    let mut first = Vec::new();
    urls.push(&mut first, 1);
    let first = String::from_utf8_lossy(&first).into_owned();
    let unsigned = first.split(SIGNATURE).next().unwrap_or_default();
    let (before, after) = unsigned
        .rsplit_once("&partNumber=1&")
        .expect("the URL of part 1 has its number as the last but one parameter");
    let list_urls: String = script
        .list_urls
        .iter()
        .map(|url| format!("{url}\n"))
        .collect();
    let header = |(name, value): &Pair| format!("--header '{name}: {value}' ");
    let headers: String = script.complete_headers.iter().map(header).collect();
    let texts = [
        ("@SIZE@", script.plan.size().to_string()),
        ("@PART_SIZE@", script.plan.part_size().to_string()),
        ("@PARTS@", script.plan.count().to_string()),
        ("@EXPIRES_AT@", script.expires_at),
        ("@URL_BEFORE@", format!("{before}&partNumber=")),
        ("@URL_AFTER@", format!("&{after}{SIGNATURE}")),
        ("@COMPLETE_URL@", script.complete_url.to_owned()),
        ("@HEAD_URL@", script.head_url.to_owned()),
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
    let mut url = Vec::new();
    for number in 1..=script.plan.count() {
        url.clear();
        urls.push(&mut url, number);
        let at = url.len() - s3_presign::multipart::SIGNATURE_LENGTH;
        output.write_all(&url[at..])?;
        output.write_all(b"\n")?;
    }
    output.write_all(filled(end).as_bytes())
}
