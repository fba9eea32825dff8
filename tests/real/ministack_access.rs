//! Compares the access from outside an account that `audit` finds in a policy with the requests that
//! MiniStack permits. `docs/audit.md` names the rules of AWS where MiniStack differs.

use super::ministack::{grant, new_user, root};
use super::{User, new_name, required};
use serde_json::{Value, json};

const PARTNER: &str = "444455556666";
const STRANGER: &str = "777788889999";

/// On MiniStack, a key ID of twelve digits is the root user of that account, with the secret of the root
/// key.
fn root_of(account: &str) -> User {
    User {
        key_id: account.to_owned(),
        ..root()
    }
}

/// A policy, the kind of the access that `audit` must find, and the callers that MiniStack lets in:
/// `a` for a request without credentials, `p` for the partner, `s` for the stranger.
type Row = (Value, &'static str, &'static str);

fn allow(principal: &Value, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "RESOURCE", "Condition": condition})
}

fn deny(principal: &Value, condition: &Value) -> Value {
    json!({"Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": "RESOURCE", "Condition": condition})
}

fn by_principal() -> Vec<Row> {
    let rows = [
        (json!("*"), "public", "aps"),
        (json!({"AWS": "*"}), "public", "aps"),
        (json!({"AWS": ["*", PARTNER]}), "public account", "aps"),
        (json!({"AWS": PARTNER}), "account", "p"),
        (
            json!({"AWS": "arn:aws:iam::444455556666:root"}),
            "account",
            "p",
        ),
        (
            json!({"AWS": "arn:aws:iam::444455556666:role/app"}),
            "account",
            "",
        ),
        (json!({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}), "account", ""),
        (json!({"CanonicalUser": "79a5"}), "account", ""),
        (
            json!({"Service": "logging.s3.amazonaws.com"}),
            "service",
            "",
        ),
        (json!({"Federated": "accounts.google.com"}), "federated", ""),
    ];
    let row = |(principal, kind, who)| (json!([allow(&principal, &json!({}))]), kind, who);
    rows.into_iter().map(row).collect()
}

/// Conditions of a statement for everyone. The requests come from 127.0.0.1 over TLS, and have no VPC
/// endpoint and no organization.
fn by_condition() -> Vec<Row> {
    let rows = [
        (
            json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            "public",
            "aps",
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": ["127.0.0.0/1", "10.0.0.0/8"]}}),
            "public",
            "aps",
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
            "conditional",
            "aps",
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            "conditional",
            "",
        ),
        (
            json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            "public",
            "aps",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalAccount": PARTNER}}),
            "account",
            "p",
        ),
        // S3 counts a value with a wildcard as public, although the condition lets in only some accounts.
        (
            json!({"StringLike": {"aws:PrincipalAccount": "4444*"}}),
            "public",
            "p",
        ),
        (
            json!({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}),
            "public",
            "aps",
        ),
        (json!({"Null": {"aws:SourceVpce": "true"}}), "public", "aps"),
        (
            json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
            "conditional",
            "",
        ),
        (
            json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-1/"}}),
            "public",
            "aps",
        ),
        (
            json!({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-1/"}}),
            "organization",
            "",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
            "organization",
            "",
        ),
        (
            json!({"Bool": {"aws:SecureTransport": "true"}}),
            "public",
            "aps",
        ),
    ];
    let row = |(condition, kind, who)| (json!([allow(&json!("*"), &condition)]), kind, who);
    rows.into_iter().map(row).collect()
}

/// `Deny` statements beside a statement for everyone.
fn by_deny() -> Vec<Row> {
    let everyone = json!("*");
    let rows = [
        (deny(&everyone, &json!({})), "", ""),
        (deny(&json!({"AWS": "*"}), &json!({})), "", ""),
        (deny(&json!({"AWS": STRANGER}), &json!({})), "public", "ap"),
        (
            deny(
                &everyone,
                &json!({"StringNotEquals": {"aws:PrincipalAccount": PARTNER}}),
            ),
            "account",
            "p",
        ),
        (
            deny(
                &everyone,
                &json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            ),
            "conditional",
            "",
        ),
        (
            deny(
                &everyone,
                &json!({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
            ),
            "conditional",
            "aps",
        ),
        (
            deny(
                &everyone,
                &json!({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}),
            ),
            "conditional",
            "",
        ),
        // A request without a VPC endpoint does not satisfy `StringEquals`.
        (
            deny(
                &everyone,
                &json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
            ),
            "public",
            "aps",
        ),
        (
            deny(
                &everyone,
                &json!({"Bool": {"aws:SecureTransport": "false"}}),
            ),
            "public",
            "aps",
        ),
    ];
    let row = |(denial, kind, who)| (json!([allow(&json!("*"), &json!({})), denial]), kind, who);
    let mut all: Vec<Row> = rows.into_iter().map(row).collect();
    let mut negated = allow(&everyone, &json!({}));
    negated.as_object_mut().unwrap().remove("Action");
    negated["NotAction"] = json!("s3:PutObject");
    all.push((json!([negated]), "public", "aps"));
    let mut negated = allow(&everyone, &json!({}));
    negated.as_object_mut().unwrap().remove("Resource");
    negated["NotResource"] = json!("arn:aws:s3:::another-bucket/*");
    all.push((json!([negated]), "public", "aps"));
    all
}

/// Policies that MiniStack judges in another way than AWS. `audit` follows AWS.
fn differences() -> Vec<Row> {
    // On AWS, an Allow with NotPrincipal lets in everyone else, also without credentials.
    let mut negated = allow(&json!("*"), &json!({}));
    negated.as_object_mut().unwrap().remove("Principal");
    negated["NotPrincipal"] = json!({"AWS": PARTNER});
    let variable = json!({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}});
    vec![
        (json!([negated]), "public", ""),
        // AWS refuses an ARN with such a wildcard (MalformedPolicy).
        (
            json!([allow(&json!({"AWS": "arn:aws:iam::*:root"}), &json!({}))]),
            "public",
            "ps",
        ),
        // AWS replaces the variable by the account of the caller, so every account matches.
        (json!([allow(&json!("*"), &variable)]), "public", ""),
        // A request without credentials has no key `aws:PrincipalAccount` on AWS.
        (
            json!([allow(
                &json!("*"),
                &json!({"Null": {"aws:PrincipalAccount": "true"}})
            )]),
            "public",
            "",
        ),
    ]
}

#[test]
fn ministack_permits_the_access_that_audit_finds() {
    let bucket = new_name("ms-access");
    let owner = new_user(&bucket);
    let all = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    grant(&bucket, "all", &all);
    let made = owner.run(&["bootstrap", &bucket, "--no-presign"]);
    assert_eq!(made.code, 0, "{made:?}");
    let uri = format!("s3://{bucket}/a");
    assert_eq!(owner.upload(&owner.presign("put", &uri, &[]), "x"), 200);
    let at_bucket = format!("s3://{bucket}/");
    let open = owner.presign("delete", &at_bucket, &["--query", "publicAccessBlock="]);
    assert_eq!(owner.curl(&["--request", "DELETE", &open]).0, 204);
    let put = owner.presign("put", &at_bucket, &["--query", "policy="]);

    let anonymous = format!("{}/{bucket}/a", required("MINISTACK_HTTPS"));
    let partner = root_of(PARTNER).presign("get", &uri, &[]);
    let stranger = root_of(STRANGER).presign("get", &uri, &[]);
    let callers = [('a', &anonymous), ('p', &partner), ('s', &stranger)];

    let rows = [by_principal(), by_condition(), by_deny(), differences()];
    let mut wrong = Vec::new();
    for (statements, kinds, who) in rows.concat() {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let policy = policy.replace("RESOURCE", &format!("arn:aws:s3:::{bucket}/*"));
        let status = owner.upload(&put, &policy);
        assert!((200..300).contains(&status), "{status} {policy}");
        let report = owner.run(&["audit", &bucket, "-o", "json"]).json();
        let grants = report["access"].as_array().unwrap();
        let found: Vec<&str> = (grants.iter().map(|it| it["kind"].as_str().unwrap())).collect();
        let permitted: String = (callers.iter())
            .filter(|(_, url)| owner.curl(&[url]).0 == 200)
            .map(|(name, _)| name)
            .collect();
        if (found.join(" ").as_str(), permitted.as_str()) != (kinds, who) {
            wrong.push(format!(
                "{found:?} {permitted:?} instead of {kinds:?} {who:?}: {policy}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
