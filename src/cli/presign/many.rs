//! `presign … --keys-from FILE|-`: one URL for each key.

use super::{Common, Format, Job, downloads, key_list};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Printer, presign as show, stdout};
use s3_presign::stream::{self, Line, Options};
use s3_presign::{Method, Presigner};
use std::io::{self, Read};
use std::path::Path;

pub(super) fn run(
    job: &Job,
    common: &Common,
    file: &Path,
    out: Option<&Path>,
    session: &Session<'_>,
    printer: &Printer,
) -> Result<Exit, Failure> {
    if session.global.output == Format::Env {
        return Err(Failure::usage(
            "-o env has one variable for one URL, and --keys-from creates many URLs",
            "use -o text or -o json",
        ));
    }
    let known: &[Format] = match job.method {
        Method::Get => &[Format::Text, Format::Json, Format::Html],
        _ => &[Format::Text, Format::Json],
    };
    let format = session.global.format(known)?;
    if out.is_some() && format != Format::Html {
        return Err(Failure::usage(
            "--out is the file for the page of presign get -o html",
            "add -o html, or redirect stdout to a file",
        ));
    }
    let presigner = Presigner::new(&job.request())?;
    let options = Options {
        separator: if common.null { 0 } else { b'\n' },
        prefix: job.uri.key.as_bytes().to_vec(),
        jobs: common.jobs,
        line: match format {
            Format::Json => job.lines().around_url(),
            _ => Line::Text,
        },
    };
    let keys: Box<dyn Read + Send> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let opened = session.context.open(file).map_err(|error| {
            let situation = format!("{} cannot be read: {error}", file.display());
            Failure::usage(
                situation,
                "give --keys-from a file with one key per line, or - for stdin",
            )
        })?;
        Box::new(opened)
    };
    let (keys, doubt) = key_list::examine(keys, common.null);
    if let Some(doubt) = doubt {
        printer.warning(doubt);
    }
    if format == Format::Html {
        return downloads::run(job, common, keys, out, session, printer);
    }
    let longest = presigner.url(&job.uri.key).len();
    if longest > show::LONGEST_IN_MAIL {
        printer.warning(&show::too_long_for_mail(longest));
    }
    let mut progress = printer.progress("URLs", &session.context);
    let result = stream::run(&presigner, keys, stdout::lock(), &options, |written| {
        progress.show(written);
    });
    drop(progress);
    printer.info(&show::headers_to_send(&job.headers));
    match result {
        Ok(stream::Summary { dot_segments, .. }) => {
            if dot_segments > 0 {
                printer.warning(&format!(
                    "{}; number of keys with such segments: {dot_segments}",
                    show::DOT_SEGMENTS
                ));
            }
            Ok(Exit::Done)
        }
        // The reader has closed the pipe, as `head` does, which is no error.
        Err(stream::Error::Write { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(Exit::Done)
        }
        Err(error) => Err(Failure {
            exit: Exit::Failed,
            hint: match &error {
                stream::Error::BadKey { .. } => {
                    Some("correct that line and run the command again; you can remove the earlier lines, whose URLs are done".to_owned())
                }
                stream::Error::Thread(_) => {
                    Some("use --jobs 1, or raise the limit of processes (ulimit -u)".to_owned())
                }
                _ => None,
            },
            situation: error.to_string(),
            causes: Vec::new(),
        }),
    }
}
