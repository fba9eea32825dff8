//! The controls: one file each, all of the same shape. They build and read bodies; they send nothing.
//!
//! [`ALL`] is the list from which bootstrap, dry run, JSON, the README table and the IAM policy come.
//! To add a control: one file with a [`Spec`], one line in [`ALL`], its fixtures and its test.

mod access_logging;
mod encryption;
mod filter;
pub(crate) mod foreign;
mod group;
mod info;
mod lifecycle;
pub(crate) mod limits;
mod log_delivery;
mod max_presign_age;
mod min_tls;
mod network_scope;
mod ownership_controls;
mod policy_statement;
mod public_access_block;
mod settings;
mod spec;
mod tags;
mod tls_only;
mod versioning;

pub use group::{Group, groups, wanted};
pub use info::{Info, Standards, Subresource, XML};
pub use settings::{Lifecycle, LogDelivery, Logging, Network, Settings, TlsCondition, TlsVersion};
pub use spec::{Control, Fallback, Review, Spec};

/// All controls, in the order in which they are applied: Block Public Access before the policy,
/// optional ones last. Controls of one subresource stand together and are written in one request.
pub static ALL: [&dyn Control; 12] = [
    &public_access_block::PublicAccessBlock,
    &encryption::Encryption,
    &ownership_controls::OwnershipControls,
    &tls_only::TlsOnly,
    &min_tls::MinTls,
    &max_presign_age::MaxPresignAge,
    &network_scope::NetworkScope,
    &log_delivery::AccessLogDelivery,
    &versioning::Versioning,
    &lifecycle::LifecycleRules,
    &access_logging::AccessLogging,
    &tags::Tags,
];

#[cfg(test)]
pub(crate) mod tests;
