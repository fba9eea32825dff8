//! The two traits of a control. The file of each control implements [`Spec`]; the rest of the
//! program uses [`Control`].

use super::{Info, Settings};
use crate::xml::DecodeError;
use serde_json::Value;

/// The result of comparing the existing state of a bucket with the desired state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The existing state of the bucket as JSON, or `null` if nothing is configured.
    pub found: Value,
    /// The desired state, as JSON with the same structure as `found`.
    pub wanted: Value,
    /// A short description of the desired state for status lines, or `None` if the title of the
    /// control is sufficient.
    pub summary: Option<String>,
    /// The body to send, or `None` if the bucket already has the desired state.
    pub change: Option<Vec<u8>>,
    /// A note that the operator reads after bootstrap has applied the change.
    pub apply_note: Option<&'static str>,
    /// A note that the auditor reads, whether or not the bucket complies.
    pub audit_note: Option<&'static str>,
    /// A smaller change for servers that support only a part of the desired state.
    pub fallback: Option<Fallback>,
}

/// The part of a desired state that all servers support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The body to send for the smaller state.
    pub body: Vec<u8>,
    /// Whether the existing state equals the smaller state.
    pub satisfied: bool,
    /// A clause for the report that names the unsupported part of the desired state.
    pub missing: &'static str,
}

/// A control in the list [`ALL`](super::ALL).
///
/// Every method is pure: a method sends no request, and returns the same result for the same
/// arguments. A blanket implementation implements this trait for every [`Spec`]; no other type
/// implements this trait.
pub trait Control: Sync {
    /// The description of the control.
    fn info(&self) -> &'static Info;

    /// Whether these settings request the control. This method ignores [`Settings::skip`].
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// Returns the policy statement that the control would write into an empty policy for these
    /// settings, or `None` if the control configures another subresource.
    fn policy_statement(&self, settings: &Settings) -> Option<Value>;

    /// Compares the body of a GET response with the desired state.
    ///
    /// `found` is `None` if nothing is configured, which is never an error. Bootstrap calls this
    /// method before a write, and again after the write to verify the new state. Audit calls this
    /// method once.
    ///
    /// # Errors
    /// Fails if the body is not a document of this subresource.
    fn review(&self, found: Option<&[u8]>, settings: &Settings) -> Result<Review, DecodeError>;

    /// Converts the body of a GET response into the body of a PUT request with the same meaning.
    ///
    /// # Errors
    /// Fails if the body is not a document of this subresource.
    fn rewritten(&self, found: &[u8]) -> Result<Vec<u8>, DecodeError>;
}

/// The trait that the file of each control implements.
///
/// A control parses a configuration into a [`State`](Spec::State), derives the
/// [`desired`](Spec::desired) state from the existing state, and writes a state as a body.
/// [`Control::review`] combines reading, deriving and writing: the control is satisfied if and only
/// if the existing state equals the desired state. Bootstrap, dry run and audit use the same
/// comparison, so their results always agree.
///
/// # Example
/// The versioning of a bucket is suspended. `read` returns `Status: Suspended`, and `desired`
/// returns `Status: Enabled`. The states differ, so the review contains a change: the body that
/// `write` returns for the desired state. After the PUT, `read` returns `Status: Enabled`. For the
/// state `Enabled`, `desired` returns the same state, so the review contains no further change.
pub trait Spec: Sync {
    /// The type of the parsed configuration: an [`Element`](crate::xml::Element), or a
    /// [`Document`](crate::policy::Document) for the policy.
    ///
    /// A state contains the complete document, including the parts that this program does not know,
    /// so that `write` preserves these parts.
    type State: Clone + PartialEq;

    /// The description of the control.
    const INFO: Info;

    /// Whether these settings request the control.
    ///
    /// The default is `true`, which is correct for controls without an option (whose [`Info::flag`]
    /// is empty). A control with an option must return `false` for the settings of
    /// [`Settings::new`].
    #[must_use]
    fn is_wanted(_settings: &Settings) -> bool {
        true
    }

    /// Parses the body of a GET response.
    ///
    /// The implementation must check the root element, because some servers answer a request for an
    /// unknown subresource with the status 200 and a document of another kind. The implementation
    /// must accept a document in which elements are missing, because not all servers return all
    /// elements.
    ///
    /// # Errors
    /// Fails if the body is a document of another kind, or if a known element occurs twice or has
    /// an invalid value.
    fn read(body: &[u8]) -> Result<Self::State, DecodeError>;

    /// Returns the body of a PUT request, which `read` must accept. This method, not `desired`,
    /// removes elements that S3 rejects in a PUT request.
    fn write(state: &Self::State) -> Vec<u8>;

    /// Returns the state as JSON for reports, with the element names of AWS. Booleans become JSON
    /// booleans, and lists become JSON arrays.
    fn json(state: &Self::State) -> Value;

    /// Derives the desired state from the existing state `found`, which is `None` if nothing is
    /// configured.
    ///
    /// The implementation starts from `found` and changes only values that are weaker than
    /// requested. The implementation must keep stricter values, and all configuration of other
    /// people and tools. The method must be idempotent: for a desired state, it returns the same
    /// state. Without idempotence, a bucket could never reach the desired state.
    fn desired(found: Option<&Self::State>, settings: &Settings) -> Self::State;

    /// Returns the policy statement that these settings request. Only the controls for policy
    /// statements override this method.
    #[must_use]
    fn policy_statement(_settings: &Settings) -> Option<Value> {
        None
    }

    /// Returns a short description of the desired state, which status lines show in brackets after
    /// the title. The default is `None`, because the title of most controls is sufficient.
    fn summary(_desired: &Self::State, _settings: &Settings) -> Option<String> {
        None
    }

    /// Returns a note for the operator, which the report shows after bootstrap has applied and
    /// verified the change. The note names, for example, a delay or a permission that other users
    /// now need.
    fn apply_note(_found: Option<&Self::State>, _desired: &Self::State) -> Option<&'static str> {
        None
    }

    /// Returns a note for the auditor about the existing state, whether or not the bucket complies.
    /// The note names, for example, a related setting that this program does not change.
    #[must_use]
    fn audit_note(_found: Option<&Self::State>) -> Option<&'static str> {
        None
    }

    /// Returns a smaller state than `desired`, and a clause that names the missing part. Some
    /// servers other than AWS reject or ignore a part of the desired state and need the smaller
    /// state.
    ///
    /// Bootstrap sends the smaller state if the server rejects the desired state as unsupported. If
    /// the bucket has the smaller state after a write, the report calls the control unsupported and
    /// names the missing part. The default is `None`, because most controls have no smaller state.
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
