//! Tests the controls on the live bucket with real requests.
//!
//! Every request is like a customer's request: with a presigned URL, or anonymous. Probe objects
//! are under `.s3-secure-bucket/`. [`run`] removes the probe objects, even if it is stopped early.

mod found;
mod probe;
mod probes;
mod undo;
mod urls;

#[cfg(test)]
pub use found::{Info, PROBES};
pub use probe::{Outcome, Probe, Reason};

use crate::ownership::{self, Existence};
use crate::s3::{Bucket, Client, Error as S3Error};
use probe::Prober;
use s3_presign::endpoint::{BucketName, EndpointError, EndpointUrl};
use std::fmt;
use std::pin::pin;
use std::time::Duration;

/// Which bucket to probe, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket.
    pub bucket: BucketName,
    /// The address at which a server other than AWS answers plain HTTP, if the port is not 80.
    pub http_endpoint: Option<EndpointUrl>,
    /// Also try to make the bucket policy public. If the bucket accepts this, the policy is public for a
    /// moment.
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
    /// Why it is not known which account owns the bucket. `None` if your account is verified as the owner.
    pub unproven: Option<String>,
    /// The probes, in the order in which they ran.
    pub probes: Vec<Probe>,
    /// Whether the run was stopped before all probes were done.
    pub interrupted: bool,
    /// Probe objects and other changes that could not be removed, each as a text.
    pub left_behind: Vec<String>,
}

/// Why no probe ran.
#[derive(Debug, Clone)]
pub enum Error {
    /// The endpoint cannot address a bucket with this name.
    Endpoint(EndpointError),
    /// There is no such bucket.
    Missing(String),
    /// Another account owns the bucket, or the program cannot verify that the caller's account owns it.
    NotOwned(ownership::Error),
    /// A request and all its retries failed.
    S3(S3Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => error.fmt(f),
            Self::Missing(bucket) => write!(f, "there is no bucket `{bucket}`"),
            Self::NotOwned(error) => error.fmt(f),
            Self::S3(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(error) => error.source(),
            Self::NotOwned(error) => error.source(),
            Self::S3(error) => error.source(),
            Self::Missing(_) => None,
        }
    }
}

/// The time limit for the removal of everything that the probes created.
const CLEAN_UP: Duration = Duration::from_mins(3);

/// Runs all probes. `on_probe` receives each probe after it ran. Once `stop` is ready, the current probe is
/// abandoned, no further one begins, and everything that the probes created is removed.
///
/// # Errors
/// See [`Error`].
pub async fn run(
    client: &Client,
    request: &Request,
    stop: impl Future<Output = ()>,
    tell: &mut (dyn FnMut(&Probe) + Send),
) -> Result<Report, Error> {
    let mut bucket = Bucket::new(client, request.bucket.clone()).map_err(Error::Endpoint)?;
    let unproven = match ownership::prove(client, &mut bucket).await {
        Ok(Existence::Owned) => None,
        Ok(Existence::Unproven(why)) => Some(why),
        Ok(Existence::Missing) => return Err(Error::Missing(bucket.name().to_string())),
        Err(ownership::Error::S3(error)) => return Err(Error::S3(error)),
        Err(error) => return Err(Error::NotOwned(error)),
    };
    let prober = Prober::new(client, request, &bucket);
    let mut done = Vec::new();
    let mut tell = |probe: Probe| {
        tell(&probe);
        done.push(probe);
    };
    let mut stop = pin!(stop);
    let interrupted = tokio::select! {
        biased;
        () = &mut stop => true,
        () = probes::all(&prober, request.probe_policy, &mut tell) => false,
    };
    // The clean-up comes after the select, so it runs in both cases. A stop during the clean-up also counts
    // as an interruption.
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
    Ok(Report {
        bucket: request.bucket.to_string(),
        region: bucket.region().to_string(),
        unproven,
        probes: done,
        interrupted,
        left_behind,
    })
}
