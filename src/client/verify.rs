//! Options for a run of [`Client::verify`].

use super::Client;
use crate::error::Error;
use crate::verify::{self, Probe, Report, Request};
use s3_presign::endpoint::{BucketName, EndpointUrl};
use std::fmt;
use std::pin::Pin;

type Stop<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A future that runs [`Client::verify`] when it is awaited.
#[must_use = "nothing happens before it is awaited"]
pub struct Verify<'a> {
    client: &'a Client,
    request: Request,
    stop: Stop<'a>,
    on_probe: Box<dyn FnMut(&Probe) + Send + 'a>,
}

impl<'a> Verify<'a> {
    pub(super) fn new(client: &'a Client, bucket: BucketName) -> Self {
        Verify {
            client,
            request: Request {
                bucket,
                http_endpoint: None,
                probe_policy: false,
            },
            stop: Box::pin(std::future::pending()),
            on_probe: Box::new(|_| {}),
        }
    }

    /// Adds a probe that tries to make the bucket policy public. If S3 accepts the public policy,
    /// the bucket is public for a moment, until the run restores the previous policy.
    pub fn probe_policy(mut self) -> Self {
        self.request.probe_policy = true;
        self
    }

    /// Sets the address at which a server other than AWS answers plain HTTP. If the server answers
    /// HTTPS at port 443, the default is port 80 of the same host.
    pub fn http_endpoint(mut self, url: EndpointUrl) -> Self {
        self.request.http_endpoint = Some(url);
        self
    }

    /// Stops the run early: when `stop` is ready, the run begins no further probe, removes the
    /// probe objects, and returns a report of the finished probes.
    pub fn stop_when(mut self, stop: impl Future<Output = ()> + Send + 'a) -> Self {
        self.stop = Box::pin(stop);
        self
    }

    /// Sets a function that the run calls after each probe. The task that awaits the run calls this
    /// function.
    pub fn on_probe(mut self, on_probe: impl FnMut(&Probe) + Send + 'a) -> Self {
        self.on_probe = Box::new(on_probe);
        self
    }

    async fn run(mut self) -> Result<Report, Error> {
        let client = &self.client.s3;
        Ok(verify::run(client, &self.request, self.stop, &mut *self.on_probe).await?)
    }
}

impl<'a> IntoFuture for Verify<'a> {
    type Output = Result<Report, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
