//! The way of a process that makes one URL: `presign METHOD URI …`, names first, as everybody writes it.
//!
//! clap copies the global options into every command before it looks at the first word; that takes longer
//! than all the rest of such a process, and to make one command's forty options still takes as long as the
//! rest. So there is a command of the few that nearly all such lines are made of, and one of all of them.
//! Both only say yes: whatever they do not take is read again, and answered, by the whole.

use super::presign::Presign;
use super::{Cli, Command, Global, Place};
use clap::{Args, Parser};
use s3_secure_bucket::presign::Expiry;
use std::ffi::OsString;

/// What nearly all such lines say.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
pub(super) struct Usual {
    pub(super) uri: OsString,
    #[arg(long)]
    pub(super) expires_in: Option<Expiry>,
    #[command(flatten)]
    pub(super) place: Place,
}

/// The options of one command, and those of all.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Leaf<T: Args> {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    given: T,
}

/// One command's words, without its name, as what it is among its likes.
pub(super) fn leaf<T: Args, W>(words: &[OsString], what: fn(T) -> W) -> Option<(Global, W)> {
    let leaf = Leaf::try_parse_from(words).ok()?;
    Some((leaf.global, what(leaf.given)))
}

/// The words of a command, without its name, if they say no more than usual.
pub(super) fn usual(words: &[OsString]) -> Option<Usual> {
    Usual::try_parse_from(words).ok()
}

/// The whole command line, if it is one of those.
pub(super) fn parse(args: &[OsString]) -> Option<Cli> {
    let [_, command, method, words @ ..] = args else {
        return None;
    };
    if command != "presign" {
        return None;
    }
    let (global, presign) = Presign::straight(method, words)?;
    Some(Cli {
        global,
        command: Command::Presign(presign),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    /// Two ways to one result.
    #[test]
    fn it_reads_what_the_whole_reads() {
        for line in [
            "get s3://bucket/key",
            "head s3://bucket/key --region eu-west-1 --expires-in=2h",
            "delete --profile p s3://bucket/key",
            "put s3://bucket/key --endpoint-url https://h.example --expires-in 60",
            "put --endpoint https://h.example -- s3://bucket/--key",
            "get s3://bucket/key --download-as a --version-id 1 --region eu-west-1 -q",
            "put s3://bucket/key --content-type text/plain --tag a=b --tag c=d --size 4 -vv",
            "put --endpoint https://h.example --addressing path --expires-in 1h s3://bucket/key -o json",
            "head s3://bucket/ --keys-from - -0 --jobs 4 --on-short-credentials fail",
            "delete s3://bucket/key --at 20130524T000000Z --header a:b --query c --public-endpoint https://c.example",
            "get -- s3://bucket/--help",
        ] {
            let line = words(&format!("s3-secure-bucket presign {line}"));
            let whole = Cli::try_parse_from(&line).unwrap();
            let straight = parse(&line).expect("taken");
            assert_eq!(format!("{straight:?}"), format!("{whole:?}"));
        }
    }

    #[test]
    fn all_else_is_for_the_whole() {
        for line in [
            "s3-secure-bucket presign",
            "s3-secure-bucket presign get",
            "s3-secure-bucket presign get --help",
            "s3-secure-bucket presign get s3://bucket/key --typo",
            "s3-secure-bucket presign get s3://bucket/key --expires-in 8d",
            "s3-secure-bucket presign get s3://bucket/key --region a --region b",
            "s3-secure-bucket presign post s3://bucket",
            "s3-secure-bucket --region x presign get s3://bucket/key",
            "s3-secure-bucket presign --region x get s3://bucket/key",
            "s3-secure-bucket audit get s3://bucket/key",
        ] {
            assert!(parse(&words(line)).is_none(), "{line}");
        }
    }
}
