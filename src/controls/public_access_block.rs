//! Block Public Access: all four settings on.

use super::{Info, Settings, Spec, XML};
use crate::xml::{self, Unreadable};
use serde::{Deserialize, Serialize};

pub(super) struct PublicAccessBlock;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct State {
    block_public_acls: bool,
    ignore_public_acls: bool,
    block_public_policy: bool,
    restrict_public_buckets: bool,
}

const ROOT: &str = "PublicAccessBlockConfiguration";
/// What Ceph up to 16 calls it in its answers.
const CEPH_ROOT: &str = "BlockPublicAccessBlockConfiguration";

impl Spec for PublicAccessBlock {
    type State = State;

    const INFO: Info = Info {
        id: "public-access-block",
        title: "Block Public Access (all 4)",
        why: "Nothing in the bucket can be made public, by ACL or by policy, now or later.",
        flag: "",
        subresource: "publicAccessBlock",
        get: "GetPublicAccessBlock",
        put: "PutPublicAccessBlock",
        absent: &["NoSuchPublicAccessBlockConfiguration"],
        read_action: "s3:GetBucketPublicAccessBlock",
        write_action: "s3:PutBucketPublicAccessBlock",
        content_type: XML,
        size_limit: usize::MAX,
        carried_header: None,
        backup: false,
        denied_also: "",
        // All four on is the strictest there is.
        blind_write: true,
        security_hub: &["S3.8", "S3.2", "S3.3"],
        cis_v5: &["2.1.4"],
        cis_v6: &["3.1.4"],
        api: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html",
    };

    fn read(body: &[u8]) -> Result<State, Unreadable> {
        match xml::read(ROOT, body) {
            Err(Unreadable::WrongRoot { found, .. }) if found == CEPH_ROOT => {
                xml::read(CEPH_ROOT, body)
            }
            read => read,
        }
    }

    fn write(state: &State) -> Vec<u8> {
        xml::write(ROOT, state)
    }

    fn desired(_found: Option<&State>, _settings: &Settings) -> State {
        State {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_documented_one() {
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
    fn ceph_16_calls_the_root_otherwise() {
        let body = b"<BlockPublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                     </BlockPublicAccessBlockConfiguration>";
        assert!(PublicAccessBlock::read(body).unwrap().block_public_acls);
    }

    #[test]
    fn a_setting_that_is_off_or_missing_is_off() {
        let body = b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                     <BlockPublicPolicy>FALSE</BlockPublicPolicy></PublicAccessBlockConfiguration>";
        // S3 writes lower case; a server that does not is not guessed at.
        assert!(PublicAccessBlock::read(body).is_err());
        let body = b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                     <BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>";
        let wanted = State {
            block_public_acls: true,
            ..State::default()
        };
        assert_eq!(PublicAccessBlock::read(body), Ok(wanted));
    }
}
