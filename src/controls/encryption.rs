//! Default encryption: SSE-S3, or SSE-KMS with a key of one's own; uploads with SSE-C blocked.

use super::{Info, Settings, Spec, Standards, Subresource, XML};
use crate::values::Arn;
use crate::xml::{DecodeError, Element, Shape};
use s3_presign::AccountId;
use s3_presign::endpoint::Region;
use serde_json::Value;

pub(super) struct Encryption;

const BY_DEFAULT: &str = "ApplyServerSideEncryptionByDefault";
const ALGORITHM: &str = "SSEAlgorithm";
const KMS_KEY: &str = "KMSMasterKeyID";
const BUCKET_KEY: &str = "BucketKeyEnabled";
const BLOCKED: &str = "BlockedEncryptionTypes";
const TYPE: &str = "EncryptionType";

/// Every child is optional: a rule may hold `BlockedEncryptionTypes` alone.
const SHAPE: Shape = Shape::Object(&[("Rule", Shape::List(&RULE))]);
const RULE: Shape = Shape::Object(&[
    (
        BY_DEFAULT,
        Shape::Object(&[(ALGORITHM, Shape::Text), (KMS_KEY, Shape::Text)]),
    ),
    (BUCKET_KEY, Shape::Boolean),
    (BLOCKED, Shape::Object(&[(TYPE, Shape::List(&Shape::Text))])),
]);

const ROOT: &str = "ServerSideEncryptionConfiguration";
const SSE_C: &str = "SSE-C";
/// All that S3 documents, and a rule without any.
const KNOWN_ALGORITHMS: [&str; 4] = ["", "AES256", "aws:kms", DUAL_LAYER];
const DUAL_LAYER: &str = "aws:kms:dsse";
/// Blocks nothing, and says so: leaving the element out may keep a block that is there.
const NONE: &str = "NONE";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
static SUBRESOURCE: Subresource = Subresource {
    name: "encryption",
    get: "GetBucketEncryption",
    put: "PutBucketEncryption",
    absent_codes: &["ServerSideEncryptionConfigurationNotFoundError"],
    read_action: "s3:GetEncryptionConfiguration",
    write_action: "s3:PutEncryptionConfiguration",
    content_type: XML,
    size_limit: None,
    round_trip_header: None,
    has_backup: false,
    access_denied_hint: None,
    // It could take a KMS key away.
    safe_without_read: false,
};

impl Spec for Encryption {
    type State = Element;

    const INFO: Info = Info {
        id: "encryption",
        title: "Default encryption",
        why: "Objects are encrypted at rest with keys that S3 or KMS holds; none becomes unreadable with a customer's lost key.",
        flag: "",
        subresource: &SUBRESOURCE,
        // S3.17 asks for KMS: see below. (S3.4, which asked for any encryption, is retired.)
        standards: Standards::NONE,
    };

    fn security_hub(settings: &Settings) -> &'static [&'static str] {
        match settings.kms_key {
            Some(_) => &["S3.17"],
            None => &[],
        }
    }

    fn read(body: &[u8]) -> Result<Element, DecodeError> {
        let document = Element::read(ROOT, body)?.checked(&SHAPE)?;
        for rule in document.all("Rule") {
            let algorithm = rule
                .child(BY_DEFAULT)
                .map_or("", |it| it.text_of(ALGORITHM));
            if !KNOWN_ALGORITHMS.contains(&algorithm) {
                // It may be stronger than any that is known, so it is neither judged nor replaced.
                let why = format!(
                    "the encryption algorithm `{algorithm}` is not known; it is left alone"
                );
                return Err(DecodeError::Malformed(why));
            }
        }
        Ok(document)
    }

    fn write(state: &Element) -> Vec<u8> {
        state.write()
    }

    fn json(state: &Element) -> Value {
        state.json(&SHAPE)
    }

    fn desired(found: Option<&Element>, settings: &Settings) -> Element {
        let document = Element::or_empty(found, ROOT);
        let rule = Element::or_empty(document.child("Rule"), "Rule");
        let by_default = by_default(&rule, settings);
        let bucket_key = if settings.kms_key.is_some() {
            // Dual-layer encryption knows no bucket keys.
            let is_on = settings.bucket_key && by_default.text_of(ALGORITHM) != DUAL_LAYER;
            Some(Element::leaf(BUCKET_KEY, &is_on))
        } else {
            rule.child(BUCKET_KEY).cloned()
        };
        let blocked = blocked(rule.child(BLOCKED), settings.allow_sse_c);
        let known = [Some(by_default), bucket_key, blocked];
        let rule = rule.with(known.into_iter().flatten());
        // S3 takes one rule.
        document.with([rule])
    }

    fn summary(desired: &Element, _settings: &Settings) -> Option<String> {
        let rule = desired.child("Rule")?;
        let by_default = rule.child(BY_DEFAULT)?;
        let algorithm = by_default.text_of(ALGORITHM);
        let key = match by_default.text_of(KMS_KEY) {
            "" => String::new(),
            key => format!(" with {key}"),
        };
        let sse_c = if rule
            .child(BLOCKED)
            .is_some_and(|blocked| holds(blocked, SSE_C))
        {
            "blocked"
        } else {
            "allowed"
        };
        Some(format!("{algorithm}{key}, SSE-C {sse_c}"))
    }

    fn apply_note(desired: &Element) -> Option<&'static str> {
        let by_default = desired.child("Rule")?.child(BY_DEFAULT)?;
        is_kms(by_default).then_some(
            "whoever signs URLs needs kms:GenerateDataKey on the key to upload, kms:Decrypt to download",
        )
    }

    fn fallback(desired: &Element) -> Option<(Element, &'static str)> {
        let rule = desired.child("Rule")?;
        rule.child(BLOCKED)?;
        let state = desired.clone().with([rule.clone().without(BLOCKED)]);
        Some((
            state,
            "default encryption is on, but this server cannot block SSE-C uploads",
        ))
    }
}

fn by_default(rule: &Element, settings: &Settings) -> Element {
    let found = Element::or_empty(rule.child(BY_DEFAULT), BY_DEFAULT);
    match &settings.kms_key {
        Some(key) => {
            // Dual-layer encryption with the same key is stronger, so it stays.
            let dual_layer = settings.dual_layer || found.text_of(ALGORITHM) == DUAL_LAYER;
            let algorithm = if dual_layer { DUAL_LAYER } else { "aws:kms" };
            found.with([
                Element::leaf(ALGORITHM, algorithm),
                Element::leaf(KMS_KEY, key),
            ])
        }
        // Stronger than what was asked for, so it stays; unless another account holds the key, and can
        // take every object away with it, or another region, where S3 cannot use it.
        None if is_kms(&found) && !is_foreign(found.text_of(KMS_KEY), settings) => found,
        None => found
            .without(KMS_KEY)
            .with([Element::leaf(ALGORITHM, "AES256")]),
    }
}

/// Whether a key is known to be of another account or region than the bucket.
fn is_foreign(key: &str, settings: &Settings) -> bool {
    let account = settings.account.as_ref().map(AccountId::as_str);
    let region = settings.region.as_ref().map(Region::as_str);
    Arn::parse(key).is_some_and(|arn| {
        account.is_some_and(|account| account != arn.account)
            || region.is_some_and(|region| region != arn.region)
    })
}

fn is_kms(by_default: &Element) -> bool {
    by_default.text_of(ALGORITHM).starts_with("aws:kms")
}

/// The types to block: SSE-C or not, as is wanted, and every other type that is blocked already.
fn blocked(found: Option<&Element>, allow_sse_c: bool) -> Option<Element> {
    let holds = |kind: &str| found.is_some_and(|blocked| holds(blocked, kind));
    let is_right = if allow_sse_c {
        !holds(SSE_C)
    } else {
        // Beside NONE it may block nothing.
        holds(SSE_C) && !holds(NONE)
    };
    if is_right {
        return found.cloned();
    }
    let mut blocked = Element::or_empty(found, BLOCKED);
    let is_one_of_two =
        |kind: &Element| kind.name == TYPE && [SSE_C, NONE].contains(&kind.text.as_str());
    blocked.children.retain(|kind| !is_one_of_two(kind));
    if !allow_sse_c {
        blocked.children.push(Element::leaf(TYPE, SSE_C));
    } else if blocked.child(TYPE).is_none() {
        blocked.children.push(Element::leaf(TYPE, NONE));
    }
    Some(blocked)
}

fn holds(blocked: &Element, kind: &str) -> bool {
    blocked.all(TYPE).any(|known| known.text == kind)
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

    const SSE_C_BLOCKED: &str =
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
            Some(body(&format!("{}{SSE_C_BLOCKED}", by_default("AES256"))))
        );
    }

    #[test]
    fn kms_comes_with_its_key_and_a_bucket_key() {
        let settings = Settings {
            kms_key: Some(KEY.parse().unwrap()),
            ..settings()
        };
        let rule = format!(
            "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>\
             <BucketKeyEnabled>true</BucketKeyEnabled>{SSE_C_BLOCKED}"
        );
        assert_eq!(
            sent(Some(&by_default("AES256")), &settings),
            Some(body(&rule))
        );
        assert_eq!(sent(Some(&rule), &settings), None);
    }

    #[test]
    fn a_key_of_another_account_or_region_is_drift_unless_it_is_asked_for() {
        let of = |account: &str, region: &str| Settings {
            account: account.parse().ok(),
            region: region.parse().ok(),
            ..settings()
        };
        let with_key = |key: &str| {
            format!(
                "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>{SSE_C_BLOCKED}"
            )
        };
        let bare = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let alias = "arn:aws:kms:eu-west-1:999999999999:alias/theirs";
        for (key, account, region, stays) in [
            (KEY, "111122223333", "eu-west-1", true),
            (KEY, "", "", true),
            (KEY, "", "eu-west-1", true),
            (bare, "111122223333", "eu-west-1", true),
            (KEY, "999999999999", "eu-west-1", false),
            (KEY, "111122223333", "us-east-1", false),
            (KEY, "999999999999", "", false),
            (alias, "111122223333", "eu-west-1", false),
        ] {
            let found = with_key(key);
            let change = sent(Some(&found), &of(account, region));
            assert_eq!(change.is_none(), stays, "{key} {account} {region}");
            if let Some(change) = change {
                assert!(
                    change.contains("AES256") && !change.contains(key),
                    "{change}"
                );
            }
            if let Ok(key) = key.parse() {
                let asked_for = Settings {
                    kms_key: Some(key),
                    ..of(account, region)
                };
                assert_eq!(sent(Some(&found), &asked_for), None);
            }
        }
        let found = body(&with_key(KEY));
        let review = Encryption
            .review(Some(found.as_bytes()), &settings())
            .unwrap();
        let summary = format!("aws:kms with {KEY}, SSE-C blocked");
        assert_eq!(review.summary, Some(summary));
    }

    #[test]
    fn an_algorithm_that_is_unknown_is_reported_and_left_alone() {
        let with_key = Settings {
            kms_key: Some(KEY.parse().unwrap()),
            ..settings()
        };
        for algorithm in ["aws:backup", "AES512", "aws:kms:new", "aes256"] {
            for settings in [&settings(), &with_key] {
                let found = body(&format!("{}{SSE_C_BLOCKED}", by_default(algorithm)));
                let error = Encryption
                    .review(Some(found.as_bytes()), settings)
                    .unwrap_err();
                assert!(
                    error
                        .to_string()
                        .contains(&format!("`{algorithm}` is not known")),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn aws_new_bucket_is_right_already() {
        let rule = format!(
            "{}<BucketKeyEnabled>false</BucketKeyEnabled>{SSE_C_BLOCKED}",
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
            Some(body(&format!("{rule}{SSE_C_BLOCKED}")))
        );
    }

    #[test]
    fn a_rule_with_the_block_alone_gets_its_algorithm() {
        let wanted = format!("{}{SSE_C_BLOCKED}", by_default("AES256"));
        assert_eq!(sent(Some(SSE_C_BLOCKED), &settings()), Some(body(&wanted)));
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
                Some(&format!("{}{SSE_C_BLOCKED}", by_default("AES256"))),
                &settings
            ),
            Some(body(&lifted))
        );
        assert_eq!(sent(Some(&lifted), &settings), None);
    }

    fn with_blocked(types: &[&str]) -> String {
        let types: String = (types.iter())
            .map(|kind| format!("<EncryptionType>{kind}</EncryptionType>"))
            .collect();
        format!(
            "{}<BlockedEncryptionTypes>{types}</BlockedEncryptionTypes>",
            by_default("AES256")
        )
    }

    #[test]
    fn none_beside_sse_c_is_drift() {
        for found in [
            &["NONE", "SSE-C"][..],
            &["SSE-C", "NONE"],
            &["NONE"],
            &["NONE", "NONE"],
        ] {
            assert_eq!(
                sent(Some(&with_blocked(found)), &settings()),
                Some(body(&with_blocked(&["SSE-C"]))),
                "{found:?}"
            );
        }
    }

    #[test]
    fn other_blocked_types_stay_blocked() {
        let allowing = Settings {
            allow_sse_c: true,
            ..settings()
        };
        for (settings, found, wanted) in [
            (&allowing, &["NEW", "SSE-C"][..], Some(&["NEW"][..])),
            (&allowing, &["SSE-C", "NONE", "NEW"], Some(&["NEW"])),
            (&allowing, &["NONE", "SSE-C"], Some(&["NONE"])),
            (&allowing, &["NEW"], None),
            (&settings(), &["NEW"], Some(&["NEW", "SSE-C"])),
            (&settings(), &["SSE-C", "NEW"], None),
        ] {
            assert_eq!(
                sent(Some(&with_blocked(found)), settings),
                wanted.map(|types| body(&with_blocked(types))),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_server_that_forgets_the_block_is_seen_to_do_so() {
        let found = body(&by_default("AES256"));
        let review = Encryption
            .review(Some(found.as_bytes()), &settings())
            .unwrap();
        assert!(review.change.is_some());
        let fallback = review.fallback.unwrap();
        assert!(fallback.satisfied);
        assert_eq!(String::from_utf8(fallback.body).unwrap(), found);
    }
    #[test]
    fn elements_that_are_unknown_are_kept_where_they_are() {
        let rule = |bucket_key: &str, by_default: &str| {
            format!(
                "<NewOption>1</NewOption><ApplyServerSideEncryptionByDefault>{by_default}<Context><Key>a</Key></Context></ApplyServerSideEncryptionByDefault>{bucket_key}<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType><Since>today</Since></BlockedEncryptionTypes>"
            )
        };
        let found = rule("", "<SSEAlgorithm>AES256</SSEAlgorithm>");
        assert_eq!(sent(Some(&found), &settings()), None);
        let settings = Settings {
            kms_key: Some(KEY.parse().unwrap()),
            ..settings()
        };
        let wanted = rule(
            "<BucketKeyEnabled>true</BucketKeyEnabled>",
            &format!("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID>"),
        );
        assert_eq!(sent(Some(&found), &settings), Some(body(&wanted)));
    }
}
