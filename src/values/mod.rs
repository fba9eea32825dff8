//! Types for the values in settings, policies and controls. The program parses each value once, so
//! a value of a type in this module is always valid.
//!
//! The types for regions, bucket names, object keys and accounts are in [`crate::presign`].

mod arn;
mod cors_origin;
mod expire_after;
mod kms_key;
mod mfa_serial;
mod order;
mod pattern;
mod principal;
mod shell_word;
mod source_range;
mod tag;
mod trail_name;
mod vpc_endpoint;

pub use arn::Arn;
pub use cors_origin::CorsOrigin;
pub use expire_after::ExpireAfter;
pub use kms_key::{EmptyKmsKey, KmsKey, UnusableKmsKey, WhyUnusable};
pub use mfa_serial::MfaSerial;
pub(crate) use order::sort;
pub(crate) use pattern::covers;
pub use principal::PrincipalArn;
pub(crate) use shell_word::{RUN, Shell, quote};
pub use source_range::SourceRange;
pub(crate) use source_range::unmapped;
pub use tag::Tag;
pub use trail_name::TrailName;
pub use vpc_endpoint::VpcEndpointId;
