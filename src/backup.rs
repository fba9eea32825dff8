//! Saves a configuration of a bucket in a file before the configuration is changed.

use crate::controls::Subresource;
use crate::s3::{Bucket, Client};
use crate::subresource::Configuration;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::timestamp::amz_date;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

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

/// Writes `BUCKET.policy.TIME.json`, readable by its owner only; other configurations are XML. `folder` is the
/// folder of the file, and `None` means the state folder of the user.
///
/// # Errors
/// The file cannot be written. The text completes a sentence: `in PATH (REASON)`.
pub(crate) fn save(
    client: &Client,
    folder: Option<&Path>,
    bucket: &Bucket<'_>,
    subresource: &Subresource,
    before: &Configuration,
) -> Result<Backup, String> {
    let path = write(client, folder, bucket, subresource, &before.body)?;
    let endpoint = client.config.endpoint.as_ref();
    Ok(Backup {
        path,
        bucket: bucket.name().to_string(),
        region: bucket.region().to_string(),
        endpoint: endpoint.map(ToString::to_string),
        subresource: subresource.name,
        md5: BASE64.encode(Md5::digest(&before.body)),
        header: before.round_trip_header.clone(),
    })
}

fn write(
    client: &Client,
    folder: Option<&Path>,
    bucket: &Bucket<'_>,
    subresource: &Subresource,
    body: &[u8],
) -> Result<PathBuf, String> {
    let context = &client.context;
    let (folder, made) = if let Some(folder) = folder {
        (folder.to_owned(), Ok(()))
    } else {
        let folder = context.state_folder();
        let folder = folder.ok_or(if cfg!(windows) {
            "because neither XDG_STATE_HOME nor LOCALAPPDATA is an absolute path in Unicode"
        } else {
            "because neither XDG_STATE_HOME nor HOME is an absolute path in UTF-8"
        })?;
        let made = context.make_private_folder(&folder);
        (folder, made)
    };
    let failed = |path: &PathBuf, error: &io::Error| format!("in {} ({error})", path.display());
    made.map_err(|error| failed(&folder, &error))?;
    let now = amz_date(context.now());
    let (bucket, kind) = (bucket.name(), subresource.name);
    let form = match kind {
        "policy" | "event-selectors" => "json",
        _ => "xml",
    };
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
