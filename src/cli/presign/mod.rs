//! `presign METHOD s3://BUCKET/KEY`

mod check;
mod downloads;
mod key_list;
mod many;
mod multipart;
mod one;
mod post;
mod shell;
mod size;
mod validity;

pub(super) use multipart::Multipart;
pub(super) use post::Post;

use super::Format;
use super::mistakes::values::from_hex;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use clap::{Args, Subcommand};
use s3_presign::headers::{self, Pair};
use s3_presign::{Method, S3Uri};
use shell::ShellArg;
use std::ffi::OsString;
use std::path::PathBuf;
use validity::{Target, Validity};

pub(super) use post::content_type as form_content_type;
pub(super) use size::range_of_any_size;

/// The formats of PUT, HEAD and DELETE.
const FORMATS: [Format; 4] = [Format::Text, Format::Json, Format::Curl, Format::Env];

/// The formats of GET, whose page of downloads needs --keys-from.
const FORMATS_OF_GET: [Format; 5] = [
    Format::Text,
    Format::Json,
    Format::Curl,
    Format::Env,
    Format::Html,
];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket presign put s3://my-drop-box/in/report.pdf --no-overwrite
  s3-secure-bucket presign get s3://my-drop-box/in/report.pdf -o curl
  s3-secure-bucket presign get s3://my-drop-box/ --keys-from keys.txt >urls.txt
  s3-secure-bucket presign get s3://my-drop-box/ --keys-from keys.txt -o html --out page.html
  s3-secure-bucket presign post s3://my-drop-box --key-prefix in/ \\
      --size-range 1..10485760 -o html >upload.html

Exit codes:
  0  created
  1  failed, such as for lack of credentials
  2  wrong usage")]
pub(super) struct Presign {
    #[command(subcommand)]
    method: MethodArgs,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum MethodArgs {
    /// Create a URL that downloads an object or, with an empty key, lists the bucket
    #[command(after_help = "\
Examples:
  s3-secure-bucket presign get s3://my-drop-box/out/offer.pdf \\
      --download-as 'Offer.pdf' --expires-in 7d

Exit codes:
  0  created
  1  failed, such as for lack of credentials
  2  wrong usage")]
    Get(Get),
    /// Create a URL that uploads an object
    #[command(after_help = "\
Examples:
  s3-secure-bucket presign put s3://my-drop-box/in/photo.jpg \\
      --content-type image/jpeg --no-overwrite -o curl

Exit codes:
  0  created
  1  failed, such as for lack of credentials
  2  wrong usage")]
    Put(Upload),
    /// Create a URL that reads an object's size and headers
    #[command(after_help = "\
Examples:
  s3-secure-bucket presign head s3://my-drop-box/in/report.pdf -o curl

Exit codes:
  0  created
  1  failed, such as for lack of credentials
  2  wrong usage")]
    Head(Download),
    /// Create a URL that deletes an object
    #[command(after_help = "\
Examples:
  s3-secure-bucket presign delete s3://my-drop-box/in/old.pdf --expires-in 5m

Exit codes:
  0  created
  1  failed, such as for lack of credentials
  2  wrong usage")]
    Delete(Plain),
    /// Create an upload form, which can limit size, content type and key prefix
    Post(Post),
    /// Begin an upload of any size, and create the URLs of its parts
    ///
    /// One request begins the upload; everything after it needs only the URLs. A single PUT or form ends at
    /// 5 GiB.
    Multipart(Multipart),
}

// The options of every method but POST.
#[derive(Debug, Args)]
struct Common {
    /// Object; its key is used byte for byte, and an empty key means the bucket itself
    #[arg(value_name = "s3://BUCKET/KEY")]
    uri: OsString,
    #[command(flatten)]
    validity: Validity,
    /// Sign a header, given as 'Name: value'; the client must send it (may be repeated)
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<Pair>,
    /// Add a query parameter, given as 'name=value' (may be repeated)
    #[arg(long = "query", value_name = "PARAMETER", value_parser = parameter)]
    query: Vec<Pair>,
    /// -o curl: shell that runs the command [default: sh; on Windows, powershell]
    #[arg(long, value_name = "SHELL", value_enum)]
    shell: Option<ShellArg>,
    /// Show the canonical request and the string to sign on stderr
    #[arg(long)]
    explain: bool,
    /// Read keys from a file or stdin (-), one per line, and append each to the key of the URI
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["explain", "shell"])]
    keys_from: Option<PathBuf>,
    /// Separate keys by NUL instead of newline
    #[arg(short = '0', long, requires = "keys_from")]
    null: bool,
    /// Number of threads that sign
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = jobs, requires = "keys_from")]
    jobs: usize,
}

#[derive(Debug, Args)]
struct Plain {
    #[command(flatten)]
    common: Common,
    /// Version ID of the object
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
}

// The page of downloads is a format of GET only.
#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS_OF_GET)))]
struct Get {
    #[command(flatten)]
    download: Download,
}

#[derive(Debug, Args)]
pub(super) struct Download {
    #[command(flatten)]
    plain: Plain,
    /// File name under which browsers save the object
    #[arg(long, value_name = "NAME")]
    download_as: Option<String>,
    /// Content type of S3's response
    #[arg(long, value_name = "TYPE", value_parser = content_type)]
    response_content_type: Option<String>,
    /// get -o html: write the page to this file, which only you can read
    #[arg(long, value_name = "FILE", requires = "keys_from")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Upload {
    #[command(flatten)]
    common: Common,
    /// Require this Content-Type
    #[arg(long, value_name = "TYPE", value_parser = content_type)]
    content_type: Option<String>,
    /// Require exactly this size, in bytes or with a unit, as in 10MB or 10MiB
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    size: Option<u64>,
    /// Require this SHA-256 checksum, in base64
    #[arg(long, value_name = "BASE64", value_parser = checksum)]
    checksum_sha256: Option<String>,
    /// Refuse to overwrite an existing object
    #[arg(long)]
    no_overwrite: bool,
    /// Encrypt with this KMS key
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
    /// Tag the object (may be repeated)
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<Pair>,
}

/// Checks that a content type has two parts. A `*` at the end stands for any ending in a form.
fn content_type(text: &str) -> Result<String, &'static str> {
    match text.split_once('/') {
        Some((kind, format)) if !kind.is_empty() && !format.is_empty() => Ok(text.to_owned()),
        _ => Err("a content type has two parts, such as application/pdf"),
    }
}

/// Rejects a checksum in hexadecimal, which other programs print. S3 takes base64 only.
fn checksum(text: &str) -> Result<String, &'static str> {
    match from_hex(text) {
        Some(_) => Err("this checksum is in hexadecimal"),
        None => Ok(text.to_owned()),
    }
}

pub(super) fn header(text: &str) -> Result<Pair, &'static str> {
    let (name, value) = text
        .split_once(':')
        .ok_or("write the header as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Parses `name=value`. A name without `=`, such as `uploads`, gets an empty value.
fn parameter(text: &str) -> Result<Pair, &'static str> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    if name.is_empty() {
        return Err("the parameter has no name; write the parameter as 'name=value'");
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn tag(text: &str) -> Result<Pair, &'static str> {
    let (key, value) = text.split_once('=').ok_or("write the tag as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn jobs(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err("use a number from 1 to 256"),
    }
}

/// The first name that equals an earlier one.
fn repeated<'a>(names: &[&'a str], equal: impl Fn(&str, &str) -> bool) -> Option<&'a str> {
    let is_repeated =
        |index: usize, name: &str| names[..index].iter().any(|other| equal(other, name));
    (names.iter().enumerate())
        .find(|(index, name)| is_repeated(*index, name))
        .map(|(_, name)| *name)
}

impl Presign {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        match &self.method {
            MethodArgs::Post(post) => return post.run(session, printer),
            MethodArgs::Multipart(multipart) => return multipart.run(session, printer),
            _ => {}
        }
        let (method, common) = match &self.method {
            MethodArgs::Get(Get { download }) => (Method::Get, &download.plain.common),
            MethodArgs::Head(download) => (Method::Head, &download.plain.common),
            MethodArgs::Delete(plain) => (Method::Delete, &plain.common),
            MethodArgs::Put(upload) => (Method::Put, &upload.common),
            MethodArgs::Post(_) | MethodArgs::Multipart(_) => {
                unreachable!("these methods have returned above")
            }
        };
        let uri = S3Uri::parse(common.uri.as_encoded_bytes())?;
        let query = self.query(common)?;
        if common.keys_from.is_none() {
            check::key(method, &uri.key, &query)?;
        }
        check::query(method, &query)?;
        if let Some(warning) = check::misplaced_version(method, &uri.key) {
            printer.warning(warning);
        }
        let target = common.validity.target(&uri.bucket, session, printer)?;
        let headers = self.headers(common)?;
        if method == Method::Put && target.endpoint.is_aws {
            size::check_on_aws(&headers)?;
        }
        let job = Job {
            method,
            uri,
            target,
            headers,
            query,
        };
        let out = match &self.method {
            MethodArgs::Get(Get { download }) | MethodArgs::Head(download) => {
                download.out.as_deref()
            }
            _ => None,
        };
        match &common.keys_from {
            Some(file) => many::run(&job, common, file, out, session, printer),
            None => one::run(&job, common, session, printer),
        }
    }

    fn headers(&self, common: &Common) -> Result<Vec<Pair>, Failure> {
        let mut all = common.headers.clone();
        if let MethodArgs::Put(upload) = &self.method {
            all.extend(upload.headers().map_err(|error| {
                Failure::usage(error, "see s3-secure-bucket presign put --help")
            })?);
        }
        // Two headers with the same name would be signed as `a,b`, but no client sends the headers
        // in this form.
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(name) = repeated(&names, str::eq_ignore_ascii_case) {
            return Err(Failure::usage(
                format!("header `{name}` is given twice"),
                "set the header once, with its option or with --header",
            ));
        }
        Ok(all)
    }

    fn query(&self, common: &Common) -> Result<Vec<Pair>, Failure> {
        let mut all = common.query.clone();
        let version = |plain: &Plain| {
            let id = plain.version_id.clone();
            id.map(|id| ("versionId".to_owned(), id))
        };
        match &self.method {
            MethodArgs::Get(Get { download }) | MethodArgs::Head(download) => {
                all.extend(version(&download.plain));
                all.extend(download.download_as.as_deref().map(headers::download_as));
                let kind = download.response_content_type.clone();
                all.extend(kind.map(|kind| ("response-content-type".to_owned(), kind)));
            }
            MethodArgs::Delete(plain) => all.extend(version(plain)),
            MethodArgs::Put(_) | MethodArgs::Post(_) | MethodArgs::Multipart(_) => {}
        }
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        if let Some(name) = repeated(&names, |one, other| one == other) {
            return Err(Failure::usage(
                format!("query parameter `{name}` is given twice"),
                "set the parameter once, with its option or with --query",
            ));
        }
        Ok(all)
    }
}

impl Upload {
    fn headers(&self) -> Result<Vec<Pair>, headers::InvalidOption> {
        let mut all = Vec::new();
        let kind = self.content_type.clone();
        all.extend(kind.map(|kind| ("Content-Type".to_owned(), kind)));
        all.extend(self.size.map(headers::size));
        if let Some(checksum) = &self.checksum_sha256 {
            all.push(headers::checksum_sha256(checksum)?);
        }
        all.extend(self.no_overwrite.then(headers::no_overwrite));
        all.extend(
            self.kms_key
                .as_deref()
                .map(headers::kms_key)
                .into_iter()
                .flatten(),
        );
        if !self.tags.is_empty() {
            all.push(headers::tags(&self.tags)?);
        }
        Ok(all)
    }
}

/// The values that all URLs of a command share.
struct Job {
    method: Method,
    uri: S3Uri,
    target: Target,
    headers: Vec<Pair>,
    query: Vec<Pair>,
}
