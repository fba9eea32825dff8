//! `presign METHOD s3://BUCKET/KEY`

use super::session::Session;
use super::{Format, expiry};
use crate::failure::{Exit, Failure};
use crate::output::{Printer, presign as show};
use clap::{Args, ValueEnum};
use s3_secure_bucket::presign::timestamp;
use s3_secure_bucket::presign::{Expiry, Method, Presigner, Request, S3Uri};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use time::OffsetDateTime;

/// Make a presigned URL; nothing is sent
///
/// The URL works for anyone who has it, until it expires or the credentials that signed it do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket presign put s3://my-drop-box/in/report.pdf --expires-in 1h
  s3-secure-bucket presign get s3://my-drop-box/in/report.pdf")]
pub(super) struct Presign {
    /// What the URL is good for
    #[arg(value_name = "METHOD", value_enum)]
    method: MethodArg,
    /// The object; the key is taken byte for byte. With an empty key: the bucket itself
    #[arg(value_name = "s3://BUCKET/KEY")]
    uri: OsString,
    /// How long the URL lives: 1s to 7d
    #[arg(long, value_name = "D", default_value = "15m", value_parser = expiry)]
    expires_in: Expiry,
    /// When its life begins: 20130524T000000Z or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = timestamp::parse)]
    at: Option<OffsetDateTime>,
    /// Sign a header; whoever uses the URL must send it (may be given more than once)
    #[arg(long = "header", value_name = "'Name: value'", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Add a query parameter (may be given more than once)
    #[arg(long = "query", value_name = "'name=value'", value_parser = parameter)]
    query: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MethodArg {
    Get,
    Put,
    Head,
    Delete,
}

fn header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A name without `=` is a flag, like `uploads`.
#[allow(clippy::unnecessary_wraps)] // clap's form
fn parameter(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Ok((name.to_owned(), value.to_owned()))
}

impl Presign {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&[Format::Text, Format::Json])?;
        session.refuse_plain_http()?;
        let uri = S3Uri::parse(self.uri.as_bytes())?;
        let bucket = session.bucket_name(&uri.bucket)?;
        let endpoint = session.settled.endpoint.resolve(Some(bucket.as_str()))?;
        let credentials = session.credentials()?.credentials;
        let at = self.at.unwrap_or_else(|| session.context.now());
        let presigner = Presigner::new(&Request {
            method: match self.method {
                MethodArg::Get => Method::Get,
                MethodArg::Put => Method::Put,
                MethodArg::Head => Method::Head,
                MethodArg::Delete => Method::Delete,
            },
            endpoint: &endpoint,
            credentials: &credentials,
            at,
            expires_in: self.expires_in,
            headers: &self.headers,
            query: &self.query,
        })?;
        if uri.key.has_dot_segments() {
            printer
                .warning("curl and browsers rewrite `.` and `..` segments: use curl --path-as-is");
        }
        let url = show::Url {
            method: match self.method {
                MethodArg::Get => "GET",
                MethodArg::Put => "PUT",
                MethodArg::Head => "HEAD",
                MethodArg::Delete => "DELETE",
            },
            bucket: bucket.as_str(),
            key: &uri.key,
            url: presigner.url(uri.key.as_bytes()),
            expires_at: at + self.expires_in.duration(),
            headers: &self.headers,
        };
        if format == Format::Json {
            printer.data(&url.json())?;
            return Ok(Exit::Done);
        }
        printer.data(&url.text())?;
        for (name, value) in &self.headers {
            printer.talk(&format!(
                "Whoever uses the URL must send the header {name}: {value}\n"
            ));
        }
        Ok(Exit::Done)
    }
}
