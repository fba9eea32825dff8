//! Options for a run of [`Client::bootstrap`].

use super::Client;
use crate::bootstrap::{self, Event, Report, Request};
use crate::error::Error;
use crate::settings::{Settings, check_required};
use s3_presign::endpoint::BucketName;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

/// The default wait after the creation of a bucket on AWS, which may need this time to make a new
/// bucket visible.
const SETTLE: Duration = Duration::from_secs(2);

/// A future that runs [`Client::bootstrap`] when it is awaited.
#[must_use = "nothing happens before it is awaited"]
pub struct Bootstrap<'a> {
    client: &'a Client,
    bucket: BucketName,
    settings: Settings,
    dry_run: bool,
    require: Vec<String>,
    settle: Option<Duration>,
    backup_dir: Option<PathBuf>,
    on_event: Box<dyn FnMut(Event) + Send + 'a>,
}

impl<'a> Bootstrap<'a> {
    pub(super) fn new(client: &'a Client, bucket: BucketName, settings: Settings) -> Self {
        Bootstrap {
            client,
            bucket,
            settings,
            dry_run: false,
            require: Vec::new(),
            settle: None,
            backup_dir: None,
            on_event: Box::new(|_| {}),
        }
    }

    /// Makes the run report the changes that are necessary, without sending any change.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Makes the run fail if the server does not support the control with this id, such as
    /// `tls-only`. Without this option, the report calls the control unsupported.
    pub fn require(mut self, control: &str) -> Self {
        self.require.push(control.to_owned());
        self
    }

    /// Sets the wait after the creation of a bucket. The default is two seconds on AWS, and no wait
    /// on other servers.
    pub fn settle(mut self, wait: Duration) -> Self {
        self.settle = Some(wait);
        self
    }

    /// Sets the folder in which bootstrap saves each existing configuration before a change. The
    /// default is `s3-secure-bucket` in `$XDG_STATE_HOME` or `~/.local/state`.
    pub fn backup_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.backup_dir = Some(folder.into());
        self
    }

    /// Sets a function that the run calls for each event, in order. The task that awaits the run
    /// calls this function.
    pub fn on_event(mut self, on_event: impl FnMut(Event) + Send + 'a) -> Self {
        self.on_event = Box::new(on_event);
        self
    }

    async fn run(mut self) -> Result<Report, Error> {
        let settings = self.client.for_bucket(&self.bucket, &self.settings)?;
        check_required(&self.require, &settings)?;
        let client = &self.client.s3;
        let request = Request {
            settings,
            settle: self.settle.unwrap_or(match client.config.endpoint {
                None => SETTLE,
                Some(_) => Duration::ZERO,
            }),
            dry_run: self.dry_run,
            require: self.require,
            keep_region: self.client.has_region,
            account_regional: false,
            backup_dir: self.backup_dir,
            presign: None,
        };
        Ok(bootstrap::run(client, &request, &mut *self.on_event).await?)
    }
}

impl<'a> IntoFuture for Bootstrap<'a> {
    type Output = Result<Report, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Bootstrap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bootstrap")
            .field("bucket", &self.bucket)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
