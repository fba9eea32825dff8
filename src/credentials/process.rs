//! `credential_process`: a command of the operator's own, run by `sh -c`.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use super::document::Document;
use super::{Outcome, net::ProviderContext};
use s3_presign::{AccountId, Credentials};
use sha1::{Digest, Sha1};
use std::time::Duration;

pub(super) fn load(
    cx: &ProviderContext<'_>,
    command: &str,
    account_id: Option<&AccountId>,
) -> Outcome {
    match run(cx, command) {
        Ok(credentials) => Outcome::Found(
            Credentials {
                account_id: credentials.account_id.or(account_id.cloned()),
                ..credentials
            },
            "credential_process".to_owned(),
        ),
        Err(why) => Outcome::Broken(format!("credential_process: {why}")),
    }
}

/// Profiles whose processes call this program for the next profile: more is a mistake.
const MOST_NESTED: usize = 8;

/// A profile of this name may have another command in another file: both together are one.
fn fingerprint(profile: &str, command: &str) -> String {
    let digest = Sha1::digest(format!("{profile}\n{command}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A person may have to touch a key; nobody waits longer.
const TIME: Duration = Duration::from_mins(1);
const LIMIT: u64 = 1 << 20;

/// Names, in the environment of a process, the profiles for whose credentials a process is running: this
/// program may be that process, and must not run itself without end.
const RUNNING: &str = "S3_SECURE_BUCKET_RUNNING";

fn run(cx: &ProviderContext<'_>, command: &str) -> Result<Credentials, String> {
    let running = cx.context.var(RUNNING).unwrap_or_default();
    let own = fingerprint(&cx.profiles.selected, command);
    if running.split(' ').any(|other| other == own) {
        return Err(format!(
            "it runs this program for the same profile, `{}`: the profile calls itself",
            cx.profiles.selected
        ));
    }
    if running.split(' ').count() > MOST_NESTED {
        return Err(format!(
            "it runs this program, which runs a credential_process, {MOST_NESTED} times nested"
        ));
    }
    let running = format!("{running} {own}");
    let (status, stdout) = cx
        .context
        .shell(command, (RUNNING, running.trim()), TIME, LIMIT)
        .map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    let document = Document::read(&stdout)?;
    if document.version != Some(1) {
        return Err("its document is not of Version 1".to_owned());
    }
    document.credentials(cx.context.now())
}
