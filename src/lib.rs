//! Creates opinionated, secure-by-default S3 buckets and makes presigned URLs, without the AWS SDK.
//!
//! The layers; each module uses only those below it (`tests/architecture.rs` keeps it so):
//!
//! ```text
//! bootstrap  audit  verify  bulk    orchestration: loops over controls::ALL, emits events, prints nothing;
//!                                   tries the live bucket; presigns a stream of keys
//! subresource                       one subresource, read and held against what is wanted
//! s3  credentials  config           the REST client, the credential chain, flags ⊕ environment ⊕ profile
//! http  signer  context             the only importers of reqwest and aws-sigv4; the only reader of
//!                                   environment, files and clock
//! ── below this line nothing touches network, files, environment, clock or terminal ──
//! controls  policy  iam  fleet      values in, values out
//! s3_presign                        a package of its own: presigner, endpoints (re-exported as `presign`)
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
pub mod policy;
pub mod s3;
pub mod signer;
mod subresource;
pub mod verify;
pub mod xml;

pub use s3_presign as presign;

/// README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
