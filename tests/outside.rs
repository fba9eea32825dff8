//! Compares the access from outside an account that the program finds in a policy with the decisions of
//! the sandbox's evaluator, which shares no code with the program.

use proptest::prelude::*;
use s3_sandbox::policy::{Facts, Known, Principal, Question, Verdict, is_public, judge};
use s3_secure_bucket::internals::policy::{Document, OutsideGrant, OutsideKind};
use serde_json::{Value, json};

const OWN: &str = "111122223333";
const PARTNER: &str = "444455556666";
const PARTNER_ROLE: &str = "arn:aws:iam::444455556666:user/partner";
const STRANGER: &str = "777788889999";
const STRANGER_USER: &str = "arn:aws:iam::777788889999:user/stranger";

/// A request from outside the account.
#[derive(Debug)]
struct Request {
    /// The account and the ARN of the caller, or `None` for a request without credentials.
    caller: Option<(&'static str, &'static str)>,
    source_ip: &'static str,
    vpce: Option<&'static str>,
    tls: bool,
    organization: Option<&'static str>,
}

impl Facts for Request {
    fn fact(&self, key: &str) -> Known {
        let maybe =
            |value: Option<&str>| value.map_or(Known::Absent, |it| Known::Value(it.to_owned()));
        match key {
            "aws:sourceip" => maybe(Some(self.source_ip)),
            "aws:sourcevpce" => maybe(self.vpce),
            "aws:securetransport" => Known::Value(self.tls.to_string()),
            "aws:principalaccount" => maybe(self.caller.map(|(account, _)| account)),
            "aws:principalarn" => maybe(self.caller.map(|(_, arn)| arn)),
            "aws:principalorgid" => maybe(self.organization),
            _ => Known::Absent,
        }
    }
}

/// Every combination of the callers and the facts of a request.
fn requests() -> Vec<Request> {
    let mut all = Vec::new();
    for (caller, organization) in [
        (None, None),
        (Some((PARTNER, PARTNER_ROLE)), Some("o-a1b2c3")),
        (Some((PARTNER, PARTNER_ROLE)), None),
        (Some((STRANGER, STRANGER_USER)), None),
    ] {
        for source_ip in ["203.0.113.7", "198.51.100.9"] {
            for vpce in [None, Some("vpce-1"), Some("vpce-2")] {
                for tls in [true, false] {
                    all.push(Request {
                        caller,
                        source_ip,
                        vpce,
                        tls,
                        organization,
                    });
                }
            }
        }
    }
    all
}

const ACTIONS: [&str; 4] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:PutBucketPolicy",
];
const RESOURCES: [&str; 3] = [
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/in/a",
    "arn:aws:s3:::b/out/a",
];

fn allows(policy: &Value, request: &Request, action: &str, resource: &str) -> bool {
    let principal = match request.caller {
        Some((account, arn)) => Principal::User { account, arn },
        None => Principal::Anonymous,
    };
    let question = Question {
        principal,
        action,
        resource,
        facts: request,
    };
    judge(policy, &question) == Verdict::Allow
}

/// Whether the grant can be the reason why the request is allowed.
fn explains(grant: &OutsideGrant, request: &Request) -> bool {
    match (grant.kind, request.caller) {
        (OutsideKind::Public | OutsideKind::Conditional, _) => true,
        (OutsideKind::Organization, _) => request.organization.is_some(),
        (OutsideKind::Account, Some((account, _))) => {
            grant.principals.iter().any(|name| name.contains(account))
        }
        _ => false,
    }
}

fn principal() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": [OWN]}),
        json!({"AWS": [OWN, "arn:aws:iam::444455556666:root"]}),
        json!({"AWS": PARTNER_ROLE}),
        json!({"AWS": STRANGER}),
        json!({"AWS": "arn:aws:iam::444455556666:role/app"}),
        json!({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}),
        json!({"AWS": [PARTNER, "*"]}),
        json!({"CanonicalUser": "79a5"}),
        json!({"Federated": "accounts.google.com"}),
        json!({"Service": "logging.s3.amazonaws.com"}),
    ])
}

fn action() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("s3:*"),
        json!("*"),
        json!("s3:GetObject"),
        json!(["s3:getobject", "s3:Put*"]),
        json!("s3:List*"),
    ])
}

fn resource() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
        json!("arn:aws:s3:::b/*"),
        json!("arn:aws:s3:::b/in/*"),
        json!("*"),
    ])
}

fn condition() -> impl Strategy<Value = Value> {
    let operators = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "StringLikeIfExists",
        "ForAnyValue:StringEquals",
        "ForAnyValue:StringNotEquals",
        "ForAllValues:StringEquals",
        "ForAllValues:StringNotLike",
        "ArnLike",
        "ArnNotLike",
        "Null",
    ];
    let text = (
        prop::sample::select(operators.to_vec()),
        prop::sample::select(vec![
            ("aws:PrincipalAccount", json!(OWN)),
            ("aws:PrincipalAccount", json!([OWN, PARTNER])),
            ("aws:PrincipalAccount", json!("1111*")),
            ("aws:PrincipalArn", json!(PARTNER_ROLE)),
            ("aws:PrincipalOrgID", json!("o-a1b2c3")),
            ("aws:SourceVpce", json!("vpce-1")),
            ("aws:SourceVpce", json!("vpce-*")),
            ("aws:SourceVpce", json!(["vpce-1", "vpce-2"])),
            ("aws:SourceVpce", json!("true")),
            ("aws:PrincipalAccount", json!("false")),
            ("aws:PrincipalOrgID", json!("${aws:PrincipalOrgID}")),
            ("aws:PrincipalArn", json!("arn:aws:iam::444455556666:*")),
        ]),
    )
        .prop_map(|(operator, (key, values))| json!({operator: {key: values}}));
    let address = (
        prop::sample::select(vec!["IpAddress", "NotIpAddress"]),
        prop::sample::select(vec![
            json!("203.0.113.0/24"),
            json!("0.0.0.0/0"),
            json!("192.0.0.0/4"),
            json!("203.0.113.7"),
            json!(["203.0.113.7", "198.51.100.0/24"]),
            json!(["203.0.113.7", "::/0"]),
        ]),
    )
        .prop_map(|(operator, range)| json!({operator: {"aws:SourceIp": range}}));
    let tls = prop::sample::select(vec!["true", "false"])
        .prop_map(|value| json!({"Bool": {"aws:SecureTransport": value}}));
    let one = prop_oneof![4 => text, 2 => address, 1 => tls];
    prop_oneof![
        2 => Just(json!({})),
        4 => one.clone(),
        2 => (one.clone(), one).prop_map(|(mut first, second)| {
            let (Value::Object(all), Value::Object(more)) = (&mut first, second) else { unreachable!() };
            for (operator, keys) in more {
                all.entry(operator).or_insert(keys);
            }
            first
        }),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let negated = prop::sample::select(vec!["", "", "", "", "Action", "Resource", "Principal"]);
    let members = (principal(), action(), resource(), condition());
    (effect, members, negated).prop_map(
        |(effect, (principal, action, resource, condition), negated)| {
            let mut statement = json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, "Condition": condition});
            let all = statement.as_object_mut().unwrap();
            if let Some(value) = all.remove(negated) {
                all.insert(format!("Not{negated}"), value);
            }
            statement
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Each request from outside that the policy allows has a grant that explains the request. Each
    /// public grant allows a request without credentials.
    #[test]
    fn the_grants_explain_each_allowed_request_from_outside(
        statements in prop::collection::vec(statement(), 1..4),
    ) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let document = Document::read(policy.to_string().as_bytes()).unwrap();
        let grants = document.outside_grants(Some(OWN));
        let mut is_open = false;
        for request in requests() {
            for action in ACTIONS {
                for resource in RESOURCES {
                    if allows(&policy, &request, action, resource) {
                        let explained = grants.iter().any(|grant| explains(grant, &request));
                        prop_assert!(explained, "{policy} {request:?} {action} {resource} {grants:?}");
                        is_open |= request.caller.is_none();
                    }
                }
            }
        }
        let is_single = statements.len() == 1;
        let found = |kind| grants.iter().any(|grant| grant.kind == kind);
        // With one statement, no `Deny` statement can limit the grant.
        if is_single && found(OutsideKind::Public) && is_public(&policy) && no_key_of_a_user(&statements[0]) {
            prop_assert!(is_open, "{policy}");
        }
        // A policy without a `Deny` is public here if and only if the sandbox counts the policy as public.
        if is_single {
            prop_assert_eq!(found(OutsideKind::Public), is_public(&policy), "{}", policy);
        }
    }
}

/// Whether the conditions can be true for a request without credentials.
fn no_key_of_a_user(statement: &Value) -> bool {
    let conditions = statement["Condition"].to_string();
    // `StringEquals` compares a wildcard as a character, so no request satisfies it.
    let never = ["aws:Principal", "NotIpAddress", "vpce", "Null"];
    // The negation of all actions allows no action.
    let is_negated = ["NotAction", "NotResource", "NotPrincipal"]
        .iter()
        .any(|name| statement.get(name).is_some());
    !is_negated && !never.iter().any(|part| conditions.contains(part))
}
