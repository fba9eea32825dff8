//! Object Ownership: `BucketOwnerEnforced`, which switches ACLs off.

use super::{Info, Settings, Spec, XML};
use crate::xml::{self, Unreadable};
use serde::{Deserialize, Serialize};

pub(super) struct OwnershipControls;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct State {
    rule: Vec<Rule>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rule {
    object_ownership: String,
}

const ROOT: &str = "OwnershipControls";

impl Spec for OwnershipControls {
    type State = State;

    const INFO: Info = Info {
        id: "ownership-controls",
        title: "Object Ownership: BucketOwnerEnforced",
        why: "ACLs are off: the bucket's owner owns every object, and only policies grant access.",
        flag: "",
        subresource: "ownershipControls",
        get: "GetBucketOwnershipControls",
        put: "PutBucketOwnershipControls",
        absent: &["OwnershipControlsNotFoundError"],
        read_action: "s3:GetBucketOwnershipControls",
        write_action: "s3:PutBucketOwnershipControls",
        content_type: XML,
        size_limit: usize::MAX,
        carried_header: None,
        backup: false,
        denied_also: "",
        blind_write: true,
        security_hub: &["S3.12"],
        cis_v5: &[],
        cis_v6: &[],
        api: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html",
    };

    fn read(body: &[u8]) -> Result<State, Unreadable> {
        xml::read(ROOT, body)
    }

    fn write(state: &State) -> Vec<u8> {
        xml::write(ROOT, state)
    }

    fn desired(_found: Option<&State>, _settings: &Settings) -> State {
        let object_ownership = "BucketOwnerEnforced".to_owned();
        State {
            rule: vec![Rule { object_ownership }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_documented_one() {
        let desired = OwnershipControls::desired(None, &super::super::tests::settings());
        assert_eq!(
            String::from_utf8(OwnershipControls::write(&desired)).unwrap(),
            "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"
        );
    }
}
