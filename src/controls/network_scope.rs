//! The control that restricts access to objects to named VPC endpoints and IP addresses.
//!
//! The policy statement restricts access to objects only. The bucket's configuration stays
//! accessible from every network, so an operator can correct a wrong list of networks from any
//! network. The statement exempts AWS services and requests that AWS services make on behalf of a
//! principal, because these requests come from AWS's networks.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html>

use super::policy_statement::{POLICY, PolicyStatement, denies_all};
use super::settings::Network;
use super::{Info, Settings, Standards};
use crate::policy::Statement;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub(super) struct NetworkScope;

impl PolicyStatement for NetworkScope {
    const INFO: Info = Info {
        id: "network-scope",
        title: "Object access from named networks only",
        why: "A leaked URL or access key is useless outside the named networks.",
        flag: "--vpce or --source-ip",
        subresource: &POLICY,
        standards: Standards::NONE,
    };

    const SID: &'static str = "DenyOutsideNetwork";

    fn is_wanted(settings: &Settings) -> bool {
        settings.network.is_some()
    }

    /// Each condition of this Deny exempts one group of requests: those from a listed VPC endpoint,
    /// IP range or principal, or from an AWS service. A Deny applies only if all its conditions are
    /// true, so one exemption is sufficient. Servers other than AWS need `IfExists`; on AWS,
    /// `IfExists` has no effect, because a negated operator is true if the key is absent.
    fn statement(settings: &Settings, _found: Option<Statement<'_>>) -> Value {
        let [_, objects] = settings.both_arns();
        let mut condition = Map::new();
        for (operator, key, values) in wanted(settings) {
            let keys = condition.entry(operator).or_insert_with(|| json!({}));
            keys[key] = match &values[..] {
                [one] => json!(one),
                many => json!(many),
            };
        }
        json!({
            "Sid": Self::SID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": objects,
            "Condition": condition,
        })
    }

    fn resources(settings: &Settings) -> Vec<String> {
        let [_, objects] = settings.both_arns();
        vec![objects]
    }

    /// Whether the statement names exactly the requested networks. An additional network would
    /// allow too many requests, and a missing network would allow too few.
    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool {
        denies_all(statement, resource)
            && statement.conditions().map(normal) == Some(normal(wanted(settings)))
    }

    /// Whether this program could have written the statement: a Deny for every principal and every
    /// object, with any list of networks. A statement that also denies AWS services is stricter
    /// than every statement of this program, so the control does not replace such a statement.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool {
        let [_, objects] = settings.both_arns();
        let spares_services = |all: &[(&str, &str, Vec<String>)]| {
            [SERVICE, VIA_SERVICE].iter().all(|(_, wanted)| {
                all.iter().any(|(_, key, values)| {
                    key.eq_ignore_ascii_case(wanted)
                        && matches!(&values[..], [value] if value.eq_ignore_ascii_case("false"))
                })
            })
        };
        let known = |(operator, key, _): &(&str, &str, Vec<String>)| {
            KEYS.iter().any(|(known_operator, known_key)| {
                is_same_operator(operator, known_operator) && key.eq_ignore_ascii_case(known_key)
            })
        };
        statement.is_deny_for_everybody()
            && statement.covers_action("s3:*")
            && statement.covers_resource(&objects)
            && statement.all_resources_within(&[objects])
            && statement
                .conditions()
                .is_some_and(|all| all.iter().all(known) && spares_services(&all))
    }

    fn summary(settings: &Settings) -> Option<String> {
        let Network {
            vpc_endpoints,
            source_ips,
            exempt,
        } = settings.network.as_ref()?;
        let mut text = [texts(vpc_endpoints), texts(source_ips)]
            .concat()
            .join(", ");
        if !exempt.is_empty() {
            text += &format!("; not for {}", texts(exempt).join(", "));
        }
        Some(text)
    }
}

const VPC_ENDPOINT: (&str, &str) = ("StringNotEqualsIfExists", "aws:SourceVpce");
const SOURCE_IP: (&str, &str) = ("NotIpAddressIfExists", "aws:SourceIp");
const EXEMPT: (&str, &str) = ("ArnNotLikeIfExists", "aws:PrincipalArn");
const SERVICE: (&str, &str) = ("BoolIfExists", "aws:PrincipalIsAWSService");
const VIA_SERVICE: (&str, &str) = ("BoolIfExists", "aws:ViaAWSService");
const KEYS: [(&str, &str); 5] = [VPC_ENDPOINT, SOURCE_IP, EXEMPT, SERVICE, VIA_SERVICE];

fn wanted(settings: &Settings) -> Vec<(&'static str, &'static str, Vec<String>)> {
    let network = settings.network.clone().unwrap_or_default();
    let no = || vec!["false".to_owned()];
    let all = [
        (VPC_ENDPOINT, texts(&network.vpc_endpoints)),
        (SOURCE_IP, texts(&network.source_ips)),
        (EXEMPT, texts(&network.exempt)),
        (SERVICE, no()),
        (VIA_SERVICE, no()),
    ];
    all.into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|((operator, key), values)| (operator, key, values))
        .collect()
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// Whether the operators are equal except for `IfExists`, which does not change the meaning of the
/// conditions in this control.
fn is_same_operator(one: &str, other: &str) -> bool {
    one.trim_end_matches("IfExists") == other.trim_end_matches("IfExists")
}

/// Returns one text for each condition in a normal form. The order has no meaning, and negated operators
/// lose `IfExists`, because a negated operator is true for an absent key with and without `IfExists`.
/// `BoolIfExists` and `Bool` stay different, because `Bool` is false for an absent key.
fn normal(conditions: Vec<(&str, &str, Vec<String>)>) -> BTreeSet<String> {
    let one = |(operator, key, values): (&str, &str, Vec<String>)| {
        let operator = if operator.contains("Not") {
            operator.trim_end_matches("IfExists")
        } else {
            operator
        };
        let values: BTreeSet<String> = values.into_iter().collect();
        format!("{operator} {:?} {values:?}", key.to_ascii_lowercase())
    };
    conditions.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::tests::{policy_after, settings};
    use std::fmt::Debug;
    use std::str::FromStr;

    fn with(vpc_endpoints: &[&str], source_ips: &[&str], exempt: &[&str]) -> Settings {
        fn parsed<T: FromStr<Err: Debug>>(texts: &[&str]) -> Vec<T> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        }
        Settings {
            network: Some(Network {
                vpc_endpoints: parsed(vpc_endpoints),
                source_ips: parsed(source_ips),
                exempt: parsed(exempt),
            }),
            ..settings()
        }
    }

    fn ours(settings: &Settings) -> Value {
        NetworkScope::statement(settings, None)
    }

    #[test]
    fn the_statement_restricts_objects_and_allows_every_named_network() {
        let settings = with(
            &["vpce-11111111"],
            &["203.0.113.0/24", "198.51.100.7"],
            &["arn:aws:iam::111122223333:role/ops"],
        );
        assert_eq!(
            ours(&settings).to_string(),
            r#"{"Sid":"DenyOutsideNetwork","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::drop-box/*","Condition":{"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-11111111"},"NotIpAddressIfExists":{"aws:SourceIp":["203.0.113.0/24","198.51.100.7"]},"ArnNotLikeIfExists":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/ops"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false","aws:ViaAWSService":"false"}}}"#
        );
    }

    #[test]
    fn new_networks_replace_the_previous_ones() {
        let (before, after) = (
            with(&["vpce-11111111"], &[], &[]),
            with(&["vpce-11111111", "vpce-22222222"], &[], &[]),
        );
        assert_eq!(
            policy_after(&NetworkScope, &[ours(&before)], &after),
            Some(vec![ours(&after)])
        );
        assert_eq!(policy_after(&NetworkScope, &[ours(&after)], &after), None);
    }

    #[test]
    fn a_statement_for_one_principal_stays() {
        let settings = with(&["vpce-22222222"], &[], &[]);
        let mut theirs = ours(&with(&["vpce-11111111"], &[], &[]));
        theirs["Principal"] = json!({"AWS": "arn:aws:iam::111122223333:user/payroll"});
        theirs["Resource"] = json!("arn:aws:s3:::drop-box/payroll/*");
        let kept = policy_after(&NetworkScope, std::slice::from_ref(&theirs), &settings);
        assert_eq!(kept.map(|all| all[0].clone()), Some(theirs));
    }

    #[test]
    fn a_stricter_statement_with_our_sid_stays() {
        let settings = with(&["vpce-22222222"], &[], &[]);
        let before = ours(&with(&["vpce-11111111"], &[], &[]));
        let with = |change: fn(&mut Value)| {
            let mut theirs = before.clone();
            change(&mut theirs["Condition"]);
            theirs
        };
        for theirs in [
            with(|condition| drop(condition.as_object_mut().unwrap().remove("BoolIfExists"))),
            with(|condition| condition["BoolIfExists"] = json!({"aws:ViaAWSService": "false"})),
            with(|condition| {
                condition["BoolIfExists"]["aws:PrincipalIsAWSService"] = json!(["true", "false"]);
            }),
        ] {
            let after = policy_after(&NetworkScope, std::slice::from_ref(&theirs), &settings);
            let after = after.unwrap();
            assert_eq!((after.len(), &after[0]), (2, &theirs));
            assert_eq!(after[1]["Sid"], "DenyOutsideNetwork2");
        }
    }

    #[test]
    fn order_and_if_exists_make_no_difference_but_a_further_condition_does() {
        let settings = with(&[], &["203.0.113.0/24", "198.51.100.7"], &[]);
        let mut theirs = ours(&settings);
        theirs["Sid"] = json!("Theirs");
        theirs["Condition"] = json!({
            "BoolIfExists": {"aws:ViaAWSService": false, "aws:PrincipalIsAWSService": "false"},
            "NotIpAddress": {"AWS:SourceIp": ["198.51.100.7", "203.0.113.0/24"]},
        });
        assert_eq!(
            policy_after(&NetworkScope, std::slice::from_ref(&theirs), &settings),
            None
        );
        let mut weaker = theirs.clone();
        let services = weaker["Condition"]["BoolIfExists"].take();
        weaker["Condition"] = json!({
            "Bool": services,
            "NotIpAddress": theirs["Condition"]["NotIpAddress"],
        });
        assert_eq!(
            policy_after(&NetworkScope, std::slice::from_ref(&weaker), &settings),
            Some(vec![weaker, ours(&settings)])
        );
        theirs["Condition"]["StringEquals"] = json!({"aws:PrincipalTag/team": "x"});
        assert_eq!(
            policy_after(&NetworkScope, std::slice::from_ref(&theirs), &settings),
            Some(vec![theirs, ours(&settings)])
        );
    }
}
