//! Types for the values in settings, policies and controls. Each value is parsed once.
//!
//! Types for regions, bucket names, keys and accounts are in [`crate::presign`].

mod arn;
mod kms_key;
mod pattern;
mod principal;
mod source_range;
mod tag;
mod vpc_endpoint;

pub use arn::Arn;
pub use kms_key::{EmptyKmsKey, KmsKey, UnusableKmsKey, WhyUnusable};
pub(crate) use pattern::covers;
pub use principal::{InvalidPrincipal, PrincipalArn};
pub use source_range::{InvalidSourceRange, SourceRange};
pub use tag::{InvalidTag, Tag};
pub use vpc_endpoint::{InvalidVpcEndpoint, VpcEndpointId};
