//! The control for Block Public Access: all four settings are on.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::xml::{DecodeError, Element, Shape};
use serde_json::Value;

pub(super) struct PublicAccessBlock;

const SETTINGS: [&str; 4] = [
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
];
pub(super) const SHAPE: Shape = Shape::Object(&[
    (SETTINGS[0], Shape::Boolean),
    (SETTINGS[1], Shape::Boolean),
    (SETTINGS[2], Shape::Boolean),
    (SETTINGS[3], Shape::Boolean),
]);

const ROOT: &str = "PublicAccessBlockConfiguration";
/// The name that Ceph uses for the root element of responses, up to Ceph version 16.
const CEPH_ROOT: &str = "BlockPublicAccessBlockConfiguration";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "publicAccessBlock",
    get: "GetPublicAccessBlock",
    put: "PutPublicAccessBlock",
    absent_codes: &["NoSuchPublicAccessBlockConfiguration"],
    read_action: "s3:GetBucketPublicAccessBlock",
    write_action: "s3:PutBucketPublicAccessBlock",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: false,
    access_denied_hint: None,
    // The control switches all four settings on, which is the strictest state, so a write without a
    // read cannot weaken the bucket.
    safe_without_read: true,
};

impl Spec for PublicAccessBlock {
    type State = Element;

    const INFO: Info = Info {
        id: "public-access-block",
        title: "Block Public Access (all 4)",
        why: "Nothing in the bucket can be made public, by ACL or by policy, now or later.",
        flag: "",
        subresource: &SUBRESOURCE,
        standards: Standards {
            security_hub: &["S3.8"],
            cis_v5: &["2.1.4"],
            cis_v6: &["3.1.4"],
        },
    };

    /// If a setting is missing in the response, the setting is off, and reports show it as `false`.
    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        let mut state = match Element::read(ROOT, body) {
            Err(DecodeError::WrongRoot { found, .. }) if found == CEPH_ROOT => Element {
                name: ROOT.to_owned(),
                ..Element::read(CEPH_ROOT, body)?
            },
            read => read?,
        };
        for name in SETTINGS {
            if state.child(name).is_none() {
                state.children.push(Element::leaf(name, &false));
            }
        }
        state.checked(&SHAPE)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, _settings: &Settings) -> Element {
        let on = SETTINGS.map(|name| Element::leaf(name, &true));
        Element::or_empty(found, ROOT).with(on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_body_equals_the_documented_one() {
        let desired = PublicAccessBlock::desired(None, &super::super::tests::settings());
        assert_eq!(
            String::from_utf8(PublicAccessBlock::write(&desired)).unwrap(),
            "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
             <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>\
             </PublicAccessBlockConfiguration>"
        );
    }

    #[test]
    fn accepts_the_root_element_of_ceph_16() {
        let body = b"<BlockPublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                     </BlockPublicAccessBlockConfiguration>";
        let found = PublicAccessBlock::read(body).unwrap();
        assert_eq!(found.text_of("BlockPublicAcls"), "true");
        assert_eq!(found.name, ROOT);
    }

    #[test]
    fn a_setting_that_is_false_or_missing_is_off() {
        let body = b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                     <BlockPublicPolicy>FALSE</BlockPublicPolicy></PublicAccessBlockConfiguration>";
        // S3 writes booleans in lower case, so this program rejects other spellings.
        assert!(PublicAccessBlock::read(body).is_err());
        let body = b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                     <BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>";
        assert_eq!(
            PublicAccessBlock::json(&PublicAccessBlock::read(body).unwrap()),
            json!({
                "BlockPublicAcls": true,
                "IgnorePublicAcls": false,
                "BlockPublicPolicy": false,
                "RestrictPublicBuckets": false,
            })
        );
    }
}
