//! The control for Object Ownership: `BucketOwnerEnforced` disables ACLs.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;

pub(super) struct OwnershipControls;

const OWNERSHIP: &str = "ObjectOwnership";

pub(super) const SHAPE: Shape =
    Shape::Object(&[("Rule", Shape::Named("Rules", &Shape::List(&RULE)))]);
const RULE: Shape = Shape::Object(&[(OWNERSHIP, Shape::Text)]);

const ROOT: &str = "OwnershipControls";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "ownershipControls",
    get: "GetBucketOwnershipControls",
    put: "PutBucketOwnershipControls",
    absent_codes: &["OwnershipControlsNotFoundError"],
    read_action: "s3:GetBucketOwnershipControls",
    write_action: "s3:PutBucketOwnershipControls",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: false,
    access_denied_hint: None,
    safe_without_read: true,
};

impl Spec for OwnershipControls {
    type State = Element;

    const INFO: Info = Info {
        id: "ownership-controls",
        title: "Object Ownership: BucketOwnerEnforced",
        why: "ACLs are off: the bucket's owner owns every object, and only policies grant access.",
        flag: "",
        subresource: &SUBRESOURCE,
        standards: Standards {
            security_hub: &["S3.12"],
            cis_v5: &[],
            cis_v6: &[],
        },
    };

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        Element::read(ROOT, body)?.checked(&SHAPE)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, _settings: &Settings) -> Element {
        let document = Element::or_empty(found, ROOT);
        let rule = Element::or_empty(document.child("Rule"), "Rule");
        // S3 allows only one rule for Object Ownership.
        document.with([rule.with([Element::leaf(OWNERSHIP, "BucketOwnerEnforced")])])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::Control;

    #[test]
    fn the_body_equals_the_documented_one() {
        let desired = OwnershipControls::desired(None, &super::super::tests::settings());
        assert_eq!(
            String::from_utf8(OwnershipControls::write(&desired)).unwrap(),
            "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"
        );
    }
    #[test]
    fn unknown_elements_are_kept() {
        let document = |ownership: &str| {
            format!(
                "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><Since>today</Since>\
                 <ObjectOwnership>{ownership}</ObjectOwnership></Rule><NewOption>1</NewOption></OwnershipControls>"
            )
        };
        let sent = |found: &str| {
            let review =
                OwnershipControls.review(Some(found.as_bytes()), &super::super::tests::settings());
            let change = review.unwrap().change;
            change.map(|body| String::from_utf8(body).unwrap())
        };
        let wanted = document("BucketOwnerEnforced");
        assert_eq!(sent(&document("ObjectWriter")), Some(wanted.clone()));
        assert_eq!(sent(&wanted), None);
    }
}
