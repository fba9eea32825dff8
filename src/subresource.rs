//! Reads a subresource of a bucket for bootstrap and audit, and classifies errors and unexpected
//! bodies.

use crate::controls::Subresource;
use crate::http;
use crate::s3::error::Kind;
use crate::s3::{Bucket, Error as S3Error};
use crate::xml::DecodeError;

/// The result of reading a subresource.
pub(crate) enum ReadOutcome {
    /// The server returned a configuration, which this module does not parse.
    Configured(Configuration),
    /// The subresource is not configured.
    Nothing,
    /// The credentials lack the permission to read the subresource, so the configuration is
    /// unknown. The text describes the error.
    Denied(String),
    /// The server does not support the subresource. The text describes the error.
    Unsupported(String),
    /// The server returned another error, which the text describes.
    Failed(String),
}

/// The unchanged configuration in the server's answer.
#[derive(Default, Clone)]
pub(crate) struct Configuration {
    pub(crate) body: Vec<u8>,
    /// The name and value of the header [`Subresource::round_trip_header`], if the response
    /// contained this header.
    pub(crate) round_trip_header: Option<(&'static str, String)>,
}

/// Reads the configuration of the subresource with `GET ?NAME`.
///
/// # Errors
/// Fails if the bucket does not exist, or if the server did not respond.
pub(crate) async fn read(
    bucket: &mut Bucket<'_>,
    subresource: &'static Subresource,
) -> Result<ReadOutcome, S3Error> {
    let error = match bucket.get(subresource.get, subresource.name).await {
        Ok(response) => {
            let round_trip_header = subresource.round_trip_header.and_then(|name| {
                let value = response.header(name)?;
                Some((name, value.to_owned()))
            });
            let body = response.body;
            return Ok(ReadOutcome::Configured(Configuration {
                body,
                round_trip_header,
            }));
        }
        Err(error) => error,
    };
    if subresource.name == "ownershipControls" && is_longer_list(bucket, &error) {
        return Ok(ReadOutcome::Unsupported(error.to_string()));
    }
    classify(
        bucket,
        error,
        subresource.absent_codes,
        subresource.read_action,
    )
}

/// Whether a server other than AWS sent an answer longer than any ownership controls. Ceph does not know this
/// subresource, and returns a list of objects.
fn is_longer_list(bucket: &Bucket<'_>, error: &S3Error) -> bool {
    let is_longer =
        matches!(&error.kind, Kind::Transport(error) if error.kind == http::Kind::TooLarge);
    is_longer && !bucket.endpoint().is_aws
}

/// Converts the error of a read. `absent_codes` are the error codes that mean that nothing is configured, and
/// `action` is the IAM action of the read.
///
/// # Errors
/// Fails if the bucket does not exist, or if the server did not respond.
pub(crate) fn classify(
    bucket: &Bucket<'_>,
    error: S3Error,
    absent_codes: &[&str],
    action: &str,
) -> Result<ReadOutcome, S3Error> {
    let Some(answer) = error.response() else {
        return Err(error);
    };
    Ok(match answer {
        answer if answer.code == "NoSuchBucket" => return Err(error),
        answer if answer.status == 404 && absent_codes.contains(&answer.code.as_str()) => {
            ReadOutcome::Nothing
        }
        answer if answer.is_denied() => {
            ReadOutcome::Denied(format!("{error}; reading it needs {action}"))
        }
        answer if is_unsupported(bucket, &error, answer.status == 404) => {
            ReadOutcome::Unsupported(error.to_string())
        }
        _ => ReadOutcome::Failed(error.to_string()),
    })
}

/// Whether an error means that the server does not support a request. On AWS, the result is always
/// `false`, because AWS supports all controls. On another server, `or_else` makes every error
/// response count as unsupported.
pub(crate) fn is_unsupported(bucket: &Bucket<'_>, error: &S3Error, or_else: bool) -> bool {
    let says_so = match &error.kind {
        Kind::Response(answer) => answer.says_unsupported() || or_else,
        Kind::Transport(_) | Kind::Unreadable(_) | Kind::Endpoint(_) => false,
    };
    says_so && !bucket.endpoint().is_aws
}

/// Whether a body shows that the server ignored the subresource and executed a different operation.
/// For example, Ceph returns a list of objects for a subresource that it does not know.
pub(crate) fn is_other_operation(bucket: &Bucket<'_>, why: &DecodeError) -> bool {
    matches!(why, DecodeError::WrongRoot { .. }) && !bucket.endpoint().is_aws
}
