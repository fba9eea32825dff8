//! `credential_process`: a command of the operator's own, run by `sh -c`.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use super::document::Document;
use super::{Outcome, net::ProviderContext};
use s3_presign::{AccountId, Credentials};
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

/// A person may have to touch a key; nobody waits longer.
const TIME: Duration = Duration::from_mins(1);
const LIMIT: u64 = 1 << 20;

fn run(cx: &ProviderContext<'_>, command: &str) -> Result<Credentials, String> {
    let (status, stdout) = cx
        .context
        .shell(command, TIME, LIMIT)
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
