//! How a command ends when it does not do its work: one situation, its causes, what to do.

use s3_secure_bucket::audit;
use s3_secure_bucket::bootstrap;
use s3_secure_bucket::config::ConfigError;
use s3_secure_bucket::credentials::{NoCredentials, UnreadableFile};
use s3_secure_bucket::http;
use s3_secure_bucket::presign::endpoint::{EndpointError, InvalidBucketName};
use s3_secure_bucket::presign::uri::InvalidUri;
use s3_secure_bucket::presign::url::InvalidRequest;
use s3_secure_bucket::s3;
use s3_secure_bucket::verify;
use std::fmt::Display;
use std::process::ExitCode;

/// The exit codes; part of the contract, in `--help` and README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// It did not work.
    Failed = 1,
    /// Wrong usage: nothing was sent.
    Usage = 2,
    /// Not compliant, or (dry run) changes pending.
    NotCompliant = 3,
    /// Done, but a control is unsupported by this server.
    Unsupported = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Printed once, by [`crate::output::Printer::failure`].
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) situation: String,
    pub(crate) causes: Vec<String>,
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// The command line, the environment or a file asks for what cannot be.
    pub(crate) fn usage(situation: impl Display, hint: impl Into<String>) -> Self {
        Failure {
            exit: Exit::Usage,
            situation: situation.to_string(),
            causes: Vec::new(),
            hint: Some(hint.into()),
        }
    }

    fn failed(situation: impl Display, hint: Option<String>) -> Self {
        Failure {
            exit: Exit::Failed,
            situation: situation.to_string(),
            causes: Vec::new(),
            hint,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::usage(&error, error.hint())
    }
}

impl From<EndpointError> for Failure {
    fn from(error: EndpointError) -> Self {
        Failure::usage(&error, "leave one of the two out, or name another --region")
    }
}

impl From<InvalidBucketName> for Failure {
    fn from(error: InvalidBucketName) -> Self {
        Failure::usage(
            &error,
            "the rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
        )
    }
}

impl From<InvalidUri> for Failure {
    fn from(error: InvalidUri) -> Self {
        Failure::usage(
            &error,
            "write s3://BUCKET/KEY, such as s3://my-bucket/uploads/example.txt",
        )
    }
}

impl From<InvalidRequest> for Failure {
    fn from(error: InvalidRequest) -> Self {
        Failure::usage(
            &error,
            "leave it out: what is not signed can be sent all the same",
        )
    }
}

impl From<UnreadableFile> for Failure {
    fn from(error: UnreadableFile) -> Self {
        Failure {
            causes: vec![error.to_string()],
            ..Failure::failed(
                "a shared AWS file cannot be used",
                Some(
                    "mend it, or name others with AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"
                        .into(),
                ),
            )
        }
    }
}

impl From<NoCredentials> for Failure {
    fn from(error: NoCredentials) -> Self {
        let attempts = error.attempts.iter();
        Failure {
            causes: attempts
                .map(|attempt| format!("{}: {}", attempt.provider, attempt.outcome))
                .collect(),
            ..Failure::failed(
                &error,
                Some("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, or run where a role is at hand".into()),
            )
        }
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        let exit = match error.kind {
            http::Kind::CaBundle(_) | http::Kind::Proxy => Exit::Usage,
            _ => Exit::Failed,
        };
        Failure {
            exit,
            causes: error.causes.clone(),
            ..Failure::failed(&error, error.hint().map(str::to_owned))
        }
    }
}

impl From<bootstrap::Error> for Failure {
    fn from(error: bootstrap::Error) -> Self {
        Failure::failed(&error, error.hint())
    }
}

impl From<audit::Error> for Failure {
    fn from(error: audit::Error) -> Self {
        Failure::failed(&error, error.hint())
    }
}

impl From<verify::Error> for Failure {
    fn from(error: verify::Error) -> Self {
        Failure::failed(&error, error.hint())
    }
}

impl From<s3::Error> for Failure {
    fn from(error: s3::Error) -> Self {
        Failure::failed(&error, error.hint())
    }
}
