//! Hints for URLs that could not be revoked.

use crate::exchange::revoke::{Error, InvalidTarget};
use crate::hints;

pub(crate) fn revoked(error: &Error) -> Option<String> {
    let text = match error {
        Error::Bucket(error) => return hints::bucket(error).map(Into::into),
        Error::S3(error) => return hints::s3(error).map(Into::into),
        Error::Unreadable(_) => {
            "grant s3:GetBucketPolicy to these credentials; `iam-policy revoke` prints the whole policy"
        }
        Error::Refused(_) => {
            "revoke a prefix instead of many keys, or remove revocations with `revoke --undo`"
        }
        Error::NotShown => "run the command again; `revoke --list` shows what the policy denies",
        Error::Lost(_, Some(backup)) => {
            return Some(format!(
                "restore the previous policy from {}, then run the command again",
                backup.path.display()
            ));
        }
        Error::Lost(_, None) => "restore the missing statements, then run the command again",
        Error::Presign(error) => hints::request(error),
        Error::NoAnswer(error) => return hints::http(error).map(Into::into),
        Error::Unclear(_) => "run the command again in a minute",
        Error::NotRefused => {
            "run the command again in a minute; if S3 still accepts the URL, revoke the access key that signed the URL"
        }
    };
    Some(text.to_owned())
}

/// How to write something that can be revoked.
pub(crate) fn target(error: &InvalidTarget) -> &'static str {
    match error {
        InvalidTarget::NotPresigned(_) => {
            "give the whole URL in quotes, or the object as s3://BUCKET/KEY"
        }
        InvalidTarget::Uri(_) | InvalidTarget::NoKey => {
            "write s3://BUCKET/KEY, or s3://BUCKET/PREFIX/ for every key below a prefix"
        }
        InvalidTarget::OtherHost(_) => {
            "name the object as s3://BUCKET/KEY, or set --endpoint to the server of the URL"
        }
        InvalidTarget::NotOfEndpoint(_) => {
            "run the command without --endpoint, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL"
        }
        InvalidTarget::OtherPartition(_) => "name the region of the bucket with --region",
        InvalidTarget::NoBucket(_) => {
            "name the object as s3://BUCKET/KEY, with the bucket of the access point"
        }
    }
}
