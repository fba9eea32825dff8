//! The control for lifecycle rules: S3 deletes incomplete uploads and, on request, moves objects to a
//! cheaper storage class, and deletes objects and old versions.
//!
//! Like the policy, the document may have several authors. Any rule that applies the requested
//! action to all requested objects satisfies the control. The control replaces a rule that this program
//! wrote with different values, at the same position. The control keeps all elements of all other
//! rules.

mod rules;
mod shape;

pub use rules::PAGES_PREFIX;

use super::filter::filter_whole;
use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element};
use serde_json::Value;
pub(super) use shape::SHAPE;

pub(super) struct LifecycleRules;

const ROOT: &str = "LifecycleConfiguration";

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
        state.json(&SHAPE)
    }

    /// The rule for upload pages is needed if the bucket has such pages. Without pages, the rule is only added
    /// to a document that changes anyway, so a bucket that other authors configured stays compliant.
    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let found = Element::or_empty(found, ROOT);
        let requested = merged(found.clone(), &rules::requested(settings));
        let needs_pages = settings.has_upload_pages || requested != found;
        if settings.lifecycle.is_some() && needs_pages {
            merged(requested, &rules::for_pages(settings))
        } else {
            requested
        }
    }

    fn summary(desired: &Element, settings: &Settings) -> Option<String> {
        let lifecycle = settings.lifecycle.as_ref()?;
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
        if let Some(days) = lifecycle.expire {
            text += &match lifecycle.expire_prefix.as_str() {
                "" => format!(", all objects deleted after {days} d"),
                prefix => {
                    format!(", objects whose keys begin with {prefix} deleted after {days} d")
                }
            };
        }
        if rules::for_pages(settings)
            .iter()
            .all(|rule| rule.is_satisfied(desired))
        {
            text += &format!(", upload pages deleted after {} d", rules::PAGE_DAYS);
        }
        Some(text)
    }
}

/// The document with these rules.
fn merged(mut document: Element, wanted: &[rules::Wanted]) -> Element {
    for rule in wanted {
        let ours = document.children.iter().position(|found| rule.wrote(found));
        let is_satisfied = match ours {
            Some(place) if rule.deletes => rule.is_current(&document.children[place]),
            _ => rule.is_satisfied(&document),
        };
        if is_satisfied {
            continue;
        }
        if let Some(place) = ours {
            document.children[place] = rule.replacing(&document.children[place]);
            continue;
        }
        let is_taken = |id: &str| document.all("Rule").any(|rule| rule.text_of("ID") == id);
        let numbered = (2..).map(|number| format!("{}-{number}", rule.id));
        let free = std::iter::once(rule.id.to_owned())
            .chain(numbered)
            .find(|id| !is_taken(id));
        let added = rule.element(&free.unwrap_or_default());
        document.children.push(added);
    }
    document
}

/// Whether the control's verdict about this document depends on whether the bucket has pages of upload links.
/// Then the caller must look for pages before the review. The document is the body of the answer, and `None` if
/// the bucket has no lifecycle rules.
#[must_use]
pub fn depends_on_pages(body: Option<&[u8]>, settings: &Settings) -> bool {
    let Ok(found) = body.map(LifecycleRules::read).transpose() else {
        // The review reports the error.
        return false;
    };
    let desired = |has_upload_pages| {
        let settings = Settings {
            has_upload_pages,
            ..settings.clone()
        };
        LifecycleRules::desired(found.as_ref(), &settings)
    };
    settings.lifecycle.is_some() && desired(false) != desired(true)
}

#[cfg(test)]
mod tests;
