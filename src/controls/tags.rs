//! Tags of the bucket: those asked for, beside those that are there.

use super::{Info, Settings, Spec, XML};
use crate::xml::{self, Unreadable};
use serde::{Deserialize, Serialize};

pub(super) struct Tags;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct State {
    tag_set: TagSet,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagSet {
    tag: Vec<Tag>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Tag {
    key: String,
    value: String,
}

const ROOT: &str = "Tagging";

impl Spec for Tags {
    type State = State;

    const INFO: Info = Info {
        id: "tags",
        title: "Tags",
        why: "Whose the bucket is and what it costs can be told, and policies can go by it.",
        flag: "--tag",
        subresource: "tagging",
        get: "GetBucketTagging",
        put: "PutBucketTagging",
        absent: &["NoSuchTagSet", "NoSuchTagSetError"],
        read_action: "s3:GetBucketTagging",
        write_action: "s3:PutBucketTagging",
        content_type: XML,
        size_limit: usize::MAX,
        carried_header: None,
        backup: false,
        denied_also: ", and that tag-based access (ABAC) is not on: then tags are set with s3:TagResource, by other tools",
        // It would take other tags away.
        blind_write: false,
        security_hub: &[],
        cis_v5: &[],
        cis_v6: &[],
        api: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html",
    };

    fn is_wanted(settings: &Settings) -> bool {
        !settings.tags.is_empty()
    }

    fn read(body: &[u8]) -> Result<State, Unreadable> {
        xml::read(ROOT, body)
    }

    fn write(state: &State) -> Vec<u8> {
        xml::write(ROOT, state)
    }

    fn desired(found: Option<&State>, settings: &Settings) -> State {
        let mut state = found.cloned().unwrap_or_default();
        for (key, value) in &settings.tags {
            let tag = Tag {
                key: key.clone(),
                value: value.clone(),
            };
            match state.tag_set.tag.iter_mut().find(|tag| tag.key == *key) {
                Some(known) => *known = tag,
                None => state.tag_set.tag.push(tag),
            }
        }
        state
    }

    fn summary(_desired: &State, settings: &Settings) -> Option<String> {
        let one = |(key, value): &(String, String)| format!("{key}={value}");
        let all: Vec<String> = settings.tags.iter().map(one).collect();
        Some(all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{Control, tests::settings};

    #[test]
    fn tags_that_are_there_stay_and_a_value_is_changed_in_its_place() {
        let settings = Settings {
            tags: vec![("team".into(), "a&b".into()), ("new".into(), String::new())],
            ..settings()
        };
        let tagging = |tags: &str| {
            format!(
                "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>{tags}</TagSet></Tagging>"
            )
        };
        let tag =
            |key: &str, value: &str| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
        let found = tagging(&format!(
            "{}{}",
            tag("team", "x"),
            tag("aws:cloudformation:stack-name", "s")
        ));
        let wanted = tagging(&format!(
            "{}{}{}",
            tag("team", "a&amp;b"),
            tag("aws:cloudformation:stack-name", "s"),
            tag("new", ""),
        ));
        let review = Tags.review(Some(found.as_bytes()), &settings).unwrap();
        assert_eq!(String::from_utf8(review.change.unwrap()).unwrap(), wanted);
        let again = Tags.review(Some(wanted.as_bytes()), &settings).unwrap();
        assert_eq!(again.change, None);
    }
}
