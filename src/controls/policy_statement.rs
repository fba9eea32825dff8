//! The trait for controls that are one statement of the bucket policy.
//!
//! Several tools and people may add statements to the same bucket policy. Any statement with the
//! requested meaning satisfies the control, even if another tool wrote the statement or if the
//! spelling differs. The control replaces an earlier statement of this program at its position and
//! does not change any other statement.

use super::group::wanted_statements;
use super::{Info, Settings, Spec, Subresource};
use crate::policy::{self, Document, Statement};
use crate::xml::DecodeError;
use serde_json::Value;

/// A control that is one statement of the bucket policy. Every implementation is also a [`Spec`].
///
/// The control compares statements by meaning, in these steps:
///
/// 1. The control ignores every statement with an unknown member
///    ([`has_only_known_members`](Statement::has_only_known_members) is `false`), because this
///    program never writes such a statement.
/// 2. If a statement satisfies the control ([`is_satisfied_by`](PolicyStatement::is_satisfied_by))
///    for each of the [`resources`](PolicyStatement::resources), the control does not change the
///    policy.
/// 3. Otherwise the new [`statement`](PolicyStatement::statement) replaces the first statement for
///    which [`is_ours`](PolicyStatement::is_ours) returns `true` and whose `Sid` is
///    [`SID`](PolicyStatement::SID), optionally followed by a number. The control removes further
///    statements that match in this way.
/// 4. If there is no statement to replace, the control adds the new statement at the end of the
///    policy, with an unused `Sid`.
pub(super) trait PolicyStatement: Sync {
    /// The description of the control, whose subresource must be [`POLICY`].
    const INFO: Info;

    /// The `Sid` of the control's statement. This `Sid` must not consist of the `Sid` of another
    /// control and digits.
    const SID: &'static str;

    /// Whether these settings request the statement.
    fn is_wanted(settings: &Settings) -> bool;

    /// Returns the statement to write.
    ///
    /// `found` is the earlier statement of this program that the result replaces, or `None`. If a
    /// statement collects entries from several runs, this method must copy the entries of `found`.
    /// For the result, [`is_satisfied_by`](PolicyStatement::is_satisfied_by) and
    /// [`is_ours`](PolicyStatement::is_ours) must return `true`.
    fn statement(settings: &Settings, found: Option<Statement<'_>>) -> Value;

    /// Returns the ARNs that the statement must cover, as its `Resource` lists the ARNs. The
    /// default is the bucket and all its objects.
    fn resources(settings: &Settings) -> Vec<String> {
        settings.both_arns().into()
    }

    /// Whether `statement` has at least the effect that these settings request on `resource`,
    /// regardless of the spelling of the statement. `resource` is one of the
    /// [`resources`](PolicyStatement::resources).
    ///
    /// A stricter statement satisfies the control. A statement with an additional condition, a
    /// narrower resource or fewer actions does not satisfy the control, because such a statement
    /// allows requests that the settings forbid.
    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool;

    /// Whether this program wrote the statement earlier, so that the new statement may replace it.
    ///
    /// The replacement must not remove a rule of another tool or person. For a statement that
    /// denies or allows any request that the new statement does not deny or allow, this method must
    /// return `false`.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool;

    /// Returns a short description of the statement, which status lines show in brackets after the
    /// title. The default is `None`, because the title of most controls is sufficient.
    fn summary(_settings: &Settings) -> Option<String> {
        None
    }
}

/// The subresource that contains all policy statements: the bucket policy.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
pub(crate) static POLICY: Subresource = Subresource {
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
    // A write without a read would remove all other statements of the policy.
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

/// Whether the statement denies every action on `resource` to every principal. This function
/// ignores the conditions of the statement.
pub(super) fn denies_all(statement: Statement<'_>, resource: &str) -> bool {
    statement.is_deny_for_everybody()
        && statement.covers_action("s3:*")
        && statement.covers_resource(resource)
}

/// Whether the statement is a Deny that covers only the bucket and its objects. A new Deny for
/// every principal and every action on the bucket and its objects can make the statement redundant,
/// depending on the conditions.
pub(super) fn is_within(statement: Statement<'_>, settings: &Settings) -> bool {
    statement.is_deny()
        && statement.all_actions_within("s3:*")
        && statement.all_resources_within(&settings.both_arns())
        && statement.names_its_principal()
}

/// Returns the value of the statement's condition, if the statement has exactly one condition, with
/// this operator, this key and a single value.
pub(super) fn only_value(statement: Statement<'_>, operator: &str, key: &str) -> Option<String> {
    let (its_operator, its_key, mut values) = statement.only_condition()?;
    let fits = its_operator == operator && its_key.eq_ignore_ascii_case(key) && values.len() == 1;
    values.pop().filter(|_| fits)
}
