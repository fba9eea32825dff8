//! The shape of a control that is one statement of the bucket policy.
//!
//! The policy is one document with many authors. A statement that means what is wanted satisfies the
//! control, whoever wrote it and in whatever form. An earlier statement of ours is replaced in its place.
//! All others are kept as they are.

use super::group::wanted_statements;
use super::{Info, Settings, Spec, Subresource};
use crate::policy::{self, Document, Statement};
use crate::xml::DecodeError;
use serde_json::Value;

/// What the file of a policy statement implements. It makes the type a [`Spec`], and so a control.
///
/// Statements are compared by meaning. [`is_satisfied_by`](PolicyStatement::is_satisfied_by) is asked of
/// every statement in the policy; if for each resource one satisfies, nothing is written. Neither that nor the following is
/// asked of a statement with a member that is not known
/// ([`has_only_known_members`](Statement::has_only_known_members)): it belongs to another author. Otherwise
/// [`is_ours`](PolicyStatement::is_ours) is asked of those whose `Sid` is [`SID`](PolicyStatement::SID),
/// with or without a number at its end. The new [`statement`](PolicyStatement::statement) replaces the
/// first of these that is ours; further ones that are ours are removed. If none is, it is added at the end,
/// under a `Sid` that is free.
pub(super) trait PolicyStatement: Sync {
    /// The control's id, texts and standards; its subresource is [`POLICY`].
    const INFO: Info;

    /// The statement's `Sid`. It must not be that of another control followed by digits.
    const SID: &'static str;

    /// Whether these settings ask for the statement.
    fn is_wanted(settings: &Settings) -> bool;

    /// The statement to write.
    ///
    /// `found` is the earlier statement of ours that it replaces, if there is one: a statement that
    /// collects entries from several runs carries them over. The result must satisfy
    /// [`is_satisfied_by`](PolicyStatement::is_satisfied_by) and [`is_ours`](PolicyStatement::is_ours).
    fn statement(settings: &Settings, found: Option<Statement<'_>>) -> Value;

    /// What the statement must be about: the entries of its `Resource`. The default is the bucket and all
    /// that is in it.
    fn resources(settings: &Settings) -> Vec<String> {
        settings.both_arns().into()
    }

    /// Whether a statement has at least the effect that is wanted on this one of the
    /// [`resources`](PolicyStatement::resources), in whatever form it is written.
    ///
    /// A stricter statement satisfies. One with a further condition, a narrower resource or fewer actions
    /// does not: it would leave a gap.
    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool;

    /// Whether a statement under our `Sid` is an earlier one of ours, which the new one may replace.
    ///
    /// Replacing it must take nothing away: a statement that denies or allows more than the new one, or
    /// something else, belongs to another author, and this must return `false`.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool;

    /// The statement in a few words, shown in brackets behind the title. `None`, the default, if the title
    /// says it all.
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
        ", and a policy without public statements: Block Public Access rejects a public policy",
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
        let is_satisfied = |resource: &String| {
            document.statements().any(|statement| {
                statement.has_only_known_members()
                    && P::is_satisfied_by(statement, resource, settings)
            })
        };
        if !P::resources(settings).iter().all(is_satisfied) {
            let is_ours = |statement: Statement<'_>| {
                statement.has_only_known_members() && P::is_ours(statement, settings)
            };
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

/// A Deny of every action on a resource, for every principal.
pub(super) fn denies_all(statement: Statement<'_>, resource: &str) -> bool {
    statement.is_deny_for_everybody()
        && statement.covers_action("s3:*")
        && statement.covers_resource(resource)
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
