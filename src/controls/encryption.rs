//! Default encryption: SSE-S3, or SSE-KMS with a key of one's own; uploads with SSE-C blocked.

use super::{Info, Settings, Spec, XML};
use crate::xml::{self, Unreadable};
use serde::{Deserialize, Serialize};

pub(super) struct Encryption;

/// Every child is optional: a rule may hold `BlockedEncryptionTypes` alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct State {
    rule: Vec<Rule>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    apply_server_side_encryption_by_default: Option<ByDefault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_key_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_encryption_types: Option<Blocked>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct ByDefault {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
    #[serde(rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    kms_key: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Blocked {
    #[serde(rename = "EncryptionType")]
    types: Vec<String>,
}

impl Blocked {
    fn holds_sse_c(&self) -> bool {
        self.types.iter().any(|kind| kind == SSE_C)
    }
}

const ROOT: &str = "ServerSideEncryptionConfiguration";
const SSE_C: &str = "SSE-C";
const DUAL_LAYER: &str = "aws:kms:dsse";
/// Blocks nothing, and says so: leaving the element out may keep a block that is there.
const NONE: &str = "NONE";

impl Spec for Encryption {
    type State = State;

    const INFO: Info = Info {
        id: "encryption",
        title: "Default encryption",
        why: "Objects are encrypted at rest with keys that S3 or KMS holds; none becomes unreadable with a customer's lost key.",
        flag: "",
        subresource: "encryption",
        get: "GetBucketEncryption",
        put: "PutBucketEncryption",
        absent: &["ServerSideEncryptionConfigurationNotFoundError"],
        read_action: "s3:GetEncryptionConfiguration",
        write_action: "s3:PutEncryptionConfiguration",
        content_type: XML,
        size_limit: usize::MAX,
        carried_header: None,
        backup: false,
        denied_also: "",
        // It could take a KMS key away.
        blind_write: false,
        // S3.17 asks for KMS: see below. (S3.4, which asked for any encryption, is retired.)
        security_hub: &[],
        cis_v5: &[],
        cis_v6: &[],
        api: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html",
    };

    fn security_hub(settings: &Settings) -> &'static [&'static str] {
        match settings.kms_key {
            Some(_) => &["S3.17"],
            None => &[],
        }
    }

    fn read(body: &[u8]) -> Result<State, Unreadable> {
        xml::read(ROOT, body)
    }

    fn write(state: &State) -> Vec<u8> {
        xml::write(ROOT, state)
    }

    fn desired(found: Option<&State>, settings: &Settings) -> State {
        let found = found
            .and_then(|state| state.rule.first().cloned())
            .unwrap_or_default();
        let by_default = found.apply_server_side_encryption_by_default;
        let (by_default, bucket_key_enabled) = match &settings.kms_key {
            Some(key) => {
                let by_default = kms(key, settings.dual_layer, by_default);
                // Dual-layer encryption knows no bucket keys.
                let bucket_key = settings.bucket_key && by_default.algorithm != DUAL_LAYER;
                (by_default, Some(bucket_key))
            }
            // Stronger than what was asked for, so it stays.
            None if is_kms(by_default.as_ref()) => {
                (by_default.unwrap_or_default(), found.bucket_key_enabled)
            }
            None => (sse_s3(), found.bucket_key_enabled),
        };
        State {
            rule: vec![Rule {
                apply_server_side_encryption_by_default: Some(by_default),
                bucket_key_enabled,
                blocked_encryption_types: blocked(
                    found.blocked_encryption_types,
                    settings.allow_sse_c,
                ),
            }],
        }
    }

    fn summary(desired: &State, _settings: &Settings) -> Option<String> {
        let rule = desired.rule.first()?;
        let algorithm = &rule
            .apply_server_side_encryption_by_default
            .as_ref()?
            .algorithm;
        let blocked = rule.blocked_encryption_types.as_ref();
        let blocks_sse_c = blocked.is_some_and(Blocked::holds_sse_c);
        let sse_c = if blocks_sse_c { "blocked" } else { "allowed" };
        Some(format!("{algorithm}, SSE-C {sse_c}"))
    }

    fn note(desired: &State) -> Option<&'static str> {
        let by_default = desired
            .rule
            .first()?
            .apply_server_side_encryption_by_default
            .as_ref();
        is_kms(by_default).then_some(
            "whoever signs URLs needs kms:GenerateDataKey on the key to upload, kms:Decrypt to download",
        )
    }

    fn reduced(desired: &State) -> Option<(State, &'static str)> {
        let mut state = desired.clone();
        let rule = state.rule.first_mut()?;
        rule.blocked_encryption_types.take()?;
        Some((
            state,
            "default encryption is on, but this server cannot block SSE-C uploads",
        ))
    }
}

fn sse_s3() -> ByDefault {
    ByDefault {
        algorithm: "AES256".to_owned(),
        kms_key: None,
    }
}

/// Dual-layer encryption with the same key is stronger, so it stays.
fn kms(key: &str, dual_layer: bool, found: Option<ByDefault>) -> ByDefault {
    let dual_layer = dual_layer || found.is_some_and(|found| found.algorithm == DUAL_LAYER);
    ByDefault {
        algorithm: if dual_layer { DUAL_LAYER } else { "aws:kms" }.to_owned(),
        kms_key: Some(key.to_owned()),
    }
}

fn is_kms(by_default: Option<&ByDefault>) -> bool {
    by_default.is_some_and(|by_default| by_default.algorithm.starts_with("aws:kms"))
}

fn blocked(found: Option<Blocked>, allow_sse_c: bool) -> Option<Blocked> {
    match (found, allow_sse_c) {
        (Some(found), false) if found.holds_sse_c() => Some(found),
        (found, false) => {
            let mut types = found.unwrap_or_default().types;
            types.retain(|kind| kind != NONE);
            types.push(SSE_C.to_owned());
            Some(Blocked { types })
        }
        (Some(found), true) if found.holds_sse_c() => Some(Blocked {
            types: vec![NONE.to_owned()],
        }),
        (found, true) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{Control, tests::settings};

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn body(rule: &str) -> String {
        format!(
            "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>{rule}</Rule></ServerSideEncryptionConfiguration>"
        )
    }

    fn by_default(algorithm: &str) -> String {
        format!(
            "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        )
    }

    const BLOCKED: &str =
        "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>";

    /// What is sent in answer to `found`, if anything.
    fn sent(found: Option<&str>, settings: &Settings) -> Option<String> {
        let found = found.map(body);
        let review = Encryption
            .review(found.as_ref().map(String::as_bytes), settings)
            .unwrap();
        review.change.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn from_nothing_it_is_sse_s3_with_sse_c_blocked() {
        assert_eq!(
            sent(None, &settings()),
            Some(body(&format!("{}{BLOCKED}", by_default("AES256"))))
        );
    }

    #[test]
    fn kms_comes_with_its_key_and_a_bucket_key() {
        let settings = Settings {
            kms_key: Some(KEY.into()),
            ..settings()
        };
        let rule = format!(
            "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>\
             <BucketKeyEnabled>true</BucketKeyEnabled>{BLOCKED}"
        );
        assert_eq!(
            sent(Some(&by_default("AES256")), &settings),
            Some(body(&rule))
        );
        assert_eq!(sent(Some(&rule), &settings), None);
    }

    #[test]
    fn aws_new_bucket_is_right_already() {
        let rule = format!(
            "{}<BucketKeyEnabled>false</BucketKeyEnabled>{BLOCKED}",
            by_default("AES256")
        );
        assert_eq!(sent(Some(&rule), &settings()), None);
    }

    #[test]
    fn kms_that_somebody_set_is_kept_when_sse_s3_is_asked_for() {
        let rule = format!(
            "{}<BucketKeyEnabled>true</BucketKeyEnabled>",
            by_default("aws:kms:dsse")
        );
        assert_eq!(
            sent(Some(&rule), &settings()),
            Some(body(&format!("{rule}{BLOCKED}")))
        );
    }

    #[test]
    fn a_rule_with_the_block_alone_gets_its_algorithm() {
        let wanted = format!("{}{BLOCKED}", by_default("AES256"));
        assert_eq!(sent(Some(BLOCKED), &settings()), Some(body(&wanted)));
    }

    #[test]
    fn allowing_sse_c_lifts_a_block_and_writes_none_where_there_is_none() {
        let settings = Settings {
            allow_sse_c: true,
            ..settings()
        };
        assert_eq!(sent(Some(&by_default("AES256")), &settings), None);
        let lifted = format!(
            "{}<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>",
            by_default("AES256")
        );
        assert_eq!(
            sent(
                Some(&format!("{}{BLOCKED}", by_default("AES256"))),
                &settings
            ),
            Some(body(&lifted))
        );
        assert_eq!(sent(Some(&lifted), &settings), None);
    }

    #[test]
    fn a_server_that_forgets_the_block_is_seen_to_do_so() {
        let found = body(&by_default("AES256"));
        let review = Encryption
            .review(Some(found.as_bytes()), &settings())
            .unwrap();
        assert!(review.change.is_some());
        let reduced = review.reduced.unwrap();
        assert!(reduced.satisfied);
        assert_eq!(String::from_utf8(reduced.body).unwrap(), found);
    }
}
