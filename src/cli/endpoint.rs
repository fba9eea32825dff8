//! `endpoint [s3://BUCKET[/KEY]]`

use super::Format;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::stdout;
use clap::Args;
use s3_presign::S3Uri;
use s3_presign::endpoint::Style;
use serde::Serialize;
use std::ffi::OsString;

/// The document is JSON in both formats, so the help does not list them.
const FORMATS: [Format; 2] = [Format::Text, Format::Json];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), mut_args(super::without_formats), after_help = "\
Examples:
  s3-secure-bucket endpoint s3://my-drop-box --region eu-central-1

Exit codes:
  0  printed
  1  the output could not be written
  2  wrong usage")]
pub(super) struct Endpoint {
    /// Bucket whose endpoint to show [default: the endpoint without a bucket]
    #[arg(value_name = "s3://BUCKET")]
    uri: Option<OsString>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    url: String,
    signing_name: &'a str,
    signing_region: &'a str,
    partition: &'a str,
    addressing: Option<&'a str>,
    source: &'a str,
}

impl Endpoint {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<Exit, Failure> {
        session.global.format(&FORMATS)?;
        let uri = self
            .uri
            .as_ref()
            .map(|uri| S3Uri::parse(uri.as_encoded_bytes()))
            .transpose()?;
        let bucket = uri.as_ref().map(|uri| uri.bucket.as_str());
        let endpoint = session.settled.endpoint.resolve(bucket)?;
        let document = Document {
            schema_version: 1,
            url: endpoint.url(),
            signing_name: "s3",
            signing_region: &endpoint.signing_region,
            partition: endpoint.partition.id,
            addressing: endpoint.style.map(Style::as_str),
            source: session.settled.endpoint_source.as_deref().unwrap_or("aws"),
        };
        session.warn_of_default_region();
        session.warn_of_contradiction();
        stdout::json(&document)?;
        Ok(Exit::Done)
    }
}
