//! The controls, one file for each. The file of a control implements [`Spec`], which builds and
//! parses the bodies of requests and responses but sends no request.
//!
//! [`ALL`] lists all controls. Bootstrap, dry run, JSON output, the table in `docs/controls.md` and
//! the IAM policy use [`ALL`]. A new control needs a file, a line in [`ALL`], test fixtures and a
//! test.

pub(crate) mod access_logging;
mod cors;
mod data_events;
mod deny_sigv2;
pub(crate) mod encryption;
pub(crate) mod event_selectors;
mod filter;
pub(crate) mod foreign;
mod group;
mod info;
mod lifecycle;
pub(crate) mod limits;
mod log_delivery;
mod max_presign_age;
mod mfa_delete;
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

pub use group::{Group, OF_ACCESS, groups, wanted, wanted_or_of_access};
pub use info::{Info, Standards, Subresource, XML};
pub use lifecycle::{PAGES_PREFIX, depends_on_pages};
pub(crate) use policy_statement::POLICY;
pub use settings::{Lifecycle, LogDelivery, Logging, Network, Settings, TlsCondition, TlsVersion};
pub use spec::{Control, Fallback, Review, Spec};

/// All controls, in the order in which bootstrap applies the controls: Block Public Access comes
/// before the policy, and optional controls come last. Controls of the same subresource must be
/// adjacent, because one request configures all controls of a subresource.
pub static ALL: [&dyn Control; 16] = [
    &public_access_block::PublicAccessBlock,
    &encryption::Encryption,
    &ownership_controls::OwnershipControls,
    &tls_only::TlsOnly,
    &min_tls::MinTls,
    &max_presign_age::MaxPresignAge,
    &deny_sigv2::DenySigV2,
    &network_scope::NetworkScope,
    &log_delivery::AccessLogDelivery,
    &versioning::Versioning,
    &mfa_delete::MfaDelete,
    &lifecycle::LifecycleRules,
    &access_logging::AccessLogging,
    &data_events::DataEvents,
    &cors::Cors,
    &tags::Tags,
];

#[cfg(test)]
mod documents;
#[cfg(test)]
pub(crate) mod tests;
