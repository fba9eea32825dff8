//! MFA delete: the checks before the first write of a run, and the code of the MFA device.

use super::Error;
use crate::controls::Settings;
use crate::credentials::mfa;
use crate::ownership;
use crate::s3::{Bucket, Client};
use crate::values::MfaSerial;
use crate::xml::Element;

/// The reason why MFA delete cannot be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The credentials do not belong to the root user.
    NotRoot,
    /// The bucket has a lifecycle configuration.
    Lifecycle,
}

fn is_wanted(settings: &Settings) -> bool {
    settings.mfa_delete.is_some() && !settings.skips("mfa-delete")
}

/// Rejects credentials that do not belong to the root user, if STS names their user. Sends nothing on servers
/// other than AWS, where other users may switch MFA delete on.
///
/// # Errors
/// Fails with [`Obstacle::NotRoot`].
pub(super) async fn require_root(
    client: &Client,
    bucket: &Bucket<'_>,
    settings: &Settings,
) -> Result<(), Error> {
    if is_wanted(settings)
        && bucket.endpoint().is_aws
        && ownership::is_root(client).await == Some(false)
    {
        return Err(Error::MfaDelete(Obstacle::NotRoot));
    }
    Ok(())
}

/// Rejects an existing bucket on which S3 would not switch MFA delete on. If MFA delete is on already, the
/// run sends no code, so it needs neither the root user nor a device.
///
/// # Errors
/// Fails with the [`Obstacle`], or if the server did not answer. A configuration that the server does not
/// return is no obstacle, because S3 itself rejects the change then.
pub(super) async fn check(
    client: &Client,
    bucket: &mut Bucket<'_>,
    settings: &Settings,
) -> Result<(), Error> {
    if !is_wanted(settings) {
        return Ok(());
    }
    if is_shown(bucket).await? {
        return Ok(());
    }
    match bucket
        .get("GetBucketLifecycleConfiguration", "lifecycle")
        .await
    {
        Ok(response) => {
            let found = Element::read("LifecycleConfiguration", &response.body);
            if found.is_ok_and(|found| found.child("Rule").is_some()) {
                return Err(Error::MfaDelete(Obstacle::Lifecycle));
            }
        }
        Err(error) if error.response().is_none() => return Err(error.into()),
        Err(_) => {}
    }
    require_root(client, bucket, settings).await
}

/// Returns the reason why S3 would reject lifecycle rules: MFA delete is on. Only AWS rejects lifecycle rules while
/// MFA delete is on.
///
/// # Errors
/// Fails if the server did not answer.
pub(super) async fn objection(bucket: &mut Bucket<'_>) -> Result<Option<&'static str>, Error> {
    let is_on = bucket.endpoint().is_aws && is_shown(bucket).await?;
    Ok(is_on.then_some(
        "S3 rejects lifecycle rules while MFA delete is on; the root user can switch MFA delete off",
    ))
}

/// Returns the reason why S3 would reject a change of versioning without a code: MFA delete is on in this
/// versioning configuration.
pub(super) fn without_code(versioning: Option<&[u8]>) -> Option<&'static str> {
    versioning.is_some_and(is_on).then_some(
        "while MFA delete is on, S3 changes versioning only with a code from the MFA device of the root user; nothing was sent",
    )
}

/// Whether the bucket shows that MFA delete is on. `false` if the state cannot be read.
async fn is_shown(bucket: &mut Bucket<'_>) -> Result<bool, Error> {
    match bucket.get("GetBucketVersioning", "versioning").await {
        Ok(response) => Ok(is_on(&response.body)),
        Err(error) if error.response().is_some() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Asks on the terminal for a code of the device, and returns the value of the header `x-amz-mfa`.
///
/// # Errors
/// Fails if there is no terminal, or if the answer is not a code.
pub(super) fn code(client: &Client, serial: &MfaSerial) -> Result<String, String> {
    let code = mfa::ask(&client.context, &serial.to_string(), "")?;
    client.context.secrets().keep_code(&code);
    Ok(format!("{serial} {}", *code))
}

/// Whether a versioning configuration shows that MFA delete is on.
fn is_on(versioning: &[u8]) -> bool {
    Element::read("VersioningConfiguration", versioning)
        .is_ok_and(|found| found.text_of("MfaDelete").eq_ignore_ascii_case("Enabled"))
}
