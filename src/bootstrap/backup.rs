//! What was there is saved before it is changed.

use super::{Detail, Event, Request, StepStatus};
use crate::controls::Subresource;
use crate::s3::{Bucket, Client};
use crate::subresource::Configuration;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::timestamp::amz_date;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// A configuration in a file, and what a request that restores it must say.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// A further header of the PUT, name and value, which must be signed.
    pub header: Option<(&'static str, String)>,
}

/// Writes `BUCKET.policy.TIME.json`, for its owner's eyes alone; configurations other than the policy are
/// XML. Where nothing can be written (a read-only container) the configuration is shown instead, so that
/// the log has it; only when all of a policy is to be replaced is that an error.
pub(super) fn save(
    client: &Client,
    request: &Request,
    bucket: &Bucket<'_>,
    subresource: &Subresource,
    before: &Configuration,
    tell: &mut dyn FnMut(Event),
) -> Result<Option<Backup>, Detail> {
    let what = described(subresource);
    let error = match write(client, request, subresource, &before.body) {
        Ok(path) => {
            let text = format!("The {what} as it was: saved in {}", path.display());
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
            tell(Event {
                backup: Some(backup.clone()),
                ..Event::new(StepStatus::Ok, text)
            });
            return Ok(Some(backup));
        }
        Err(error) => error,
    };
    if request.settings.replace_policy && subresource.name == "policy" {
        return Err(Detail::NotSaved(format!(
            "the policy as it was cannot be saved {error}, and is not replaced"
        )));
    }
    let text = format!(
        "The {what} as it was cannot be saved {error}; it is {}",
        String::from_utf8_lossy(&before.body)
    );
    tell(Event::new(StepStatus::Warn, text));
    Ok(None)
}

/// The configuration of a subresource, in words.
pub(super) fn described(subresource: &Subresource) -> String {
    match subresource.name {
        "policy" => "policy".to_owned(),
        "tagging" => "tag set".to_owned(),
        other => format!("{other} configuration"),
    }
}

/// Writes a new file; what went wrong, as the end of a sentence.
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
        let folder = folder.ok_or("without XDG_STATE_HOME and HOME")?;
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
            // Another one of the same second is no reason to lose this one.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(failed(&path, &error)),
        }
    }
}
