//! The controls: one file each, all of the same shape. They build and read bodies; they send nothing.
//!
//! [`ALL`] is the list from which bootstrap, dry run, JSON, the README table and the IAM policy come.
//! To add a control: one file with a [`Spec`], one line in [`ALL`], its fixtures and its test.

mod access_logging;
mod encryption;
mod lifecycle;
mod log_delivery;
mod max_presign_age;
mod min_tls;
mod network_scope;
mod ownership_controls;
mod policy_statement;
mod public_access_block;
mod settings;
mod tags;
mod tls_only;
mod versioning;

pub use settings::{Lifecycle, LogDelivery, Logging, Network, Settings, TlsCondition, TlsVersion};

use crate::policy::Document;
use crate::xml::Unreadable;
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

/// What there is to know about a control.
#[derive(Debug, PartialEq, Eq)]
pub struct Info {
    /// Kebab-case; in JSON and for `--skip` and `--require`.
    pub id: &'static str,
    /// For status lines.
    pub title: &'static str,
    /// What it is good for, in one sentence.
    pub why: &'static str,
    /// The option of `bootstrap` that asks for it; empty if it is always wanted.
    pub flag: &'static str,
    /// `policy` for `?policy`.
    pub subresource: &'static str,
    /// The API that reads it.
    pub get: &'static str,
    /// The API that writes it.
    pub put: &'static str,
    /// Codes of a 404 that mean: nothing is configured.
    pub absent: &'static [&'static str],
    /// IAM action to read it.
    pub read_action: &'static str,
    /// IAM action to write it.
    pub write_action: &'static str,
    /// Of the body.
    pub content_type: &'static str,
    /// Bytes that S3 takes at most.
    pub size_limit: usize,
    /// A header of the answer that must be sent back with a change, or it is set to its default.
    pub carried_header: Option<&'static str>,
    /// Whether what was there is saved before it is changed.
    pub backup: bool,
    /// Why a write can be denied beside a missing action; empty for no other reason.
    pub denied_also: &'static str,
    /// Whether writing it without having read it can lose nothing that somebody configured.
    pub blind_write: bool,
    /// AWS Security Hub controls it satisfies.
    pub security_hub: &'static [&'static str],
    /// CIS AWS Foundations recommendations it satisfies, v5.0.
    pub cis_v5: &'static [&'static str],
    /// The same in v6.0 and v7.0.
    pub cis_v6: &'static [&'static str],
    /// The API's page.
    pub api: &'static str,
}

/// A configuration under a subresource: XML for all but the policy.
pub const XML: &str = "application/xml";

/// What a control makes of the body it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The state found; `null` for none.
    pub found: Value,
    /// The state wanted.
    pub wanted: Value,
    /// The state wanted, in a few words.
    pub summary: Option<String>,
    /// The body to send, unless all is as wanted already.
    pub change: Option<Vec<u8>>,
    /// Worth knowing once it is set.
    pub note: Option<&'static str>,
    /// Worth an auditor's knowing, whatever the verdict.
    pub aside: Option<&'static str>,
    /// Something less, for a server that does not know all of it.
    pub reduced: Option<Reduced>,
}

/// The part of a wanted state that any server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// The body to send.
    pub body: Vec<u8>,
    /// Whether the state found is this one at least.
    pub satisfied: bool,
    /// What is missing then.
    pub lacks: &'static str,
}

/// A control, as [`ALL`] holds it. Implemented through [`Spec`].
pub trait Control: Sync {
    /// What there is to know about it.
    fn info(&self) -> &'static Info;

    /// Whether these settings ask for it.
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// The Security Hub controls that it satisfies with these settings.
    fn security_hub(&self, settings: &Settings) -> &'static [&'static str];

    /// Compares the body that was found (`None`: nothing configured) with what is wanted.
    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, Unreadable>;
}

/// What one control's file says.
pub trait Spec: Sync {
    /// The configuration, every element of it optional: servers leave out what they like.
    type State: Clone + PartialEq;

    /// What there is to know about it.
    const INFO: Info;

    /// Whether these settings ask for it; the defaults always do.
    #[must_use]
    fn is_wanted(_settings: &Settings) -> bool {
        true
    }

    /// The Security Hub controls that it satisfies with these settings.
    #[must_use]
    fn security_hub(_settings: &Settings) -> &'static [&'static str] {
        Self::INFO.security_hub
    }

    /// Reads a body.
    fn read(body: &[u8]) -> Result<Self::State, Unreadable>;

    /// Writes a body.
    fn write(state: &Self::State) -> Vec<u8>;

    /// The configuration as JSON, with AWS's own names.
    fn json(state: &Self::State) -> Value;

    /// The state to reach from the one found. What is stronger than asked for, and what is somebody
    /// else's, is carried over: so a state is as wanted if and only if it is its own `desired`.
    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State;

    /// The state in a few words, where the title does not say it.
    fn summary(_desired: &Self::State, _settings: &Settings) -> Option<String> {
        None
    }

    /// Worth knowing once it is set.
    fn note(_desired: &Self::State) -> Option<&'static str> {
        None
    }

    /// Worth an auditor's knowing, whatever the verdict.
    #[must_use]
    fn aside(_found: Option<&Self::State>) -> Option<&'static str> {
        None
    }

    /// Less than `desired`, for servers that refuse or forget a part, and what is missing then.
    fn reduced(_desired: &Self::State) -> Option<(Self::State, &'static str)> {
        None
    }
}

impl<S: Spec> Control for S {
    fn info(&self) -> &'static Info {
        const { &S::INFO }
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        S::is_wanted(settings)
    }

    fn security_hub(&self, settings: &Settings) -> &'static [&'static str] {
        S::security_hub(settings)
    }

    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, Unreadable> {
        let found = found.map(S::read).transpose()?;
        let desired = S::desired(found.as_ref(), settings);
        let reduced = S::reduced(&desired).map(|(state, lacks)| Reduced {
            body: S::write(&state),
            satisfied: found.as_ref() == Some(&state),
            lacks,
        });
        Ok(Review {
            change: (found.as_ref() != Some(&desired)).then(|| S::write(&desired)),
            found: found.as_ref().map_or(Value::Null, S::json),
            wanted: S::json(&desired),
            summary: S::summary(&desired, settings),
            note: S::note(&desired),
            aside: S::aside(found.as_ref()),
            reduced,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
