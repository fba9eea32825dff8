//! An in-memory S3 server for trials and tests. The server listens on loopback addresses, applies
//! the rules of AWS, and imitates faults that a test injects.
//!
//! The `s3s` crate verifies signatures and parses XML, so that the checks do not depend on the code
//! of the client under test. This crate adds the rules of S3: regions, Block Public Access,
//! policies, ownership, presigned URLs. README.md lists the rules of S3 with their sources. Do not
//! store real data in the sandbox: it is not part of a release, and it loses all data when it
//! stops.

mod access;
mod acl;
mod bucket;
mod call;
mod cloudtrail;
mod config;
mod control;
mod cors;
mod delete;
mod digest;
mod encryption;
mod error;
mod escapes;
mod explain;
mod facts;
mod fault;
mod form;
mod gate;
mod lifecycle;
mod list;
mod logging;
mod multipart;
mod object;
mod ops;
pub mod policy;
mod post;
mod put;
mod route;
mod server;
mod services;
mod signature;
mod state;
mod sts;
mod tls;
mod users;
mod website;

use std::io;
use std::sync::Arc;

pub use crate::cloudtrail::Trail;
pub use crate::control::{AccessPoint, AccountState};
pub use crate::fault::{Action, Fault};
pub use crate::gate::Seen;
pub use crate::users::{MFA_DEVICE, OWNER, ROOT, STRANGER, User};

use crate::gate::Gate;
use crate::server::Server;

/// The options of a sandbox.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether new buckets get the defaults of AWS: Block Public Access, `BucketOwnerEnforced`,
    /// default encryption and blocked SSE-C.
    pub aws_defaults: bool,
    pub faults: Vec<Fault>,
    /// The region of buckets whose CreateBucket request has no `LocationConstraint`.
    pub region: String,
    /// An offset that the sandbox adds to its clock. The `Date` header of each response contains
    /// this offset too.
    pub clock_skew: time::Duration,
    /// The largest number of buckets on a page of `ListBuckets`, unless the request contains
    /// another number, and of keys on a page of
    /// `ListObjectsV2`.
    pub page: Option<usize>,
    /// The port for http; 0 selects a free port.
    pub http_port: u16,
    /// The port for https; 0 selects a free port.
    pub https_port: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            aws_defaults: false,
            faults: Vec::new(),
            region: "us-east-1".to_owned(),
            clock_skew: time::Duration::ZERO,
            page: None,
            http_port: 0,
            https_port: 0,
        }
    }
}

/// A state of a bucket that the users of the sandbox cannot produce with requests.
#[derive(Debug, Clone)]
pub enum Preset {
    /// A tag that only AWS can set, such as `aws:cloudformation:stack-name`.
    SystemTag(String, String),
    /// Turns on MFA delete and versioning.
    MfaDelete,
    /// Makes the bucket accept signatures of version 2, as buckets do that were created before
    /// 2020-06-24.
    AcceptsSigV2,
    /// Sets a policy that `PutBucketPolicy` would refuse, for example because a principal of the
    /// policy was deleted later.
    Policy(String),
    /// Sets the XML document of the subresource `replication`, `notification` or `object-lock`.
    Document(&'static str, String),
}

/// A running sandbox. The listeners close when the value is dropped.
///
/// The sandbox runs on a separate thread, so a test may block its own thread, for example to run a
/// command.
#[derive(Debug)]
pub struct Sandbox {
    gate: Arc<Gate>,
    server: Server,
}

impl Sandbox {
    /// Starts a sandbox with two listeners on 127.0.0.1.
    ///
    /// # Errors
    /// Returns an error if a port cannot be bound or the thread cannot be started.
    #[expect(
        clippy::unused_async,
        reason = "callers are async, and binding may become async"
    )]
    pub async fn start(options: Options) -> io::Result<Self> {
        Self::start_blocking(options)
    }

    /// Starts a sandbox like [`Sandbox::start`], for callers without a runtime.
    ///
    /// # Errors
    /// Returns an error if a port cannot be bound or the thread cannot be started.
    pub fn start_blocking(options: Options) -> io::Result<Self> {
        let ports = (options.http_port, options.https_port);
        let gate = Arc::new(Gate::new(options));
        let server = Server::start(Arc::clone(&gate), ports)?;
        Ok(Self { gate, server })
    }

    /// Returns the URL `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.http_port)
    }

    /// Returns the URL `https://localhost:PORT`, at which the sandbox serves the same buckets as
    /// over http.
    #[must_use]
    pub fn https(&self) -> String {
        format!("https://localhost:{}", self.server.https_port)
    }

    /// Returns the certificate of the CA that signed the server's certificates, as PEM. Each
    /// sandbox has a new CA.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.server.ca_pem
    }

    pub fn inject(&self, fault: Fault) {
        self.gate.faults.inject(fault);
    }

    pub fn clear_faults(&self) {
        self.gate.faults.clear();
    }

    /// Restricts [`OWNER`] to these IAM actions (such as `s3:Get*`), as AWS can restrict an IAM
    /// user but not the root user; `None` removes the restriction.
    pub fn permit(&self, actions: Option<&[&str]>) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.gate.permit(actions.map(owned));
    }

    /// Puts a bucket into this state. Returns false if the bucket does not exist.
    #[must_use]
    pub fn preset(&self, bucket: &str, state: Preset) -> bool {
        self.gate.preset(bucket, state)
    }

    /// Sets the trails of the account of [`OWNER`].
    pub fn set_trails(&self, trails: Vec<Trail>) {
        self.gate.set_trails(trails);
    }

    /// Returns the trails of the account of [`OWNER`].
    #[must_use]
    pub fn trails(&self) -> Vec<Trail> {
        self.gate.trails()
    }

    /// Sets the configuration of the account of [`OWNER`] that S3 Control shows.
    pub fn set_account(&self, state: AccountState) {
        self.gate.set_account(state);
    }

    /// Returns every request so far in the order of arrival, including requests that failed.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.gate.seen()
    }

    pub fn clear_requests(&self) {
        self.gate.clear_seen();
    }
}
