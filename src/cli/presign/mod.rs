//! `presign METHOD s3://BUCKET/KEY`

mod many;
mod one;
mod post;

use super::lazy::subcommands;
use super::session::Session;
use super::straight::leaf;
use super::{Format, Global, expiry};
use crate::failure::{Exit, Failure};
use crate::output::Printer;
use clap::{Args, ValueEnum};
use s3_secure_bucket::presign::endpoint::{Endpoint, EndpointUrl};
use s3_secure_bucket::presign::headers::{self, Pair};
use s3_secure_bucket::presign::{Credentials, Expiry, Method, S3Uri, duration, timestamp};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;

/// Make presigned URLs; nothing is sent
///
/// A URL works for anyone who has it, until it expires or the credentials that signed it do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket presign put s3://my-drop-box/in/report.pdf --expires-in 1h --no-overwrite
  s3-secure-bucket presign get s3://my-drop-box/in/report.pdf --download-as report.pdf -o curl
  s3-secure-bucket presign get s3://my-drop-box/in/ --keys-from keys.txt >urls.txt
  s3-secure-bucket presign post s3://my-drop-box --key-prefix in/ --size-range 1..10485760 -o html >upload.html")]
pub(super) struct Presign {
    #[command(subcommand)]
    what: What,
}

subcommands!(What {
    Get(Download) = "get", "Download an object (or, with an empty key, list the bucket)";
    Put(Upload) = "put", "Upload an object";
    Head(Download) = "head", "Ask for an object's size and headers";
    Delete(Plain) = "delete", "Delete an object";
    Post(post::Post) = "post", "Upload by a form: a range of sizes, a key prefix, a page for people without tools";
});

/// What every method takes.
#[derive(Debug, Args)]
struct Common {
    /// The object; the key is taken byte for byte. With an empty key: the bucket itself
    #[arg(value_name = "s3://BUCKET/KEY")]
    uri: OsString,
    #[command(flatten)]
    life: Life,
    /// Sign a header, written 'Name: value'; whoever uses the URL must send it (may be given more than once)
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<Pair>,
    /// Add a query parameter, written 'name=value' (may be given more than once)
    #[arg(long = "query", value_name = "PARAMETER", value_parser = parameter)]
    query: Vec<Pair>,
    /// Show canonical request and string to sign on stderr
    #[arg(long)]
    explain: bool,
    /// Read keys from a file or stdin (-), one a line, and append each to that of the URI
    #[arg(long, value_name = "FILE|-", conflicts_with = "explain")]
    keys_from: Option<PathBuf>,
    /// Keys are separated by NUL in place of newlines
    #[arg(short = '0', long, requires = "keys_from")]
    null: bool,
    /// How many threads sign
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = jobs, requires = "keys_from")]
    jobs: usize,
}

/// When, how long, and for which host.
#[derive(Debug, Args)]
struct Life {
    /// How long it lives: 1s to 7d
    #[arg(long, value_name = "D", default_value = "15m", value_parser = expiry)]
    expires_in: Expiry,
    /// When its life begins: 20130524T000000Z or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = timestamp::parse)]
    at: Option<OffsetDateTime>,
    /// The host put into the URL, where customers reach the server by another name than we do
    #[arg(long, value_name = "URL")]
    public_endpoint: Option<String>,
    /// What to do if the credentials end before the URL would
    #[arg(long, value_name = "WHAT", default_value = "warn", value_enum)]
    on_short_credentials: Short,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Short {
    /// Make it all the same, and say so
    Warn,
    /// Make it as short as they are
    Clamp,
    /// Make none
    Fail,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  s3-secure-bucket presign delete s3://my-drop-box/in/old.pdf --expires-in 5m"
)]
struct Plain {
    #[command(flatten)]
    common: Common,
    /// A certain version of the object
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  s3-secure-bucket presign get s3://my-drop-box/out/offer.pdf --download-as 'Offer.pdf' --expires-in 7d"
)]
struct Download {
    #[command(flatten)]
    plain: Plain,
    /// Browsers save it under this name
    #[arg(long, value_name = "NAME")]
    download_as: Option<String>,
    /// S3 answers with this content type
    #[arg(long, value_name = "TYPE")]
    response_content_type: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  s3-secure-bucket presign put s3://my-drop-box/in/photo.jpg --content-type image/jpeg --no-overwrite -o curl"
)]
struct Upload {
    #[command(flatten)]
    common: Common,
    /// It must be sent with this content type
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// It must have exactly this many bytes
    #[arg(long, value_name = "BYTES")]
    size: Option<u64>,
    /// It must have this SHA-256, in base64
    #[arg(long, value_name = "B64")]
    checksum_sha256: Option<String>,
    /// It must not overwrite anything
    #[arg(long)]
    no_overwrite: bool,
    /// It is encrypted with this KMS key
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
    /// It gets this tag (may be given more than once)
    #[arg(long = "tag", value_name = "K=V", value_parser = tag)]
    tags: Vec<Pair>,
}

pub(super) fn header(text: &str) -> Result<Pair, &'static str> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A name without `=` is a flag, like `uploads`.
fn parameter(text: &str) -> Result<Pair, &'static str> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    if name.is_empty() {
        return Err("it has no name; write it as 'name=value'");
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn tag(text: &str) -> Result<Pair, &'static str> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn jobs(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err("it is a number from 1 to 256"),
    }
}

impl Presign {
    /// One URL's method and the words after it, without what the other commands would take.
    pub(super) fn straight(method: &OsStr, words: &[OsString]) -> Option<(Global, Self)> {
        let (global, what) = match method.to_str()? {
            "get" => leaf(words).map(|(global, given)| (global, What::Get(given))),
            "put" => leaf(words).map(|(global, given)| (global, What::Put(given))),
            "head" => leaf(words).map(|(global, given)| (global, What::Head(given))),
            "delete" => leaf(words).map(|(global, given)| (global, What::Delete(given))),
            _ => None,
        }?;
        Some((global, Presign { what }))
    }

    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        if let What::Post(post) = &self.what {
            return post.run(session, printer);
        }
        let (method, common) = match &self.what {
            What::Get(download) => (Method::Get, &download.plain.common),
            What::Head(download) => (Method::Head, &download.plain.common),
            What::Delete(plain) => (Method::Delete, &plain.common),
            What::Put(upload) => (Method::Put, &upload.common),
            What::Post(_) => unreachable!("taken above"),
        };
        let uri = S3Uri::parse(common.uri.as_bytes())?;
        // With the slash it is meant: an empty key is the bucket itself.
        let key_forgotten = common.uri.as_bytes().split(|&byte| byte == b'/').count() < 4;
        if matches!(method, Method::Put | Method::Delete) && key_forgotten {
            return Err(Failure::usage(
                "the URI names no object: such a URL would make or delete the bucket itself",
                "write s3://BUCKET/KEY; if the bucket is meant, s3://BUCKET/",
            ));
        }
        let target = common.life.target(&uri.bucket, session, printer)?;
        let job = Job {
            method,
            uri,
            target,
            headers: self.headers(common)?,
            query: self.query(common),
        };
        match &common.keys_from {
            Some(file) => many::run(&job, common, file, session, printer),
            None => one::run(&job, common, session, printer),
        }
    }

    fn headers(&self, common: &Common) -> Result<Vec<Pair>, Failure> {
        let mut all = common.headers.clone();
        if let What::Put(upload) = &self.what {
            all.extend(upload.headers().map_err(|error| {
                Failure::usage(error, "see s3-secure-bucket presign put --help")
            })?);
        }
        // One of two would be signed as `a,b`, which no client sends.
        for (index, (name, _)) in all.iter().enumerate() {
            if all[..index]
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name))
            {
                return Err(Failure::usage(
                    format!("header `{name}` is given twice"),
                    "give it once, by its own option or by --header",
                ));
            }
        }
        Ok(all)
    }

    fn query(&self, common: &Common) -> Vec<Pair> {
        let mut all = common.query.clone();
        let version = |plain: &Plain| {
            let id = plain.version_id.clone();
            id.map(|id| ("versionId".to_owned(), id))
        };
        match &self.what {
            What::Get(download) | What::Head(download) => {
                all.extend(version(&download.plain));
                all.extend(download.download_as.as_deref().map(headers::download_as));
                let kind = download.response_content_type.clone();
                all.extend(kind.map(|kind| ("response-content-type".to_owned(), kind)));
            }
            What::Delete(plain) => all.extend(version(plain)),
            What::Put(_) | What::Post(_) => {}
        }
        all
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

/// What is the same for every URL of a command.
struct Job {
    method: Method,
    uri: S3Uri,
    target: Target,
    headers: Vec<Pair>,
    query: Vec<Pair>,
}

/// Where to, by whom, from when until when.
struct Target {
    bucket: String,
    endpoint: Endpoint,
    credentials: Credentials,
    at: OffsetDateTime,
    expires_in: Expiry,
    /// The end of the URL or of the credentials, whichever is sooner.
    expires_at: OffsetDateTime,
}

impl Life {
    /// Settles all of it, and refuses what cannot be.
    fn target(
        &self,
        bucket: &str,
        session: &Session<'_>,
        printer: &Printer,
    ) -> Result<Target, Failure> {
        let mut settled = session.settled.clone();
        if let Some(url) = &self.public_endpoint {
            let url = EndpointUrl::parse(url).map_err(|error| {
                Failure::usage(
                    error,
                    "write it as https://HOST[:PORT], such as https://files.example.com",
                )
            })?;
            settled.endpoint.endpoint = Some(url);
            settled.endpoint_source = Some("--public-endpoint".to_owned());
        }
        if !session.global.allow_http {
            settled.refuse_plain_http()?;
        }
        let bucket = session.bucket_name(bucket)?;
        let endpoint = settled.endpoint.resolve(Some(bucket.as_str()))?;
        let credentials = session.credentials()?.credentials;
        let at = self.at.unwrap_or_else(|| session.context.now());
        let (expires_in, expires_at) =
            self.end(at, session.context.now(), credentials.expires_at, printer)?;
        Ok(Target {
            bucket: bucket.to_string(),
            endpoint,
            credentials,
            at,
            expires_in,
            expires_at,
        })
    }

    fn end(
        &self,
        at: OffsetDateTime,
        now: OffsetDateTime,
        credentials_end: Option<OffsetDateTime>,
        printer: &Printer,
    ) -> Result<(Expiry, OffsetDateTime), Failure> {
        let wanted = at + self.expires_in.duration();
        let Some(end) = credentials_end.filter(|end| *end < wanted) else {
            return Ok((self.expires_in, wanted));
        };
        if end <= now {
            return Err(Failure {
                exit: Exit::Failed,
                situation: "the credentials have ended: a URL signed by them would not work"
                    .to_owned(),
                causes: vec![format!("they ended at {}", timestamp::rfc3339(end))],
                hint: Some("fetch new ones".to_owned()),
            });
        }
        let left = Duration::try_from(end - at).unwrap_or_default();
        let clamped = Expiry::from_duration(left);
        let works_for = Duration::try_from(end - at.max(now)).unwrap_or_default();
        let short = || {
            format!(
                "the credentials end at {}, before the URL would",
                timestamp::rfc3339(end)
            )
        };
        let hint = "use longer-lived credentials, or --on-short-credentials clamp";
        match (self.on_short_credentials, clamped) {
            (_, None) => Err(Failure {
                exit: Exit::Failed,
                situation: "the credentials end before the URL's life begins".to_owned(),
                causes: vec![format!("they end at {}", timestamp::rfc3339(end))],
                hint: Some("use longer-lived credentials, or an earlier --at".to_owned()),
            }),
            (Short::Fail, _) => Err(Failure {
                exit: Exit::Failed,
                situation: short(),
                causes: Vec::new(),
                hint: Some(hint.to_owned()),
            }),
            (Short::Clamp, Some(clamped)) => Ok((clamped, at + clamped.duration())),
            (Short::Warn, Some(_)) => {
                let left = duration::display(works_for);
                printer.warning(&format!("{}: it works for {left}", short()));
                Ok((self.expires_in, end))
            }
        }
    }
}
