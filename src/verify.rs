//! Tests the controls of a bucket with real requests.
//!
//! The requests are those of a customer: requests with a presigned URL, and anonymous requests. The
//! probe objects are under `.s3-secure-bucket/`. [`run`] removes the probe objects, even if the
//! caller stops the run early.

mod cors;
mod found;
mod link;
mod multipart;
mod probe;
mod probes;
mod sigv2;
mod undo;
mod urls;

#[cfg(test)]
pub use found::{Info, PROBES};
pub use probe::{Outcome, Probe, Reason};

use crate::ownership::{self, OpenError, Opened};
use crate::s3::{Client, ErrorResponse};
use probe::Prober;
use s3_presign::endpoint::{BucketName, EndpointUrl};
use std::fmt;
use std::pin::pin;
use std::time::Duration;

/// The bucket to test, and the options of the test.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket.
    pub bucket: BucketName,
    /// The address at which a server other than AWS answers plain HTTP. `None` means port 80 of the
    /// same host.
    pub http_endpoint: Option<EndpointUrl>,
    /// Whether to try to make the bucket policy public. If the bucket accepts the public policy,
    /// the bucket is public for a moment.
    pub probe_policy: bool,
}

/// The result of all probes of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// The reason why the program cannot verify the owner of the bucket. `None` if your account is
    /// verified as the owner.
    pub unproven: Option<String>,
    /// The probes, in the order in which they ran.
    pub probes: Vec<Probe>,
    /// Whether the caller stopped the run before all probes were finished.
    pub interrupted: bool,
    /// The probe objects and other changes that the run could not remove, each described by a text.
    pub left_behind: Vec<String>,
}

/// The reason why no probe ran.
#[derive(Debug, Clone)]
pub enum Error {
    /// The bucket cannot be used.
    Bucket(OpenError),
    /// S3 denied the upload of the probe object, so no probe can run.
    MayNotWrite(ErrorResponse),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(error) => error.fmt(f),
            Self::MayNotWrite(answer) => write!(
                f,
                "these credentials may not write the probe object: {answer}"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bucket(error) => error.source(),
            Self::MayNotWrite(_) => None,
        }
    }
}

/// The time limit for removing all objects and changes of the probes.
const CLEAN_UP: Duration = Duration::from_mins(3);

/// Runs all probes, and calls `tell` after each probe. When `stop` is ready, this function cancels
/// the current probe and begins no further probe. At the end, this function always removes all
/// objects and changes of the probes.
///
/// # Errors
/// Returns an [`Error`] if no probe could run.
pub async fn run(
    client: &Client,
    request: &Request,
    stop: impl Future<Output = ()>,
    tell: &mut (dyn FnMut(&Probe) + Send),
) -> Result<Report, Error> {
    let opened = ownership::open(client, request.bucket.clone()).await;
    let Opened { bucket, unproven } = opened.map_err(Error::Bucket)?;
    let prober = Prober::new(client, request, &bucket);
    let mut done = Vec::new();
    let mut tell = |probe: Probe| {
        tell(&probe);
        done.push(probe);
    };
    let mut stop = pin!(stop);
    let ended = tokio::select! {
        biased;
        () = &mut stop => None,
        ended = probes::all(&prober, request.probe_policy, &mut tell) => Some(ended),
    };
    let interrupted = ended.is_none();
    // The clean-up runs after the `select!`, so a stopped run is cleaned up too. A stop during the
    // clean-up does not end the clean-up.
    let cleaning = async {
        let mut clean_up = pin!(prober.clean_up());
        if !interrupted {
            tokio::select! {
                left = &mut clean_up => return left,
                () = stop => {}
            }
        }
        clean_up.await
    };
    let left_behind = match tokio::time::timeout(CLEAN_UP, cleaning).await {
        Ok(left) => left,
        Err(_) => vec![format!(
            "the objects under {} (removing them took too long)",
            prober.folder
        )],
    };
    if let Some(Err(denied)) = ended {
        return Err(Error::MayNotWrite(denied));
    }
    Ok(Report {
        bucket: request.bucket.to_string(),
        region: bucket.region().to_string(),
        unproven,
        probes: done,
        interrupted,
        left_behind,
    })
}
