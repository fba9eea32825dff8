//! `request s3://BUCKET/PREFIX/`

use super::Format;
use super::interrupt::wait_for_shutdown;
use super::presign::{form_content_type, range_of_any_size};
use super::session::{Session, block_on};
use crate::context;
use crate::controls::Settings;
use crate::exchange::OWN_PREFIX;
use crate::exchange::link::LinkId;
use crate::exchange::request::{
    self, ContentType, Event, Forms, LargeFile, LargeUpload, Link, Request,
};
use crate::failure::{Exit, Failure};
use crate::output::upload_page::parts::Parts;
use crate::output::upload_page::{self, InBucket};
use crate::output::{Printer, request as show, stdout};
use clap::Args;
use s3_presign::multipart::{LARGEST_PART, Plan};
use s3_presign::{AccountId, Expiry, S3Uri};
use std::ffi::OsString;

/// The longest prefix in bytes. S3 allows 1,024 bytes for a key, and the ID of the link, the folder of the
/// delivery and the name of the file follow the prefix.
const LONGEST_PREFIX: usize = 512;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  s3-secure-bucket request s3://my-drop-box/in/ --title 'Files for ACME' \\
      --note 'Please send the scans of July.' --size-range 1..100MB
  s3-secure-bucket request s3://my-drop-box/in/ --content-type application/pdf --content-type 'image/*'
  s3-secure-bucket request s3://my-drop-box/reports/ --key report.pdf --expires-in 1d -o json
  s3-secure-bucket request s3://my-drop-box/in/ --key disk.img --size-range 1..50GB

Exit codes:
  0  the link works, and stdout has it
  1  no link: the page could not be published, or customers could not use it
  2  wrong usage; nothing was sent")]
pub(super) struct RequestArgs {
    /// Prefix of the keys of all files that arrive; ends with /
    #[arg(value_name = "s3://BUCKET/PREFIX/")]
    uri: OsString,
    /// Title of the page [default: Upload files]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Text below the title, such as who asks for which files
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Smallest and largest size of a file; you can omit either, as in 1.. or ..10MB; more than 5GiB needs
    /// --key [default: 1..5GiB]
    #[arg(long, value_name = "MIN..MAX", value_parser = range_of_any_size)]
    size_range: Option<(u64, u64)>,
    /// Accept this content type; a * at its end stands for any ending, as in image/* (may be repeated)
    #[arg(long = "content-type", value_name = "TYPE", value_parser = form_content_type)]
    content_types: Vec<String>,
    /// Expect one file, and store it under this name
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Lifetime of the link, from 1s to 7d; the link never works longer than the credentials
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    expires_in: Expiry,
    /// ID of the account that must own the bucket
    #[arg(long, value_name = "ACCOUNT")]
    expected_owner: Option<AccountId>,
}

impl RequestArgs {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        if session.global.output == Format::Html {
            return Err(Failure::usage(
                "`request` publishes the page in the bucket and prints its link, so it has no output format html",
                "for a page as a file, use `presign post -o html`",
            ));
        }
        let format = session.global.format(&[Format::Text, Format::Json])?;
        session.refuse_plain_http()?;
        let uri = S3Uri::parse(self.uri.as_encoded_bytes())?;
        let prefix = prefix(&uri)?;
        self.check_name()?;
        self.check_title()?;
        let bucket = session.existing_bucket(&uri.bucket)?;
        session.check_addressable(&bucket)?;
        let size_range = self.size_range()?;
        let random = context::random().map_err(|error| Failure::new(error, None))?;
        let request = Request {
            settings: Settings::new(
                bucket.clone(),
                session.settled.endpoint.region.partition().id,
            ),
            prefix,
            link_id: LinkId::from_random(random),
            size_range,
            large: self.large(size_range)?,
            content_types: self
                .content_types
                .iter()
                .map(|kind| content_type(kind))
                .collect(),
            expires_in: self.expires_in,
        };
        let client = session.client(self.expected_owner.clone())?;
        let render = |forms: &Forms| {
            let page = InBucket {
                forms,
                title: self.title.as_deref(),
                note: self.note.as_deref(),
                size_range,
                content_types: &self.content_types,
                name: self.key.as_deref(),
                parts: forms.large.as_ref().map(parts),
            };
            upload_page::in_bucket(&page).into_bytes()
        };
        let stop = wait_for_shutdown(
            &session.context,
            printer,
            "removing the page; press Ctrl-C to leave the page in the bucket",
        );
        let uri = show::Target {
            bucket: bucket.as_str(),
            folder: request.link_id.folder(&request.prefix),
            is_large: request.large.is_some(),
        };
        let mut on_event = |event: Event| show::event(&event, &uri, printer);
        let mut print = |link: &Link| match format {
            Format::Json => stdout::line(&show::document(link, &request.link_id)),
            _ => stdout::all(&format!("{}\n", link.url)),
        };
        let run = request::run(&client, &request, &render, stop, &mut on_event, &mut print);
        block_on(run)??;
        Ok(Exit::Done)
    }

    /// The accepted sizes of a file. The range begins at 1 byte unless the caller allows empty
    /// files.
    fn size_range(&self) -> Result<(u64, u64), Failure> {
        let (min, max) = self.size_range.unwrap_or((1, 5 << 30));
        if min > max {
            return Err(Failure::usage(
                format!("the smallest size ({min} bytes) is above the largest size ({max} bytes)"),
                "write the smaller size first: --size-range MIN..MAX",
            ));
        }
        Ok((min, max))
    }

    /// The only expected file, if it may be larger than a form allows.
    fn large(&self, (_, max): (u64, u64)) -> Result<Option<LargeFile>, Failure> {
        if max <= LARGEST_PART {
            return Ok(None);
        }
        let Some(name) = self.key.clone() else {
            return Err(Failure::usage(
                "a page for several files accepts at most 5 GiB for each file",
                "expect one file with --key NAME: the page then sends the file in parts",
            ));
        };
        let plan = Plan::new(max, None).map_err(|error| {
            Failure::usage(error, "write a smaller size: --size-range MIN..MAX")
        })?;
        let random = context::random().map_err(|error| Failure::new(error, None))?;
        let content_type = match &self.content_types[..] {
            [kind] if !kind.ends_with('*') => kind.clone(),
            _ => request::UNKNOWN_TYPE.to_owned(),
        };
        Ok(Some(LargeFile {
            name,
            random: LinkId::from_random(random).to_string(),
            plan,
            content_type,
        }))
    }

    fn check_title(&self) -> Result<(), Failure> {
        let is_empty = |title: &String| title.trim().is_empty();
        if self.title.as_ref().is_some_and(is_empty) {
            return Err(Failure::usage(
                "the title is empty",
                "omit --title for the usual title, or write a text",
            ));
        }
        Ok(())
    }

    fn check_name(&self) -> Result<(), Failure> {
        let Some(name) = &self.key else {
            return Ok(());
        };
        let is_name = !["", ".", ".."].contains(&name.as_str())
            // The page gives a file another name if only upper case distinguishes it from the receipt.
            && !name.eq_ignore_ascii_case("receipt.json")
            && !name.contains(['/', '\\'])
            && !name.contains(char::is_control)
            // S3 replaces `${filename}` in the key of a form, so the file would have another name.
            && !name.contains("${")
            && name.len() <= 255;
        if is_name {
            return Ok(());
        }
        Err(Failure::usage(
            "--key is not the name of a file",
            "write a name without `/` and `${`, such as --key report.pdf; the folder of the delivery comes before it",
        ))
    }
}

fn parts(upload: &LargeUpload) -> Parts<'_> {
    Parts {
        key: &upload.key,
        upload_id: &upload.id,
        plan: &upload.plan,
        urls: &upload.urls,
    }
}

/// Returns the prefix of a URI. The prefix must end with `/`.
fn prefix(uri: &S3Uri) -> Result<String, Failure> {
    let example = format!("write s3://{}/in/", uri.bucket);
    let wrong = |situation: &str| Failure::usage(situation, example.clone());
    let prefix = std::str::from_utf8(uri.key.as_bytes())
        .map_err(|_| wrong("an upload form cannot contain a prefix that is not UTF-8"))?;
    if prefix.is_empty() {
        return Err(wrong(
            "the URI has no prefix, and files must not arrive at the root of the bucket",
        ));
    }
    if !prefix.ends_with('/') {
        return Err(Failure::usage(
            "the prefix does not end with `/`",
            format!("write s3://{}/{prefix}/", uri.bucket),
        ));
    }
    if prefix.starts_with(OWN_PREFIX) {
        return Err(wrong(&format!(
            "the prefix {OWN_PREFIX} is reserved for the program's own objects"
        )));
    }
    if prefix.contains(char::is_control) || prefix.contains("${") {
        return Err(wrong(
            "an upload form cannot contain a prefix with control characters or with `${`",
        ));
    }
    if prefix.split('/').any(|part| [".", ".."].contains(&part)) {
        return Err(wrong(
            "the prefix has a segment `.` or `..`, which browsers remove from download links",
        ));
    }
    if prefix.len() > LONGEST_PREFIX {
        return Err(wrong(&format!(
            "the prefix has {} bytes, and the longest prefix has {LONGEST_PREFIX}",
            prefix.len()
        )));
    }
    Ok(prefix.to_owned())
}

/// The content type of an option. A `*` at its end stands for any ending.
fn content_type(text: &str) -> ContentType {
    match text.strip_suffix('*') {
        Some(beginning) => ContentType::Beginning(beginning.to_owned()),
        None => ContentType::Exact(text.to_owned()),
    }
}
