//! Tests of the policy rules on which the hardening of buckets depends.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Facts, Known, Principal, Question, Verdict, is_public, judge, like, parse};

struct Map(HashMap<&'static str, Known>);

impl Facts for Map {
    fn fact(&self, key: &str) -> Known {
        self.0.get(key).cloned().unwrap_or(Known::Unknown)
    }
}

fn facts(pairs: &[(&'static str, &str)]) -> Map {
    let value = |text: &str| match text {
        "-" => Known::Absent,
        text => Known::Value(text.to_owned()),
    };
    Map(pairs
        .iter()
        .map(|(key, text)| (*key, value(text)))
        .collect())
}

const USER: Principal<'_> = Principal::User {
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:user/u",
};

fn ask(statement: &Value, facts: &Map) -> Verdict {
    let question = Question {
        principal: USER,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/k",
        facts,
    };
    judge(&json!({ "Statement": statement }), &question)
}

fn deny(condition: &Value) -> Value {
    json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": condition,
    })
}

#[test]
fn tls_only_denies_http_and_lets_https_pass() {
    for operator in ["Bool", "BoolIfExists"] {
        let statement = deny(&json!({ operator: { "aws:SecureTransport": "false" } }));
        let http = facts(&[("aws:securetransport", "false")]);
        let https = facts(&[("aws:securetransport", "true")]);
        assert_eq!(ask(&statement, &http), Verdict::Deny);
        assert_eq!(ask(&statement, &https), Verdict::Silent);
    }
}

#[test]
fn tls_version_and_signature_age_are_numbers() {
    let old_tls = deny(&json!({ "NumericLessThan": { "s3:TlsVersion": "1.2" } }));
    for (version, verdict) in [
        ("1.1", Verdict::Deny),
        ("1.3", Verdict::Silent),
        ("-", Verdict::Silent),
    ] {
        assert_eq!(
            ask(&old_tls, &facts(&[("s3:tlsversion", version)])),
            verdict
        );
    }
    let stale = deny(&json!({ "NumericGreaterThan": { "s3:signatureAge": 600_000 } }));
    assert_eq!(
        ask(&stale, &facts(&[("s3:signatureage", "600001")])),
        Verdict::Deny
    );
    assert_eq!(
        ask(&stale, &facts(&[("s3:signatureage", "599999")])),
        Verdict::Silent
    );
}

#[test]
fn a_negated_operator_matches_an_absent_key() {
    let vpce = deny(&json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }));
    assert_eq!(
        ask(&vpce, &facts(&[("aws:sourcevpce", "-")])),
        Verdict::Deny
    );
    assert_eq!(
        ask(&vpce, &facts(&[("aws:sourcevpce", "vpce-1")])),
        Verdict::Silent
    );
    let null = deny(&json!({ "Null": { "aws:SecureTransport": "true" } }));
    assert_eq!(
        ask(&null, &facts(&[("aws:securetransport", "-")])),
        Verdict::Deny
    );
    assert_eq!(
        ask(&null, &facts(&[("aws:securetransport", "true")])),
        Verdict::Silent
    );
}

#[test]
fn several_conditions_are_joined_by_and() {
    let both = deny(&json!({
        "NotIpAddress": { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.1"] },
        "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::111122223333:user/admin*" },
    }));
    let request = |ip, arn| facts(&[("aws:sourceip", ip), ("aws:principalarn", arn)]);
    assert_eq!(
        ask(
            &both,
            &request("127.0.0.1", "arn:aws:iam::111122223333:user/u")
        ),
        Verdict::Deny
    );
    assert_eq!(
        ask(
            &both,
            &request("10.1.2.3", "arn:aws:iam::111122223333:user/u")
        ),
        Verdict::Silent
    );
    assert_eq!(
        ask(
            &both,
            &request("127.0.0.1", "arn:aws:iam::111122223333:user/admin1")
        ),
        Verdict::Silent
    );
}

#[test]
fn unknown_conditions_never_give_access() {
    let none = facts(&[]);
    for condition in [
        json!({ "Bool": { "aws:NoSuchKey": "x" } }),
        json!({ "NoSuchOperator": { "aws:SourceIp": "x" } }),
    ] {
        let mut statement = deny(&condition);
        assert_eq!(ask(&statement, &none), Verdict::Deny);
        statement["Effect"] = json!("Allow");
        assert_eq!(ask(&statement, &none), Verdict::Silent);
    }
}

#[test]
fn deny_beats_allow_and_wildcards_match() {
    let allow = json!({ "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "s3:get*", "Resource": "arn:aws:s3:::b/?" });
    assert_eq!(ask(&allow, &facts(&[])), Verdict::Allow);
    assert_eq!(
        ask(&json!([allow, deny(&json!({}))]), &facts(&[])),
        Verdict::Deny
    );
    assert!(like("a*b*c", "aXbXbc") && !like("a*b", "abc") && like("*", ""));
}

#[test]
fn a_policy_is_public_if_it_allows_everyone_without_a_fixed_condition() {
    let allow = |principal: Value, condition: Value| json!({ "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": condition }] });
    assert!(is_public(&allow(json!("*"), json!({}))));
    assert!(is_public(&allow(
        json!({ "AWS": ["*"] }),
        json!({ "Bool": { "aws:SecureTransport": "true" } })
    )));
    assert!(is_public(&allow(
        json!("*"),
        json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } })
    )));
    assert!(!is_public(&allow(
        json!("*"),
        json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } })
    )));
    assert!(!is_public(&allow(
        json!({ "AWS": "444455556666" }),
        json!({})
    )));
    assert!(!is_public(&json!({ "Statement": deny(&json!({})) })));
}

#[test]
fn malformed_policies_are_refused() {
    let check = |text: &str| parse(text, "arn:aws:s3:::b").is_ok();
    assert!(check(
        &json!({ "Version": "2012-10-17", "Statement": [deny(&json!({}))] }).to_string()
    ));
    assert!(!check(""));
    assert!(!check("{}"));
    assert!(!check("nonsense"));
    let mut other = deny(&json!({}));
    other["Resource"] = json!("arn:aws:s3:::bb/*");
    assert!(!check(&json!({ "Statement": other }).to_string()));
    let mut nobody = deny(&json!({}));
    nobody["Principal"] = Value::Null;
    assert!(!check(&json!({ "Statement": nobody }).to_string()));
}
