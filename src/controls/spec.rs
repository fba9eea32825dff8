//! The shape of a control: [`Spec`] is what a control's file implements, [`Control`] what the rest of the
//! program sees.

use super::{Info, Settings};
use crate::xml::DecodeError;
use serde_json::Value;

/// The result of comparing what a bucket has with what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The state found, as JSON; `null` if nothing is configured.
    pub found: Value,
    /// The state wanted, as JSON of the same shape.
    pub wanted: Value,
    /// The state wanted in a few words, for status lines; `None` if the title says it all.
    pub summary: Option<String>,
    /// The body to send; `None` if the bucket is as wanted already.
    pub change: Option<Vec<u8>>,
    /// What the operator should know once the change has been applied.
    pub apply_note: Option<&'static str>,
    /// What an auditor should know, whether the bucket complies or not.
    pub audit_note: Option<&'static str>,
    /// A smaller change, for a server that does not support all of the wanted state.
    pub fallback: Option<Fallback>,
}

/// The part of a wanted state that every server supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The body to send.
    pub body: Vec<u8>,
    /// Whether the state found is this one.
    pub satisfied: bool,
    /// What this state lacks, as a complete clause for the report.
    pub missing: &'static str,
}

/// A control, as [`ALL`](super::ALL) lists it.
///
/// Every method is pure: it sends nothing, and gives the same result for the same arguments. The trait is
/// implemented for each [`Spec`], and by nothing else.
pub trait Control: Sync {
    /// The control's id, texts, subresource and standards.
    fn info(&self) -> &'static Info;

    /// Whether these settings ask for the control. [`Settings::skip`] is not considered here.
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// The Security Hub controls that a bucket with these settings satisfies.
    fn security_hub(&self, settings: &Settings) -> &'static [&'static str];

    /// The statement of the bucket policy that these settings ask for, as it is written into an empty
    /// policy. `None` if the control configures another subresource.
    fn policy_statement(&self, settings: &Settings) -> Option<Value>;

    /// Compares the body of a GET with what is wanted.
    ///
    /// `None` stands for a bucket where nothing is configured, which is never an error. Bootstrap calls
    /// this before a write and, to verify it, after; audit calls it once.
    ///
    /// # Errors
    /// The body is not the document that the subresource should have.
    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, DecodeError>;

    /// The body of a GET as the body of a PUT that means the same.
    ///
    /// # Errors
    /// The body is not the document that the subresource should have.
    fn rewritten(&self, found: &[u8]) -> Result<Vec<u8>, DecodeError>;
}

/// What a control's file implements.
///
/// A control reads a configuration into a [`State`](Spec::State), derives the state that is
/// [`desired`](Spec::desired), and writes a state as a body. [`Control::review`] combines the three: the
/// bucket is as wanted if and only if the state found equals the desired one. There is no second
/// comparison, so bootstrap, dry run and audit cannot disagree.
///
/// # Example
/// A bucket has versioning suspended. `read` gives `Status: Suspended`, `desired` gives
/// `Status: Enabled`, and since they differ, the review has a change: what `write` makes of the desired
/// state. After the PUT, `read` gives `Status: Enabled`, which is its own `desired`: nothing is left to do.
pub trait Spec: Sync {
    /// The configuration in memory: an [`Element`](crate::xml::Element), or the policy's
    /// [`Document`](crate::policy::Document).
    ///
    /// It holds the whole document, including parts that this program does not know, so that `write`
    /// sends them back.
    type State: Clone + PartialEq;

    /// The control's id, texts, subresource and standards.
    const INFO: Info;

    /// Whether these settings ask for the control.
    ///
    /// A control without an option ([`Info::flag`] is empty) is always wanted: that is the default. One
    /// with an option must not be wanted by [`Settings::new`].
    #[must_use]
    fn is_wanted(_settings: &Settings) -> bool {
        true
    }

    /// The Security Hub controls that a bucket with these settings satisfies.
    ///
    /// The default is those of [`Spec::INFO`]. A control overrides it if the answer depends on an option,
    /// as encryption does: S3.17 asks for a KMS key.
    #[must_use]
    fn security_hub(_settings: &Settings) -> &'static [&'static str] {
        Self::INFO.standards.security_hub
    }

    /// Reads the body of a GET.
    ///
    /// The root element must be checked: some servers answer a subresource that they do not know with
    /// 200 and another document. Every element may be missing, since servers leave out what they like.
    ///
    /// # Errors
    /// The body is another document, or a known part of it is doubled or has no valid value.
    fn read(body: &[u8]) -> Result<Self::State, DecodeError>;

    /// Writes the body of a PUT.
    ///
    /// `read` must accept the result. What S3 does not take in a PUT is left out here, not in `desired`.
    fn write(state: &Self::State) -> Vec<u8>;

    /// The state as JSON for reports, with AWS's own names: booleans as booleans, lists as lists.
    fn json(state: &Self::State) -> Value;

    /// The state to reach from the one found (`None`: nothing is configured).
    ///
    /// Start from `found` and change only what is weaker than the settings ask for. A stricter value and
    /// everything that other people or tools configured must be carried over.
    ///
    /// The result must be its own `desired`: applied twice, the function changes nothing more. Otherwise a
    /// bucket would never be as wanted.
    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State;

    /// The statement of the bucket policy that these settings ask for. Only the controls that are such a
    /// statement override it.
    #[must_use]
    fn policy_statement(_settings: &Settings) -> Option<Value> {
        None
    }

    /// The desired state in a few words, shown in brackets behind the title. `None`, the default, if the
    /// title says it all.
    fn summary(_desired: &Self::State, _settings: &Settings) -> Option<String> {
        None
    }

    /// What the operator should know once the change has been applied and verified: a delay, a permission
    /// that others now need.
    fn apply_note(_found: Option<&Self::State>, _desired: &Self::State) -> Option<&'static str> {
        None
    }

    /// What an auditor should know about the state found, whether it complies or not: a setting next to
    /// the control that this program does not change.
    #[must_use]
    fn audit_note(_found: Option<&Self::State>) -> Option<&'static str> {
        None
    }

    /// A smaller state than `desired`, and what it lacks, for servers other than AWS that reject or ignore
    /// a part of it.
    ///
    /// It is sent if the desired state is rejected as unsupported. If the bucket shows it after a write,
    /// the control is reported as unsupported, with what is missing. `None`, the default, if the desired
    /// state is all or nothing.
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

    fn rewritten(&self, found: &[u8]) -> Result<Vec<u8>, DecodeError> {
        Ok(S::write(&S::read(found)?))
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
            apply_note: S::apply_note(found.as_ref(), &desired),
            audit_note: S::audit_note(found.as_ref()),
            fallback,
        })
    }
}
