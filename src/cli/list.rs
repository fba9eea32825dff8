//! `list s3://BUCKET/[PREFIX]`

use super::Format;
use super::session::{Session, block_on};
use crate::exchange::list::{self, Arrival, Event, Request, Since};
use crate::failure::{Exit, Failure};
use crate::hints;
use crate::output::{Printer, list as show, stdout};
use crate::ownership::{self, Existence};
use crate::s3::Bucket;
use clap::Args;
use s3_presign::duration::{self, HumanDuration};
use s3_presign::{AccountId, S3Uri, timestamp};
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

const FORMATS: [Format; 2] = [Format::Text, Format::Json];

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket list s3://my-drop-box/in/
  s3-secure-bucket list s3://my-drop-box/in/ --long --since 1d
  s3-secure-bucket list s3://my-drop-box/in/ --wait 1h && echo 'a delivery is complete'
  s3-secure-bucket list s3://my-drop-box/out/ -0 |
      s3-secure-bucket presign get s3://my-drop-box/ --keys-from - -0

Exit codes:
  0  listed, or something arrived within --wait
  1  the bucket could not be listed
  2  wrong usage; nothing was sent
  3  nothing arrived within --wait")]
pub(super) struct List {
    /// Bucket and prefix of the keys to list
    #[arg(value_name = "s3://BUCKET/PREFIX")]
    uri: OsString,
    /// Read receipts, and show size, time, key and the file name that the receipt claims
    #[arg(short, long, conflicts_with = "null")]
    long: bool,
    /// List only objects that were stored since this time, or within this duration, as in 90s, 15m or 1d
    #[arg(long, value_name = "TIME|DURATION", value_parser = since)]
    since: Option<Since>,
    /// Wait until a delivery is complete, or a file arrives outside a delivery; checks every 5 seconds
    /// for files since --since [default: since the start]
    #[arg(long, value_name = "DURATION")]
    wait: Option<HumanDuration>,
    /// End each key with NUL instead of newline
    #[arg(short = '0', long)]
    null: bool,
    /// ID of the account that must own the bucket [default on AWS: the account of the credentials, if
    /// it is known without a request]
    #[arg(long, value_name = "ACCOUNT")]
    expected_owner: Option<AccountId>,
}

/// Parses a time (`20261127T000000Z` or RFC 3339) or a duration.
fn since(text: &str) -> Result<Since, &'static str> {
    if let Ok(age) = duration::parse(text) {
        return Ok(Since::Ago(age));
    }
    timestamp::parse(text).map(Since::At).map_err(|_| {
        "write a time as 2026-11-27T00:00:00Z or 20261127T000000Z, or a duration as 90s, 15m, 1h or 7d"
    })
}

impl List {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        if self.null && format == Format::Json {
            return Err(Failure::usage(
                "-0 ends keys with NUL, and -o json prints one document per line",
                "omit -0, or use -o text",
            ));
        }
        session.refuse_plain_http()?;
        let uri = S3Uri::parse(self.uri.as_encoded_bytes())?;
        if self.wait.is_some() && list::cuts_a_delivery(uri.key.as_bytes()) {
            return Err(Failure::usage(
                "--wait needs every file of a delivery, and the prefix selects only some of them",
                "end the prefix with the folder of the delivery, or with a folder above it",
            ));
        }
        let name = session.existing_bucket(&uri.bucket)?;
        session.check_addressable(&name)?;
        let client = session.client(self.expected_owner.clone())?;
        let mut bucket = Bucket::new(&client, name)?;
        if bucket.endpoint().is_aws {
            // The request names the expected owner, so S3 refuses to list a bucket that another
            // account created under the same name.
            bucket.expect_owner(ownership::known_account(&client));
        } else if self.expected_owner.is_some() {
            let proven = block_on(ownership::prove_for_reading(&client, &mut bucket))?;
            let proven = proven.map_err(|error| {
                Failure::caused_by(&error, hints::ownership(&error).map(Cow::into_owned))
            })?;
            if let Existence::Unproven(why) = proven {
                printer.unproven_owner(bucket.name().as_str(), &why);
            }
        }
        let request = Request {
            prefix: uri.key.as_bytes().to_vec(),
            since: self.since,
            receipts: self.long,
            wait: self.wait.map(|HumanDuration(wait)| wait),
        };
        let mut lines = Lines::new(self, format);
        let mut failed = Ok(());
        let mut on_event = |event: Event| match event {
            Event::Arrived(arrival) => match lines.write(&arrival) {
                Ok(()) => ControlFlow::Continue(()),
                Err(why) => {
                    failed = why.unless_closed();
                    ControlFlow::Break(())
                }
            },
            Event::Doubtful(receipt, doubt) => {
                printer.warning(&show::doubtful(&receipt, &doubt));
                ControlFlow::Continue(())
            }
        };
        let listed = block_on(list::run(&client, &mut bucket, &request, &mut on_event))?;
        let flushed = lines
            .out
            .flush()
            .or_else(|error| stdout::unless_closed(&error));
        let arrived = listed.map_err(|error| {
            let hint = hints::list(&error, self.expected_owner.is_some());
            Failure::caused_by(&error, hint.map(Cow::into_owned))
        })?;
        failed.and(flushed)?;
        match &self.wait {
            Some(wait) if arrived == 0 => {
                printer.info(&format!("Nothing arrived within {wait}.\n"));
                Ok(Exit::NotCompliant)
            }
            _ => Ok(Exit::Done),
        }
    }
}

/// How the command writes objects to stdout.
struct Lines {
    out: Box<dyn Write>,
    style: Style,
}

#[derive(Clone, Copy)]
enum Style {
    /// The bytes of each key, followed by this byte.
    Keys(u8),
    /// Keys with escaped control characters, for a terminal.
    Terminal,
    Long,
    Json,
}

/// The reason why a line was not written.
enum NotWritten {
    Io(io::Error),
    Newline(String),
}

impl NotWritten {
    fn unless_closed(&self) -> Result<(), Failure> {
        match self {
            Self::Io(error) => stdout::unless_closed(error),
            Self::Newline(situation) => Err(Failure::new(
                situation,
                Some("use -0, which ends keys with NUL, or -o json".to_owned()),
            )),
        }
    }
}

impl Lines {
    fn new(args: &List, format: Format) -> Self {
        let style = match format {
            Format::Json => Style::Json,
            _ if args.long => Style::Long,
            _ if args.null => Style::Keys(0),
            _ if stdout::is_terminal() => Style::Terminal,
            _ => Style::Keys(b'\n'),
        };
        Lines {
            out: Box::new(BufWriter::new(stdout::lock())),
            style,
        }
    }

    fn write(&mut self, arrival: &Arrival) -> Result<(), NotWritten> {
        let key = &arrival.object.key;
        let line = match self.style {
            Style::Json => show::json(arrival).into_bytes(),
            Style::Long => show::long(arrival).into_bytes(),
            Style::Keys(b'\n') | Style::Terminal if key.contains(&b'\n') => {
                return Err(NotWritten::Newline(show::not_one_line(key)));
            }
            Style::Terminal => (show::on_terminal(key) + "\n").into_bytes(),
            Style::Keys(end) => [key, &[end][..]].concat(),
        };
        self.out.write_all(&line).map_err(NotWritten::Io)
    }
}
