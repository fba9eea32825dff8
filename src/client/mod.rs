//! The public API of the library: a client and its operations on a bucket.

mod bootstrap;
mod builder;
mod verify;

pub use bootstrap::Bootstrap;
pub use builder::ClientBuilder;
pub use verify::Verify;

use crate::error::Error;
use crate::iam::{self, Task};
use crate::settings::Settings;
use crate::{audit, s3};
use s3_presign::endpoint::{BucketName, Region};
use s3_presign::{Credentials, Expiry, Method, Presigner, Request};
use serde_json::Value;
use std::fmt;

/// Credentials, a region or endpoint, and connections: what every operation needs.
///
/// All methods of a client take `&self`, so threads and tasks can share it. When the server asks for fewer
/// requests, all of them slow down.
pub struct Client {
    s3: s3::Client,
    /// Whether the caller, the environment or the profile names a region. If not, the server may choose the
    /// region of a new bucket.
    has_region: bool,
}

impl Client {
    /// Begins a client with the settings of the AWS CLI: environment variables, `~/.aws/config` and
    /// `~/.aws/credentials`, IAM Identity Center, and the roles of containers and instances.
    pub fn from_env() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates the bucket if it is missing, and brings every control to the state that `settings` request.
    /// A bucket of another account is never changed.
    ///
    /// The run starts only when the returned value is awaited. You can repeat a run safely: a control is
    /// written only if it differs, and read back afterwards.
    ///
    /// # Errors
    /// Awaiting it fails if `settings` are invalid, the bucket is not yours or S3 does not answer. A
    /// control that fails is no error: see [`BootstrapReport::outcome`](crate::BootstrapReport::outcome).
    pub fn bootstrap<'a>(&'a self, bucket: &BucketName, settings: &Settings) -> Bootstrap<'a> {
        Bootstrap::new(self, bucket.clone(), settings.clone())
    }

    /// Compares the bucket with the state that [`bootstrap`](Self::bootstrap) would set. Writes nothing.
    ///
    /// # Errors
    /// `settings` are invalid, the bucket does not exist or is not yours, or S3 does not answer. A control
    /// that cannot be read is no error: see [`Verdict::Unknown`](crate::Verdict::Unknown).
    pub async fn audit(
        &self,
        bucket: &BucketName,
        settings: &Settings,
    ) -> Result<audit::Report, Error> {
        let settings = self.for_bucket(bucket, settings)?;
        Ok(audit::run(&self.s3, &settings, None).await?)
    }

    /// Tests with real requests that the bucket's controls work: uploads, downloads, and requests that
    /// must be denied.
    ///
    /// Probe objects are under `.s3-secure-bucket/` and are removed at the end. To stop early, use
    /// [`Verify::stop_when`]: a future that is dropped leaves its probe objects behind.
    ///
    /// # Errors
    /// Awaiting it fails if the bucket does not exist or is not yours, or S3 does not answer. A failed probe
    /// is not an error; the report lists it.
    pub fn verify<'a>(&'a self, bucket: &BucketName) -> Verify<'a> {
        Verify::new(self, bucket.clone())
    }

    /// A presigner for objects of the bucket, with the client's credentials. Each URL is valid from now on
    /// for `expires_in`. No request is sent.
    ///
    /// For signed headers, query parameters or another start time, call [`Presigner::new`].
    ///
    /// # Errors
    /// The endpoint cannot address the bucket.
    pub fn presigner(
        &self,
        method: Method,
        bucket: &BucketName,
        expires_in: Expiry,
    ) -> Result<Presigner, Error> {
        let endpoint = self.s3.config.resolve(Some(bucket.as_str()))?;
        Ok(Presigner::new(&Request {
            expires_in,
            ..Request::new(method, &endpoint, &self.s3.credentials, self.s3.now())
        })?)
    }

    /// The credentials of the client.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.s3.credentials
    }

    /// The region in which the client creates buckets.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.s3.config.region
    }

    fn for_bucket(
        &self,
        bucket: &BucketName,
        settings: &Settings,
    ) -> Result<crate::controls::Settings, Error> {
        let endpoint = self.s3.config.resolve(Some(bucket.as_str()))?;
        Ok(settings.for_bucket(bucket, self.region(), endpoint.is_aws)?)
    }
}

/// Shows neither the secret access key nor the session token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.s3.fmt(f)
    }
}

/// The least IAM policy with which `task` works on a bucket on AWS, as JSON. No request is sent.
///
/// # Errors
/// `settings` are invalid for a bucket in `region`.
pub fn iam_policy(
    task: Task<'_>,
    bucket: &BucketName,
    settings: &Settings,
    region: &Region,
) -> Result<Value, Error> {
    let settings = settings.for_bucket(bucket, region, true)?;
    Ok(iam::policy(task, &settings, None, true))
}
