//! An in-process S3 server for trying and testing: in memory, on loopback, with AWS's rules and faults to order.
//!
//! Signatures and XML are read by the `s3s` crate, so that they are checked by other hands than the
//! client's; the rules of S3 (regions, Block Public Access, policies, ownership, presigned URLs) are here.
//! README.md lists these rules with their sources.
//! It is not storage, is never shipped, and forgets everything when it stops.

mod access;
mod acl;
mod bucket;
mod call;
mod config;
mod cors;
mod delete;
mod digest;
mod encryption;
mod error;
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
mod policy;
mod post;
mod put;
mod route;
mod server;
mod signature;
mod state;
mod sts;
mod tls;
mod users;
mod website;

use std::io;
use std::sync::Arc;

pub use crate::fault::{Action, Fault};
pub use crate::gate::Seen;
pub use crate::users::{OWNER, STRANGER, User};

use crate::gate::Gate;
use crate::server::Server;

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// New buckets start as AWS makes them today: access blocked, owner enforced, encrypted, SSE-C blocked.
    pub aws_defaults: bool,
    pub faults: Vec<Fault>,
    /// The region of buckets made without a `LocationConstraint`.
    pub region: String,
    /// Added to the server's idea of now, the `Date` header included.
    pub clock_skew: time::Duration,
    /// `ListBuckets` gives no more than this at a time, unless it is asked for another number.
    pub page: Option<usize>,
    /// 0 takes a free port.
    pub http_port: u16,
    /// 0 takes a free port.
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

/// A state that a bucket can have and that no request of these users can bring about.
#[derive(Debug, Clone)]
pub enum Preset {
    /// A tag of AWS's own, `aws:cloudformation:stack-name` for one.
    SystemTag(String, String),
    /// MFA delete, with versioning.
    MfaDelete,
    /// A policy that `PutBucketPolicy` would refuse: its principal was deleted later.
    Policy(String),
}

/// A running sandbox; dropping it stops its listeners.
///
/// It runs on a thread of its own, so a test may block its own thread (to run a command, say).
#[derive(Debug)]
pub struct Sandbox {
    gate: Arc<Gate>,
    server: Server,
}

impl Sandbox {
    /// Binds both listeners on 127.0.0.1 and serves.
    ///
    /// # Errors
    /// If a port cannot be bound or the thread cannot be started.
    #[expect(
        clippy::unused_async,
        reason = "callers are async; binding may need to be one day"
    )]
    pub async fn start(options: Options) -> io::Result<Self> {
        Self::start_blocking(options)
    }

    /// As [`Sandbox::start`], for callers without a runtime.
    ///
    /// # Errors
    /// If a port cannot be bound or the thread cannot be started.
    pub fn start_blocking(options: Options) -> io::Result<Self> {
        let ports = (options.http_port, options.https_port);
        let gate = Arc::new(Gate::new(options));
        let server = Server::start(Arc::clone(&gate), ports)?;
        Ok(Self { gate, server })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.http_port)
    }

    /// `https://localhost:PORT`, the same state as over http.
    #[must_use]
    pub fn https(&self) -> String {
        format!("https://localhost:{}", self.server.https_port)
    }

    /// The throw-away CA that signed the certificate, as PEM.
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

    /// From now on [`OWNER`], a user of its account and not its root, may do these IAM actions alone
    /// (`s3:Get*`, say); `None` lifts it.
    pub fn permit(&self, actions: Option<&[&str]>) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.gate.permit(actions.map(owned));
    }

    /// Puts a bucket into a state; false if there is no such bucket.
    #[must_use]
    pub fn preset(&self, bucket: &str, state: Preset) -> bool {
        self.gate.preset(bucket, state)
    }

    /// Every request so far, in order of arrival, the failed ones too.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.gate.seen()
    }

    pub fn clear_requests(&self) {
        self.gate.clear_seen();
    }
}
