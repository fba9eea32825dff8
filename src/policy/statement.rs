//! Analyzes the meaning of a policy statement, which does not depend on the spelling.

use crate::values::{Arn, covers};
use serde_json::{Map, Value};

/// The names of the statement members that this program understands.
const MEMBERS: [&str; 6] = [
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "Resource",
    "Condition",
];

/// A borrowed view of one statement of a policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a>(&'a Map<String, Value>);

impl<'a> Statement<'a> {
    pub(super) fn new(map: &'a Map<String, Value>) -> Self {
        Statement(map)
    }

    /// Whether this program understands every member of the statement. `NotAction`, `NotResource`
    /// and `NotPrincipal` are not understood: they reverse the meaning of a statement, and some
    /// servers store them together with `Action`, `Resource` and `Principal`.
    #[must_use]
    pub fn has_only_known_members(self) -> bool {
        self.0.keys().all(|name| MEMBERS.contains(&name.as_str()))
    }

    /// Returns the statement's id (`Sid`).
    #[must_use]
    pub fn sid(self) -> Option<&'a str> {
        self.0.get("Sid").and_then(Value::as_str)
    }

    /// Whether the `Effect` of the statement is `Allow`.
    #[must_use]
    pub fn is_allow(self) -> bool {
        self.0.get("Effect").and_then(Value::as_str) == Some("Allow")
    }

    /// Returns the member with this name.
    pub(super) fn member(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    /// Whether the `Effect` of the statement is `Deny`.
    #[must_use]
    pub fn is_deny(self) -> bool {
        self.0.get("Effect").and_then(Value::as_str) == Some("Deny")
    }

    /// Whether the statement is a Deny for every principal: `"*"`, `{"AWS": "*"}` or `{"AWS": ["*"]}`. AWS
    /// documents no list as the value of `Principal`, so `["*"]` may have no effect on a server that stores it.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    #[must_use]
    pub fn is_deny_for_everybody(self) -> bool {
        let everybody = match self.0.get("Principal") {
            Some(Value::Object(map)) => map
                .get("AWS")
                .is_some_and(|who| texts(who).contains(&"*".to_owned())),
            Some(who) => who.as_str() == Some("*"),
            None => false,
        };
        self.is_deny() && everybody
    }

    /// Whether `Action` includes every action that the pattern `action`, such as `s3:*`, matches.
    #[must_use]
    pub fn covers_action(self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.list("Action")
            .iter()
            .any(|pattern| covers(&pattern.to_ascii_lowercase(), &action))
    }

    /// Whether `Resource` includes every resource that the pattern `arn`, such as `…/*`, matches.
    #[must_use]
    pub fn covers_resource(self, arn: &str) -> bool {
        self.list("Resource")
            .iter()
            .any(|pattern| covers(pattern, arn))
    }

    /// Whether the statement has `Action`, and the pattern `action` includes every action in it.
    #[must_use]
    pub fn all_actions_within(self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let all = self.list("Action");
        !all.is_empty()
            && all
                .iter()
                .all(|own| covers(&action, &own.to_ascii_lowercase()))
    }

    /// Whether the statement has `Resource`, and the patterns `arns` include every resource in it.
    #[must_use]
    pub fn all_resources_within(self, arns: &[String]) -> bool {
        let all = self.list("Resource");
        !all.is_empty()
            && all
                .iter()
                .all(|own| arns.iter().any(|arn| covers(arn, own)))
    }

    /// Whether the statement has a `Principal` and no `NotPrincipal`.
    #[must_use]
    pub fn names_its_principal(self) -> bool {
        self.0.contains_key("Principal") && !self.0.contains_key("NotPrincipal")
    }

    /// Returns the statement's conditions, each with its operator, key and values. The statement
    /// applies only if all conditions are true. Returns `None` if the structure of the conditions
    /// is invalid in IAM.
    #[must_use]
    pub fn conditions(self) -> Option<Vec<(&'a str, &'a str, Vec<String>)>> {
        let Some(operators) = self.0.get("Condition") else {
            return Some(Vec::new());
        };
        let mut all = Vec::new();
        for (operator, keys) in operators.as_object()? {
            for (key, values) in keys.as_object()? {
                all.push((operator.as_str(), key.as_str(), texts(values)));
            }
        }
        Some(all)
    }

    /// Returns the operator, key and values of the condition, if the statement has only one.
    #[must_use]
    pub fn only_condition(self) -> Option<(&'a str, &'a str, Vec<String>)> {
        let mut all = self.conditions()?;
        if all.len() == 1 { all.pop() } else { None }
    }

    /// Returns the services that this statement allows access. The list is empty if the statement
    /// is not an Allow or also names other principals.
    #[must_use]
    pub fn allowed_services(self) -> Vec<String> {
        match self.0.get("Principal") {
            Some(Value::Object(who)) if self.is_allow() && who.len() == 1 => {
                who.get("Service").map(texts).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Returns the principals outside of `account` that this statement allows access, without
    /// services. If `account` is `None`, every principal counts as outside. The list is empty if a
    /// condition restricts the statement to principals of `account`.
    #[must_use]
    pub fn allows_outside(self, account: Option<&str>) -> Vec<String> {
        if !self.is_allow() || account.is_some_and(|account| self.is_confined_to(account)) {
            return Vec::new();
        }
        if let Some(others) = self.0.get("NotPrincipal") {
            return vec![format!("all but {others}")];
        }
        let is_outside = |name: &String| {
            let owner = Arn::parse(name).map_or(name.as_str(), |arn| arn.account);
            Some(owner) != account
        };
        let named = match self.0.get("Principal") {
            Some(Value::Object(map)) => map
                .iter()
                .filter(|(kind, _)| *kind != "Service")
                .flat_map(|(_, names)| texts(names))
                .collect(),
            Some(anyone) => texts(anyone),
            None => Vec::new(),
        };
        named.into_iter().filter(is_outside).collect()
    }

    /// Whether a condition restricts the statement to principals of `account`. An operator that is
    /// also true for a request without the key, such as `StringEqualsIfExists`, is no restriction.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount>
    fn is_confined_to(self, account: &str) -> bool {
        let confines = |(operator, key, values): (&str, &str, Vec<String>)| {
            ["StringEquals", "StringLike"].contains(&operator)
                && key.eq_ignore_ascii_case("aws:PrincipalAccount")
                && !values.is_empty()
                && values.iter().all(|value| value == account)
        };
        let conditions = self.conditions().unwrap_or_default();
        conditions.into_iter().any(confines)
    }

    /// Returns the names in `Principal` and `NotPrincipal`, without the names of services.
    #[must_use]
    pub fn principals(self) -> Vec<String> {
        self.names_of(|kind| kind != "Service")
    }

    /// Returns the names of services and of AWS principals in `Principal` and `NotPrincipal`.
    pub(super) fn services_or_everyone(self) -> Vec<String> {
        self.names_of(|kind| ["Service", "AWS"].contains(&kind))
    }

    /// Returns the names in `Principal` and `NotPrincipal` whose kind (such as `AWS` or `Service`)
    /// satisfies `is_wanted`, and every name without a kind, such as `"*"`.
    fn names_of(self, is_wanted: fn(&str) -> bool) -> Vec<String> {
        let named = |who: &Value| match who {
            Value::Object(map) => (map.iter())
                .filter(|(kind, _)| is_wanted(kind))
                .flat_map(|(_, names)| texts(names))
                .collect(),
            anyone => texts(anyone),
        };
        let members = ["Principal", "NotPrincipal"].into_iter();
        members
            .filter_map(|name| self.0.get(name))
            .flat_map(named)
            .collect()
    }

    /// Returns the actions in `NotAction`, in lower case.
    pub(super) fn not_actions(self) -> Vec<String> {
        let all = self.list("NotAction").into_iter();
        all.map(|action| action.to_ascii_lowercase()).collect()
    }

    /// Returns the patterns in `Resource`, as the policy spells the patterns.
    pub(super) fn resources(self) -> Vec<String> {
        self.list("Resource")
    }

    /// Returns the patterns in `Action`, as the policy spells the patterns.
    #[must_use]
    pub fn actions(self) -> Vec<String> {
        self.list("Action")
    }

    /// Returns the texts of the member with this name.
    pub(super) fn list(self, name: &str) -> Vec<String> {
        self.0.get(name).map(texts).unwrap_or_default()
    }
}

/// Returns the texts of one value or of a list of values. The boolean `false` and the string
/// `"false"` become the same text, because IAM treats both as equal.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_the_outside_principals_that_an_allow_admits() {
        const OWN: &str = "111122223333";
        for (effect, principal, outside) in [
            ("Allow", json!("*"), vec!["*"]),
            ("Allow", json!({"AWS": "*"}), vec!["*"]),
            ("Allow", json!({"AWS": OWN}), vec![]),
            (
                "Allow",
                json!({"AWS": "arn:aws:iam::111122223333:root"}),
                vec![],
            ),
            (
                "Allow",
                json!({"AWS": ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::444455556666:user/b", "777788889999"]}),
                vec!["arn:aws:iam::444455556666:user/b", "777788889999"],
            ),
            (
                "Allow",
                json!({"Service": "logging.s3.amazonaws.com"}),
                vec![],
            ),
            ("Allow", json!({"CanonicalUser": "79a5"}), vec!["79a5"]),
            ("Deny", json!("*"), vec![]),
        ] {
            let statement = json!({"Effect": effect, "Principal": principal});
            let found = Statement::new(statement.as_object().unwrap()).allows_outside(Some(OWN));
            assert_eq!(found, outside, "{statement}");
        }
        let not = json!({"Effect": "Allow", "NotPrincipal": {"AWS": OWN}});
        let found = Statement::new(not.as_object().unwrap()).allows_outside(Some(OWN));
        assert_eq!(found, [r#"all but {"AWS":"111122223333"}"#]);
    }

    #[test]
    fn a_condition_may_confine_an_allow_to_the_own_account() {
        const OWN: &str = "111122223333";
        let found = |operator: &str, key: &str, values: Value, account| {
            let condition = json!({operator: {key: values}});
            let statement = json!({"Effect": "Allow", "Principal": "*", "Condition": condition});
            Statement::new(statement.as_object().unwrap()).allows_outside(account)
        };
        let key = "aws:PrincipalAccount";
        assert!(found("StringEquals", key, json!([OWN]), Some(OWN)).is_empty());
        assert!(found("StringLike", "AWS:principalaccount", json!(OWN), Some(OWN)).is_empty());
        assert_eq!(found("StringEquals", key, json!(OWN), None), ["*"]);
        for (operator, key, values) in [
            ("StringEquals", key, json!([OWN, "444455556666"])),
            ("StringEquals", key, json!([])),
            ("StringEqualsIfExists", key, json!(OWN)),
            ("StringNotEquals", key, json!(OWN)),
            ("StringLike", key, json!("1111*")),
            ("StringEquals", "aws:SourceAccount", json!(OWN)),
        ] {
            assert_eq!(found(operator, key, values, Some(OWN)), ["*"], "{operator}");
        }
    }

    #[test]
    fn not_action_and_similar_members_count_as_unknown() {
        let knows = |more: &str| {
            let mut statement = json!({"Sid": "a", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {}});
            statement[more] = json!("x");
            Statement::new(statement.as_object().unwrap()).has_only_known_members()
        };
        assert!(knows("Sid"));
        for more in [
            "NotAction",
            "NotResource",
            "NotPrincipal",
            "notaction",
            "action",
            "Future",
        ] {
            assert!(!knows(more), "{more}");
        }
    }
}
