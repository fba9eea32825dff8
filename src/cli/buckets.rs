//! The arguments that select buckets: names, lists of names, and shards.

use super::line_options::Listed;
use super::session::Session;
use crate::failure::Failure;
use crate::fleet::{self, Shard};
use clap::Args;
use s3_presign::AccountId;
use s3_presign::endpoint::Region;
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest list in bytes, which is more than any account needs.
const LIST_LIMIT: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct Buckets {
    /// Names of the buckets
    #[arg(value_name = "BUCKET")]
    named: Vec<String>,
    /// Read bucket names from a file or stdin (-), one per line, each with its own options for
    /// controls; `#` begins a comment
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Number of buckets to work on at the same time
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=1000))]
    jobs: u16,
    /// Work only on shard I of N, counted from 0, so that N machines can share one list
    #[arg(long, value_name = "I/N", conflicts_with = "shard_count")]
    shard: Option<Shard>,
    /// Work only on one of N shards; its index is JOB_COMPLETION_INDEX, which Kubernetes sets in an
    /// Indexed Job
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    shard_count: Option<u32>,
    /// ID of the account that must own the buckets
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) expected_owner: Option<AccountId>,
}

impl Buckets {
    pub(super) fn jobs(&self) -> usize {
        self.jobs.into()
    }

    /// Whether the command line has bucket names or a list.
    pub(super) fn are_named(&self) -> bool {
        !self.named.is_empty() || self.from.is_some()
    }

    /// The bucket names of this shard; `full` completes each name. Every name is valid, and the
    /// list contains no name twice, because two jobs on one bucket would overwrite each other's
    /// changes.
    pub(super) fn names(
        &self,
        session: &Session<'_>,
        full: impl Fn(&str) -> String,
    ) -> Result<Vec<Listed>, Failure> {
        let shard = self.share(session)?;
        let mut names = Vec::new();
        let push = |name: &str, options: Vec<String>| {
            let name = session.bucket_name(&full(bare(name)))?;
            session.check_addressable(&name)?;
            names.push(Listed { name, options });
            Ok(())
        };
        each_name(session, &self.named, self.from.as_deref(), push)?;
        if names.is_empty() {
            return Err(no_bucket());
        }
        let mut seen = HashSet::new();
        names.retain(|listed| seen.insert(listed.name.clone()));
        Ok(shard.take(names).collect())
    }

    /// The shard that this process works on. Without a shard option, the shard is the whole list.
    pub(super) fn share(&self, session: &Session<'_>) -> Result<Shard, Failure> {
        const INDEX: &str = "JOB_COMPLETION_INDEX";
        let Some(count) = self.shard_count else {
            return Ok(self.shard.unwrap_or(Shard { index: 0, count: 1 }));
        };
        let index = session.context.var(INDEX).unwrap_or_default();
        format!("{index}/{count}").parse().map_err(|_| {
            Failure::usage(
                format!("{INDEX} is `{index}`, not the number of a shard of --shard-count {count}"),
                format!(
                    "set {INDEX} to a number from 0 to {}, or use --shard I/N",
                    count - 1
                ),
            )
        })
    }
}

/// Calls `push` with each name of the command line and of the list, and with the options of its line. The
/// failure for a name in the list names the line.
pub(super) fn each_name(
    session: &Session<'_>,
    named: &[String],
    from: Option<&Path>,
    mut push: impl FnMut(&str, Vec<String>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    named.iter().try_for_each(|name| push(name, Vec::new()))?;
    let Some(file) = from else { return Ok(()) };
    let text = list(session, file)?;
    for (line, text) in fleet::names(&text) {
        // Only a word that begins with a hyphen can be an option, so other words are part of the name.
        let (name, options) = text.split_once(" -").unwrap_or((text, ""));
        let options = match options {
            "" => String::new(),
            options => format!("-{options}"),
        };
        let options = options.split_whitespace().map(str::to_owned).collect();
        push(name.trim_end(), options).map_err(|failure| Failure {
            situation: format!("{}, line {line}: {}", file.display(), failure.situation),
            ..failure
        })?;
    }
    Ok(())
}

/// The failure of a command that got no bucket name.
pub(super) fn no_bucket() -> Failure {
    Failure::usage(
        "no bucket is named",
        "name a bucket, or a file of bucket names with --from FILE",
    )
}

/// The bucket's name without `s3://` and a slash at the end, which other programs require.
pub(super) fn bare(text: &str) -> &str {
    match text.strip_prefix("s3://") {
        Some(name) => name.strip_suffix('/').unwrap_or(name),
        None => text,
    }
}

/// The name with the suffix of the account-regional namespace, which is added if it is missing.
pub(super) fn account_regional(name: &str, account: &str, region: &Region) -> String {
    let suffix = format!("-{account}-{region}-an");
    match name.strip_suffix(&suffix) {
        Some(_) => name.to_owned(),
        None => format!("{name}{suffix}"),
    }
}

/// Reads a list of bucket names from a file or, for `-`, from stdin.
fn list(session: &Session<'_>, file: &Path) -> Result<String, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::usage(
            format!("{} cannot be read: {why}", file.display()),
            "give --from a file with one bucket per line, or - for stdin",
        )
    };
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(LIST_LIMIT).read_to_end(&mut bytes);
        read.map_err(|error| wrong(&error))?;
        bytes
    } else {
        let read = session.context.read(file, LIST_LIMIT);
        read.map_err(|error| wrong(&error))?
            .ok_or_else(|| wrong(&"there is no such file"))?
    };
    String::from_utf8(bytes).map_err(|_| wrong(&"the file is not UTF-8 text"))
}
