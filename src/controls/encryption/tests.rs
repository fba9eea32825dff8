//! Tests of the body that the encryption control sends for each existing configuration.

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

/// Returns the body that the control sends if the bucket has the encryption rule `found`, or `None`
/// if the control requests no change.
fn sent(found: Option<&str>, settings: &Settings) -> Option<String> {
    let found = found.map(body);
    let review = Encryption
        .review(found.as_ref().map(String::as_bytes), settings)
        .unwrap();
    review.change.map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn an_unconfigured_bucket_gets_sse_s3_with_sse_c_blocked() {
    assert_eq!(
        sent(None, &settings()),
        Some(body(&format!("{}{SSE_C_BLOCKED}", by_default("AES256"))))
    );
}

#[test]
fn sse_kms_is_written_with_its_key_and_a_bucket_key() {
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
fn a_key_of_another_account_or_region_is_drift_unless_the_settings_name_it() {
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
fn an_unknown_algorithm_is_reported_and_not_changed() {
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
                    .contains(&format!("`{algorithm}` is unknown")),
                "{error}"
            );
        }
    }
}

#[test]
fn a_new_bucket_on_aws_needs_no_change() {
    let rule = format!(
        "{}<BucketKeyEnabled>false</BucketKeyEnabled>{SSE_C_BLOCKED}",
        by_default("AES256")
    );
    assert_eq!(sent(Some(&rule), &settings()), None);
}

#[test]
fn existing_kms_encryption_is_kept_if_the_settings_request_sse_s3() {
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
fn a_rule_that_only_blocks_sse_c_gets_an_algorithm() {
    let wanted = format!("{}{SSE_C_BLOCKED}", by_default("AES256"));
    assert_eq!(sent(Some(SSE_C_BLOCKED), &settings()), Some(body(&wanted)));
}

#[test]
fn allowing_sse_c_removes_a_block_and_writes_nothing_if_there_is_no_block() {
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
fn none_together_with_sse_c_is_drift() {
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
fn a_server_that_ignores_the_block_is_detected() {
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
fn unknown_elements_keep_their_places() {
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
