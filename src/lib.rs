//! Creates opinionated, secure-by-default S3 buckets and makes presigned URLs, without the AWS SDK.
//!
//! The layers; each module uses only those below it (`tests/architecture.rs` keeps it so):
//!
//! ```text
//! bootstrap  audit               orchestration: loops over controls::ALL, emits events, prints nothing
//! verify  subresource            probes of the live bucket · one subresource, read and compared
//! s3  credentials  config        the REST client · the credential chain · flag over environment over profile
//! retry                          attempts, waits and limits of every request
//! http  signer                   the only importers of reqwest and aws-sigv4
//! context  resolver              the only readers of environment, files and clock · host names to addresses
//! ── below this line nothing touches network, files, environment, clock or terminal ──
//! controls  policy  iam  fleet   values in, values out
//! xml  values                    one model of a document: reads, edits, writes · values, parsed once
//! s3_presign                     a package of its own: presigner, endpoints, bulk streams (re-exported as `presign`)
//! ```

pub mod audit;
pub mod bootstrap;
pub mod config;
pub mod context;
pub mod controls;
pub mod credentials;
pub mod fleet;
pub mod http;
pub mod iam;
mod log_target;
pub mod ownership;
pub mod policy;
pub mod redact;
mod resolver;
pub mod retry;
pub mod s3;
pub mod signer;
mod subresource;
pub mod values;
pub mod verify;
pub mod xml;

pub use s3_presign as presign;

/// The examples of docs/library.md are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
pub struct LibraryPage;
