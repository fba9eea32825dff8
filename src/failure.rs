//! The failure of a command: its exit code, the situation, the causes and a hint.

use crate::audit;
use crate::bootstrap;
use crate::config::ConfigError;
use crate::credentials::{NoCredentials, UnreadableFile};
use crate::exchange;
use crate::hints;
use crate::http;
use crate::ownership::OpenError;
use crate::s3;
use crate::values::quote;
use crate::verify;
use s3_presign::endpoint::{EndpointError, InvalidBucketName};
use s3_presign::uri::InvalidUri;
use s3_presign::url::InvalidRequest;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;
use std::process::ExitCode;

/// The exit codes. Scripts depend on these exit codes, which `--help` and README list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command succeeded.
    Done = 0,
    /// The command failed.
    Failed = 1,
    /// The command line, the environment or a file is wrong. The command sent nothing.
    Usage = 2,
    /// A bucket is not compliant, a dry run found something to change, or nothing arrived in time.
    NotCompliant = 3,
    /// The command succeeded, but the server does not support a control.
    Unsupported = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A failure of a command. [`crate::output::Printer::failure`] prints it once.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) situation: String,
    /// The causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// The remedy, as an imperative.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Wrong usage: the command line, the environment or a file has an invalid or contradictory value.
    pub(crate) fn usage(situation: impl Display, hint: impl Into<String>) -> Self {
        Failure {
            exit: Exit::Usage,
            ..Failure::new(situation, Some(hint.into()))
        }
    }

    /// A failure with exit code 1 that no error value describes.
    pub(crate) fn new(situation: impl Display, hint: Option<String>) -> Self {
        Failure {
            exit: Exit::Failed,
            situation: situation.to_string(),
            causes: Vec::new(),
            hint,
        }
    }

    /// A failure with exit code 1. The error becomes the situation, and the error's sources become
    /// the causes.
    pub(crate) fn caused_by(error: &dyn Error, hint: Option<String>) -> Self {
        let sources = std::iter::successors(error.source(), |&error| error.source());
        let mut causes: Vec<String> = sources.map(ToString::to_string).collect();
        // The text of a wrapper may be that of the wrapped error, so a repeated text is dropped.
        causes.dedup();
        Failure {
            causes,
            ..Failure::new(error, hint)
        }
    }

    /// The situation and the innermost cause in one line, for documents.
    pub(crate) fn in_one_line(&self) -> String {
        match self.causes.last() {
            Some(cause) => format!("{} ({cause})", self.situation),
            None => self.situation.clone(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::usage(&error, hints::config(&error).as_ref())
    }
}

impl From<EndpointError> for Failure {
    fn from(error: EndpointError) -> Self {
        Failure::usage(&error, hints::endpoint(&error))
    }
}

impl From<InvalidBucketName> for Failure {
    fn from(error: InvalidBucketName) -> Self {
        let hint = match hints::likely_bucket(&error.name) {
            Some(bucket) => format!("did you mean {bucket}?"),
            None => "the rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html".to_owned(),
        };
        Failure::usage(&error, hint)
    }
}

impl From<InvalidUri> for Failure {
    fn from(error: InvalidUri) -> Self {
        let meant = match &error {
            InvalidUri::NotS3(text) => hints::likely_uri(text),
            _ => None,
        };
        let hint = match meant {
            Some(uri) => format!("did you mean {}?", quote(&uri)),
            None => "write s3://BUCKET/KEY, such as s3://my-bucket/uploads/example.txt".to_owned(),
        };
        Failure::usage(&error, hint)
    }
}

impl From<InvalidRequest> for Failure {
    fn from(error: InvalidRequest) -> Self {
        Failure::usage(&error, hints::request(&error))
    }
}

impl From<UnreadableFile> for Failure {
    fn from(error: UnreadableFile) -> Self {
        let hint = "fix the file, or name other files with AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE";
        Failure {
            causes: vec![error.to_string()],
            ..Failure::new(
                "a shared AWS config or credentials file cannot be used",
                Some(hint.to_owned()),
            )
        }
    }
}

impl From<NoCredentials> for Failure {
    fn from(error: NoCredentials) -> Self {
        let hint = if error.is_broken {
            "correct the last credential source in the list above, or select another profile with --profile"
        } else {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, or run on a host or container that has an IAM role"
        };
        let transport = error.failure.as_ref();
        let exit = transport.map_or(Exit::Failed, exit_of);
        let hint = transport.and_then(hints::http).unwrap_or(hint.into());
        let attempts = error.attempts.iter();
        Failure {
            exit,
            causes: attempts
                .map(|attempt| format!("{}: {}", attempt.provider, attempt.outcome))
                .collect(),
            ..Failure::new(&error, Some(hint.into_owned()))
        }
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        Failure {
            exit: exit_of(&error),
            ..Failure::caused_by(&error, hints::http(&error).map(Cow::into_owned))
        }
    }
}

/// A file or a variable that cannot be used counts as wrong usage, because the command sent
/// nothing.
pub(crate) fn exit_of(error: &http::Error) -> Exit {
    match error.kind {
        http::Kind::CaBundle(_) | http::Kind::ProxySetting { .. } => Exit::Usage,
        _ => Exit::Failed,
    }
}

impl From<s3::Error> for Failure {
    fn from(error: s3::Error) -> Self {
        Failure::caused_by(&error, hints::s3(&error).map(Cow::into_owned))
    }
}

impl From<bootstrap::Error> for Failure {
    fn from(error: bootstrap::Error) -> Self {
        Failure::caused_by(&error, hints::bootstrap(&error))
    }
}

impl From<audit::Error> for Failure {
    fn from(error: audit::Error) -> Self {
        let hint = hints::audit(&error);
        Failure::caused_by(&error, hint.map(Cow::into_owned))
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Failure::caused_by(&error, hints::bucket(&error).map(Cow::into_owned))
    }
}

impl From<verify::Error> for Failure {
    fn from(error: verify::Error) -> Self {
        Failure::caused_by(&error, hints::verify(&error))
    }
}

impl From<exchange::request::Error> for Failure {
    fn from(error: exchange::request::Error) -> Self {
        let hint = hints::published(&error);
        Failure::caused_by(&error, hint)
    }
}

impl From<exchange::revoke::Error> for Failure {
    fn from(error: exchange::revoke::Error) -> Self {
        let hint = hints::revoked(&error);
        Failure::caused_by(&error, hint)
    }
}
