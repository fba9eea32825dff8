//! Verify: the controls proven on the live bucket, with real requests.
//!
//! Every request is made as a customer would make it, from a presigned URL or from none. Probe objects
//! live under `.s3-secure-bucket/` and are removed whatever happens; [`run`] stops between two probes
//! when it is told to, and cleans up all the same.

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

/// What to prove, and how far to go.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bucket.
    pub bucket: BucketName,
    /// Where the same server answers plain HTTP, if it is not AWS and not at the usual port.
    pub http_endpoint: Option<EndpointUrl>,
    /// Try a public policy too: it is put for a moment, if the bucket lets it.
    pub probe_policy: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The bucket's name.
    pub bucket: String,
    /// The region it is in.
    pub region: String,
    /// Why it is not known whose the bucket is, where the server does not say.
    pub unproven: Option<String>,
    /// One for each probe.
    pub probes: Vec<Probe>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Probe objects that could not be removed.
    pub left_behind: Vec<String>,
}

/// Why nothing could be proven.
#[derive(Debug, Clone)]
pub enum Error {
    /// The endpoint cannot address such a bucket.
    Endpoint(EndpointError),
    /// There is no such bucket.
    Missing(String),
    /// The bucket must not be probed.
    NotOwned(ownership::Error),
    /// A call failed for good.
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

/// The longest that may take.
const CLEAN_UP: Duration = Duration::from_mins(3);

/// Does it. `tell` sees every probe as it ends; when `stop` comes to its end no further probe begins,
/// the one under way is given up, and what was made is removed.
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
    // Behind the select: nothing that was made is forgotten, whichever of the two it was. Who wants an end
    // is still heard.
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
            "what stands under {} (removing it took too long)",
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
