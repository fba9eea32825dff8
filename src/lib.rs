//! Creates and hardens S3 buckets, audits and tests the controls of a bucket, and creates presigned
//! URLs, without the AWS SDK.
//!
//! [`Client::bootstrap`] creates the bucket if it is missing, and configures Block Public Access,
//! default encryption, `BucketOwnerEnforced`, a TLS-only policy, and the controls that [`Settings`]
//! request. It writes each control that differs from the desired state, and reads the control again
//! to verify the write. You can repeat a run safely. [`Client::audit`] compares each control with
//! the settings and changes nothing. [`Client::verify`] tests the controls with real requests,
//! including requests that the bucket must deny. [`Client::presigner`] creates presigned URLs.
//!
//! ```no_run
//! use s3_secure_bucket::{Client, Outcome, Settings};
//!
//! # async fn harden() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_env().region("eu-central-1")?.build().await?;
//! let mut settings = Settings::default();
//! settings.versioning = true;
//! let report = client.bootstrap(&"my-drop-box".parse()?, &settings).await?;
//! for control in &report.controls {
//!     println!("{}: {}", control.title, control.status.as_str());
//! }
//! assert_eq!(report.outcome, Outcome::Done);
//! # Ok(())
//! # }
//! ```
//!
//! Creating a presigned URL sends no request, so the following example needs no bucket:
//!
//! ```
//! use s3_secure_bucket::Client;
//! use s3_secure_bucket::presign::{Credentials, Expiry, Method};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let client = Client::from_env().region("eu-central-1")?.credentials(credentials).build().await?;
//! let uploads = client.presigner(Method::Put, &"my-drop-box".parse()?, Expiry::DEFAULT)?;
//! let url = uploads.url(&"in/report.pdf".parse()?);
//! assert!(url.starts_with("https://my-drop-box.s3.eu-central-1.amazonaws.com/in/report.pdf?X-Amz-"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Runtime and errors
//!
//! The futures of this crate are `Send` and need a tokio runtime with I/O and time enabled. Every
//! operation returns the same [`Error`] type, whose [`kind`](Error::kind) a program can match. A
//! failed control or probe is not an error; the report of the operation contains the failure.
//!
//! # Only URLs
//!
//! The package `s3-presign` creates presigned URLs without tokio and reqwest. This crate re-exports
//! `s3-presign` as [`presign`], because public functions of this crate use its types:
//! [`BucketName`](presign::endpoint::BucketName), [`Region`](presign::endpoint::Region),
//! [`Credentials`](presign::Credentials), [`Expiry`](presign::Expiry) and others.

// Inside a private module, `pub` only makes an item visible to the rest of the crate. This file
// re-exports every public item, and `tests/public-api.txt` lists the public items.
#![allow(unreachable_pub)]

mod audit;
mod backup;
mod bootstrap;
mod cli;
mod client;
mod cloudtrail;
mod config;
mod context;
mod controls;
mod credentials;
mod error;
mod exchange;
mod failure;
mod fleet;
mod grants;
mod hints;
mod http;
mod iam;
mod log_target;
mod output;
mod ownership;
mod policy;
mod redact;
mod resolver;
mod retry;
mod s3;
mod s3_control;
mod settings;
mod signer;
mod subresource;
mod trail;
mod values;
mod verify;
mod xml;

pub use s3_presign as presign;

pub use client::{Bootstrap, Client, ClientBuilder, Verify, iam_policy};
pub use error::{Error, ErrorKind};
pub use iam::Task;
pub use s3::{Error as RequestError, ErrorResponse};
pub use settings::Settings;

pub use controls::{Lifecycle, Logging, Network, TlsCondition, TlsVersion};
pub use values::{KmsKey, PrincipalArn, SourceRange, Tag, VpcEndpointId};

pub use audit::{Finding, Report as AuditReport, Verdict};
pub use bootstrap::{
    AfterLoss, Backup, ControlReport, Detail, Event, Outcome, Report as BootstrapReport, Status,
};
pub use verify::{Outcome as ProbeOutcome, Probe, Report as VerifyReport};

// Runs the command-line program; only `main.rs` calls this function. The program is a part of the
// library crate, so it can use private items.
#[doc(hidden)]
pub use cli::run_program;

/// Re-exports of private modules for the tests and fuzz targets of this repository. These modules
/// can change at any time.
#[cfg(feature = "internals")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod internals {
    pub mod bootstrap {
        pub use crate::bootstrap::*;
    }
    pub mod context {
        pub use crate::context::*;
    }
    pub mod controls {
        pub use crate::controls::*;
    }
    pub mod credentials {
        pub use crate::credentials::*;
    }
    pub mod exchange {
        pub use crate::exchange::*;
    }
    pub mod http {
        pub use crate::http::*;
    }
    pub mod policy {
        pub use crate::policy::*;
    }
    pub mod retry {
        pub use crate::retry::*;
    }
    pub mod s3 {
        pub use crate::s3::*;
    }
    pub mod signer {
        pub use crate::signer::*;
    }
    pub mod xml {
        pub use crate::xml::*;
    }
}

/// The doc tests compile and run the examples in docs/library.md.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
pub struct LibraryPage;
