//! `presign post`: an upload form as fields, as a curl command or as a page.

use super::Format;
use super::validity::Validity;
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Printer, post as show, stdout, upload_page};
use clap::Args;
use s3_presign::S3Uri;
use s3_presign::headers::Pair;
use s3_presign::post::{FILENAME, Form, Request};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  s3-secure-bucket presign post s3://my-drop-box --key-prefix in/ \\\n      --size-range 1..10485760 -o html >upload.html"
)]
pub(super) struct Post {
    /// Object, whose key may contain ${filename}; or only the bucket, with --key-prefix
    #[arg(value_name = "s3://BUCKET/KEY")]
    uri: OsString,
    #[command(flatten)]
    validity: Validity,
    /// Accept several files, each under this prefix and its own name
    #[arg(long, value_name = "PREFIX")]
    key_prefix: Option<String>,
    /// Smallest and largest size in bytes; you can omit either, as in 1.. or ..5000
    #[arg(long, value_name = "MIN..MAX", value_parser = size_range)]
    size_range: Option<(u64, u64)>,
    /// Require this content type; a * at its end stands for any ending, as in image/*
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Status code of S3's response to an upload
    #[arg(long, value_name = "CODE", value_parser = ["200", "201", "204"], conflicts_with = "success_redirect")]
    success_status: Option<String>,
    /// URL to which S3 redirects the browser after the upload
    #[arg(long, value_name = "URL")]
    success_redirect: Option<String>,
}

/// The largest object that one upload can create, in bytes.
const LARGEST: u64 = 5 << 30;

fn size_range(text: &str) -> Result<(u64, u64), &'static str> {
    const FORM: &str = "write it as MIN..MAX, in bytes: 1..10485760";
    let (min, max) = text.split_once("..").ok_or(FORM)?;
    let bound = |text: &str, default| {
        if text.is_empty() {
            Ok(default)
        } else {
            text.parse().map_err(|_| FORM)
        }
    };
    let (min, max) = (bound(min, 0)?, bound(max, LARGEST)?);
    if max > LARGEST {
        return Err("the largest size of one upload is 5 GiB (5368709120 bytes)");
    }
    Ok((min, max))
}

impl Post {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format =
            session
                .global
                .format(&[Format::Text, Format::Json, Format::Curl, Format::Html])?;
        if format == Format::Html && self.success_redirect.is_some() {
            return Err(Failure::usage(
                "an upload page cannot follow a redirect: it stays open and shows the result of each file",
                "omit --success-redirect, or write your own page with the fields of -o json",
            ));
        }
        let uri = S3Uri::parse(self.uri.as_bytes())?;
        let key = self.key(&uri)?;
        let target = self.validity.target(&uri.bucket, session, printer)?;
        let (exact, starts_with) = self.conditions();
        let form = Form::new(&Request {
            endpoint: &target.endpoint,
            bucket: &target.bucket,
            key: &key,
            credentials: &target.credentials,
            at: target.at,
            expires_in: target.expires_in,
            size_range: self.size_range,
            exact: &exact,
            starts_with: &starts_with,
        })
        .map_err(|error| Failure::usage(error, "write it as --size-range MIN..MAX, in bytes"))?;
        let document = show::Upload {
            form: &form,
            bucket: &target.bucket,
            key: &key,
            expires_at: target.expires_at,
            size_range: self.size_range,
            content_type: self.content_type.as_deref(),
        };
        match format {
            Format::Json => stdout::data(&document.json())?,
            Format::Curl => stdout::data(&document.curl(session.settled.ca_bundle.as_deref()))?,
            Format::Html => stdout::data(&upload_page::html(&document))?,
            _ => stdout::data(&document.text())?,
        }
        Ok(Exit::Done)
    }

    fn key(&self, uri: &S3Uri) -> Result<String, Failure> {
        let key = std::str::from_utf8(uri.key.as_bytes()).map_err(|_| {
            Failure::usage(
                "a form cannot carry a key that is not UTF-8",
                "use presign put",
            )
        })?;
        match (&self.key_prefix, key) {
            (Some(prefix), "") => Ok(format!("{prefix}{FILENAME}")),
            (Some(_), _) => Err(Failure::usage(
                "the URI has a key, and --key-prefix is given too",
                "use one of the two: s3://BUCKET/KEY, or s3://BUCKET --key-prefix PREFIX",
            )),
            (None, "") => Err(Failure::usage(
                "the URI has no key",
                "write s3://BUCKET/KEY, or s3://BUCKET --key-prefix PREFIX for any file name under PREFIX",
            )),
            (None, key) => Ok(key.to_owned()),
        }
    }

    /// The form fields with a fixed value, and those with a fixed beginning.
    fn conditions(&self) -> (Vec<Pair>, Vec<Pair>) {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (mut exact, mut starts_with) = (Vec::new(), Vec::new());
        match self
            .content_type
            .as_deref()
            .map(|kind| (kind, kind.strip_suffix('*')))
        {
            Some((_, Some(beginning))) => starts_with.push(pair("Content-Type", beginning)),
            Some((kind, None)) => exact.push(pair("Content-Type", kind)),
            None => {}
        }
        let status = self.success_status.as_deref();
        exact.extend(status.map(|status| pair("success_action_status", status)));
        let redirect = self.success_redirect.as_deref();
        exact.extend(redirect.map(|url| pair("success_action_redirect", url)));
        (exact, starts_with)
    }
}
