//! The shape of a control that is one statement of the bucket policy.
//!
//! The policy is one document with many authors. A statement that means what is wanted satisfies,
//! whoever wrote it and however it is written; a statement of ours that means something else is
//! replaced in its place; all others stay as they are.

use super::group::wanted_statements;
use super::{Info, Settings, Spec, Subresource};
use crate::policy::{self, Document, Statement};
use crate::xml::DecodeError;
use serde_json::Value;

/// What one statement's file says.
pub(super) trait PolicyStatement: Sync {
    /// What there is to know about it; its subresource is [`POLICY`].
    const INFO: Info;
    /// The statement's id.
    const SID: &'static str;

    /// Whether these settings ask for it.
    fn is_wanted(settings: &Settings) -> bool;

    /// The statement; `found` is what stands there in its name.
    fn statement(settings: &Settings, found: Option<Statement<'_>>) -> Value;

    /// Whether a statement means at least this, however it is written.
    fn is_satisfied_by(statement: Statement<'_>, settings: &Settings) -> bool;

    /// Whether a statement under our id is an earlier one of ours, which the new one replaces.
    /// Whatever says more, or something else, is somebody's own and stays.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool;

    /// The statement in a few words, where the title does not say it.
    fn summary(_settings: &Settings) -> Option<String> {
        None
    }
}

/// The subresource of all of them.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
pub(super) static POLICY: Subresource = Subresource {
    name: "policy",
    get: "GetBucketPolicy",
    put: "PutBucketPolicy",
    absent_codes: &["NoSuchBucketPolicy"],
    read_action: "s3:GetBucketPolicy",
    write_action: "s3:PutBucketPolicy",
    content_type: "application/json",
    size_limit: Some(policy::SIZE_LIMIT),
    round_trip_header: None,
    has_backup: true,
    access_denied_hint: Some(
        ", and that no statement counts as public: Block Public Access refuses such a policy",
    ),
    // It would take away whatever the policy grants.
    safe_without_read: false,
};

impl<P: PolicyStatement> Spec for P {
    type State = Document;

    const INFO: Info = P::INFO;

    fn is_wanted(settings: &Settings) -> bool {
        P::is_wanted(settings)
    }

    fn read(body: &[u8]) -> Result<Document, DecodeError> {
        Document::read(body)
    }

    fn write(state: &Document) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Document) -> Value {
        state.json()
    }

    fn desired(found: Option<&Document>, settings: &Settings) -> Document {
        let mut document = found.cloned().unwrap_or_default();
        if settings.replace_policy {
            document.keep_only(&wanted_statements(settings));
        }
        let is_satisfied_by = |statement: Statement<'_>| P::is_satisfied_by(statement, settings);
        if !document.statements().any(is_satisfied_by) {
            let is_ours = |statement: Statement<'_>| P::is_ours(statement, settings);
            let ours = document.named(P::SID).find(|known| is_ours(*known));
            let statement = P::statement(settings, ours);
            document.put(P::SID, statement, is_ours);
        }
        document
    }

    fn summary(_desired: &Document, settings: &Settings) -> Option<String> {
        P::summary(settings)
    }

    fn policy_statement(settings: &Settings) -> Option<Value> {
        Some(P::statement(settings, None))
    }
}

/// A Deny to everybody of everything on the bucket and in it.
pub(super) fn denies_all(statement: Statement<'_>, settings: &Settings) -> bool {
    statement.is_deny_for_everybody()
        && statement.covers_action("s3:*")
        && settings
            .both_arns()
            .iter()
            .all(|arn| statement.covers_resource(arn))
}

/// A Deny that ours, to everybody of everything on the bucket and in it, would swallow but for the
/// conditions.
pub(super) fn is_within(statement: Statement<'_>, settings: &Settings) -> bool {
    statement.is_deny()
        && statement.all_actions_within("s3:*")
        && statement.all_resources_within(&settings.both_arns())
        && statement.names_its_principal()
}

/// The one value of the one condition, if its key and operator are these.
pub(super) fn only_value(statement: Statement<'_>, operator: &str, key: &str) -> Option<String> {
    let (its_operator, its_key, mut values) = statement.only_condition()?;
    let fits = its_operator == operator && its_key.eq_ignore_ascii_case(key) && values.len() == 1;
    values.pop().filter(|_| fits)
}
