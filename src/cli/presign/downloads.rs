//! `presign get … --keys-from FILE|- -o html`: one page with a link for each key.

use super::{Common, Job, Pair};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::downloads::{Downloads, file_name};
use crate::output::{Printer, stdout};
use s3_presign::{ObjectKey, Presigner, headers};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The largest number of files on a page, which then has about 10 MB.
const MOST_FILES: usize = 10_000;

const DISPOSITION: &str = "response-content-disposition";

/// Writes the page to `out`, or to stdout. `keys` has one key per line.
pub(super) fn run(
    job: &Job,
    common: &Common,
    keys: Box<dyn Read + Send>,
    out: Option<&Path>,
    session: &Session<'_>,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let separator = if common.null { 0 } else { b'\n' };
    let mut downloads = Downloads::default();
    let is_named = |(name, _): &Pair| name == DISPOSITION;
    let has_disposition = job.query.iter().any(is_named);
    let mut keys = BufReader::new(keys);
    let mut broken = 0_u32;
    loop {
        let mut name = Vec::new();
        // A key that is longer than S3 allows is an error, so no more of it is read.
        let mut limited = (&mut keys).take(2 + ObjectKey::MAX_LEN as u64);
        let read = limited.read_until(separator, &mut name);
        let read =
            read.map_err(|error| Failure::new(format!("the keys cannot be read: {error}"), None))?;
        if read == 0 {
            break;
        }
        if name.last() == Some(&separator) {
            name.pop();
        }
        let number = downloads.count() + 1;
        if name.is_empty() {
            return Err(wrong_key(format!("the key in line {number} is empty")));
        }
        if number > MOST_FILES {
            return Err(wrong_key(format!(
                "the list has more than {MOST_FILES} keys"
            )));
        }
        let key = ObjectKey::parse([job.uri.key.as_bytes(), &name].concat())
            .map_err(|error| wrong_key(format!("line {number}: {error}")))?;
        broken += u32::from(key.has_dot_segments());
        let mut query = job.query.clone();
        if !has_disposition {
            // Without this parameter, a browser would show an uploaded page in the origin of the bucket.
            query.push(headers::download_as(&file_name(key.as_bytes())));
        }
        let request = s3_presign::Request {
            query: &query,
            ..job.request()
        };
        downloads.add(key.as_bytes(), &Presigner::new(&request)?.url(&key));
    }
    let page = downloads.page(job.target.expires_at);
    match out {
        None => stdout::data(&page)?,
        Some(file) => {
            let written = session.context.replace(file, page.as_bytes());
            written.map_err(|error| {
                let situation = format!("{} cannot be written: {error}", file.display());
                Failure::new(
                    situation,
                    Some("name a file in an existing folder with --out".to_owned()),
                )
            })?;
        }
    }
    if broken > 0 {
        printer.warning(&format!(
            "browsers rewrite the segments `.` and `..`, so the links to keys with such segments do not work; number of these keys: {broken}"
        ));
    }
    if downloads.count() == 0 {
        printer.warning("the list has no keys, so the page has no links");
    }
    Ok(Exit::Done)
}

fn wrong_key(situation: String) -> Failure {
    Failure::new(
        situation,
        Some("correct the list of keys; no page was written".to_owned()),
    )
}
