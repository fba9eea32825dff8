//! The control for bucket tags: adds the requested tags and keeps the existing tags.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;
use std::mem;

pub(super) struct Tags;

pub(super) const SHAPE: Shape = Shape::Object(&[("TagSet", Shape::Items("Tag", &TAG))]);
const TAG: Shape = Shape::Object(&[("Key", Shape::Text), ("Value", Shape::Text)]);

const ROOT: &str = "Tagging";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "tagging",
    get: "GetBucketTagging",
    put: "PutBucketTagging",
    absent_codes: &["NoSuchTagSet", "NoSuchTagSetError"],
    read_action: "s3:GetBucketTagging",
    write_action: "s3:PutBucketTagging",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: true,
    access_denied_hint: Some(
        "; also check that attribute-based access control (ABAC) is off: while ABAC is on, S3 accepts bucket tags only through s3:TagResource",
    ),
    // A write without a read would remove all other tags.
    safe_without_read: false,
};

impl Spec for Tags {
    type State = Element;

    const INFO: Info = Info {
        id: "tags",
        title: "Tags",
        why: "Tags record who owns the bucket, allocate its costs, and can be used in policy conditions.",
        flag: "--tag",
        subresource: &SUBRESOURCE,
        standards: Standards::NONE,
    };

    fn is_wanted(settings: &Settings) -> bool {
        !settings.tags.is_empty()
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Element::read(ROOT, body)?.checked(&SHAPE)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let document = Element::or_empty(found, ROOT);
        let mut set = Element::or_empty(document.child("TagSet"), "TagSet");
        for wanted in &settings.tags {
            let (key, value) = (wanted.key(), wanted.value());
            let of_key = |tag: &&mut Element| tag.name == "Tag" && tag.text_of("Key") == key;
            let tag = [Element::leaf("Key", key), Element::leaf("Value", value)];
            match set.children.iter_mut().find(of_key) {
                Some(known) => *known = mem::take(known).with(tag),
                None => set.children.push(Element::node("Tag", tag.to_vec())),
            }
        }
        document.with([set])
    }

    fn summary(_desired: &Element, settings: &Settings) -> Option<String> {
        let all: Vec<String> = settings.tags.iter().map(ToString::to_string).collect();
        Some(all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{Control, tests::settings};

    #[test]
    fn existing_tags_stay_and_a_value_is_changed_in_its_place() {
        let settings = Settings {
            tags: vec!["team=a+b".parse().unwrap(), "new=".parse().unwrap()],
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
            tag("aws:cloudformation:stack-name", "s&amp;t")
        ));
        let wanted = tagging(&format!(
            "{}{}{}",
            tag("team", "a+b"),
            tag("aws:cloudformation:stack-name", "s&amp;t"),
            tag("new", ""),
        ));
        let review = Tags.review(Some(found.as_bytes()), &settings).unwrap();
        assert_eq!(String::from_utf8(review.change.unwrap()).unwrap(), wanted);
        let again = Tags.review(Some(wanted.as_bytes()), &settings).unwrap();
        assert_eq!(again.change, None);
    }
    #[test]
    fn unknown_elements_are_kept_inside_and_next_to_a_tag() {
        let settings = Settings {
            tags: vec!["team=b".parse().unwrap()],
            ..settings()
        };
        let tagging = |value: &str| {
            format!(
                "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Owner>x</Owner><Key>team</Key><Value>{value}</Value></Tag><Note>n</Note></TagSet></Tagging>"
            )
        };
        let sent = |found: &str| {
            let review = Tags.review(Some(found.as_bytes()), &settings).unwrap();
            review.change.map(|body| String::from_utf8(body).unwrap())
        };
        assert_eq!(sent(&tagging("a")), Some(tagging("b")));
        assert_eq!(sent(&tagging("b")), None);
    }
}
