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

// `pub` inside a private module means "for the rest of the crate". What callers see is named here, and
// `tests/public-api.txt` lists it.
#![allow(unreachable_pub)]

mod audit;
mod bootstrap;
mod cli;
mod config;
mod context;
mod controls;
mod credentials;
mod failure;
mod fleet;
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
mod signer;
mod subresource;
mod values;
mod verify;
mod xml;

pub use s3_presign as presign;

// The program, for `main.rs` alone. It is in the library crate so that everything that it uses can be
// private.
#[doc(hidden)]
pub use cli::run_program;

/// What the tests and fuzz targets of this repository use besides the public interface. It has no
/// stable form.
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

/// The examples of docs/library.md are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
pub struct LibraryPage;
