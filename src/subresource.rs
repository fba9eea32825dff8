//! Reads one subresource, and says what an error or a foreign body means: for bootstrap and audit.

use crate::controls::Subresource;
use crate::s3::error::Kind;
use crate::s3::{Bucket, Error as S3Error};
use crate::xml::DecodeError;

/// The result of reading a subresource.
pub(crate) enum ReadOutcome {
    /// The server returned a configuration, which is not decoded yet.
    Configured(Configuration),
    /// Nothing is configured.
    Nothing,
    /// These credentials may not read it. This says nothing about what is configured.
    Denied(String),
    /// The server does not have the subresource.
    Unsupported(String),
    /// The server answered with another error.
    Failed(String),
}

/// A configuration as it was read.
#[derive(Default)]
pub(crate) struct Configuration {
    pub(crate) body: Vec<u8>,
    /// Name and value of [`Subresource::round_trip_header`], if the answer had it.
    pub(crate) round_trip_header: Option<(&'static str, String)>,
}

/// `GET ?subresource`.
///
/// # Errors
/// There is no such bucket, or no answer.
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
    let Some(answer) = error.response() else {
        return Err(error);
    };
    Ok(match answer {
        answer if answer.code == "NoSuchBucket" => return Err(error),
        answer
            if answer.status == 404 && subresource.absent_codes.contains(&answer.code.as_str()) =>
        {
            ReadOutcome::Nothing
        }
        answer if answer.is_denied() => {
            let action = subresource.read_action;
            ReadOutcome::Denied(format!("{error}; reading it needs {action}"))
        }
        answer if is_unsupported(bucket, &error, answer.status == 404) => {
            ReadOutcome::Unsupported(error.to_string())
        }
        _ => ReadOutcome::Failed(error.to_string()),
    })
}

/// AWS has every control, so there nothing is unsupported; elsewhere `or_else` widens the rule.
pub(crate) fn is_unsupported(bucket: &Bucket<'_>, error: &S3Error, or_else: bool) -> bool {
    let says_so = match &error.kind {
        Kind::Response(answer) => answer.says_unsupported() || or_else,
        Kind::Transport(_) | Kind::Unreadable(_) | Kind::Endpoint(_) => false,
    };
    says_so && !bucket.endpoint().is_aws
}

/// Whether a body shows that the server takes the subresource for something else: Ceph answers one
/// that it does not know with a list of objects.
pub(crate) fn is_other_operation(bucket: &Bucket<'_>, why: &DecodeError) -> bool {
    matches!(why, DecodeError::WrongRoot { .. }) && !bucket.endpoint().is_aws
}
