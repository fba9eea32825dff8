//! `revoke URL… | - | s3://BUCKET/KEY…`

use super::Format;
use super::interrupt::or_interrupted;
use super::session::{Session, block_on};
use crate::controls::Settings;
use crate::exchange::revoke::{self, Event, InvalidTarget, Request, Target};
use crate::failure::{Exit, Failure};
use crate::hints;
use crate::output::{Printer, revoke as show, stdout};
use crate::policy::RevocationKind;
use clap::Args;
use s3_presign::{AccountId, S3Uri, timestamp};
use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use time::OffsetDateTime;

const FORMATS: [Format; 2] = [Format::Text, Format::Json];

/// The largest input in bytes, which is more than a policy can express.
const LARGEST_INPUT: u64 = 8 << 20;

#[derive(Debug, Args)]
#[command(mut_args(super::only(&FORMATS)), after_help = "\
Examples:
  s3-secure-bucket revoke - <link.txt
  s3-secure-bucket revoke s3://my-drop-box/in/report.pdf --yes
  s3-secure-bucket revoke --list s3://my-drop-box
  s3-secure-bucket revoke --undo s3://my-drop-box/in/report.pdf

Exit codes:
  0  S3 refuses the URLs
  1  failed; the URLs may still work
  2  wrong usage; nothing was sent
  4  this server ignores the statement, which was removed again")]
pub(super) struct Revoke {
    /// Presigned URLs or the link of `request`, s3://BUCKET/KEY for every URL of a key, or
    /// s3://BUCKET/PREFIX/ for every key below it; - reads lines from stdin (the process list shows arguments)
    #[arg(value_name = "URL|s3://BUCKET/KEY", required = true)]
    targets: Vec<OsString>,
    /// Deny every request for the keys, also yours
    #[arg(long, conflicts_with_all = ["list", "undo"])]
    for_everyone: bool,
    /// End of the revocation, as 2026-11-27T00:00:00Z or 20261127T000000Z [default: midnight (UTC) after
    /// the end of the URL; without a URL, after 7 days]
    #[arg(long, value_name = "TIME", value_parser = until, conflicts_with_all = ["list", "undo"])]
    until: Option<OffsetDateTime>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Show what would be revoked without changing anything
    #[arg(long, conflicts_with = "list")]
    dry_run: bool,
    /// List the revocations of the bucket s3://BUCKET
    #[arg(long, conflicts_with = "undo")]
    list: bool,
    /// Remove the revocations of these keys, prefixes or URLs, so that URLs that have not ended work again
    #[arg(long)]
    undo: bool,
    /// ID of the account that must own the bucket
    #[arg(long, value_name = "ACCOUNT")]
    expected_owner: Option<AccountId>,
}

fn until(text: &str) -> Result<OffsetDateTime, &'static str> {
    timestamp::parse(text).map_err(|_| "write a time as 2026-11-27T00:00:00Z or 20261127T000000Z")
}

impl Revoke {
    pub(super) fn run(&self, session: &Session<'_>, printer: &Printer) -> Result<Exit, Failure> {
        let format = session.global.format(&FORMATS)?;
        session.refuse_plain_http()?;
        if let Some(until) = self.until
            && until <= session.context.now()
        {
            return Err(Failure::usage(
                "--until is in the past",
                "name a time in the future, or omit --until",
            ));
        }
        let (name, targets) = if self.list {
            (self.bucket()?, Vec::new())
        } else {
            self.parse(session)?
        };
        targets
            .iter()
            .filter_map(Target::doubt)
            .for_each(|doubt| printer.warning(doubt));
        let bucket = session.existing_bucket(&name)?;
        session.check_addressable(&bucket)?;
        let request = Request {
            settings: Settings::new(
                bucket.clone(),
                session.settled.endpoint.region.partition().id,
            ),
            targets,
            kind: if self.for_everyone {
                RevocationKind::Everyone
            } else {
                RevocationKind::Urls
            },
            until: self.until,
            dry_run: self.dry_run,
        };
        if !self.list && !self.undo && !self.dry_run {
            self.confirm(&request, session, printer)?;
        }
        let client = session.client(self.expected_owner.clone())?;
        let mut on_event = |event: Event| show::event(&event, bucket.as_str(), printer);
        let work = async {
            if self.list {
                revoke::list(&client, &bucket, &mut on_event).await
            } else if self.undo {
                revoke::undo(&client, &request, &mut on_event).await
            } else {
                revoke::run(&client, &request, &mut on_event).await
            }
        };
        let report = block_on(or_interrupted(&session.context, work))???;
        match format {
            Format::Json => stdout::json(&show::document(&report, bucket.as_str()))?,
            _ => stdout::data(&show::lines(&report))?,
        }
        if self.undo {
            printer.info(&show::undone(&report, self.dry_run));
        }
        if report.is_honoured {
            return Ok(Exit::Done);
        }
        printer.warning(show::ignored(&request));
        Ok(Exit::Unsupported)
    }

    /// The bucket of `--list`.
    fn bucket(&self) -> Result<String, Failure> {
        let usage = || Failure::usage("--list needs one bucket", "write revoke --list s3://BUCKET");
        let [one] = self.targets.as_slice() else {
            return Err(usage());
        };
        let uri = S3Uri::parse(one.as_encoded_bytes())?;
        uri.key.is_empty().then_some(uri.bucket).ok_or_else(usage)
    }

    /// The targets, and the bucket that contains all of them.
    fn parse(&self, session: &Session<'_>) -> Result<(String, Vec<Target>), Failure> {
        let config = &session.settled.endpoint;
        let parse = |text: &[u8], place: String| {
            let invalid = |error: InvalidTarget| {
                Failure::usage(format!("{place}: {error}"), hints::target(&error))
            };
            Target::parse(text, config).map_err(invalid)
        };
        let mut targets = Vec::new();
        for (index, word) in self.targets.iter().enumerate() {
            if word != "-" {
                let place = format!("argument {}", index + 1);
                targets.push(parse(word.as_encoded_bytes(), place)?);
                continue;
            }
            for (index, line) in stdin()?.split(|byte| *byte == b'\n').enumerate() {
                let line = line.trim_ascii();
                if !line.is_empty() {
                    targets.push(parse(line, format!("line {} of stdin", index + 1))?);
                }
            }
        }
        let Some(first) = targets.first() else {
            return Err(Failure::usage(
                "stdin has no line with a URL or a key",
                "write one URL or s3://BUCKET/KEY per line",
            ));
        };
        let bucket = first.bucket.clone();
        if targets.iter().any(|target| target.bucket != bucket) {
            return Err(Failure::usage(
                "the URLs and keys are in different buckets",
                "run revoke once for each bucket",
            ));
        }
        Ok((bucket, targets))
    }

    /// Says what ends, and asks whether to continue.
    fn confirm(
        &self,
        request: &Request,
        session: &Session<'_>,
        printer: &Printer,
    ) -> Result<(), Failure> {
        printer.info(&show::announcement(request));
        if self.yes {
            return Ok(());
        }
        let answer = session.context.ask_on_terminal(if cfg!(windows) {
            "Type yes to continue: "
        } else {
            "Type yes to continue (the answer is not shown): "
        });
        match answer {
            Ok(Some(answer)) if ["yes", "y"].contains(&answer.to_ascii_lowercase().as_str()) => {
                Ok(())
            }
            Ok(None) => Err(Failure::usage(
                "revoke asks for confirmation, and there is no terminal",
                "add --yes to revoke without a question, or --dry-run to see what would change",
            )),
            Err(error) if error.kind() != ErrorKind::Interrupted => Err(Failure {
                causes: vec![error.to_string()],
                ..Failure::new("the terminal cannot be read", Some("add --yes".to_owned()))
            }),
            _ => Err(Failure::new("not confirmed; nothing was changed", None)),
        }
    }
}

fn stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .take(LARGEST_INPUT + 1)
        .read_to_end(&mut bytes);
    read.map_err(|error| {
        Failure::usage(
            format!("stdin cannot be read: {error}"),
            "write one URL or s3://BUCKET/KEY per line",
        )
    })?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(Failure::usage(
            "stdin has more than 8 MiB",
            "revoke a prefix instead: revoke s3://BUCKET/PREFIX/",
        ));
    }
    Ok(bytes)
}
