//! Values that settings, policies and controls are made of, each parsed once into a type.
//!
//! Values of S3 itself (regions, bucket names, keys, accounts) are in [`crate::presign`].

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
