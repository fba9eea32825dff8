//! Creates presigned S3 URLs (Signature Version 4) offline.
//!
//! This crate opens no file and no connection, and it does not read the environment, the clock or a
//! terminal. [`stream`] uses the reader and the writer that the caller passes. The table lists the
//! modules from the lowest layer to the highest; each module uses only modules in earlier rows:
//!
//! | module | contents |
//! |---|---|
//! | [`encode`] | percent-encoding, as S3 requires it |
//! | [`timestamp`], [`duration`], [`expiry`] | the values of `X-Amz-Date` and `X-Amz-Expires` |
//! | [`size`] | sizes in bytes, with units |
//! | [`account`] | AWS account IDs |
//! | [`credentials`] | access keys whose secret parts are never printed |
//! | [`uri`] | `s3://BUCKET/KEY` URIs, with keys as bytes |
//! | [`endpoint`] | regions, partitions, bucket names, and the host and path of a request |
//! | [`canonical`], [`signing_key`] | the steps of Signature Version 4 |
//! | [`headers`] | upload and download options as headers and query parameters |
//! | [`url`] | the presigner |
//! | [`stream`] | bulk presigning: keys from a reader, URLs to a writer, on several threads |
//! | [`multipart`] | multipart uploads: part sizes, and the URLs of one upload |
//! | [`post`] | POST policies: form uploads with a size range and a key prefix |
//! | [`inspect`] | parses a presigned URL and checks its signature |
//!
//! ```
//! use s3_presign::{Credentials, Presigner, Request, endpoint, timestamp};
//!
//! let endpoint = endpoint::Config::aws("us-east-1".parse()?).resolve(Some("examplebucket"))?;
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let now = timestamp::parse("20130524T000000Z")?;
//! let presigner = Presigner::new(&Request {
//!     expires_in: "1h".parse()?,
//!     ..Request::get(&endpoint, &credentials, now)
//! })?;
//! let url = presigner.url(&"reports/2013 été.pdf".parse()?);
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
pub mod multipart;
pub mod post;
pub mod signing_key;
pub mod size;
pub mod stream;
pub mod timestamp;
pub mod uri;
pub mod url;

pub use account::AccountId;
pub use batch::Batch;
pub use credentials::{Credentials, Secret};
pub use expiry::Expiry;
pub use size::ByteSize;
pub use uri::{ObjectKey, S3Uri};
pub use url::{Method, Presigner, Request};
