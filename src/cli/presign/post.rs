//! `presign post`: an upload form as fields, as a curl command or as a page.

use super::shell::{ShellArg, not_for_shell};
use super::validity::Validity;
use super::{Format, size};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Printer, post as show, stdout, upload_page};
use crate::values::quote;
use clap::Args;
use s3_presign::S3Uri;
use s3_presign::headers::{self, InvalidOption, Pair};
use s3_presign::post::fields::{self, InvalidField};
use s3_presign::post::{FILENAME, Form, Request};
use std::ffi::OsString;

const FORMATS: [Format; 4] = [Format::Text, Format::Json, Format::Curl, Format::Html];

#[derive(Debug, Args)]
#[command(mut_args(crate::cli::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket presign post s3://my-drop-box --key-prefix in/ \\
      --size-range 1..10485760 -o html >upload.html

Exit codes:
  0  created
  1  failed, such as for lack of credentials
  2  wrong usage")]
pub(in crate::cli) struct Post {
    /// Object, whose key may contain ${filename}; or only the bucket, with --key-prefix
    #[arg(value_name = "s3://BUCKET/KEY")]
    uri: OsString,
    #[command(flatten)]
    validity: Validity,
    /// Accept several files, each under this prefix and its own name
    #[arg(long, value_name = "PREFIX")]
    key_prefix: Option<String>,
    /// Smallest and largest size; you can omit either, as in 1.. or ..10MB
    #[arg(long, value_name = "MIN..MAX", value_parser = size::range)]
    size_range: Option<(u64, u64)>,
    /// Require this content type; a * at its end stands for any ending, as in image/*
    #[arg(long, value_name = "TYPE", value_parser = content_type)]
    content_type: Option<String>,
    /// Require this SHA-256 checksum, in base64
    #[arg(long, value_name = "BASE64", value_parser = super::checksum)]
    checksum_sha256: Option<String>,
    /// Encrypt with this KMS key
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
    /// Tag the object (may be repeated)
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = super::tag)]
    tags: Vec<Pair>,
    /// File name under which browsers save the object; may contain ${filename}
    #[arg(long, value_name = "NAME")]
    download_as: Option<String>,
    /// Add a form field, such as x-amz-meta-case=42 or Cache-Control=no-store (may be repeated)
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = field)]
    fields: Vec<Pair>,
    /// -o curl: shell that runs the command [default: sh; on Windows, powershell]
    #[arg(long, value_name = "SHELL", value_enum)]
    shell: Option<ShellArg>,
    /// Status code of S3's response to an upload
    #[arg(long, value_name = "CODE", value_parser = ["200", "201", "204"], conflicts_with = "success_redirect")]
    success_status: Option<String>,
    /// URL to which S3 redirects the browser after the upload
    #[arg(long, value_name = "URL")]
    success_redirect: Option<String>,
}

/// Parses the content type of a form. `*/*` becomes `*`, which is the prefix of every type.
pub(in crate::cli) fn content_type(text: &str) -> Result<String, &'static str> {
    let kind = if text == "*/*" { "*" } else { text };
    let (kind_and_star, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    if kind_and_star.contains(',') {
        return Err(
            "a form accepts one content type\ntip: write a common beginning, such as image/*, or create one form per type",
        );
    }
    if kind.trim_end_matches('*').contains('*') || kind.ends_with("**") || parameters.contains('*')
    {
        return Err(
            "a `*` is allowed only at the end\ntip: write the type as image/*, or */* for any type",
        );
    }
    if kind.contains('*') {
        return Ok(kind.to_owned());
    }
    super::content_type(kind)
}

fn field(text: &str) -> Result<Pair, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write the field as NAME=VALUE")?;
    let pair = (name.to_owned(), value.to_owned());
    fields::check(&pair).map_err(|error| match error {
        InvalidField::Reserved(_) => {
            format!(
                "{error}\ntip: name the key in s3://BUCKET/KEY; the program writes the signature"
            )
        }
        error => error.to_string(),
    })?;
    Ok(pair)
}

impl Post {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        let shell = ShellArg::resolve(self.shell, format)?;
        if format == Format::Html && self.success_redirect.is_some() {
            return Err(Failure::usage(
                "an upload page cannot follow a redirect, because the page stays open and shows the result of each file",
                "omit --success-redirect, or write your own page with the fields of -o json",
            ));
        }
        if format == Format::Html
            && let Some(status) = self.success_status.as_deref()
            && status != upload_page::SUCCESS_STATUS
        {
            return Err(Failure::usage(
                format!(
                    "an upload page cannot use the status {status}, because the page's plain form would show no result"
                ),
                "omit --success-status, because the page uses 201",
            ));
        }
        let uri = S3Uri::parse(self.uri.as_encoded_bytes())?;
        let key = self.key(&uri)?;
        let target = self.validity.target(&uri.bucket, session, printer)?;
        if let Some(provider) = target.endpoint.provider()
            && !provider.accepts_forms
        {
            printer.warning(&format!(
                "{} does not support upload forms (it answers 501 to them); use presign put",
                provider.name
            ));
        }
        let (exact, starts_with) = self.conditions(format)?;
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
        .map_err(|error| {
            Failure::usage(error, "write the smaller size first: --size-range MIN..MAX")
        })?;
        let document = show::Upload {
            form: &form,
            bucket: &target.bucket,
            key: &key,
            expires_at: target.expires_at,
            size_range: self.size_range,
            content_type: self.content_type.as_deref().filter(|kind| *kind != "*"),
        };
        match format {
            Format::Json => stdout::data(&document.json())?,
            Format::Curl => {
                let command = document.curl(shell, target.ca_bundle(session));
                stdout::data(&command.map_err(not_for_shell)?)?;
            }
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
            (None, key) if key.ends_with('/') => Err(Failure::usage(
                format!("the key `{key}` ends in a slash, so every upload would have the same key"),
                format!(
                    "write s3-secure-bucket presign post s3://{} --key-prefix {}",
                    uri.bucket,
                    quote(key)
                ),
            )),
            (None, key) => Ok(key.to_owned()),
        }
    }

    /// The form fields with a fixed value, and those with a fixed beginning.
    fn conditions(&self, format: Format) -> Result<(Vec<Pair>, Vec<Pair>), Failure> {
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
        let of_page = (format == Format::Html).then_some(upload_page::SUCCESS_STATUS);
        let status = self.success_status.as_deref().or(of_page);
        exact.extend(status.map(|status| pair("success_action_status", status)));
        let redirect = self.success_redirect.as_deref();
        exact.extend(redirect.map(|url| pair("success_action_redirect", url)));
        exact.extend(
            self.options().map_err(|error| {
                Failure::usage(error, "see s3-secure-bucket presign post --help")
            })?,
        );
        exact.extend(self.fields.iter().cloned());
        let names: Vec<&str> = (exact.iter().chain(&starts_with))
            .map(|(name, _)| name.as_str())
            .collect();
        if let Some(name) = super::repeated(&names, str::eq_ignore_ascii_case) {
            return Err(Failure::usage(
                format!("form field `{name}` is given twice"),
                "set the form field once, with its option or with --field",
            ));
        }
        Ok((exact, starts_with))
    }

    /// The fields of the options that say how S3 stores the object.
    fn options(&self) -> Result<Vec<Pair>, InvalidOption> {
        let mut all = Vec::new();
        if let Some(checksum) = &self.checksum_sha256 {
            all.push(headers::checksum_sha256(checksum)?);
        }
        let key = self.kms_key.as_deref().map(headers::kms_key);
        all.extend(key.into_iter().flatten());
        if !self.tags.is_empty() {
            all.push(fields::tagging(&self.tags)?);
        }
        all.extend(self.download_as.as_deref().map(fields::download_as));
        Ok(all)
    }
}
