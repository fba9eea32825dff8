//! `presign multipart`: begins an upload of any size, and prints the URLs of its requests.

use super::validity::Validity;
use super::{Format, size};
use crate::cli::session::{Session, block_on};
use crate::exchange::multipart::{self, Begun};
use crate::failure::{Exit, Failure};
use crate::output::upload_page::parts::{self as page, Parts};
use crate::output::{Printer, multipart as show, stdout, upload_script};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, ValueEnum};
use s3_presign::headers::{self, InvalidOption, Pair};
use s3_presign::multipart::{InvalidPlan, Plan, Upload};
use s3_presign::{AccountId, Request, S3Uri, timestamp};
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};

/// The formats of the command. The command has no default format, because an upload can have
/// thousands of URLs.
const FORMATS: [Format; 3] = [Format::Json, Format::Sh, Format::Html];

#[derive(Debug, Args)]
#[command(
    mut_args(only_formats),
    after_help = "\
Examples:
  s3-secure-bucket presign multipart s3://my-drop-box/in/disk.img \\
      --size 12GB --expires-in 12h -o sh >upload.sh
  s3-secure-bucket presign multipart s3://my-drop-box/in/disk.img \\
      --size 12884901888 --no-overwrite -o json
  s3-secure-bucket presign multipart s3://my-drop-box/in/disk.img --size 12GB -o html >page.html

Exit codes:
  0  the upload has begun, and its URLs were printed
  1  the upload could not be begun, or was aborted because its URLs could not be printed
  2  wrong usage; nothing was sent"
)]
pub(in crate::cli) struct Multipart {
    /// Object that the upload creates
    #[arg(value_name = "s3://BUCKET/KEY")]
    uri: OsString,
    /// Size of the file, in bytes or with a unit, as in 12GB or 12GiB
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    size: u64,
    /// Size of a part, a multiple of 1 MiB from 5MiB to 5GiB [default: 64MiB, or as much as 10,000 parts
    /// need]
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    part_size: Option<u64>,
    #[command(flatten)]
    validity: Validity,
    /// Print the URLs of this existing upload, and send nothing, so the owner of the bucket is not
    /// verified
    #[arg(long, value_name = "ID")]
    upload_id: Option<String>,
    /// Refuse to overwrite an existing object
    #[arg(long)]
    no_overwrite: bool,
    /// Content type of the object
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Encrypt with this KMS key
    #[arg(long, value_name = "ARN")]
    kms_key: Option<String>,
    /// Tag the object (may be repeated)
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = super::tag)]
    tags: Vec<Pair>,
    /// ID of the account that must own the bucket
    #[arg(long, value_name = "ACCOUNT")]
    expected_owner: Option<AccountId>,
}

impl Multipart {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.output;
        if !FORMATS.contains(&format) {
            return Err(Failure::usage(
                "presign multipart prints JSON, a script or a page, so the command needs -o",
                "use -o json for the URLs, -o sh for a script that uploads the file, or -o html for an upload page",
            ));
        }
        let uri = S3Uri::parse(self.uri.as_encoded_bytes())?;
        if uri.key.as_bytes().is_empty() {
            return Err(Failure::usage(
                "the URI has no key",
                "write s3://BUCKET/KEY: a multipart upload creates one object",
            ));
        }
        let describes =
            self.content_type.is_some() || self.kms_key.is_some() || !self.tags.is_empty();
        if self.upload_id.is_some() && describes {
            return Err(Failure::usage(
                "--content-type, --kms-key and --tag describe a new upload, and --upload-id names an upload that exists",
                "omit --upload-id, or omit the options that describe the object",
            ));
        }
        if self.upload_id.is_some() && self.expected_owner.is_some() {
            return Err(Failure::usage(
                "with --upload-id, the program sends nothing, so it cannot verify the owner that --expected-owner names",
                "omit --expected-owner, or omit --upload-id to begin a new upload",
            ));
        }
        if format == Format::Html {
            printer.info(
                "The page works only if the bucket has a CORS rule for the page's origin: bootstrap BUCKET --cors-origin ORIGIN, where ORIGIN is null for a page that is opened as a file.\n",
            );
        }
        let plan = Plan::new(self.size, self.part_size).map_err(|error| invalid_plan(&error))?;
        let headers = self.headers().map_err(|error| {
            Failure::usage(error, "see s3-secure-bucket presign multipart --help")
        })?;
        session.refuse_plain_http()?;
        let mut target = self.validity.target(&uri.bucket, session, printer)?;
        if self.no_overwrite && !target.endpoint.is_aws {
            printer.warning(
                "some servers, such as Ceph, ignore If-None-Match when they complete an upload, and then an existing object is overwritten",
            );
        }
        if let Some(id) = &self.upload_id {
            return self.print(id, &uri, &plan, &target, format);
        }
        let client = session.client(self.expected_owner.clone())?;
        let bucket = session.existing_bucket(&uri.bucket)?;
        let begun = multipart::begin(&client, bucket, uri.key.clone(), &headers);
        let mut begun = block_on(begun)??;
        if let Some(why) = &begun.unproven {
            printer.unproven_owner(&target.bucket, why);
        }
        let id = begun.upload.id.clone();
        if !self.validity.has_public_endpoint() {
            // S3 may have answered that the bucket is in a different region.
            target.endpoint = begun.endpoint().clone();
        }
        let outcome = self.print(&id, &uri, &plan, &target, format);
        if let Err(failure) = outcome {
            return Err(abort(&mut begun, failure));
        }
        Self::inform(&begun, &uri, &target, printer);
        Ok(Exit::Done)
    }

    /// The headers that describe the object.
    fn headers(&self) -> Result<Vec<Pair>, InvalidOption> {
        let mut all = Vec::new();
        let kind = self.content_type.clone();
        all.extend(kind.map(|kind| ("content-type".to_owned(), kind)));
        let key = self.kms_key.as_deref().map(headers::kms_key);
        all.extend(key.into_iter().flatten());
        if !self.tags.is_empty() {
            all.push(headers::tags(&self.tags)?);
        }
        Ok(all)
    }

    /// Prints the URLs of the upload with this ID.
    fn print(
        &self,
        id: &str,
        uri: &S3Uri,
        plan: &Plan,
        target: &super::Target,
        format: Format,
    ) -> Result<Exit, Failure> {
        let request = Request {
            expires_in: target.expires_in,
            ..Request::put(&target.endpoint, &target.credentials, target.at)
        };
        let upload = Upload::new(&request, &uri.key, id, *plan, self.no_overwrite)?;
        let mut output = BufWriter::new(stdout::lock());
        let written = match format {
            Format::Sh => {
                let script = upload_script::Script {
                    plan,
                    urls: &upload,
                    expires_at: timestamp::rfc3339(target.expires_at),
                };
                upload_script::write(script, &mut output)
            }
            Format::Html => {
                let parts = Parts {
                    key: &uri.key,
                    upload_id: id,
                    plan,
                    urls: &upload,
                };
                output.write_all(page::html(&parts, target.expires_at).as_bytes())
            }
            _ => {
                let document = show::Document {
                    bucket: &target.bucket,
                    key: &uri.key,
                    upload_id: id,
                    plan,
                    expires_at: target.expires_at,
                };
                show::write(&document, &upload, &mut output)
            }
        };
        written
            .and_then(|()| output.flush())
            .map_err(|error: io::Error| Failure {
                causes: vec![error.to_string()],
                ..Failure::new("cannot write to stdout", None)
            })?;
        Ok(Exit::Done)
    }

    /// Prints when the URLs end, and how to abort the upload.
    fn inform(begun: &Begun<'_>, uri: &S3Uri, target: &super::Target, printer: &Printer) {
        if let Some(abort_at) = begun.upload.abort_at
            && abort_at < target.expires_at
        {
            printer.warning(&format!(
                "a lifecycle rule of the bucket aborts unfinished uploads at {}, before the URLs end",
                timestamp::rfc3339(abort_at)
            ));
        }
        let id = &begun.upload.id;
        printer.info(&show::end_and_abort(
            &target.bucket,
            &uri.key,
            id,
            target.expires_at,
        ));
    }
}

/// Shows only the formats of this command in help and completions. The parser also accepts text, the
/// default of the option, so that an error can name the formats.
fn only_formats(arg: Arg) -> Arg {
    if arg.get_id() != "output" {
        return arg;
    }
    let shown = FORMATS.iter().filter_map(Format::to_possible_value);
    let names = shown.chain([PossibleValue::new("text").hide(true)]);
    let to_format = |name: String| Format::from_str(&name, false);
    arg.hide_default_value(true)
        .value_parser(PossibleValuesParser::new(names).try_map(to_format))
}

/// The hint for a size or a part size that S3 does not allow.
fn invalid_plan(error: &InvalidPlan) -> Failure {
    let hint = match error {
        InvalidPlan::Empty => "upload an empty file with presign put".to_owned(),
        InvalidPlan::TooManyParts { least, .. } => {
            format!(
                "use --part-size {}MiB or more, or omit --part-size",
                least >> 20
            )
        }
        InvalidPlan::PartSize(_) => "omit --part-size, or write it as 64MiB".to_owned(),
        _ => "divide the file, and upload each piece as an object".to_owned(),
    };
    Failure::usage(error, hint)
}

/// Aborts an upload whose URLs were not printed, so that nothing remains in the bucket.
fn abort(begun: &mut Begun<'_>, mut failure: Failure) -> Failure {
    let id = begun.upload.id.clone();
    match block_on(begun.abort()) {
        Ok(Ok(())) => failure.causes.push("the upload was aborted".to_owned()),
        Ok(Err(error)) => failure
            .causes
            .push(format!("the upload {id} still exists: {error}")),
        Err(_) => failure.causes.push(format!("the upload {id} still exists")),
    }
    failure
}
