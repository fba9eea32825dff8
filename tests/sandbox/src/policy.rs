//! Evaluates bucket policies for a request, and decides whether a policy is public.

mod condition;
mod validate;

pub use self::condition::{Facts, Known};
pub use self::validate::parse;

use serde_json::Value;

use self::condition::{conditions_hold, restricts};

/// The decision of a policy about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Deny,
    Allow,
    Silent,
}

/// The caller of a request, as the `Principal` element of a policy can name a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    Anonymous,
    User { account: &'a str, arn: &'a str },
    Service(&'a str),
}

/// The properties of a request that a policy can test.
pub struct Question<'a> {
    pub principal: Principal<'a>,
    /// The IAM action, such as `s3:GetObject`.
    pub action: &'a str,
    pub resource: &'a str,
    pub facts: &'a dyn Facts,
}

/// Evaluates a policy for a request. A Deny statement that matches the request overrules every
/// Allow statement.
#[must_use]
pub fn judge(policy: &Value, question: &Question<'_>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for statement in statements(policy) {
        let deny = statement["Effect"] == "Deny";
        let applies = applies_to(statement, &question.principal, deny)
            && matches_either(statement, "Action", question.action, true)
            && matches_either(statement, "Resource", question.resource, false)
            && conditions_hold(&statement["Condition"], question.facts, deny);
        if applies && deny {
            return Verdict::Deny;
        }
        if applies {
            verdict = Verdict::Allow;
        }
    }
    verdict
}

/// Returns whether a policy is public in the sense of Block Public Access.
#[must_use]
pub fn is_public(policy: &Value) -> bool {
    statements(policy).any(|statement| {
        statement["Effect"] == "Allow"
            && (statement.get("NotPrincipal").is_some() || names_everybody(&statement["Principal"]))
            && !restricts(&statement["Condition"])
    })
}

fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    many(&policy["Statement"])
}

/// Returns the items of a list. A policy may contain a single item instead of a list with one item.
fn many(value: &Value) -> impl Iterator<Item = &Value> {
    let (list, one) = match value {
        Value::Array(list) => (list.as_slice(), None),
        Value::Null => (&[] as &[Value], None),
        other => (&[] as &[Value], Some(other)),
    };
    list.iter().chain(one)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    many(value).filter_map(Value::as_str)
}

fn names_everybody(principal: &Value) -> bool {
    principal == "*" || texts(&principal["AWS"]).any(|name| name == "*")
}

fn applies_to(statement: &Value, principal: &Principal<'_>, deny: bool) -> bool {
    if let Some(not) = statement.get("NotPrincipal") {
        // In this sandbox, an Allow statement with NotPrincipal grants nothing.
        return deny && !names(not, principal);
    }
    names(&statement["Principal"], principal)
}

fn names(listed: &Value, principal: &Principal<'_>) -> bool {
    if let Principal::Service(service) = principal {
        return listed == "*" || texts(&listed["Service"]).any(|name| name == *service);
    }
    if names_everybody(listed) {
        return true;
    }
    let Principal::User { account, arn } = principal else {
        return false;
    };
    texts(&listed["AWS"]).any(|name| {
        name == *arn
            || name == *account
            || name
                .strip_suffix(":root")
                .is_some_and(|root| root.starts_with("arn:") && root.ends_with(account))
    })
}

/// Returns whether an element of the statement (`Action` or `Resource`, or its negation `NotAction`
/// or `NotResource`) matches a text.
fn matches_either(statement: &Value, element: &str, text: &str, fold_case: bool) -> bool {
    let fits = |pattern: &str| {
        if fold_case {
            like(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
        } else {
            like(pattern, text)
        }
    };
    match statement.get(format!("Not{element}")) {
        Some(not) => !texts(not).any(fits),
        None => texts(&statement[element]).any(fits),
    }
}

/// A piece of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Exactly(char),
}

/// Returns the pieces of a pattern. `${*}`, `${?}` and `${$}` are the characters themselves.
fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        pieces.push(match first {
            '$' if ["${*}", "${?}", "${$}"]
                .iter()
                .any(|one| rest.starts_with(one)) =>
            {
                length = 4;
                Piece::Exactly(char::from(rest.as_bytes()[2]))
            }
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Exactly(other),
        });
        rest = &rest[length..];
    }
    pieces
}

/// Returns whether a text matches a pattern with the wildcards `*` and `?`.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<Piece>, Vec<char>) = (pieces(pattern), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == Piece::Any {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len()
            && (pattern[p] == Piece::One || pattern[p] == Piece::Exactly(text[t]))
        {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|piece| *piece == Piece::Any)
}

#[cfg(test)]
mod tests;
