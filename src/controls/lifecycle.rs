//! The control for lifecycle rules: S3 deletes incomplete uploads and, on request, moves objects to a
//! cheaper storage class and deletes old versions.
//!
//! Like the policy, the document may have several authors. Any rule that applies the requested
//! action to the whole bucket satisfies the control. The control replaces a rule that this program
//! wrote with different values, at the same position. The control keeps all elements of all other
//! rules.

use super::filter::filter_whole;
use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;

pub(super) struct LifecycleRules;

const ROOT: &str = "LifecycleConfiguration";
const ABORT: &str = "AbortIncompleteMultipartUpload";
const TRANSITION: &str = "Transition";
const NONCURRENT: &str = "NoncurrentVersionExpiration";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "lifecycle",
    get: "GetBucketLifecycleConfiguration",
    put: "PutBucketLifecycleConfiguration",
    absent_codes: &["NoSuchLifecycleConfiguration"],
    read_action: "s3:GetLifecycleConfiguration",
    write_action: "s3:PutLifecycleConfiguration",
    content_type: XML,
    size_limit: None,
    // A PUT without this header resets the setting to its default.
    round_trip_header: Some("x-amz-transition-default-minimum-object-size"),
    has_backup: true,
    access_denied_hint: None,
    // A blind write would remove other rules.
    safe_without_read: false,
};

impl Spec for LifecycleRules {
    type State = Element;

    const INFO: Info = Info {
        id: "lifecycle",
        title: "Lifecycle rules",
        why: "Incomplete uploads and old versions are deleted, so they do not accrue cost.",
        flag: "--lifecycle",
        subresource: &SUBRESOURCE,
        standards: Standards {
            security_hub: &["S3.13", "S3.10"],
            cis_v5: &[],
            cis_v6: &[],
        },
    };

    fn is_wanted(settings: &Settings) -> bool {
        settings.lifecycle.is_some()
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Element::read(ROOT, body)
    }

    /// Writes filters in the format that both AWS and Ceph accept. S3 rejects documents that mix
    /// rules with `Prefix` and rules with `Filter`. Ceph returns a prefix next to the `And` element
    /// instead of in it, but ignores a prefix at that position in a PUT.
    fn write(state: &Element) -> Vec<u8> {
        let mut document = state.clone();
        document.children.iter_mut().for_each(filter_whole);
        document.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&Shape::Any)
    }

    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let mut rules = Element::or_empty(found, ROOT);
        for (id, action) in wanted(settings) {
            let acts = |rule: &Element| is_on_whole_bucket(rule) && does(rule, &action);
            if rules.all("Rule").any(acts) {
                continue;
            }
            let of_name = |rule: &Element| rule.text_of("ID") == id;
            let ours = |rule: &Element| of_name(rule) && is_only(rule, &action);
            if let Some(place) = rules.children.iter().position(ours) {
                rules.children[place] = rule(id, &action);
                continue;
            }
            let is_taken = |id: &str| rules.all("Rule").any(|rule| rule.text_of("ID") == id);
            let numbered = (2..).map(|number| format!("{id}-{number}"));
            let free = std::iter::once(id.to_owned())
                .chain(numbered)
                .find(|id| !is_taken(id));
            let added = rule(&free.unwrap_or_default(), &action);
            rules.children.push(added);
        }
        rules
    }

    fn summary(_desired: &Element, settings: &Settings) -> Option<String> {
        let lifecycle = settings.lifecycle?;
        let mut text = format!(
            "incomplete uploads deleted after {} d",
            lifecycle.abort_incomplete
        );
        if let Some(days) = lifecycle.transition_ia {
            text += &format!(", objects moved to STANDARD_IA after {days} d");
        }
        if let Some(days) = lifecycle.expire_noncurrent {
            text += &format!(", old versions deleted after {days} d");
        }
        Some(text)
    }
}

/// The requested rules, each with its id and its action. The first two ids are those of the Python
/// script that this program replaces.
fn wanted(settings: &Settings) -> Vec<(&'static str, Element)> {
    let Some(lifecycle) = settings.lifecycle else {
        return Vec::new();
    };
    let action =
        |name, days_name, days: u32| Element::node(name, vec![Element::leaf(days_name, &days)]);
    let mut rules = vec![(
        "abort-multipart",
        action(ABORT, "DaysAfterInitiation", lifecycle.abort_incomplete),
    )];
    if let Some(days) = lifecycle.transition_ia {
        let mut transition = action(TRANSITION, "Days", days);
        let class = Element::leaf("StorageClass", "STANDARD_IA");
        transition.children.push(class);
        rules.push(("transition-ia", transition));
    }
    if let Some(days) = lifecycle.expire_noncurrent {
        rules.push((
            "expire-noncurrent",
            action(NONCURRENT, "NoncurrentDays", days),
        ));
    }
    rules
}

/// An enabled rule for the whole bucket. S3 rejects a rule without a filter, so the rule has a filter
/// with an empty prefix.
fn rule(id: &str, action: &Element) -> Element {
    let everything = Element::leaf("Prefix", "");
    Element::node(
        "Rule",
        vec![
            Element::leaf("ID", id),
            Element::node("Filter", vec![everything]),
            Element::leaf("Status", "Enabled"),
            action.clone(),
        ],
    )
}

/// Whether a rule is enabled for the whole bucket: its filter is empty or has only an empty prefix,
/// or the rule has an empty `<Prefix>` instead of a filter.
fn is_on_whole_bucket(rule: &Element) -> bool {
    let unfiltered = match (rule.child("Filter"), rule.child("Prefix")) {
        (Some(filter), None) => match &filter.children[..] {
            [] => true,
            [only] => only.name == "Prefix" && only.text.is_empty(),
            _ => false,
        },
        (None, Some(prefix)) => prefix.text.is_empty(),
        _ => false,
    };
    unfiltered && rule.text_of("Status") == "Enabled"
}

/// Whether a rule has this action with the same or an earlier day.
fn does(rule: &Element, action: &Element) -> bool {
    let Some((days_name, wanted)) = action
        .children
        .first()
        .and_then(|days| Some((days.name.as_str(), days.text.parse::<u32>().ok()?)))
    else {
        return false;
    };
    rule.all(&action.name).any(|known| {
        let in_time = (known.text_of(days_name).parse::<u32>()).is_ok_and(|days| days <= wanted);
        // Further elements restrict an action, such as a number of versions to keep. Therefore the
        // rule must not have an element that the requested action lacks.
        let no_more = known
            .children
            .iter()
            .all(|child| child.name == days_name || action.children.contains(child));
        in_time && no_more && known.children.len() == action.children.len()
    })
}

/// Whether this program wrote the rule: it applies only this action to the whole bucket, with any number
/// of days. A second transition or a number of versions to keep comes from another author.
fn is_only(rule: &Element, action: &Element) -> bool {
    let known = ["ID", "Filter", "Prefix", "Status", &action.name];
    let names_no_other = rule
        .children
        .iter()
        .all(|child| known.contains(&child.name.as_str()));
    let is_same = |(index, (theirs, ours)): (usize, (&Element, &Element))| {
        // The first child is the number of days.
        theirs.name == ours.name && (index == 0 || theirs == ours)
    };
    let mut same_kind = rule.all(&action.name).map(|theirs| {
        theirs.children.len() == action.children.len()
            && (theirs.children.iter().zip(&action.children))
                .enumerate()
                .all(is_same)
    });
    let does_just_this = same_kind.next() != Some(false) && same_kind.next().is_none();
    let filtered = rule.child("Filter").is_some_and(|filter| {
        filter
            .children
            .iter()
            .any(|part| part.name != "Prefix" || !part.text.is_empty())
    });
    names_no_other && does_just_this && !filtered && rule.text_of("Prefix").is_empty()
}

#[cfg(test)]
mod tests;
