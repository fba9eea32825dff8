//! The exchange of files with people who have no credentials: upload links, deliveries and receipts.
//!
//! A link is the presigned URL of an upload page in the bucket. Each visit that uploads files makes
//! one delivery: a folder with the files and a receipt, which the page uploads last.
//!
//! ```text
//! .s3-secure-bucket/pages/LINK-ID.html             the page
//! PREFIX/LINK-ID/TIME-RANDOM/NAME                  a file of a delivery
//! PREFIX/LINK-ID/TIME-RANDOM/receipt.json          the receipt of that delivery
//! ```

pub mod delivery;
pub mod link;
pub mod list;
pub mod multipart;
pub mod pages;
pub mod receipt;
pub mod request;
pub mod revoke;

/// The prefix of the keys that this program uses for its own objects.
pub const OWN_PREFIX: &str = ".s3-secure-bucket/";
