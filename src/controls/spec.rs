//! The traits of a control. The file of each control implements [`Spec`]; the rest of the program uses
//! [`Control`].

use super::{Info, Settings};
use crate::xml::DecodeError;
use serde_json::Value;

/// The result of comparing the existing state of a bucket with the desired state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The state found, as JSON. `null` if nothing is configured.
    pub found: Value,
    /// The desired state, as JSON of the same shape as `found`.
    pub wanted: Value,
    /// A short description of the desired state for status lines. `None` if the title is enough.
    pub summary: Option<String>,
    /// The body to send. `None` if the bucket already has the desired state.
    pub change: Option<Vec<u8>>,
    /// A note for the operator after the change has been applied.
    pub apply_note: Option<&'static str>,
    /// A note for the auditor, independent of whether the bucket complies.
    pub audit_note: Option<&'static str>,
    /// A smaller change for servers that do not support the whole desired state.
    pub fallback: Option<Fallback>,
}

/// The part of a desired state that every server supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The body to send.
    pub body: Vec<u8>,
    /// Whether the state found equals this state.
    pub satisfied: bool,
    /// A complete clause for the report that names the missing part.
    pub missing: &'static str,
}

/// A control as an entry of [`ALL`](super::ALL).
///
/// Every method is pure: it sends nothing, and returns the same result for the same arguments. Every
/// [`Spec`] implements this trait through a blanket implementation; no other type does.
pub trait Control: Sync {
    /// The description of the control.
    fn info(&self) -> &'static Info;

    /// Whether these settings request the control. This method ignores [`Settings::skip`].
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// The Security Hub controls that a bucket with these settings satisfies.
    fn security_hub(&self, settings: &Settings) -> &'static [&'static str];

    /// The policy statement that these settings request, as the control writes it into an empty
    /// policy. `None` if the control configures another subresource.
    fn policy_statement(&self, settings: &Settings) -> Option<Value>;

    /// Compares the body of a GET with the desired state.
    ///
    /// `None` means that nothing is configured, which is never an error. Bootstrap calls this
    /// method before a write, and again afterwards to verify the write. Audit calls this method
    /// once.
    ///
    /// # Errors
    /// The body is not a document of this subresource.
    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, DecodeError>;

    /// Converts the body of a GET into the body of a PUT with the same meaning.
    ///
    /// # Errors
    /// The body is not a document of this subresource.
    fn rewritten(&self, found: &[u8]) -> Result<Vec<u8>, DecodeError>;
}

/// The part of a control that its file implements.
///
/// A control reads a configuration into a [`State`](Spec::State), derives the state that is
/// [`desired`](Spec::desired), and writes a state as a body. [`Control::review`] combines these
/// steps: the control is satisfied if and only if the state found equals the desired one. The
/// program has no second comparison, so bootstrap, dry run and audit cannot disagree.
///
/// # Example A bucket has versioning suspended. `read` returns `Status: Suspended`, and `desired`
/// returns `Status: Enabled`. The states differ, so the review has a change: the body that `write`
/// makes of the desired state. After the PUT, `read` returns `Status: Enabled`. For the state
/// `Enabled`, `desired` returns the same state, so no further change follows.
pub trait Spec: Sync {
    /// The configuration in memory: an [`Element`](crate::xml::Element), or the policy's
    /// [`Document`](crate::policy::Document).
    ///
    /// A state contains the whole document, including parts that this program does not know, so that
    /// `write` sends them back.
    type State: Clone + PartialEq;

    /// The description of the control.
    const INFO: Info;

    /// Whether these settings request the control.
    ///
    /// The default is `true`, for controls without an option ([`Info::flag`] is empty). A control with an
    /// option must return `false` for the settings of [`Settings::new`].
    #[must_use]
    fn is_wanted(_settings: &Settings) -> bool {
        true
    }

    /// The Security Hub controls that a bucket with these settings satisfies.
    ///
    /// The default is the list in [`Spec::INFO`]. A control overrides this method if the list depends on
    /// an option, as encryption does: S3.17 requires a KMS key.
    #[must_use]
    fn security_hub(_settings: &Settings) -> &'static [&'static str] {
        Self::INFO.standards.security_hub
    }

    /// Reads the body of a GET.
    ///
    /// The implementation must check the root element, because some servers answer a request for an
    /// unknown subresource with 200 and another document. A document in which any element is missing must
    /// be accepted, because servers differ in which elements they return.
    ///
    /// # Errors
    /// The body is another document, or a known element occurs twice or has an invalid value.
    fn read(body: &[u8]) -> Result<Self::State, DecodeError>;

    /// Writes the body of a PUT.
    ///
    /// `read` must accept the result. This method, not `desired`, removes elements that S3 rejects in a
    /// PUT.
    fn write(state: &Self::State) -> Vec<u8>;

    /// The state as JSON for reports, with AWS's element names. Booleans are JSON booleans, and lists are
    /// JSON arrays.
    fn json(state: &Self::State) -> Value;

    /// Derives the desired state from the state found (`None` if nothing is configured).
    ///
    /// The implementation starts from `found` and changes only values that are weaker than requested.
    /// Stricter values, and everything that other people or tools configured, must be kept.
    ///
    /// The function must be idempotent: applied to its own result, it changes nothing. Without
    /// idempotence, a bucket could never reach the desired state.
    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State;

    /// The policy statement that these settings request. Only controls that are a policy statement
    /// override this method.
    #[must_use]
    fn policy_statement(_settings: &Settings) -> Option<Value> {
        None
    }

    /// A short description of the desired state, which status lines show in brackets after the title. The
    /// default is `None`: the title is enough.
    fn summary(_desired: &Self::State, _settings: &Settings) -> Option<String> {
        None
    }

    /// A note for the operator after the change has been applied and verified, such as a delay or a
    /// permission that others now need.
    fn apply_note(_found: Option<&Self::State>, _desired: &Self::State) -> Option<&'static str> {
        None
    }

    /// A note for the auditor about the state found, independent of whether it complies, such as a
    /// related setting that this program does not change.
    #[must_use]
    fn audit_note(_found: Option<&Self::State>) -> Option<&'static str> {
        None
    }

    /// A smaller state than `desired`, and a clause that names the missing part, for servers other than
    /// AWS that reject or ignore a part of the desired state.
    ///
    /// Bootstrap sends the smaller state if the server rejects the desired state as unsupported. If the
    /// bucket has the smaller state after a write, the control is reported as unsupported, with the
    /// missing part. The default is `None`: there is no smaller state.
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
