//! The reasons why URLs could not be revoked.

use crate::backup::Backup;
use crate::http;
use crate::ownership::OpenError;
use crate::s3::{Error as S3Error, ErrorResponse};
use s3_presign::url::InvalidRequest;
use std::fmt;

/// The reason why a revocation, an undo or a list failed.
#[derive(Debug, Clone)]
pub enum Error {
    /// The bucket cannot be used.
    Bucket(OpenError),
    /// S3 refused a request, or did not answer.
    S3(S3Error),
    /// The bucket policy cannot be read, for this reason.
    Unreadable(String),
    /// S3 would refuse the new policy, for this reason. Nothing was written.
    Refused(String),
    /// The policy was written, but the bucket does not show it.
    NotShown,
    /// After the write, the bucket does not show these statements, which other tools or people wrote.
    Lost(Vec<String>, Option<Box<Backup>>),
    /// The request with which the revocation is proven cannot be signed.
    Presign(InvalidRequest),
    /// The request with which the revocation is proven got no answer.
    NoAnswer(http::Error),
    /// The policy denies the requests, but S3 still allowed a request at the end of the wait.
    NotRefused,
    /// The policy denies the requests, but the answer to the presigned request is neither an object nor a
    /// refusal.
    Unclear(ErrorResponse),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
            Self::Unreadable(why) => write!(f, "the bucket policy cannot be read: {why}"),
            Self::Refused(why) => write!(f, "the bucket policy was not written: {why}"),
            Self::NotShown => f.write_str(
                "the server accepted the new bucket policy, but does not show the change",
            ),
            Self::Lost(parts, _) => write!(
                f,
                "after the write, the bucket policy no longer shows {}",
                parts.join(", ")
            ),
            Self::Presign(error) => error.fmt(f),
            Self::NoAnswer(error) => write!(
                f,
                "the presigned request that proves the revocation: {error}"
            ),
            Self::NotRefused => f.write_str(
                "the bucket policy has the statement, but S3 still accepts a presigned request",
            ),
            Self::Unclear(answer) => write!(
                f,
                "the bucket policy has the statement, but the presigned request that proves the revocation failed: {answer}"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bucket(error) => error.source(),
            Self::S3(error) => error.source(),
            Self::NoAnswer(error) => error.source(),
            _ => None,
        }
    }
}

impl From<S3Error> for Error {
    fn from(error: S3Error) -> Self {
        Error::S3(error)
    }
}
