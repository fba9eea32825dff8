//! `inspect URL`

use super::Format;
use super::presign::header;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{inspect as show, stdout};
use clap::Args;
use s3_secure_bucket::presign::headers::Pair;
use s3_secure_bucket::presign::inspect::{self, Inspected};
use s3_secure_bucket::s3::explain::{self, ErrorBody};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket inspect - <url.txt
  s3-secure-bucket inspect - --server-error refusal.xml <url.txt")]
pub(super) struct Inspect {
    /// Presigned URL, or - to read it from stdin (the process list shows arguments)
    url: String,
    /// Method that the URL is used with [default: the method that the signature matches, or the
    /// one that S3 received]
    #[arg(long, value_name = "METHOD", value_parser = ["GET", "PUT", "HEAD", "DELETE"])]
    method: Option<String>,
    /// Signed header with its signed value, as 'Name: value' (may be repeated)
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<Pair>,
    /// Body of S3's 403 response, from a file or stdin (-)
    #[arg(long, value_name = "FILE|-")]
    server_error: Option<PathBuf>,
}

/// The longest URL or error document in bytes; real ones are far shorter.
const LIMIT: u64 = 1 << 20;
const METHODS: [&str; 4] = ["GET", "PUT", "HEAD", "DELETE"];

impl Inspect {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<Exit, Failure> {
        let format = session.global.format(&[Format::Text, Format::Json])?;
        let text = match self.url.as_str() {
            "-" => String::from_utf8_lossy(&read(Path::new("-"), session)?).into_owned(),
            url => url.to_owned(),
        };
        let url = inspect::parse(&text).map_err(|error| {
            Failure::usage(error, "give the whole URL in quotes: it contains & and ?")
        })?;
        let refusal = match &self.server_error {
            None => None,
            Some(file) => Some(ErrorBody::read(&read(file, session)?).map_err(|error| {
                Failure::usage(
                    error,
                    "give --server-error the XML body of S3's 403 response",
                )
            })?),
        };
        let signature = self.signature(&url, session);
        let method = self
            .method
            .as_deref()
            .or(signature.method)
            .or(refusal.as_ref().and_then(ErrorBody::method))
            .unwrap_or("GET");
        let unknown: Vec<String> = url
            .unknown_headers(&self.headers)
            .iter()
            .map(ToString::to_string)
            .collect();
        // For signed headers whose values are unknown here, use the values that S3 received.
        let mut headers = self.headers.clone();
        headers.extend(unknown.iter().map(|name| {
            let seen = refusal.as_ref().and_then(|refusal| refusal.header(name));
            (name.clone(), seen.unwrap_or_default().to_owned())
        }));
        let ours = url.canonical_request(method, &headers);
        let difference = refusal
            .as_ref()
            .map(|refusal| explain::explain(&ours, refusal, &unknown));
        let document =
            show::Document::new(&url, session.context.now(), &signature, difference.as_ref());
        match format {
            Format::Json => stdout::json(&document)?,
            _ => stdout::data(&document.text())?,
        }
        Ok(match signature.verdict {
            show::Verdict::Invalid => Exit::Failed,
            show::Verdict::Valid | show::Verdict::NotChecked(_) => Exit::Done,
        })
    }

    /// Checks the signature with each method, because a URL does not contain its method.
    fn signature(&self, url: &Inspected, session: &Session<'_>) -> show::Signature {
        let not_checked = |why: String| show::Signature {
            verdict: show::Verdict::NotChecked(why),
            method: None,
        };
        let Ok(found) = session.credentials() else {
            return not_checked("there are no credentials".to_owned());
        };
        if found.credentials.access_key_id != url.access_key_id {
            return not_checked("another access key signed the URL".to_owned());
        }
        let unknown = url.unknown_headers(&self.headers);
        if !unknown.is_empty() {
            return not_checked(format!(
                "add the signed headers with --header '{}: …'",
                unknown.join(": …' --header '")
            ));
        }
        let secret = found.credentials.secret_access_key.expose();
        let asked = self.method.as_deref();
        let holds = |method: &&&str| {
            asked.is_none_or(|asked| asked == **method)
                && url.is_signed_by(secret, method, &self.headers)
        };
        let method = METHODS.iter().find(holds).copied();
        show::Signature {
            verdict: match method {
                Some(_) => show::Verdict::Valid,
                None => show::Verdict::Invalid,
            },
            method,
        }
    }
}

fn read(file: &Path, session: &Session<'_>) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::usage(
            format!("{} cannot be read: {why}", file.display()),
            "name a file, or - for stdin",
        )
    };
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(LIMIT).read_to_end(&mut bytes);
        return read.map(|_| bytes).map_err(|error| unreadable(&error));
    }
    let bytes = session
        .context
        .read(file, LIMIT)
        .map_err(|error| unreadable(&error))?;
    bytes.ok_or_else(|| unreadable(&"there is no such file"))
}
