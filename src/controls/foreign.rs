//! Compares the parts of a bucket configuration by meaning. The comparison checks that a write of
//! this program preserves the parts that other tools and people have configured.
//!
//! A part is a policy statement, a lifecycle rule, a CORS rule, a tag or a logging grant. In a document of any
//! other kind, each element with a text is a part. The order of parts has no meaning, and neither
//! has the order of the elements within a part. A server may return a part in a format that differs
//! from the request. This module treats the following formats as equal: a filter with and without
//! `And`, an empty and a missing prefix, a rule with and without an id that the server added, an
//! account ID and the ARN of that account's root, and a single value and a list of one value.

use super::event_selectors::{self, EventSelectors};
use crate::policy::Document;
use crate::values::Arn;
use crate::xml::{Element, root_element};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A policy statement, a lifecycle rule, a tag, a logging grant, or another element with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The name of the part in reports, such as `rule logs` or `statement PartnerMayRead`.
    pub(crate) name: String,
    /// The id of the part, if the part has one. A server may add an id to a rule without an id.
    id: Option<String>,
    /// The contents of the part as a set of normalized texts. Contents with the same meaning have
    /// the same text.
    claims: BTreeSet<String>,
    /// The XML element of a rule, a tag or a grant, normalized by [`in_one_form`]. All other parts
    /// have `None`.
    element: Option<Element>,
}

/// Returns the parts of a configuration body. The result is empty if the body is `None`, which
/// means that nothing is configured, or if the body cannot be parsed.
#[must_use]
pub(crate) fn parts(body: Option<&[u8]>) -> Vec<Part> {
    let body = body.unwrap_or_default();
    if let Ok(document) = event_selectors::read(body) {
        let parts = EventSelectors::of(&document).parts().into_iter();
        return parts
            .map(|(name, text)| Part::of_text(name, text))
            .collect();
    }
    if let Ok(policy) = Document::read(body) {
        return policy_parts(&policy);
    }
    let root = root_element(body).unwrap_or_default();
    let mut found = Vec::new();
    if let Ok(document) = Element::read(&root, body) {
        xml_parts(&document, "", &mut found);
    }
    found
}

/// Returns the parts of `wanted` that are missing in `found`. If `wanted` contains a part twice,
/// `found` must contain the part twice too.
#[must_use]
pub(crate) fn missing<'a>(wanted: &'a [Part], found: &[Part]) -> Vec<&'a Part> {
    let mut free: Vec<&Part> = found.iter().collect();
    let mut missing = Vec::new();
    for part in wanted {
        match free.iter().position(|other| part.is_shown_as(other)) {
            Some(place) => drop(free.swap_remove(place)),
            None => missing.push(part),
        }
    }
    missing
}

/// Returns the parts of `before` (the existing configuration) that `sent` (the changed
/// configuration) still contains.
#[must_use]
pub(crate) fn carried_over(before: &[Part], sent: &[Part]) -> Vec<Part> {
    let changed = missing(before, sent);
    let is_kept = |part: &&Part| !changed.iter().any(|gone| std::ptr::eq(*gone, *part));
    before.iter().filter(is_kept).cloned().collect()
}

/// Whether `found` has a part that another tool or person added. A part is not new if it equals a
/// part of `known`, or if it equals a part of `known` from which the server dropped elements.
#[must_use]
pub(crate) fn has_new(found: &[Part], known: &[Part]) -> bool {
    let is_known = |part: &Part| {
        known
            .iter()
            .any(|other| other.is_shown_as(part) || part.is_rest_of(other))
    };
    !found.iter().all(is_known)
}

impl Part {
    /// A part whose meaning is one text.
    fn of_text(name: String, text: String) -> Self {
        Part {
            name,
            id: None,
            claims: BTreeSet::from([text]),
            element: None,
        }
    }

    /// Whether `other` can be the server's representation of this part.
    fn is_shown_as(&self, other: &Part) -> bool {
        self.claims == other.claims && (self.id.is_none() || self.id == other.id)
    }

    /// Whether this part can be `whole` after the server dropped elements at any depth.
    fn is_rest_of(&self, whole: &Part) -> bool {
        (whole.id.is_none() || self.id == whole.id)
            && match (&self.element, &whole.element) {
                (Some(rest), Some(whole)) => is_rest(rest, whole),
                _ => self.claims.is_subset(&whole.claims),
            }
    }
}

/// Whether `rest` equals `whole` after elements at any depth were removed from `whole`. This
/// function assigns each element of `rest` to a different element of `whole`: first to an equal
/// element, then to one with more children.
fn is_rest(rest: &Element, whole: &Element) -> bool {
    if rest.name != whole.name || rest.text != whole.text {
        return false;
    }
    let mut free: Vec<&Element> = whole.children.iter().collect();
    let mut reduced = Vec::new();
    for child in &rest.children {
        let form = one_form(child);
        match free.iter().position(|other| one_form(other) == form) {
            Some(place) => drop(free.swap_remove(place)),
            None => reduced.push(child),
        }
    }
    reduced.into_iter().all(|child| {
        let place = free.iter().position(|other| is_rest(child, other));
        place.map(|place| free.swap_remove(place)).is_some()
    })
}

/// Normalizes a rule, a tag or a grant: removes the id and moves all criteria directly into one
/// filter.
fn in_one_form(part: &Element) -> Element {
    let (mut criteria, mut others) = (Vec::new(), Vec::new());
    for child in part.children.iter().filter(|child| !is_absent(child)) {
        match child.name.as_str() {
            "ID" => {}
            "Filter" | "And" => push_criteria(child, &mut criteria),
            "Prefix" => criteria.push(child.clone()),
            _ => others.push(child.clone()),
        }
    }
    others.push(Element::node("Filter", criteria));
    Element::node(&part.name, others)
}

fn push_criteria(filter: &Element, criteria: &mut Vec<Element>) {
    for child in filter.children.iter().filter(|child| !is_absent(child)) {
        match child.name.as_str() {
            "And" => push_criteria(child, criteria),
            _ => criteria.push(child.clone()),
        }
    }
}

/// The elements that mean the same whether they are empty or missing.
const SAME_AS_ABSENT: [&str; 6] = [
    "Prefix",
    "Value",
    "TargetPrefix",
    "Filter",
    "TagSet",
    "LoggingEnabled",
];

fn xml_parts(element: &Element, path: &str, found: &mut Vec<Part>) {
    for child in &element.children {
        if is_absent(child) {
            continue;
        }
        let (kind, id) = match child.name.as_str() {
            "Rule" if element.name == "LifecycleConfiguration" => ("rule", "ID"),
            "CORSRule" => ("CORS rule", "ID"),
            "Tag" => ("tag", "Key"),
            "Grant" => ("grant", ""),
            name if child.children.is_empty() => {
                found.push(Part::of_text(
                    name.to_owned(),
                    path.to_owned() + &one_form(child),
                ));
                continue;
            }
            name => {
                xml_parts(child, &format!("{path}{name}/"), found);
                continue;
            }
        };
        let id = Some(child.text_of(id).to_owned()).filter(|id| !id.is_empty());
        let element = in_one_form(child);
        found.push(Part {
            name: named(kind, id.as_deref()),
            claims: claims(&element),
            element: Some(element),
            id,
        });
    }
}

fn named(kind: &str, id: Option<&str>) -> String {
    id.map_or_else(
        || format!("{kind} without an id"),
        |id| format!("{kind} {id}"),
    )
}

/// Returns the claims of a rule, a tag or a grant that [`in_one_form`] has normalized: one
/// normalized text for each child element and for each criterion of the filter.
fn claims(part: &Element) -> BTreeSet<String> {
    let claims = part.children.iter().flat_map(|child| {
        if child.name == "Filter" {
            let criteria = child.children.iter();
            criteria
                .map(|it| format!("Filter/{}", one_form(it)))
                .collect()
        } else {
            vec![one_form(child)]
        }
    });
    claims.collect()
}

fn is_absent(element: &Element) -> bool {
    element.children.is_empty()
        && element.text.is_empty()
        && SAME_AS_ABSENT.contains(&element.name.as_str())
}

/// Returns a text for an element. The text does not depend on the order of child elements and
/// attributes.
fn one_form(element: &Element) -> String {
    let mut inner: Vec<String> = (element.children.iter())
        // `DisplayName` is ignored, because S3 no longer returns the display name of a canonical
        // user.
        .filter(|child| !is_absent(child) && child.name != "DisplayName")
        .map(one_form)
        .collect();
    inner.sort();
    let mut attributes: Vec<String> = (element.attributes.iter())
        .filter(|(name, _)| !name.starts_with("xmlns"))
        .map(|(name, value)| format!(" {name}={value:?}"))
        .collect();
    attributes.sort();
    // Times with and without `.000` are equal, because some servers omit the fraction of a second.
    let text = element
        .text
        .strip_suffix(".000Z")
        .map_or_else(|| element.text.clone(), |seconds| format!("{seconds}Z"));
    let (name, attributes) = (&element.name, attributes.concat());
    format!("<{name}{attributes}>{text:?}{}", inner.concat())
}

fn policy_parts(policy: &Document) -> Vec<Part> {
    let Value::Object(members) = policy.json() else {
        return Vec::new();
    };
    let others = members.iter().filter(|(name, _)| *name != "Statement");
    let other = |(name, value): (&String, &Value)| Part {
        name: name.clone(),
        id: None,
        claims: BTreeSet::from([format!("{name}={value}")]),
        element: None,
    };
    let statement = |value: Value| {
        let map = value.as_object().cloned().unwrap_or_default();
        let id = map.get("Sid").and_then(Value::as_str).map(str::to_owned);
        let id = id.filter(|id| !id.is_empty());
        Part {
            name: named("statement", id.as_deref()),
            id,
            claims: statement_claims(&map),
            element: None,
        }
    };
    let statements = policy.values().into_iter().map(statement);
    others.map(other).chain(statements).collect()
}

fn statement_claims(statement: &Map<String, Value>) -> BTreeSet<String> {
    let mut claims = BTreeSet::new();
    for (name, value) in statement {
        match (name.as_str(), value) {
            ("Sid", _) => {}
            ("Principal" | "NotPrincipal", Value::Object(kinds)) => {
                for (kind, who) in kinds {
                    claims.extend(texts(who).map(|who| format!("{name}/{kind}={}", account(&who))));
                }
            }
            ("Principal" | "NotPrincipal", who) => {
                claims.extend(texts(who).map(|who| format!("{name}/AWS={}", account(&who))));
            }
            ("Action" | "NotAction", actions) => {
                claims.extend(texts(actions).map(|it| format!("{name}={}", it.to_lowercase())));
            }
            ("Condition", Value::Object(operators)) => {
                for (operator, keys) in operators {
                    let no_keys = Map::new();
                    for (key, values) in keys.as_object().unwrap_or(&no_keys) {
                        let key = key.to_lowercase();
                        claims.insert(format!("{operator}/{key}"));
                        claims.extend(texts(values).map(|it| format!("{operator}/{key}={it}")));
                    }
                }
            }
            (_, value) => claims.extend(texts(value).map(|text| format!("{name}={text}"))),
        }
    }
    claims
}

/// Returns the texts of one value or of a list of values. The boolean `false` and the string
/// `"false"` become the same text, because IAM treats both as equal.
fn texts(value: &Value) -> impl Iterator<Item = String> {
    let all = match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    all.into_iter().map(|value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// Converts the ARN of an account's root to the account ID, because S3 may return the ARN if a
/// policy was written with the account ID. Other principals are returned unchanged.
fn account(principal: &str) -> String {
    match Arn::parse(principal) {
        Some(arn) if arn.service == "iam" && arn.resource == "root" => arn.account.to_owned(),
        _ => principal.to_owned(),
    }
}

#[cfg(test)]
mod tests;
