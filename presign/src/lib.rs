//! Presigned S3 URLs: values in, a URL out.
//!
//! Nothing here opens a file or a connection, or reads the environment, the clock or a terminal:
//! [`stream`] reads and writes what the caller gives it. The layers, lowest first; each module uses
//! only those above it:
//!
//! | module | what it knows |
//! |---|---|
//! | [`encode`] | percent-encoding, S3's way |
//! | [`timestamp`], [`duration`], [`expiry`] | `X-Amz-Date` and `X-Amz-Expires` |
//! | [`account`] | AWS accounts |
//! | [`credentials`] | a key pair whose secret cannot be printed |
//! | [`uri`] | `s3://BUCKET/KEY`, keys as bytes |
//! | [`endpoint`] | regions, partitions, bucket names, where a request goes |
//! | [`canonical`], [`signing_key`] | Signature Version 4, stage by stage |
//! | [`headers`] | upload and download options as headers and parameters |
//! | [`url`] | the presigner itself, its hot path in `batch` |
//! | [`stream`] | keys from a reader, URLs to a writer, on any number of threads |
//! | [`post`] | POST policies: uploads by a form, with a size range and a key prefix |
//! | [`inspect`] | a presigned URL taken apart again |
//!
//! ```
//! use s3_presign::{Credentials, Expiry, Method, Presigner, Request, endpoint, timestamp};
//!
//! let region = endpoint::Region::parse("us-east-1")?;
//! let endpoint = endpoint::Config::aws(region).resolve(Some("examplebucket"))?;
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let presigner = Presigner::new(&Request {
//!     method: Method::Get,
//!     endpoint: &endpoint,
//!     credentials: &credentials,
//!     at: timestamp::parse("20130524T000000Z")?,
//!     expires_in: Expiry::parse("15m")?,
//!     headers: &[],
//!     query: &[],
//! })?;
//! let url = presigner.url(b"reports/2013 \xc3\xa9t\xc3\xa9.pdf");
//! assert!(url.starts_with("https://examplebucket.s3.us-east-1.amazonaws.com/reports/2013%20%C3%A9t%C3%A9.pdf?X-Amz-"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod account;
mod batch;
pub mod canonical;
pub mod credentials;
pub mod duration;
pub mod encode;
pub mod endpoint;
pub mod expiry;
pub mod headers;
pub mod inspect;
pub mod post;
pub mod signing_key;
pub mod stream;
pub mod timestamp;
pub mod uri;
pub mod url;

pub use account::AccountId;
pub use batch::Batch;
pub use credentials::{Credentials, Secret};
pub use expiry::Expiry;
pub use uri::{ObjectKey, S3Uri};
pub use url::{Method, Presigner, Request};
