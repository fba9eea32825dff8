//! The options of one run of verify.

use super::Client;
use crate::error::Error;
use crate::verify::{self, Probe, Report, Request};
use s3_presign::endpoint::{BucketName, EndpointUrl};
use std::fmt;
use std::pin::Pin;

type Stop<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One run of [`Client::verify`], which begins when it is awaited.
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

    /// Also tries to make the bucket policy public. If the bucket accepts that, the policy is public for a
    /// moment before it is restored.
    pub fn probe_policy(mut self) -> Self {
        self.request.probe_policy = true;
        self
    }

    /// The address at which a server other than AWS answers plain HTTP. By default at port 80, if it answers
    /// HTTPS at port 443.
    pub fn http_endpoint(mut self, url: EndpointUrl) -> Self {
        self.request.http_endpoint = Some(url);
        self
    }

    /// Begins no further probe once `stop` is ready, removes the probe objects, and returns a report of the
    /// probes so far.
    pub fn stop_when(mut self, stop: impl Future<Output = ()> + Send + 'a) -> Self {
        self.stop = Box::pin(stop);
        self
    }

    /// Calls `on_probe` after each probe, from the task that awaits the run.
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
