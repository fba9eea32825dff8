//! The shape of a control.

use super::{Info, Settings};
use crate::xml::DecodeError;
use serde_json::Value;

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
    pub apply_note: Option<&'static str>,
    /// Worth an auditor's knowing, whatever the verdict.
    pub audit_note: Option<&'static str>,
    /// Something less, for a server that does not know all of it.
    pub fallback: Option<Fallback>,
}

/// The part of a wanted state that any server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The body to send.
    pub body: Vec<u8>,
    /// Whether the state found is this one at least.
    pub satisfied: bool,
    /// What is missing then.
    pub missing: &'static str,
}

/// A control, as [`ALL`] holds it. Implemented through [`Spec`].
pub trait Control: Sync {
    /// What there is to know about it.
    fn info(&self) -> &'static Info;

    /// Whether these settings ask for it.
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// The Security Hub controls that it satisfies with these settings.
    fn security_hub(&self, settings: &Settings) -> &'static [&'static str];

    /// The statement of the bucket policy that it asks for; `None` of a control that is no statement.
    fn policy_statement(&self, settings: &Settings) -> Option<Value>;

    /// Compares the body that was found (`None`: nothing configured) with what is wanted.
    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, DecodeError>;
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
        Self::INFO.standards.security_hub
    }

    /// Reads a body.
    fn read(body: &[u8]) -> Result<Self::State, DecodeError>;

    /// Writes a body.
    fn write(state: &Self::State) -> Vec<u8>;

    /// The configuration as JSON, with AWS's own names.
    fn json(state: &Self::State) -> Value;

    /// The state to reach from the one found. What is stronger than asked for, and what is somebody
    /// else's, is carried over: so a state is as wanted if and only if it is its own `desired`.
    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State;

    /// The statement of the bucket policy that it asks for; `None` of a control that is no statement.
    #[must_use]
    fn policy_statement(_settings: &Settings) -> Option<Value> {
        None
    }

    /// The state in a few words, where the title does not say it.
    fn summary(_desired: &Self::State, _settings: &Settings) -> Option<String> {
        None
    }

    /// Worth knowing once it is set.
    fn apply_note(_desired: &Self::State) -> Option<&'static str> {
        None
    }

    /// Worth an auditor's knowing, whatever the verdict.
    #[must_use]
    fn audit_note(_found: Option<&Self::State>) -> Option<&'static str> {
        None
    }

    /// Less than `desired`, for servers that refuse or forget a part, and what is missing then.
    fn fallback(_desired: &Self::State) -> Option<(Self::State, &'static str)> {
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

    fn policy_statement(&self, settings: &Settings) -> Option<Value> {
        S::policy_statement(settings)
    }

    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, DecodeError> {
        let found = found.map(S::read).transpose()?;
        let desired = S::desired(found.as_ref(), settings);
        let fallback = S::fallback(&desired).map(|(state, missing)| Fallback {
            body: S::write(&state),
            satisfied: found.as_ref() == Some(&state),
            missing,
        });
        Ok(Review {
            change: (found.as_ref() != Some(&desired)).then(|| S::write(&desired)),
            found: found.as_ref().map_or(Value::Null, S::json),
            wanted: S::json(&desired),
            summary: S::summary(&desired, settings),
            apply_note: S::apply_note(&desired),
            audit_note: S::audit_note(found.as_ref()),
            fallback,
        })
    }
}
