//! Two uploads that the server must refuse. The answers show whether a customer could upload files.

use super::{Error, Forms};
use crate::exchange::delivery::RECEIPT;
use crate::s3::customer::{self, FormProblem};
use crate::s3::{Bucket, Client};

/// The ID of an upload that does not exist. A server can check the size of a form before the permission, so the
/// form of the run does not show whether the credentials may upload. S3 checks the permission for a part of an
/// upload before S3 looks for the upload, and cannot store such a part.
const NO_UPLOAD: &str = "none";

/// Sends a form and a part that the server must refuse, and judges the answers. Nothing stays in the bucket.
///
/// # Errors
/// A customer could not upload files.
pub(super) async fn run(
    client: &Client,
    bucket: &mut Bucket<'_>,
    forms: &Forms,
    demanded: &[(String, String)],
    blocks_public_access: bool,
) -> Result<(), Error> {
    let key = format!("{}{}", forms.folder, String::from_utf8_lossy(RECEIPT));
    // The page contains all forms, and the server could repeat the page in an error.
    for form in &forms.files {
        customer::remember(client, form);
    }
    if let Err(problem) = FormProblem::find(client, &forms.receipts, &key).await {
        if let FormProblem::NotEnforced(version) = &problem {
            remove_file(bucket, key, version.as_deref()).await?;
        }
        return Err(Error::of_form(problem, bucket, blocks_public_access));
    }
    let sent = bucket.upload_empty_part(key.as_bytes(), NO_UPLOAD, demanded);
    match sent.await {
        // This server ignores the query of the request, and has stored an empty object.
        Ok(()) => remove_file(bucket, key, None).await?,
        Err(failure) => {
            if let Some(answer) = failure.response().filter(|answer| answer.is_denied()) {
                return Err(Error::of_upload(answer, bucket, blocks_public_access));
            }
        }
    }
    Ok(())
}

/// Removes the file that a server has stored although the form forbids it.
async fn remove_file(
    bucket: &mut Bucket<'_>,
    key: String,
    version: Option<&str>,
) -> Result<(), Error> {
    let version = version.filter(|version| *version != "null");
    let removed = bucket.delete_object(&key, version).await;
    removed.map_err(|failure| Error::FileLeftBehind { key, failure })
}
