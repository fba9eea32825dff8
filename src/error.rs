//! The error type of the library's public API, and the kinds of errors that a caller can
//! distinguish.

use crate::config::ConfigError;
use crate::credentials::{NoCredentials, UnreadableFile};
use crate::ownership::OpenError;
use crate::s3::error::{Error as RequestError, ErrorResponse, Kind};
use crate::settings::InvalidSettings;
use crate::{audit, bootstrap, http, ownership, verify};
use s3_presign::endpoint::EndpointError;
use s3_presign::url::InvalidRequest;
use std::error::Error as StdError;
use std::fmt;

/// The reason why an operation failed. Programs use [`kind`](Self::kind); the messages of the error
/// and of its [`source`](StdError::source)s are for people. The messages contain neither secrets
/// nor presigned URLs.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

/// The kinds of failures that a caller can distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, an environment variable or a file is invalid. The client sent no request to the
    /// bucket.
    Configuration,
    /// The client found no usable credentials. The error message lists all searched places.
    Credentials,
    /// Another account owns the bucket, or the client cannot verify that your account owns the
    /// bucket. Choose a different bucket name.
    NotOwned,
    /// `CreateBucket` reports that another account owns a bucket with this name. Choose a different
    /// bucket name.
    NameTaken,
    /// The bucket does not exist.
    NoSuchBucket,
    /// S3 denied the request. The error message names the IAM permission that may be missing.
    AccessDenied,
    /// The client received no complete answer, because of a failed connection, a timeout, or a
    /// certificate that the client does not trust. A later attempt may succeed.
    Connection,
    /// S3 answered with an error, which [`Error::response`] returns.
    Response,
    /// S3 reported success, but the client cannot parse the answer, or the new bucket is still not
    /// visible.
    UnexpectedAnswer,
}

#[derive(Debug, Clone)]
enum Inner {
    Config(ConfigError),
    File(UnreadableFile),
    UnknownProfile(String),
    Settings(InvalidSettings),
    Endpoint(EndpointError),
    Presign(InvalidRequest),
    NoCredentials(NoCredentials),
    /// The credentials contain characters that an HTTP header cannot contain. The first value is
    /// the source of the credentials, the second value is the reason.
    UnusableCredentials(String, String),
    Http(http::Error),
    Bootstrap(bootstrap::Error),
    Audit(audit::Error),
    Verify(verify::Error),
}

impl Error {
    /// The situation.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Inner::Config(_)
            | Inner::File(_)
            | Inner::UnknownProfile(_)
            | Inner::Settings(_)
            | Inner::Endpoint(_)
            | Inner::Presign(_) => ErrorKind::Configuration,
            Inner::NoCredentials(_) | Inner::UnusableCredentials(..) => ErrorKind::Credentials,
            Inner::Http(error) => match error.kind {
                http::Kind::CaBundle(_) | http::Kind::ProxySetting { .. } | http::Kind::Setup => {
                    ErrorKind::Configuration
                }
                _ => ErrorKind::Connection,
            },
            Inner::Bootstrap(error) => match error {
                bootstrap::Error::NotOwned(error) => of_ownership(error),
                bootstrap::Error::Taken(..) => ErrorKind::NameTaken,
                bootstrap::Error::NotSeen(_) => ErrorKind::UnexpectedAnswer,
                bootstrap::Error::KmsRegion { .. }
                | bootstrap::Error::MfaDelete(_)
                | bootstrap::Error::OtherRegion(..)
                | bootstrap::Error::Endpoint(_)
                | bootstrap::Error::Presign(_) => ErrorKind::Configuration,
                bootstrap::Error::S3(error) => of_request(error),
            },
            Inner::Audit(error) => match error {
                audit::Error::Endpoint(_) => ErrorKind::Configuration,
                audit::Error::NotOwned(error) => of_ownership(error),
                audit::Error::S3(error) => of_request(error),
            },
            Inner::Verify(error) => match error {
                verify::Error::Bucket(error) => of_bucket(error),
                verify::Error::MayNotWrite(_) => ErrorKind::AccessDenied,
            },
        }
    }

    /// Returns the error in S3's answer, or `None` if there was no answer.
    #[must_use]
    pub fn response(&self) -> Option<&ErrorResponse> {
        match &*self.0 {
            Inner::Bootstrap(bootstrap::Error::Taken(_, answer))
            | Inner::Verify(verify::Error::MayNotWrite(answer)) => Some(answer),
            Inner::Bootstrap(bootstrap::Error::NotOwned(error))
            | Inner::Audit(audit::Error::NotOwned(error)) => error.response(),
            Inner::Bootstrap(bootstrap::Error::S3(error))
            | Inner::Audit(audit::Error::S3(error)) => error.response(),
            Inner::Verify(verify::Error::Bucket(error)) => error.response(),
            _ => None,
        }
    }

    pub(crate) fn unknown_profile(name: &str) -> Self {
        Inner::UnknownProfile(name.to_owned()).into()
    }

    pub(crate) fn unusable_credentials(source: String, why: String) -> Self {
        Inner::UnusableCredentials(source, why).into()
    }

    fn wrapped(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Inner::Config(error) => Some(error),
            Inner::File(error) => Some(error),
            Inner::Settings(error) => Some(error),
            Inner::Endpoint(error) => Some(error),
            Inner::Presign(error) => Some(error),
            Inner::NoCredentials(error) => Some(error),
            Inner::Http(error) => Some(error),
            Inner::Bootstrap(error) => Some(error),
            Inner::Audit(error) => Some(error),
            Inner::Verify(error) => Some(error),
            Inner::UnknownProfile(_) | Inner::UnusableCredentials(..) => None,
        }
    }
}

fn of_bucket(error: &OpenError) -> ErrorKind {
    match error {
        OpenError::Endpoint(_) => ErrorKind::Configuration,
        OpenError::Missing(_) => ErrorKind::NoSuchBucket,
        OpenError::NotOwned(error) => of_ownership(error),
        OpenError::S3(error) => of_request(error),
    }
}

fn of_ownership(error: &ownership::Error) -> ErrorKind {
    match error {
        ownership::Error::AnotherAccount(..)
        | ownership::Error::AccountUnknown(_)
        | ownership::Error::Unproven(..) => ErrorKind::NotOwned,
        ownership::Error::Denied(..) => ErrorKind::AccessDenied,
        ownership::Error::S3(error) => of_request(error),
    }
}

fn of_request(error: &RequestError) -> ErrorKind {
    match &error.kind {
        Kind::Response(answer) if answer.code == "NoSuchBucket" => ErrorKind::NoSuchBucket,
        Kind::Response(answer) if answer.is_denied() => ErrorKind::AccessDenied,
        Kind::Response(_) => ErrorKind::Response,
        Kind::Transport(_) => ErrorKind::Connection,
        Kind::Unreadable(_) => ErrorKind::UnexpectedAnswer,
        Kind::Endpoint(_) => ErrorKind::Configuration,
    }
}

/// This error has the message and the sources of the step that failed, and adds no text.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Inner::UnknownProfile(name) => return write!(f, "there is no profile `{name}`"),
            Inner::UnusableCredentials(source, why) => return write!(f, "{source}: {why}"),
            _ => {}
        }
        if let Some(error) = self.wrapped() {
            fmt::Display::fmt(error, f)?;
        }
        if let Inner::NoCredentials(error) = &*self.0 {
            for attempt in &error.attempts {
                write!(f, "; {}: {}", attempt.provider, attempt.outcome)?;
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.wrapped()?.source()
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Error(Box::new(inner))
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident),* $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Inner::$variant(error).into()
            }
        })*
    };
}

from! {
    ConfigError => Config,
    UnreadableFile => File,
    InvalidSettings => Settings,
    EndpointError => Endpoint,
    InvalidRequest => Presign,
    NoCredentials => NoCredentials,
    http::Error => Http,
    bootstrap::Error => Bootstrap,
    audit::Error => Audit,
    verify::Error => Verify,
}
