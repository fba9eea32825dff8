//! Finds the statements of a policy that give access to principals outside the account of the bucket,
//! and the conditions that narrow this access.
//!
//! The rules follow S3's definition of a public policy: only a condition with fixed values narrows a
//! statement, so a value with a wildcard or a policy variable does not.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use super::narrowing::{Narrowing, is_account, narrowing, negated};
use super::{Document, Statement};
use crate::values::{Arn, covers};
use serde_json::Value;

/// The access that one statement gives to one kind of principals outside the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideGrant {
    /// The `Sid` of the statement, or its position such as `statement 2`.
    pub statement: String,
    /// The kind of the principals.
    pub kind: OutsideKind,
    /// The principals: `*`, account IDs, ARNs, IDs of organizations, or names of services.
    pub principals: Vec<String>,
    /// The account IDs of the principals. `None` if the account of a principal is not known.
    pub accounts: Option<Vec<String>>,
    /// The actions, as the policy spells the actions. `NotAction` becomes `all but …`.
    pub actions: Vec<String>,
    /// The resources, as the policy spells the resources. `NotResource` becomes `all but …`.
    pub resources: Vec<String>,
    /// The conditions of the statement, such as `StringEquals aws:SourceVpce vpce-1a2b3c4d`, and the
    /// `Deny` statements that narrow the statement.
    pub conditions: Vec<String>,
    /// Whether the statement may allow an action that begins with `s3:Get` or `s3:List`.
    pub reads: bool,
    /// Whether the statement may allow an action other than those that read.
    pub writes: bool,
    /// The actions with which the principals could change who has access, as AWS Security Hub lists
    /// these actions for S3.6.
    pub administers: Vec<&'static str>,
}

/// The kind of the principals outside the account, from the most to the least open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OutsideKind {
    /// Everyone, also without credentials.
    Public,
    /// Everyone whose requests satisfy a condition with fixed values, such as an IP address.
    Conditional,
    /// All principals of an organization in AWS Organizations.
    Organization,
    /// Other accounts, or users and roles of other accounts.
    Account,
    /// Users of an identity provider.
    Federated,
    /// AWS services.
    Service,
}

impl OutsideKind {
    /// Returns the name of the kind in JSON, such as `public`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OutsideKind::Public => "public",
            OutsideKind::Conditional => "conditional",
            OutsideKind::Organization => "organization",
            OutsideKind::Account => "account",
            OutsideKind::Federated => "federated",
            OutsideKind::Service => "service",
        }
    }
}

/// <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-6>
const ADMINISTERS: [&str; 5] = [
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
];

impl Document {
    /// Returns the access from outside `account` that the policy gives. If `account` is `None`, every
    /// account counts as outside. A grant is not in the result if a `Deny` statement of the policy
    /// denies the whole grant.
    #[must_use]
    pub fn outside_grants(&self, account: Option<&str>) -> Vec<OutsideGrant> {
        let mut all = Vec::new();
        for (position, statement) in self.statements().enumerate() {
            if statement.is_allow() {
                all.extend(self.grants_of(statement, position + 1, account));
            }
        }
        all
    }

    /// Whether the policy allows something to anyone.
    #[must_use]
    pub fn allows_anything(&self) -> bool {
        self.statements().any(Statement::is_allow)
    }

    fn grants_of(
        &self,
        statement: Statement<'_>,
        position: usize,
        account: Option<&str>,
    ) -> Vec<OutsideGrant> {
        let named = |own: &str, not: &str| match statement.list(own) {
            listed if listed.is_empty() => {
                vec![format!("all but {}", statement.list(not).join(", "))]
            }
            listed => listed,
        };
        let mut conditions = Vec::new();
        let mut narrowings = Vec::new();
        // Invalid conditions narrow nothing.
        for (operator, key, values) in statement.conditions().unwrap_or_default() {
            conditions.push(format!("{operator} {key} {}", values.join(", ")));
            narrowings.extend(narrowing(operator, key, &values));
        }
        for deny in self.statements().filter(|it| ends(*it, statement)) {
            let Some(all) = deny.conditions() else {
                continue;
            };
            match all.as_slice() {
                [] => return Vec::new(),
                [(operator, key, values)] => {
                    if let Some(narrowed) = negated(operator, key, values) {
                        conditions.push(format!("Deny {operator} {key} {}", values.join(", ")));
                        narrowings.push(narrowed);
                    }
                }
                _ => {}
            }
        }
        let (reads, writes) = statement.reads_and_writes();
        let grant = |(kind, principals, accounts)| OutsideGrant {
            statement: match statement.sid() {
                Some(sid) => sid.to_owned(),
                None => format!("statement {position}"),
            },
            kind,
            principals,
            accounts,
            actions: named("Action", "NotAction"),
            resources: named("Resource", "NotResource"),
            conditions: conditions.clone(),
            reads,
            writes,
            administers: ADMINISTERS
                .into_iter()
                .filter(|action| statement.may_allow(action))
                .collect(),
        };
        let who = principals(statement, &narrowings, account);
        who.into_iter().map(grant).collect()
    }
}

/// Whether the `Deny` statement applies to every principal and to every request that `allow` allows,
/// apart from the conditions of the `Deny`.
fn ends(deny: Statement<'_>, allow: Statement<'_>) -> bool {
    let or_all = |listed: Vec<String>, all: &str| match listed.as_slice() {
        [] => vec![all.to_owned()],
        _ => listed,
    };
    // S3 evaluates no actions of other services.
    let actions = or_all(allow.actions(), "s3:*").into_iter();
    let actions = actions.map(|action| {
        if action == "*" {
            "s3:*".to_owned()
        } else {
            action
        }
    });
    let resources = or_all(allow.resources(), "*");
    let applies = deny.has_only_known_members() && deny.is_deny_for_everybody();
    applies
        && actions
            .into_iter()
            .all(|action| deny.covers_action(&action))
        && resources.iter().all(|arn| deny.covers_resource(arn))
}

type Principals = (OutsideKind, Vec<String>, Option<Vec<String>>);

/// The principals outside `account`, one entry for each kind.
fn principals(
    statement: Statement<'_>,
    narrowings: &[Narrowing],
    account: Option<&str>,
) -> Vec<Principals> {
    let only = narrowings.iter().filter_map(|it| match it {
        Narrowing::Accounts(all) => Some(all.clone()),
        _ => None,
    });
    // Several conditions on the account apply together.
    let only = only.reduce(|a, b| a.into_iter().filter(|it| b.contains(it)).collect());
    let is_own = |id: &str| Some(id) == account;
    if let Some(only) = &only
        && only.iter().all(|id| is_own(id))
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut everyone = None;
    if let Some(others) = statement.member("NotPrincipal") {
        everyone = Some(format!("all but {others}"));
    }
    let mut named: Vec<(&str, String)> = Vec::new();
    match statement.member("Principal") {
        Some(Value::Object(kinds)) => {
            for (kind, list) in kinds {
                let all = super::statement::texts(list).into_iter();
                named.extend(all.map(|name| (kind.as_str(), name)));
            }
        }
        Some(list) => {
            let all = super::statement::texts(list).into_iter();
            named.extend(all.map(|name| ("AWS", name)));
        }
        None => {}
    }
    let (mut others, mut ids, mut services, mut federated) = (vec![], Some(vec![]), vec![], vec![]);
    for (kind, name) in named {
        match kind {
            "Service" => services.push(name),
            "Federated" => federated.push(name),
            _ if is_everyone(&name) => everyone = Some(name),
            _ => {
                let owner = Arn::parse(&name).map_or(name.as_str(), |arn| arn.account);
                let owner = owner.to_owned();
                let is_narrowed_out = only.as_ref().is_some_and(|all| !all.contains(&owner));
                if is_own(&owner) || (is_account(&owner) && is_narrowed_out) {
                    continue;
                }
                match &mut ids {
                    Some(ids) if is_account(&owner) => ids.push(owner),
                    _ => ids = None,
                }
                others.push(name);
            }
        }
    }
    if let Some(who) = everyone {
        found.push(everyone_narrowed(who, only, narrowings, account));
    }
    if !others.is_empty() {
        found.push((OutsideKind::Account, others, ids));
    }
    if !federated.is_empty() {
        found.push((OutsideKind::Federated, federated, None));
    }
    if !services.is_empty() {
        found.push((OutsideKind::Service, services, sources(narrowings)));
    }
    found
}

/// Whether a principal is `*`, or an ARN whose account is a pattern. AWS refuses such an ARN, but other
/// servers may store it and match the callers of every account.
fn is_everyone(name: &str) -> bool {
    Arn::parse(name)
        .map_or(name, |arn| arn.account)
        .contains(['*', '?'])
}

/// The kind of `Principal: "*"` with these narrowing conditions.
fn everyone_narrowed(
    who: String,
    accounts: Option<Vec<String>>,
    narrowings: &[Narrowing],
    own: Option<&str>,
) -> Principals {
    if let Some(accounts) = accounts {
        let others = accounts.into_iter().filter(|id| Some(id.as_str()) != own);
        let others: Vec<String> = others.collect();
        return (OutsideKind::Account, others.clone(), Some(others));
    }
    let organizations = narrowings.iter().find_map(|it| match it {
        Narrowing::Organizations(all) => Some(all.clone()),
        _ => None,
    });
    if let Some(organizations) = organizations {
        return (OutsideKind::Organization, organizations, None);
    }
    let is_of_services = |it: &Narrowing| matches!(it, Narrowing::SourcesOfServices(_));
    let kind = if narrowings.iter().all(is_of_services) {
        OutsideKind::Public
    } else {
        OutsideKind::Conditional
    };
    (kind, vec![who], sources(narrowings))
}

/// The accounts of the resources for which a service may send requests, if a condition names them.
fn sources(narrowings: &[Narrowing]) -> Option<Vec<String>> {
    narrowings.iter().find_map(|it| match it {
        Narrowing::Sources(all) | Narrowing::SourcesOfServices(all) => Some(all.clone()),
        _ => None,
    })
}

impl Statement<'_> {
    /// Whether the statement's actions include `action`, apart from the other members.
    fn may_allow(self, action: &str) -> bool {
        let not = self.not_actions();
        if !not.is_empty() {
            let action = action.to_ascii_lowercase();
            return !not.iter().any(|pattern| covers(pattern, &action));
        }
        self.covers_action(action)
    }

    /// Whether the statement's actions include an action that reads, and an action that writes.
    fn reads_and_writes(self) -> (bool, bool) {
        let not = self.not_actions();
        if !not.is_empty() {
            let may = |pattern: &str| !not.iter().any(|own| covers(own, pattern));
            return (may("s3:get*") || may("s3:list*"), may("s3:*"));
        }
        let (mut reads, mut writes) = (false, false);
        for action in self.actions() {
            let action = action.to_ascii_lowercase();
            let start = action.split(['*', '?']).next().unwrap_or_default();
            let verb = match start.strip_prefix("s3:") {
                Some(verb) => verb,
                None if "s3:".starts_with(start) => "",
                None => continue,
            };
            reads |= ["get", "list"]
                .iter()
                .any(|it| it.starts_with(verb) || verb.starts_with(it));
            // No action of S3 begins with these letters, except `Get…` and `List…`.
            writes |= !verb.starts_with(['g', 'l']);
        }
        (reads, writes)
    }
}

#[cfg(test)]
mod tests;
