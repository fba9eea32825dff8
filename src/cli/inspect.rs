//! `inspect URL`

use super::Format;
use super::presign::header;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{inspect as show, inspect_form as show_form, stdout};
use crate::s3::explain::{self, ErrorBody};
use clap::Args;
use s3_presign::headers::Pair;
use s3_presign::inspect::form::{self, InspectedForm};
use s3_presign::inspect::{self, Inspected, NotPresigned, OtherKind};
use std::io::Read;
use std::path::{Path, PathBuf};

const FORMATS: [Format; 2] = [Format::Text, Format::Json];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket inspect - <url.txt
  s3-secure-bucket inspect - --server-error refusal.xml <url.txt
  s3-secure-bucket inspect - <form.json

Exit codes:
  0  the URL or form is explained
  1  its signature is wrong
  2  wrong usage, or the text is no presigned URL")]
pub(super) struct Inspect {
    /// Presigned URL or form (JSON or HTML), or - to read it from stdin (the process list shows arguments)
    url: String,
    /// Method that the URL is used with [default: the method that the signature matches, or the
    /// one that S3 received]
    #[arg(long, value_name = "METHOD", value_parser = METHODS)]
    method: Option<String>,
    /// Signed header with its signed value, as 'Name: value' (may be repeated)
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<Pair>,
    /// Body of S3's answer, also as a browser shows it, from a file or stdin (-)
    #[arg(long, value_name = "FILE|-")]
    server_error: Option<PathBuf>,
}

/// The longest URL or error document in bytes; real ones are far shorter.
const LIMIT: u64 = 1 << 20;
const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "DELETE", "POST"];

impl Inspect {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        if self.url == "-" && self.server_error.as_deref() == Some(Path::new("-")) {
            return Err(Failure::usage(
                "the URL and S3's answer cannot both come from stdin",
                "write S3's answer to a file: inspect - --server-error FILE",
            ));
        }
        let text = match self.url.as_str() {
            "-" => String::from_utf8_lossy(&read(Path::new("-"), session)?).into_owned(),
            url => url.to_owned(),
        };
        let refusal = match &self.server_error {
            None => None,
            Some(file) => Some(ErrorBody::read(&read(file, session)?).map_err(|error| {
                Failure::usage(
                    error,
                    "give --server-error the XML body of S3's answer, which contains <Error>",
                )
            })?),
        };
        if is_form(&text) {
            let form = form::parse(&text).map_err(|error| {
                Failure::usage(
                    error,
                    "give the whole form, as `presign post -o json` prints it",
                )
            })?;
            return show_form(&form, refusal.as_ref(), format, session);
        }
        let url = inspect::parse(&text).map_err(|error| {
            let hint = hint(&error);
            Failure::usage(error, hint)
        })?;
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
        let difference = refusal.as_ref().map(|refusal| {
            let expired = session.context.now() >= url.expires_at();
            let mut found = explain::explain(&ours, refusal, &unknown, expired);
            if matches!(signature.verdict, show::Verdict::Invalid) {
                // S3 answers a wrong signature and a missing permission with different errors.
                found.cause = found.cause.under_a_wrong_signature(refusal);
            }
            found
        });
        let used = show::Use {
            method: self.method.as_deref(),
            headers: &self.headers,
        };
        let now = session.context.now();
        let document = show::Document::new(&url, now, &signature, &used, difference.as_ref());
        match format {
            Format::Json => stdout::json(&document)?,
            _ => stdout::data(&document.text())?,
        }
        Ok(match signature.verdict {
            show::Verdict::Invalid | show::Verdict::ValidWithoutTracking => Exit::Failed,
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
            return not_checked("a different access key signed the URL".to_owned());
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
        let is_valid_without_tracking = || {
            url.without_tracking().is_some_and(|url| {
                METHODS
                    .iter()
                    .any(|method| url.is_signed_by(secret, method, &self.headers))
            })
        };
        let verdict = if method.is_some() {
            show::Verdict::Valid
        } else if is_valid_without_tracking() {
            show::Verdict::ValidWithoutTracking
        } else {
            show::Verdict::Invalid
        };
        show::Signature { verdict, method }
    }
}

/// The hint for a text that is not a `SigV4` URL.
fn hint(error: &NotPresigned) -> &'static str {
    match error {
        NotPresigned::NotAUrl => {
            "give a URL that begins with https:// or http://, or read a file: inspect - <FILE"
        }
        NotPresigned::OtherKind(OtherKind::SigV2) => {
            "sign a SigV4 URL: s3-secure-bucket presign get s3://BUCKET/KEY"
        }
        NotPresigned::OtherKind(_) => {
            "inspect explains only SigV4 URLs of S3 and of compatible servers"
        }
        _ => "give the whole URL in quotes, because it contains & and ?",
    }
}

/// Whether a text contains a form, which has its policy as a field.
fn is_form(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("x-amz-signature")
        && lower.contains("policy")
        && (lower.contains("\"fields\"") || lower.contains("<form"))
}

fn show_form(
    form: &InspectedForm,
    refusal: Option<&ErrorBody>,
    format: Format,
    session: &Session<'_>,
) -> Result<Exit, Failure> {
    let verdict = match session.credentials() {
        Err(_) => show::Verdict::NotChecked("there are no credentials".to_owned()),
        Ok(found) if found.credentials.access_key_id != form.access_key_id => {
            show::Verdict::NotChecked("a different access key signed the form".to_owned())
        }
        Ok(found) if form.is_signed_by(found.credentials.secret_access_key.expose()) => {
            show::Verdict::Valid
        }
        Ok(_) => show::Verdict::Invalid,
    };
    let now = session.context.now();
    let expired = now >= form.expires_at;
    let cause = refusal.map(|refusal| {
        let cause = explain::explain("", refusal, &[], expired).cause;
        match verdict {
            show::Verdict::Invalid => cause.under_a_wrong_signature(refusal),
            _ => cause,
        }
    });
    let document = show_form::Document::new(form, now, &verdict, cause.as_ref());
    match format {
        Format::Json => stdout::json(&document)?,
        _ => stdout::data(&document.text())?,
    }
    Ok(match verdict {
        show::Verdict::Invalid => Exit::Failed,
        _ => Exit::Done,
    })
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
