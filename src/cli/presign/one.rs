//! `presign` without `--keys-from`: one URL.

use super::shell::{ShellArg, not_for_shell};
use super::{Common, Format, Job};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Printer, presign as show, stdout};
use s3_presign::{Presigner, Request};

pub(super) fn run(
    job: &Job,
    common: &Common,
    session: &Session<'_>,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let format = session.global.format(&super::FORMATS)?;
    let shell = ShellArg::resolve(common.shell, format)?;
    let presigner = Presigner::new(&job.request())?;
    let key = &job.uri.key;
    if key.has_dot_segments() {
        printer.warning(show::DOT_SEGMENTS);
    }
    if key.as_bytes().starts_with(b"/") || key.as_bytes().windows(2).any(|two| two == b"//") {
        printer.warning(
            "the path contains `//`; clients and proxies that merge `//` into one `/` break the signature",
        );
    }
    if common.explain {
        printer.info(&show::explain(&presigner, key, &job.target.credentials));
    }
    let url = show::Url {
        method: job.method.as_str(),
        key,
        url: presigner.url(key),
        headers: &job.headers,
    };
    if url.url.len() > show::LONGEST_IN_MAIL {
        printer.warning(&show::too_long_for_mail(url.url.len()));
    }
    match format {
        Format::Json => stdout::data(&url.json(&job.lines()))?,
        Format::Curl => {
            let command = url.curl(shell, job.target.ca_bundle(session));
            stdout::data(&command.map_err(not_for_shell)?)?;
        }
        Format::Env => stdout::data(&url.env())?,
        _ => {
            stdout::data(&url.text())?;
        }
    }
    if matches!(format, Format::Text | Format::Env) {
        printer.info(&show::headers_to_send(&job.headers));
    }
    Ok(Exit::Done)
}

impl Job {
    pub(super) fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            endpoint: &self.target.endpoint,
            credentials: &self.target.credentials,
            at: self.target.at,
            expires_in: self.target.expires_in,
            headers: &self.headers,
            query: &self.query,
        }
    }

    pub(super) fn lines(&self) -> show::Lines {
        show::Lines::new(
            self.method.as_str(),
            &self.target.bucket,
            self.target.expires_at,
            &self.headers,
        )
    }
}
