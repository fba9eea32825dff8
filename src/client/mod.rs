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

/// A client for S3, with credentials, a region or endpoint, and connections.
///
/// All methods of a client take `&self`, so threads and tasks can share a client. If the server
/// asks for fewer requests, the client slows down the requests of all threads and tasks.
pub struct Client {
    s3: s3::Client,
    /// Whether the caller, the environment or the profile sets a region. If this field is `false`,
    /// the server may choose the region of a new bucket.
    has_region: bool,
}

impl Client {
    /// Returns a builder of a client that uses the same settings as the AWS CLI: environment
    /// variables, `~/.aws/config`, `~/.aws/credentials`, IAM Identity Center, and the roles of
    /// containers and instances.
    pub fn from_env() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates the bucket if it is missing, and changes each control that does not have the state
    /// that `settings` request. This method never changes a bucket of another account.
    ///
    /// The run starts only when the returned value is awaited. You can repeat a run safely, because
    /// bootstrap writes a control only if the control differs. After each write, bootstrap reads
    /// the control again to verify the write.
    ///
    /// # Errors
    /// The run fails if `settings` are invalid, if your account does not own the bucket, or if S3
    /// does not answer. A failed control is not an error;
    /// [`BootstrapReport::outcome`](crate::BootstrapReport::outcome) reports failed controls.
    pub fn bootstrap<'a>(&'a self, bucket: &BucketName, settings: &Settings) -> Bootstrap<'a> {
        Bootstrap::new(self, bucket.clone(), settings.clone())
    }

    /// Compares the bucket with the state that [`bootstrap`](Self::bootstrap) would configure, and
    /// changes nothing.
    ///
    /// # Errors
    /// Fails if `settings` are invalid, if the bucket does not exist, if your account does not own
    /// the bucket, or if S3 does not answer. A control that cannot be read is not an error; its
    /// verdict is [`Verdict::Unknown`](crate::Verdict::Unknown).
    pub async fn audit(
        &self,
        bucket: &BucketName,
        settings: &Settings,
    ) -> Result<audit::Report, Error> {
        let settings = self.for_bucket(bucket, settings)?;
        Ok(audit::run(&self.s3, &settings, None, &audit::Scope::default(), None).await?)
    }

    /// Tests the bucket's controls with real requests: uploads, downloads, and requests that S3
    /// must deny.
    ///
    /// The run creates probe objects under `.s3-secure-bucket/` and removes all probe objects at
    /// the end. To stop early, use [`Verify::stop_when`], because a run whose future is dropped
    /// does not remove its probe objects.
    ///
    /// # Errors
    /// The run fails if the bucket does not exist, if your account does not own the bucket, or if
    /// S3 does not answer. A failed probe is not an error; the report lists failed probes.
    pub fn verify<'a>(&'a self, bucket: &BucketName) -> Verify<'a> {
        Verify::new(self, bucket.clone())
    }

    /// Returns a presigner for objects of the bucket, with the client's credentials. Each URL is
    /// valid for `expires_in`, starting now. This method sends no request.
    ///
    /// If you need signed headers, query parameters or a different start time, call
    /// [`Presigner::new`].
    ///
    /// # Errors
    /// Fails if the endpoint does not support the name of the bucket.
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

    /// Returns the credentials of the client.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.s3.credentials
    }

    /// Returns the region in which the client creates buckets.
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

/// Prints neither the secret access key nor the session token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.s3.fmt(f)
    }
}

/// Returns the minimal IAM policy for `task` on a bucket on AWS, as JSON. This function sends no
/// request.
///
/// # Errors
/// Fails if `settings` are invalid for a bucket in `region`.
pub fn iam_policy(
    task: Task<'_>,
    bucket: &BucketName,
    settings: &Settings,
    region: &Region,
) -> Result<Value, Error> {
    let settings = settings.for_bucket(bucket, region, true)?;
    Ok(iam::policy(task, &settings, None, true))
}
