//! A client for the few S3 calls that this program needs to read and change buckets. The client
//! signs and retries the calls.
//!
//! | module | contents |
//! |---|---|
//! | [`error`] | errors that S3 answers |
//! | [`explain`] | why a signature was refused: the request that S3 received and the one that was signed |
//! | [`rate_limiter`] | the rate limit that all requests share |
//! | [`owner`] | the account that must own the buckets of a run |
//! | [`target`] | the destination of calls: a bucket or the account, its endpoint and region |
//! | [`client`] | one call: sign, send, retry, find the right region |
//! | [`services`] | the endpoints of CloudTrail and S3 Control |
//! | [`bucket`], [`account`] | the calls themselves |
//! | [`customer`] | the requests of a customer's browser, without credentials |

pub mod account;
pub mod bucket;
pub mod client;
pub mod clock_skew;
pub mod customer;
pub mod error;
pub mod explain;
pub mod owner;
pub mod rate_limiter;
pub mod services;
pub mod target;

pub use bucket::Bucket;
pub use client::Client;
pub use error::{Error, ErrorResponse};
pub use owner::Owner;
pub use services::Services;
