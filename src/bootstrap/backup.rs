//! Saves a configuration in a file before it is changed.

use super::{Detail, Event, OnEvent, Request};
use crate::controls::Subresource;
use crate::s3::{Bucket, Client};
use crate::subresource::Configuration;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::timestamp::amz_date;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// A configuration saved in a file, and what a PUT that restores it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// The file: the body of the PUT.
    pub path: PathBuf,
    /// The bucket.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// The endpoint, unless it is AWS's.
    pub endpoint: Option<String>,
    /// The query of the PUT: `policy`.
    pub subresource: &'static str,
    /// The body's MD5 digest in base64, for `Content-MD5`.
    pub md5: String,
    /// A header, as name and value, that the PUT must have and sign.
    pub header: Option<(&'static str, String)>,
}

/// Writes `BUCKET.policy.TIME.json`, readable by its owner only; other configurations are XML.
///
/// If no file can be written (a read-only container), the event contains the configuration, so that the log
/// keeps a copy. If the run replaces the whole policy, a failed backup is an error instead.
pub(super) fn save(
    client: &Client,
    request: &Request,
    bucket: &Bucket<'_>,
    subresource: &Subresource,
    before: &Configuration,
    on_event: OnEvent<'_>,
) -> Result<Option<Backup>, Detail> {
    let error = match write(client, request, subresource, &before.body) {
        Ok(path) => {
            let endpoint = client.config.endpoint.as_ref();
            let backup = Backup {
                path,
                bucket: bucket.name().to_string(),
                region: bucket.region().to_string(),
                endpoint: endpoint.map(ToString::to_string),
                subresource: subresource.name,
                md5: BASE64.encode(Md5::digest(&before.body)),
                header: before.round_trip_header.clone(),
            };
            on_event(Event::BackupSaved(backup.clone()));
            return Ok(Some(backup));
        }
        Err(error) => error,
    };
    if request.settings.replace_policy && subresource.name == "policy" {
        return Err(Detail::NotSaved(format!(
            "the previous policy cannot be saved {error}, so the program does not replace the policy"
        )));
    }
    on_event(Event::BackupFailed {
        subresource: subresource.name,
        error,
        body: String::from_utf8_lossy(&before.body).into_owned(),
    });
    Ok(None)
}

/// Writes a new file. The error text completes a sentence: `in PATH (REASON)`.
fn write(
    client: &Client,
    request: &Request,
    subresource: &Subresource,
    body: &[u8],
) -> Result<PathBuf, String> {
    let context = &client.context;
    let (folder, made) = if let Some(folder) = &request.backup_dir {
        (folder.clone(), Ok(()))
    } else {
        let folder = context.state_folder();
        let folder = folder.ok_or("because neither XDG_STATE_HOME nor HOME is an absolute path")?;
        let made = context.make_private_folder(&folder);
        (folder, made)
    };
    let failed = |path: &PathBuf, error: &io::Error| format!("in {} ({error})", path.display());
    made.map_err(|error| failed(&folder, &error))?;
    let now = amz_date(context.now());
    let (bucket, kind) = (&request.settings.bucket, subresource.name);
    let form = if kind == "policy" { "json" } else { "xml" };
    let path_of = |number: u32| {
        let number = if number == 1 {
            String::new()
        } else {
            format!(".{number}")
        };
        folder.join(format!("{bucket}.{kind}.{now}{number}.{form}"))
    };
    let mut number = 1;
    loop {
        let path = path_of(number);
        match context.write_new(&path, body) {
            Ok(()) => return Ok(path),
            // If two backups are made in the same second, the name of the second one gets a number.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(failed(&path, &error)),
        }
    }
}
