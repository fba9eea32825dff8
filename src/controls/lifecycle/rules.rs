//! The lifecycle rules that the settings request, and their comparison with the rules of a bucket.

use crate::controls::Settings;
use crate::xml::Element;

const ABORT: &str = "AbortIncompleteMultipartUpload";
const TRANSITION: &str = "Transition";
const NONCURRENT: &str = "NoncurrentVersionExpiration";
const EXPIRATION: &str = "Expiration";

/// The prefix of the keys of upload pages.
pub const PAGES_PREFIX: &str = ".s3-secure-bucket/pages/";

/// Days from the creation of an upload page until S3 deletes it. A link works for at most 7 days.
pub(super) const PAGE_DAYS: u32 = 8;

/// A requested rule.
pub(super) struct Wanted {
    /// The ID, unless another rule has this ID.
    pub(super) id: &'static str,
    /// The beginning of the keys. Empty for the whole bucket.
    prefix: String,
    actions: Vec<Element>,
    /// Whether the rule deletes objects. A rule of this program must then have exactly the requested days,
    /// because fewer days would delete objects too early. For other rules, fewer days are enough.
    pub(super) deletes: bool,
}

/// The rules for the operator's options. The first two IDs are those of the Python script that this program
/// replaces.
pub(super) fn requested(settings: &Settings) -> Vec<Wanted> {
    let Some(lifecycle) = &settings.lifecycle else {
        return Vec::new();
    };
    let of_bucket = |id, action| Wanted {
        id,
        prefix: String::new(),
        actions: vec![action],
        deletes: false,
    };
    let mut rules = vec![of_bucket(
        "abort-multipart",
        action(ABORT, "DaysAfterInitiation", lifecycle.abort_incomplete),
    )];
    if let Some(days) = lifecycle.transition_ia {
        let mut transition = action(TRANSITION, "Days", days);
        let class = Element::leaf("StorageClass", "STANDARD_IA");
        transition.children.push(class);
        rules.push(of_bucket("transition-ia", transition));
    }
    if let Some(days) = lifecycle.expire_noncurrent {
        let expire = action(NONCURRENT, "NoncurrentDays", days);
        rules.push(of_bucket("expire-noncurrent", expire));
    }
    if let Some(days) = lifecycle.expire {
        let ids = ["expire", "expire-markers"];
        let prefix = &lifecycle.expire_prefix;
        rules.extend(expiration(ids, prefix, [days; 2], settings));
    }
    rules
}

/// The rules that delete the pages of upload links.
pub(super) fn for_pages(settings: &Settings) -> Vec<Wanted> {
    let ids = ["upload-pages", "upload-page-markers"];
    // An old version of a page has no use, so S3 deletes it as early as possible.
    expiration(ids, PAGES_PREFIX, [PAGE_DAYS, 1], settings)
}

/// The rules that delete objects after some days, and with versioning their old versions some days after that.
/// Delete markers without versions need a separate rule, because S3 rejects that action in a rule with days.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html>
fn expiration(
    [id, marker_id]: [&'static str; 2],
    prefix: &str,
    [days, noncurrent_days]: [u32; 2],
    settings: &Settings,
) -> Vec<Wanted> {
    let rule = |id, actions| Wanted {
        id,
        prefix: prefix.to_owned(),
        actions,
        deletes: true,
    };
    let expire = action(EXPIRATION, "Days", days);
    if !settings.versioning {
        return vec![rule(id, vec![expire])];
    }
    let noncurrent = action(NONCURRENT, "NoncurrentDays", noncurrent_days);
    let marker = Element::leaf("ExpiredObjectDeleteMarker", "true");
    let markers = Element::node(EXPIRATION, vec![marker]);
    vec![
        rule(id, vec![expire, noncurrent]),
        rule(marker_id, vec![markers]),
    ]
}

fn action(name: &str, days_name: &str, days: u32) -> Element {
    Element::node(name, vec![Element::leaf(days_name, &days)])
}

impl Wanted {
    /// An enabled rule with this ID. S3 rejects a rule without a filter, so a rule for the whole bucket has a
    /// filter with an empty prefix.
    pub(super) fn element(&self, id: &str) -> Element {
        let prefix = Element::leaf("Prefix", &self.prefix);
        let mut parts = vec![
            Element::leaf("ID", id),
            Element::node("Filter", vec![prefix]),
            Element::leaf("Status", "Enabled"),
        ];
        parts.extend(self.actions.iter().cloned());
        Element::node("Rule", parts)
    }

    /// The rule, with the ID of a rule that this program wrote. If versioning is not requested now, the action for
    /// old versions stays.
    pub(super) fn replacing(&self, found: &Element) -> Element {
        let mut rule = self.element(found.text_of("ID"));
        let is_missing = |name: &str| self.actions.iter().all(|action| action.name != name);
        if self.deletes && is_missing(NONCURRENT) {
            rule.children.extend(found.all(NONCURRENT).cloned());
        }
        rule
    }

    /// Whether a rule that this program wrote is enabled and has exactly the requested days. The order of the
    /// elements does not matter, because some servers change it.
    pub(super) fn is_current(&self, found: &Element) -> bool {
        found.text_of("Status") == "Enabled"
            && self.actions.iter().all(|action| {
                found
                    .child(&action.name)
                    .is_some_and(|theirs| theirs.children == action.children)
            })
    }

    /// Whether the rules of a document apply every action to the objects, on the same or an earlier day.
    pub(super) fn is_satisfied(&self, document: &Element) -> bool {
        self.actions.iter().all(|action| {
            let acts = |rule: &Element| covers(rule, &self.prefix) && does(rule, action);
            document.all("Rule").any(acts)
        })
    }

    /// Whether this program wrote the rule: it has our ID and only our actions on exactly these objects, with
    /// any number of days. A second transition or a number of versions to keep comes from another tool or person.
    pub(super) fn wrote(&self, rule: &Element) -> bool {
        let names_no_other = rule.children.iter().all(|child| {
            let name = child.name.as_str();
            ["ID", "Filter", "Prefix", "Status"].contains(&name)
                || self.actions.iter().any(|action| action.name == name)
                || self.deletes && name == NONCURRENT
        });
        rule.text_of("ID") == self.id
            && names_no_other
            && limited_to(rule) == Some(&self.prefix)
            && self.actions.iter().all(|action| is_of_kind(rule, action))
    }
}

/// The prefix to which a rule is limited, in its filter or next to its filter. `None` if the rule has another
/// filter or several prefixes.
fn limited_to(rule: &Element) -> Option<&str> {
    let in_filters = rule.all("Filter").flat_map(|filter| &filter.children);
    let mut prefix = "";
    for part in in_filters.chain(rule.all("Prefix")) {
        match part.text.as_str() {
            _ if part.name != "Prefix" => return None,
            "" => {}
            text if prefix.is_empty() || prefix == text => prefix = text,
            _ => return None,
        }
    }
    Some(prefix)
}

/// Whether a rule is enabled for all objects under the prefix: its filter is empty or has only a prefix, or the
/// rule has a `<Prefix>` instead of a filter.
fn covers(rule: &Element, prefix: &str) -> bool {
    let own = match (rule.child("Filter"), rule.child("Prefix")) {
        (Some(filter), None) => match &filter.children[..] {
            [] => Some(""),
            [only] => (only.name == "Prefix").then_some(only.text.as_str()),
            _ => None,
        },
        (None, Some(prefix)) => Some(prefix.text.as_str()),
        _ => None,
    };
    own.is_some_and(|own| prefix.starts_with(own)) && rule.text_of("Status") == "Enabled"
}

/// Whether a rule has this action with the same or an earlier day.
fn does(rule: &Element, action: &Element) -> bool {
    let Some(first) = action.children.first() else {
        return false;
    };
    rule.all(&action.name).any(|known| {
        let theirs = known.text_of(&first.name);
        let in_time = match first.text.parse::<u32>() {
            Ok(wanted) => theirs.parse::<u32>().is_ok_and(|days| days <= wanted),
            // The delete markers of a rule have no days.
            Err(_) => theirs == first.text,
        };
        // Further elements restrict an action, such as a number of versions to keep. Therefore the
        // rule must not have an element that the requested action lacks.
        let no_more = known
            .children
            .iter()
            .all(|child| child.name == first.name || action.children.contains(child));
        in_time && no_more && known.children.len() == action.children.len()
    })
}

/// Whether a rule has at most one action of this kind, which differs only in the number of days.
fn is_of_kind(rule: &Element, action: &Element) -> bool {
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
    same_kind.next() != Some(false) && same_kind.next().is_none()
}
