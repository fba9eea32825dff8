//! The controls: one file each, all of the same shape. They build and read bodies; they send nothing.
//!
//! [`ALL`] is the list from which bootstrap, dry run, JSON, the README table and the IAM policy come.
//! To add a control: one file with a [`Spec`], one line in [`ALL`], its fixtures and its test.

mod access_logging;
mod encryption;
mod info;
mod lifecycle;
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

pub use info::{Info, XML};
pub use settings::{Lifecycle, LogDelivery, Logging, Network, Settings, TlsCondition, TlsVersion};
pub use spec::{Control, Reduced, Review, Spec};

use crate::policy::Document;
use serde_json::Value;

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

/// The controls that these settings ask for and do not skip, those of one subresource together.
pub fn wanted(settings: &Settings) -> Vec<Vec<&'static dyn Control>> {
    let wanted: Vec<&'static dyn Control> = ALL
        .into_iter()
        .filter(|control| control.is_wanted(settings) && !settings.skips(control.info().id))
        .collect();
    wanted
        .chunk_by(|a, b| a.info().subresource == b.info().subresource)
        .map(<[_]>::to_vec)
        .collect()
}

/// Every statement of the bucket policy that these settings ask for, made from nothing.
fn statements(settings: &Settings) -> Vec<Value> {
    let alone = Settings {
        replace_policy: false,
        ..settings.clone()
    };
    let mut body: Option<Vec<u8>> = None;
    for control in wanted(settings).into_iter().flatten() {
        if control.info().subresource == "policy" {
            let review = control.review(body.as_deref(), &alone);
            body = review.ok().and_then(|review| review.change).or(body);
        }
    }
    let document = body.and_then(|body| Document::read(&body).ok());
    document
        .map(|document| document.values())
        .unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests;
