//! Decides whether a policy statement can deny requests that an AWS service makes on its own behalf.

use super::{Statement, facts};
use crate::values::covers;

/// A request of an AWS service that puts an object on behalf of a bucket.
pub(crate) struct Delivery<'a> {
    /// The service principal, such as `logging.s3.amazonaws.com`.
    pub(crate) service: &'a str,
    /// The ARN of the bucket on whose behalf the service acts.
    pub(crate) source: &'a str,
    /// The account of both buckets, if it is known.
    pub(crate) account: Option<&'a str>,
    /// The beginning of the ARN of the object.
    pub(crate) resource: &'a str,
}

impl Statement<'_> {
    /// Whether the statement is a Deny that can apply to a delivery. A condition that cannot be decided
    /// beforehand, such as one on the time, counts as one that can apply.
    #[must_use]
    pub(crate) fn may_deny_put(self, delivery: &Delivery<'_>) -> bool {
        self.is_deny()
            && self.names_service(delivery.service)
            && self.acts_on_put()
            && self.touches(delivery.resource)
            && self.conditions().is_none_or(|all| {
                let may_hold = |(operator, key, values): &(&str, &str, Vec<String>)| {
                    facts::may_hold(delivery, operator, key, values)
                };
                all.iter().all(may_hold)
            })
    }

    fn names_service(self, service: &str) -> bool {
        let named = self.services_or_everyone();
        let holds = named.iter().any(|name| name == "*" || name == service);
        holds == self.names_its_principal()
    }

    fn acts_on_put(self) -> bool {
        if self.actions().is_empty() {
            !self
                .not_actions()
                .iter()
                .any(|action| covers(action, "s3:putobject"))
        } else {
            self.covers_action("s3:PutObject")
        }
    }

    /// Whether the statement applies to any object whose ARN begins with `prefix`.
    fn touches(self, prefix: &str) -> bool {
        let named = self.resources();
        if named.is_empty() {
            let whole = format!("{prefix}*");
            let spared = self.list("NotResource");
            return !spared.iter().any(|pattern| covers(pattern, &whole));
        }
        // The value of a policy variable is not known.
        let may_match = |pattern: &String| pattern.contains("${") || has_match(pattern, prefix);
        named.iter().any(may_match)
    }
}

/// Whether the wildcard pattern matches any text that begins with `prefix`.
fn has_match(pattern: &str, prefix: &str) -> bool {
    let pattern = pattern.as_bytes();
    // A star may match the empty text, so the match also continues at the character after the star.
    let with_stars = |places: Vec<usize>| {
        let mut reached = vec![false; pattern.len() + 1];
        for mut place in places {
            reached[place] = true;
            while pattern.get(place) == Some(&b'*') {
                place += 1;
                reached[place] = true;
            }
        }
        let all = (0..reached.len()).filter(|&place| reached[place]);
        all.collect::<Vec<_>>()
    };
    let mut places = with_stars(vec![0]);
    for byte in prefix.bytes() {
        let next = places
            .iter()
            .filter_map(|&place| match pattern.get(place)? {
                b'*' => Some(place),
                b'?' => Some(place + 1),
                own => (*own == byte).then_some(place + 1),
            });
        places = with_stars(next.collect());
    }
    !places.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn may_deny_for(account: Option<&str>, changes: &Value) -> bool {
        let mut statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]});
        let map = statement.as_object_mut().unwrap();
        map.extend(changes.as_object().unwrap().clone());
        map.retain(|_, value| !value.is_null());
        Statement::new(map).may_deny_put(&Delivery {
            service: "logging.s3.amazonaws.com",
            source: "arn:aws:s3:::source",
            account,
            resource: "arn:aws:s3:::logs/drop/",
        })
    }

    fn may_deny(changes: &Value) -> bool {
        may_deny_for(Some("111122223333"), changes)
    }

    #[test]
    fn detects_a_deny_that_applies_to_log_delivery() {
        for hit in [
            json!({}),
            json!({"Principal": {"Service": "logging.s3.amazonaws.com"}}),
            json!({"Principal": null, "NotPrincipal": {"AWS": "111122223333"}}),
            json!({"Action": null, "NotAction": "s3:GetObject"}),
            json!({"Action": "s3:Put*", "Resource": "arn:aws:s3:::logs/drop/2026*"}),
            json!({"Resource": "arn:aws:s3:::logs/*/2026*"}),
            json!({"Resource": "arn:aws:s3:::logs/d?op/"}),
            json!({"Resource": "arn:aws:s3:::logs/${aws:PrincipalTag/team}/*"}),
            json!({"Resource": null, "NotResource": "arn:aws:s3:::logs/other/*"}),
            json!({"Condition": "unreadable"}),
        ] {
            assert!(may_deny(&hit), "{hit}");
        }
    }

    #[test]
    fn ignores_a_deny_that_does_not_apply_to_log_delivery() {
        for spared in [
            json!({"Effect": "Allow"}),
            json!({"Principal": {"AWS": "111122223333"}}),
            json!({"Principal": null, "NotPrincipal": {"Service": "logging.s3.amazonaws.com"}}),
            json!({"Action": "s3:DeleteObject"}),
            json!({"Action": null, "NotAction": ["s3:Put*"]}),
            json!({"Resource": "arn:aws:s3:::logs/other/*"}),
            json!({"Resource": "arn:aws:s3:::logs"}),
            json!({"Resource": null, "NotResource": "arn:aws:s3:::logs/*"}),
        ] {
            assert!(!may_deny(&spared), "{spared}");
        }
    }

    /// The conditions of a Deny, each with whether the Deny may apply to the delivery of the logs of the
    /// bucket `source` in account 111122223333.
    #[test]
    #[allow(clippy::too_many_lines)] // a table
    fn each_condition_is_decided_from_what_is_known_about_the_delivery() {
        const SOURCE: &str = "arn:aws:s3:::source";
        let table = [
            // The source bucket and its account are known.
            ("ArnNotEquals", "aws:SourceArn", json!(SOURCE), false),
            (
                "ArnNotEquals",
                "aws:SourceArn",
                json!("arn:aws:s3:::other"),
                true,
            ),
            (
                "ArnNotEquals",
                "aws:SourceArn",
                json!(["arn:aws:s3:::other", SOURCE]),
                false,
            ),
            (
                "ArnNotLike",
                "aws:SourceArn",
                json!("arn:aws:s3:::s*"),
                false,
            ),
            (
                "ArnNotLike",
                "AWS:sourcearn",
                json!(["arn:aws:s3:::x*", "arn:aws:s3:::y*"]),
                true,
            ),
            ("ArnNotLike", "aws:SourceArn", json!("arn:aws:s3"), true),
            ("ArnLike", "aws:SourceArn", json!("arn:*:s3:*:*:*"), true),
            (
                "ArnLike",
                "aws:SourceArn",
                json!("arn:aws:s3:::other*"),
                false,
            ),
            (
                "ArnEquals",
                "aws:SourceArn",
                json!("arn:aws:s3:::sourc?"),
                true,
            ),
            (
                "ArnEqualsIfExists",
                "aws:SourceArn",
                json!("arn:aws:s3:::other"),
                false,
            ),
            (
                "ForAllValues:ArnNotEquals",
                "aws:SourceArn",
                json!(SOURCE),
                false,
            ),
            (
                "StringNotLike",
                "aws:SourceArn",
                json!("arn:aws:s3:::*"),
                false,
            ),
            (
                "StringEquals",
                "aws:SourceArn",
                json!("arn:aws:s3:::*"),
                false,
            ),
            ("Null", "aws:SourceArn", json!("true"), false),
            ("Null", "aws:SourceArn", json!(false), true),
            (
                "StringNotEquals",
                "aws:SourceAccount",
                json!("111122223333"),
                false,
            ),
            (
                "StringNotEquals",
                "aws:SourceAccount",
                json!("444455556666"),
                true,
            ),
            (
                "StringEquals",
                "aws:SourceAccount",
                json!("444455556666"),
                false,
            ),
            (
                "StringEqualsIfExists",
                "aws:SourceAccount",
                json!(["1", "111122223333"]),
                true,
            ),
            (
                "ForAnyValue:StringNotLike",
                "aws:SourceAccount",
                json!("1111*"),
                false,
            ),
            (
                "NumericNotEquals",
                "aws:SourceAccount",
                json!("111122223333"),
                false,
            ),
            (
                "StringNotEquals",
                "aws:SourceAccount",
                json!("${aws:PrincipalAccount}"),
                true,
            ),
            // The service always sends these values.
            ("Bool", "aws:SecureTransport", json!(false), false),
            ("Bool", "aws:SecureTransport", json!("true"), true),
            (
                "BoolIfExists",
                "aws:PrincipalIsAWSService",
                json!("false"),
                false,
            ),
            ("NumericLessThan", "s3:TlsVersion", json!("1.2"), false),
            (
                "NumericGreaterThan",
                "s3:signatureAge",
                json!("900000"),
                false,
            ),
            (
                "StringNotEquals",
                "s3:authType",
                json!("REST-HEADER"),
                false,
            ),
            // The request lacks these keys.
            ("StringEquals", "aws:SourceVpce", json!("vpce-1"), false),
            ("StringNotEquals", "aws:SourceVpce", json!("vpce-1"), true),
            (
                "StringEqualsIfExists",
                "aws:SourceVpc",
                json!("vpc-1"),
                true,
            ),
            ("StringNotEquals", "aws:PrincipalOrgID", json!("o-1"), true),
            (
                "ForAnyValue:StringNotLike",
                "aws:PrincipalOrgPaths",
                json!("o-1/*"),
                false,
            ),
            (
                "ForAllValues:StringLike",
                "aws:PrincipalOrgPaths",
                json!("o-1/*"),
                true,
            ),
            (
                "Null",
                "s3:x-amz-server-side-encryption",
                json!("true"),
                true,
            ),
            (
                "Null",
                "s3:x-amz-server-side-encryption",
                json!("false"),
                false,
            ),
            (
                "StringNotEquals",
                "s3:x-amz-server-side-encryption",
                json!("AES256"),
                true,
            ),
            (
                "StringEquals",
                "s3:RequestObjectTag/team",
                json!("a"),
                false,
            ),
            // The values of these keys cannot be known beforehand.
            (
                "DateGreaterThan",
                "aws:CurrentTime",
                json!("2030-01-01T00:00:00Z"),
                true,
            ),
            (
                "DateLessThanIfExists",
                "aws:CurrentTime",
                json!("2020-01-01T00:00:00Z"),
                true,
            ),
            ("NumericLessThan", "aws:EpochTime", json!("1"), true),
            ("StringEquals", "aws:UserAgent", json!("curl"), true),
            ("ForAnyValue:StringLike", "aws:UserAgent", json!("*"), true),
            ("IpAddress", "aws:SourceIp", json!("203.0.113.0/24"), true),
            (
                "NotIpAddressIfExists",
                "aws:VpcSourceIp",
                json!("10.0.0.0/8"),
                true,
            ),
            ("Null", "aws:SourceIp", json!("true"), true),
            ("Null", "aws:SourceIp", json!("false"), true),
            ("StringEquals", "aws:SourceOrgID", json!("o-1"), true),
            ("ForAllValues:StringEquals", "aws:Future", json!("x"), true),
            ("FutureOperator", "aws:SourceArn", json!(SOURCE), true),
        ];
        assert!(table.len() >= 40);
        for (operator, key, values, may) in table {
            let condition = json!({"Condition": {operator: {key: values}}});
            assert_eq!(may_deny(&condition), may, "{condition}");
        }
    }

    #[test]
    fn all_conditions_of_a_deny_must_hold() {
        let both = |account: &str| {
            json!({"Condition": {
                "StringNotEquals": {"aws:SourceVpce": "vpce-1", "aws:SourceAccount": account},
                "DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"},
            }})
        };
        assert!(may_deny(&both("444455556666")));
        assert!(!may_deny(&both("111122223333")));
        // Without a known account, the condition on the account cannot be decided.
        assert!(may_deny_for(None, &both("111122223333")));
        let absent = json!({"Condition": {"Null": {"aws:SourceAccount": "true"}}});
        assert!(!may_deny_for(None, &absent));
    }
}
