//! The trait for controls that are one statement of the bucket policy.
//!
//! The policy is one document that may have several authors. Any statement with the requested
//! meaning satisfies the control, regardless of its author and spelling. The control replaces an
//! earlier statement of this program at the same position. All other statements are kept unchanged.

use super::group::wanted_statements;
use super::{Info, Settings, Spec, Subresource};
use crate::policy::{self, Document, Statement};
use crate::xml::DecodeError;
use serde_json::Value;

/// A control that is one statement of the bucket policy. Every implementation is also a [`Spec`].
///
/// Statements are compared by meaning:
///
/// 1. A statement with an unknown member
///    ([`has_only_known_members`](Statement::has_only_known_members) is `false`) belongs to another
///    author and is ignored.
/// 2. If every one of the [`resources`](PolicyStatement::resources) has a statement that satisfies it
///    ([`is_satisfied_by`](PolicyStatement::is_satisfied_by)), the policy is not changed.
/// 3. Otherwise the new [`statement`](PolicyStatement::statement) replaces the first statement whose `Sid`
///    is [`SID`](PolicyStatement::SID), optionally followed by a number, and for which
///    [`is_ours`](PolicyStatement::is_ours) returns `true`. Further such statements are removed.
/// 4. If there is no such statement, the new statement is added at the end, with a `Sid` that is free.
pub(super) trait PolicyStatement: Sync {
    /// The control's id, texts and standards. The subresource must be [`POLICY`].
    const INFO: Info;

    /// The statement's `Sid`, which must not be the `Sid` of another control followed by digits.
    const SID: &'static str;

    /// Whether these settings request the statement.
    fn is_wanted(settings: &Settings) -> bool;

    /// The statement to write.
    ///
    /// `found` is the earlier statement of this program that the new one replaces, if there is one. A
    /// statement that collects entries from several runs must copy them. For the result,
    /// [`is_satisfied_by`](PolicyStatement::is_satisfied_by) and [`is_ours`](PolicyStatement::is_ours)
    /// must return `true`.
    fn statement(settings: &Settings, found: Option<Statement<'_>>) -> Value;

    /// The ARNs that the statement must cover, which are the entries of its `Resource`. The default is
    /// the bucket and all its objects.
    fn resources(settings: &Settings) -> Vec<String> {
        settings.both_arns().into()
    }

    /// Whether `statement` has at least the effect that these settings request on `resource` (one
    /// of the [`resources`](PolicyStatement::resources)), however the statement is written.
    ///
    /// A stricter statement satisfies the control. A statement with a further condition, a narrower
    /// resource or fewer actions does not, because it leaves a gap.
    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool;

    /// Whether this program wrote the statement earlier, so that the new statement may replace it.
    ///
    /// The replacement must not remove any rule of another author. Therefore this method must return
    /// `false` for a statement that denies or allows more than the new one, or something else.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool;

    /// A short description of the statement, which status lines show in brackets after the title. The
    /// default is `None`: the title alone describes the statement.
    fn summary(_settings: &Settings) -> Option<String> {
        None
    }
}

/// The subresource of all policy statements.
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
        "; also check that no statement is public: Block Public Access rejects a public policy",
    ),
    // A blind write would remove all grants in the policy.
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

/// Whether the statement denies every action on `resource` to every principal, if its conditions
/// are ignored.
pub(super) fn denies_all(statement: Statement<'_>, resource: &str) -> bool {
    statement.is_deny_for_everybody()
        && statement.covers_action("s3:*")
        && statement.covers_resource(resource)
}

/// Whether the statement is a Deny that covers nothing beyond the bucket and its objects. A Deny
/// for every principal and every action on the bucket and its objects can make such a statement
/// redundant, depending on the conditions.
pub(super) fn is_within(statement: Statement<'_>, settings: &Settings) -> bool {
    statement.is_deny()
        && statement.all_actions_within("s3:*")
        && statement.all_resources_within(&settings.both_arns())
        && statement.names_its_principal()
}

/// The value of the statement's condition, if it has only one condition, with this operator, this key and
/// one value.
pub(super) fn only_value(statement: Statement<'_>, operator: &str, key: &str) -> Option<String> {
    let (its_operator, its_key, mut values) = statement.only_condition()?;
    let fits = its_operator == operator && its_key.eq_ignore_ascii_case(key) && values.len() == 1;
    values.pop().filter(|_| fits)
}
