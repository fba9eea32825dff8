//! Tests of the access from outside the account.

use super::*;
use serde_json::json;

const OWN: &str = "111122223333";

fn grants(statements: &Value, account: Option<&str>) -> Vec<String> {
    let policy = json!({ "Statement": statements }).to_string();
    let policy = Document::read(policy.as_bytes()).unwrap();
    let shown = |grant: OutsideGrant| {
        let kind = grant.kind.as_str();
        format!("{} {kind} {}", grant.statement, grant.principals.join(" "))
    };
    let all = policy.outside_grants(account);
    all.into_iter().map(shown).collect()
}

#[test]
fn names_the_principals_of_a_statement_by_kind() {
    let other = "arn:aws:iam::444455556666:role/a";
    for (principal, condition, expected) in [
        (json!("*"), json!({}), vec!["1 public *"]),
        (json!({"AWS": ["*"]}), json!({}), vec!["1 public *"]),
        (json!({"CanonicalUser": "*"}), json!({}), vec!["1 public *"]),
        (
            json!({"AWS": "arn:aws:iam::*:root"}),
            json!({}),
            vec!["1 public arn:aws:iam::*:root"],
        ),
        (
            json!({"AWS": "arn:aws:iam::444455556666:role/*"}),
            json!({}),
            vec!["1 account arn:aws:iam::444455556666:role/*"],
        ),
        (
            json!({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}),
            json!({}),
            vec!["1 account AIDACKCEVSQ6C2EXAMPLE"],
        ),
        (json!({"AWS": OWN}), json!({}), vec![]),
        (
            json!({"AWS": [OWN, other]}),
            json!({}),
            vec!["1 account arn:aws:iam::444455556666:role/a"],
        ),
        (
            json!({"CanonicalUser": "79a5"}),
            json!({}),
            vec!["1 account 79a5"],
        ),
        (
            json!({"Service": "logging.s3.amazonaws.com"}),
            json!({}),
            vec!["1 service logging.s3.amazonaws.com"],
        ),
        (
            json!({"Federated": "accounts.google.com"}),
            json!({}),
            vec!["1 federated accounts.google.com"],
        ),
        (
            json!("*"),
            json!({"StringEquals": {"aws:PrincipalAccount": OWN}}),
            vec![],
        ),
        (
            json!("*"),
            json!({"StringEquals": {"aws:PrincipalAccount": [OWN, "444455556666"]}}),
            vec!["1 account 444455556666"],
        ),
        (
            json!({"AWS": other}),
            json!({"StringEquals": {"aws:PrincipalAccount": OWN}}),
            vec![],
        ),
        (
            json!("*"),
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1"}}),
            vec!["1 organization o-a1"],
        ),
        (
            json!("*"),
            json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
            vec!["1 conditional *"],
        ),
        (
            json!("*"),
            json!({"StringLike": {"aws:SourceVpce": "vpce-*"}}),
            vec!["1 public *"],
        ),
        (
            json!("*"),
            json!({"Bool": {"aws:SecureTransport": "true"}}),
            vec!["1 public *"],
        ),
        (
            json!("*"),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:logs:*:111122223333:*"}}),
            vec!["1 public *"],
        ),
    ] {
        let statement = json!([{"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": condition}]);
        let expected: Vec<String> = expected
            .iter()
            .map(|it| format!("statement {it}"))
            .collect();
        assert_eq!(grants(&statement, Some(OWN)), expected, "{statement}");
    }
    let not = json!([{"Effect": "Allow", "NotPrincipal": {"AWS": OWN}, "Action": "s3:*", "Resource": "*"}]);
    assert_eq!(
        grants(&not, Some(OWN)),
        [r#"statement 1 public all but {"AWS":"111122223333"}"#]
    );
    let own = json!([{"Sid": "a", "Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "s3:*", "Resource": "*"}]);
    assert_eq!(grants(&own, None), ["a account 111122223333"]);
}

#[test]
fn the_source_of_a_service_may_be_a_pattern_with_a_fixed_account() {
    for (pattern, expected) in [
        ("arn:aws:logs:*:111122223333:*", Some(vec![OWN.to_owned()])),
        ("arn:aws:logs:*:*:*", None),
    ] {
        let policy = json!({"Statement": {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": pattern}}}});
        let policy = Document::read(policy.to_string().as_bytes()).unwrap();
        let found = policy.outside_grants(Some(OWN)).remove(0);
        assert_eq!(found.accounts, expected, "{pattern}");
    }
}

#[test]
fn a_deny_ends_or_narrows_a_grant() {
    let allow = json!({"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    for (action, resource, condition, expected) in [
        ("s3:*", "arn:aws:s3:::b/*", json!({}), None),
        ("s3:Get*", "*", json!({}), None),
        (
            "s3:PutObject",
            "arn:aws:s3:::b/*",
            json!({}),
            Some("a public *"),
        ),
        ("s3:*", "arn:aws:s3:::b/in/*", json!({}), Some("a public *")),
        (
            "s3:*",
            "arn:aws:s3:::b/*",
            json!({"Bool": {"aws:SecureTransport": "false"}}),
            Some("a public *"),
        ),
        (
            "s3:*",
            "arn:aws:s3:::b/*",
            json!({"StringNotEquals": {"aws:PrincipalAccount": OWN}}),
            None,
        ),
        (
            "s3:*",
            "arn:aws:s3:::b/*",
            json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            Some("a conditional *"),
        ),
        // A request through the VPC endpoint from any address is not denied.
        (
            "s3:*",
            "arn:aws:s3:::b/*",
            json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            Some("a public *"),
        ),
    ] {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition});
        let found = grants(&json!([allow, deny]), Some(OWN));
        assert_eq!(found.first().map(String::as_str), expected, "{deny}");
    }
}

#[test]
fn a_grant_names_what_it_allows() {
    let found = |member: &str, action: Value| {
        let policy = json!({"Statement": {"Effect": "Allow", "Principal": "*", member: action, "Resource": "*"}});
        let policy = Document::read(policy.to_string().as_bytes()).unwrap();
        let grant = policy.outside_grants(Some(OWN)).remove(0);
        (grant.reads, grant.writes, grant.administers.len())
    };
    for (action, expected) in [
        (json!("s3:getobject*"), (true, false, 0)),
        (json!("s3:GetBucketAcl"), (true, false, 0)),
        (json!("s3:L*Versions"), (true, false, 0)),
        (json!("s3:Put*"), (false, true, 4)),
        (
            json!(["s3:ListBucket", "s3:PutBucketPolicy"]),
            (true, true, 1),
        ),
        (json!("s3:PutEncryptionConfiguration"), (false, true, 1)),
        (json!("s3:BypassGovernanceRetention"), (false, true, 0)),
        (json!("s3:PutBucketPublicAccessBlock"), (false, true, 0)),
        (json!("s3:*Tagging"), (true, true, 0)),
        (json!("*"), (true, true, 5)),
        (json!("s3*"), (true, true, 5)),
        (json!("ec2:RunInstances"), (false, false, 0)),
    ] {
        assert_eq!(found("Action", action.clone()), expected, "{action}");
    }
    for (action, expected) in [
        (json!("s3:*"), (false, false, 0)),
        (json!(["s3:Get*", "s3:List*"]), (false, true, 5)),
        (json!("s3:GetObject"), (true, true, 5)),
    ] {
        assert_eq!(found("NotAction", action.clone()), expected, "{action}");
    }
}
