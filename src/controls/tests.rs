//! Tests of properties that every control must have, and helpers for the tests of single controls.

use super::*;
use crate::policy::Document;
use s3_presign::endpoint::BucketName;
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) fn settings() -> Settings {
    Settings {
        versioning: true,
        ..Settings::new(BucketName::parse("drop-box").unwrap(), "aws")
    }
}

/// Returns settings that request every control.
fn everything() -> Settings {
    let name = |text| BucketName::parse(text).unwrap();
    Settings {
        min_tls: Some(TlsVersion::V1_3),
        max_presign_age: Some(std::time::Duration::from_hours(1)),
        deny_sigv2: true,
        cors_origins: vec!["https://pages.example.com".parse().unwrap()],
        network: Some(Network {
            vpc_endpoints: vec!["vpce-1a2b3c4d".parse().unwrap()],
            ..Network::default()
        }),
        log_delivery: Some(LogDelivery {
            sources: vec![name("source-1")],
            account: "111122223333".to_owned(),
            prefix: String::new(),
        }),
        lifecycle: Some(Lifecycle {
            abort_incomplete: 7,
            transition_ia: Some(30),
            expire_noncurrent: Some(90),
            expire: None,
            expire_prefix: String::new(),
        }),
        logging: Some(Logging {
            bucket: name("the-logs"),
            prefix: Some(String::new()),
            without_grants: false,
            is_made_by_run: false,
        }),
        data_events: Some("audit-trail".parse().unwrap()),
        mfa_delete: Some("GAHT12345678".parse().unwrap()),
        tags: vec!["team=files".parse().unwrap()],
        ..settings()
    }
}

/// Returns the statements of a policy after bootstrap has applied `control` to the policy, or
/// `None` if the control requests no change.
pub(crate) fn policy_after(
    control: &dyn Control,
    found: &[Value],
    settings: &Settings,
) -> Option<Vec<Value>> {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": found}).to_string();
    let review = control.review(Some(policy.as_bytes()), settings).unwrap();
    Some(Document::read(&review.change?).unwrap().values())
}

#[test]
fn ids_are_unique_and_in_kebab_case_and_the_names_of_get_and_put_match() {
    let mut seen = BTreeSet::new();
    for control in ALL {
        let info = control.info();
        assert!(seen.insert(info.id), "{} twice", info.id);
        assert!(
            info.id.starts_with(|c: char| c.is_ascii_lowercase())
                && (info.id.bytes())
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            info.id
        );
        let Subresource {
            get,
            put,
            read_action,
            write_action,
            ..
        } = *info.subresource;
        let api = get.strip_prefix("Get");
        assert!(api.is_some() && put.strip_prefix("Put") == api, "{put}");
        let (service, read) = read_action.split_once(":Get").unwrap();
        assert!(["s3", "cloudtrail"].contains(&service));
        assert_eq!(
            write_action.strip_prefix(service),
            Some(&*format!(":Put{read}")),
            "{write_action}"
        );
        assert!(
            !info.why.is_empty() && info.why.ends_with('.'),
            "{}",
            info.id
        );
    }
}

#[test]
fn the_body_that_a_control_writes_satisfies_it() {
    for control in ALL {
        let id = control.info().id;
        let from_nothing = control.review(None, &everything()).unwrap();
        let body = from_nothing
            .change
            .expect("an empty configuration never satisfies a control");
        let again = control.review(Some(&body), &everything()).unwrap();
        assert_eq!(again.change, None, "{id}");
        assert_eq!(again.found, from_nothing.wanted, "{id}");
    }
}

#[test]
fn other_documents_are_errors_for_every_control() {
    let list = b"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name></ListBucketResult>";
    for control in ALL {
        for body in [
            &list[..],
            b"",
            b"<!DOCTYPE html><html></html>",
            b"null",
            b"[]",
        ] {
            let review = control.review(Some(body), &settings());
            assert!(review.is_err(), "{}: {review:?}", control.info().id);
        }
    }
}

#[test]
fn exactly_the_controls_that_are_always_wanted_have_no_flag() {
    let defaults = Settings::new(BucketName::parse("drop-box").unwrap(), "aws");
    for control in ALL {
        let info = control.info();
        assert_eq!(
            control.is_wanted(&defaults),
            info.flag.is_empty(),
            "{}",
            info.id
        );
        assert!(control.is_wanted(&everything()), "{}", info.id);
    }
}

#[test]
fn all_policy_statements_fit_into_one_policy_and_satisfy_their_controls() {
    let mut body: Option<Vec<u8>> = None;
    let policies = || {
        ALL.iter()
            .filter(|control| control.info().subresource.name == "policy")
    };
    for control in policies() {
        let review = control.review(body.as_deref(), &everything()).unwrap();
        body = Some(review.change.expect("each control adds its statement"));
    }
    let merged = body.unwrap();
    for control in policies() {
        let review = control.review(Some(&merged), &everything()).unwrap();
        assert_eq!(review.change, None, "{}", control.info().id);
    }
    let sids: Vec<Value> = Document::read(&merged).unwrap().values();
    let sids: Vec<&str> = sids
        .iter()
        .map(|one| one["Sid"].as_str().unwrap())
        .collect();
    assert_eq!(
        sids,
        [
            "DenyInsecureTransport",
            "DenyOutdatedTLS",
            "DenyOldSignatures",
            "DenySignatureVersion2",
            "DenyOutsideNetwork",
            "S3ServerAccessLogsPolicy"
        ]
    );
}

#[test]
fn replacing_the_policy_keeps_only_the_wanted_statements() {
    let replace = Settings {
        replace_policy: true,
        min_tls: Some(TlsVersion::V1_2),
        ..settings()
    };
    let theirs = serde_json::json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::drop-box/*"});
    let policies = || {
        ALL.iter().filter(|control| {
            control.info().subresource.name == "policy" && control.is_wanted(&replace)
        })
    };
    let mut statements = vec![theirs];
    for control in policies() {
        statements = policy_after(*control, &statements, &replace).unwrap_or(statements);
    }
    assert_eq!(statements, group::wanted_statements(&replace));
    assert_eq!(statements.len(), 2);
    for control in policies() {
        assert_eq!(policy_after(*control, &statements, &replace), None);
    }
}

#[test]
fn controls_of_one_subresource_are_adjacent() {
    let runs: Vec<&str> = groups(|_| true)
        .iter()
        .map(|group| group.subresource.name)
        .collect();
    let distinct: BTreeSet<&str> = runs.iter().copied().collect();
    assert_eq!(runs.len(), distinct.len(), "{runs:?}");
}

#[test]
fn a_statement_with_an_unknown_member_satisfies_no_control_and_stays() {
    let settings = everything();
    for control in ALL {
        let Some(ours) = control.policy_statement(&settings) else {
            continue;
        };
        let own = policy_after(control, std::slice::from_ref(&ours), &settings);
        assert_eq!(own, None, "{}", control.info().id);
        for member in ["NotAction", "NotResource", "NotPrincipal", "Future"] {
            let mut theirs = ours.clone();
            theirs[member] = Value::from("x");
            let after = policy_after(control, std::slice::from_ref(&theirs), &settings).unwrap();
            assert_eq!((after.len(), &after[0]), (2, &theirs), "{member}");
            assert_eq!(after[1]["Condition"], ours["Condition"]);
        }
    }
}
