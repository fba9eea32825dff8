//! Why no link was published.

use crate::http;
use crate::ownership::OpenError;
use crate::s3::customer::{FormProblem, PageProblem};
use crate::s3::{Bucket, Error as S3Error, ErrorResponse};
use s3_presign::endpoint::BucketName;
use s3_presign::post::InvalidForm;
use s3_presign::uri::InvalidUri;
use s3_presign::url::InvalidRequest;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why no link was published.
#[derive(Debug)]
pub enum Error {
    /// The bucket cannot be used.
    Bucket(OpenError),
    /// The provider with this name has no upload forms.
    Provider(&'static str),
    /// The credentials have expired.
    CredentialsExpired,
    /// The bucket policy refuses every signature that is older than this.
    PolicyAge(Duration),
    /// The bucket is public, for this reason.
    Public(String),
    /// The bucket policy demands this header, as `NAME: VALUE`, which a form cannot send.
    Demanded(String),
    /// The smallest size is above the largest size.
    Form(InvalidForm),
    /// A link cannot be signed.
    Presign(InvalidRequest),
    /// The form of the page would not work.
    FormProblem(FormProblem),
    /// The credentials may not store files below the prefix.
    Denied(ErrorResponse),
    /// The key of the expected file is too long.
    Key(InvalidUri),
    /// The server refused to begin the upload of the expected file.
    Begin(S3Error),
    /// The server refused to store the page.
    Upload(S3Error),
    /// The server refused an upload while Block Public Access is on. Ceph then refuses every upload. The field
    /// contains the server's refusal.
    CephBlocksUploads(String),
    /// The link could not be fetched.
    Fetch(http::Error),
    /// A browser would not show the page.
    Page(PageProblem),
    /// The caller stopped the run.
    Interrupted,
    /// The link could not be printed, for this reason.
    NotPrinted(io::Error),
    /// The server stored a file that the form forbids, and the file could not be removed.
    FileLeftBehind {
        /// The key of the file.
        key: String,
        /// Why the file could not be removed.
        failure: S3Error,
    },
    /// The page could not be removed after `error`.
    LeftBehind {
        /// The key of the page.
        page_key: String,
        /// Why the page could not be removed.
        failure: S3Error,
        /// Why the page had to be removed.
        error: Box<Error>,
    },
    /// The upload of the expected file could not be aborted after `error`.
    UploadLeftBehind {
        /// The bucket.
        bucket: BucketName,
        /// The key of the expected file.
        key: String,
        /// The ID of the upload.
        id: String,
        /// Why the upload could not be aborted.
        failure: S3Error,
        /// Why the upload had to be aborted.
        error: Box<Error>,
    },
}

impl Error {
    /// The error for a form that would not work.
    pub(super) fn of_form(
        problem: FormProblem,
        bucket: &Bucket<'_>,
        blocks_public_access: bool,
    ) -> Self {
        match &problem {
            FormProblem::Refused(answer) if answer.is_denied() => {
                Error::of_block(answer, bucket, blocks_public_access)
            }
            _ => None,
        }
        .unwrap_or(Error::FormProblem(problem))
    }

    /// The error for a page that the server refused to store.
    pub(super) fn of_page(
        failure: S3Error,
        bucket: &Bucket<'_>,
        blocks_public_access: bool,
    ) -> Self {
        let denied = failure.response().filter(|answer| answer.is_denied());
        denied
            .and_then(|answer| Error::of_block(answer, bucket, blocks_public_access))
            .unwrap_or(Error::Upload(failure))
    }

    /// The error for credentials that may not store files below the prefix.
    pub(super) fn of_upload(
        answer: &ErrorResponse,
        bucket: &Bucket<'_>,
        blocks_public_access: bool,
    ) -> Self {
        Error::of_block(answer, bucket, blocks_public_access)
            .unwrap_or_else(|| Error::Denied(answer.clone()))
    }

    /// The error for a denied upload, if Block Public Access can be the reason.
    fn of_block(
        answer: &ErrorResponse,
        bucket: &Bucket<'_>,
        blocks_public_access: bool,
    ) -> Option<Self> {
        let is_possible = blocks_public_access && !bucket.endpoint().is_aws;
        is_possible.then(|| Error::CephBlocksUploads(answer.to_string()))
    }
}

impl From<S3Error> for Error {
    fn from(error: S3Error) -> Self {
        Error::Bucket(error.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(error) => error.fmt(f),
            Self::Provider(name) => write!(
                f,
                "{name} does not support upload forms, which the upload page needs (it answers 501 to them)"
            ),
            Self::CredentialsExpired => {
                f.write_str("the credentials have expired: a link signed with them would not work")
            }
            Self::PolicyAge(limit) => write!(
                f,
                "the bucket policy refuses signatures that are older than {} ms, so no link can work",
                limit.as_millis()
            ),
            Self::Public(why) => write!(
                f,
                "the bucket is public: {why}, so everyone could read the files that arrive"
            ),
            Self::Demanded(header) => write!(
                f,
                "the bucket policy refuses uploads without the header `{header}`, which an upload page cannot send"
            ),
            Self::Form(error) => error.fmt(f),
            Self::Presign(error) => error.fmt(f),
            Self::FormProblem(problem) => problem.fmt(f),
            Self::Denied(answer) => write!(
                f,
                "these credentials may not store files below the prefix: S3 answered {answer}"
            ),
            Self::Key(error) => error.fmt(f),
            Self::Begin(error) => write!(f, "the upload could not be begun: {error}"),
            Self::Upload(error) => write!(f, "the page could not be stored: {error}"),
            Self::CephBlocksUploads(answer) => write!(
                f,
                "the server refuses uploads, as Ceph does while Block Public Access is on: S3 answered {answer}"
            ),
            Self::Fetch(error) => write!(f, "the link to the page could not be fetched: {error}"),
            Self::Page(problem) => problem.fmt(f),
            Self::Interrupted => f.write_str("interrupted, before the link was checked"),
            Self::NotPrinted(_) => f.write_str("the link could not be printed"),
            Self::FileLeftBehind { key, .. } => write!(
                f,
                "the server does not enforce the policy of an upload form, and the file `{key}` that the server stored could not be removed"
            ),
            Self::LeftBehind {
                page_key, error, ..
            } => {
                write!(f, "{error}; and the page `{page_key}` could not be removed")
            }
            Self::UploadLeftBehind { key, id, error, .. } => write!(
                f,
                "{error}; and the multipart upload {id} of `{key}` could not be aborted"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bucket(error) => error.source(),
            Self::Begin(error) | Self::Upload(error) => error.source(),
            Self::Fetch(error) | Self::FormProblem(FormProblem::NoAnswer(error)) => error.source(),
            Self::NotPrinted(error) => Some(error),
            Self::LeftBehind { failure, .. }
            | Self::FileLeftBehind { failure, .. }
            | Self::UploadLeftBehind { failure, .. } => Some(failure),
            _ => None,
        }
    }
}
