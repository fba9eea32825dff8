//! How a bucket policy limits the use of a link by people without credentials: for how long, and from which
//! networks.

use super::{Document, Statement};
use std::time::Duration;

/// The keys of conditions that depend on the network of a request, in lower case.
const NETWORK_KEYS: [&str; 4] = [
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
];

impl Document {
    /// The largest age of a signature that the policy allows, from `Deny` statements on `s3:signatureAge` for
    /// downloads or uploads of objects below the ARN `objects`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>
    #[must_use]
    pub fn signature_age_limit(&self, objects: &str) -> Option<Duration> {
        let limit = |statement: Statement<'_>| {
            let (operator, key, values) = statement.only_condition()?;
            let is_limit = key.eq_ignore_ascii_case("s3:signatureAge")
                && matches!(operator, "NumericGreaterThan" | "NumericGreaterThanEquals");
            let values = values.iter().map(|value| value.parse::<u64>().ok());
            let least = values.filter(|_| is_limit).min().flatten()?;
            Some(Duration::from_millis(least))
        };
        self.limiting(objects).filter_map(limit).min()
    }

    /// The conditions on the network of a request in `Deny` statements for downloads or uploads of objects
    /// below the ARN `objects`, as `aws:SourceIp 192.0.2.0/24`.
    #[must_use]
    pub fn network_conditions(&self, objects: &str) -> Vec<String> {
        let mut found = Vec::new();
        for statement in self.limiting(objects) {
            for (operator, key, values) in statement.conditions().unwrap_or_default() {
                let is_network = NETWORK_KEYS.contains(&key.to_ascii_lowercase().as_str());
                if is_network && operator.contains("Not") {
                    found.push(format!("{key} {}", values.join(", ")));
                }
            }
        }
        found
    }

    /// Whether the policy allows something to every caller without a condition. S3's own answer to
    /// `GetBucketPolicyStatus` is better; this is for servers without it.
    #[must_use]
    pub fn allows_everyone(&self) -> bool {
        let allows = |statement: Statement<'_>| {
            let is_open = statement.conditions().is_some_and(|all| all.is_empty());
            is_open && statement.allows_outside(None).iter().any(|who| who == "*")
        };
        self.statements().any(allows)
    }

    /// The `Deny` statements for every principal that can apply to a download or an upload below `objects`.
    fn limiting<'a>(&'a self, objects: &'a str) -> impl Iterator<Item = Statement<'a>> {
        self.statements().filter(move |statement| {
            let actions = ["s3:GetObject", "s3:PutObject"];
            statement.is_deny_for_everybody()
                && actions.iter().any(|action| statement.covers_action(action))
                && statement.covers_resource(objects)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OBJECTS: &str = "arn:aws:s3:::b/in/x/file";

    fn deny(action: &str, resource: &str, condition: &serde_json::Value) -> Document {
        let policy = json!({"Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
            "Condition": condition,
        }]});
        Document::read(policy.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn finds_the_largest_age_of_a_signature() {
        let age = json!({"NumericGreaterThan": {"s3:signatureAge": "600000"}});
        let policy = deny("s3:*", "arn:aws:s3:::b/*", &age);
        assert_eq!(
            policy.signature_age_limit(OBJECTS),
            Some(Duration::from_mins(10))
        );
        for (action, resource, condition) in [
            ("s3:ListBucket", "arn:aws:s3:::b/*", &age),
            ("s3:*", "arn:aws:s3:::b/out/*", &age),
            (
                "s3:*",
                "arn:aws:s3:::b/*",
                &json!({"NumericLessThan": {"s3:signatureAge": "600000"}}),
            ),
        ] {
            let policy = deny(action, resource, condition);
            assert_eq!(policy.signature_age_limit(OBJECTS), None);
        }
    }

    #[test]
    fn finds_the_networks_to_which_objects_are_limited() {
        let networks = json!({"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}});
        let policy = deny("s3:PutObject", "arn:aws:s3:::b/*", &networks);
        assert_eq!(
            policy.network_conditions(OBJECTS),
            ["aws:SourceIp 192.0.2.0/24"]
        );
        let blocked = json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}});
        let policy = deny("s3:PutObject", "arn:aws:s3:::b/*", &blocked);
        assert_eq!(policy.network_conditions(OBJECTS), Vec::<String>::new());
    }

    #[test]
    fn an_allow_for_everyone_counts_only_without_a_condition() {
        for (principal, condition, expected) in [
            (json!("*"), json!({}), true),
            (json!({"AWS": "*"}), json!({}), true),
            (json!({"AWS": "111122223333"}), json!({}), false),
            (
                json!("*"),
                json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
                false,
            ),
        ] {
            let policy = json!({"Statement": {
                "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::b/*", "Condition": condition,
            }});
            let policy = Document::read(policy.to_string().as_bytes()).unwrap();
            assert_eq!(
                policy.allows_everyone(),
                expected,
                "{principal} {condition}"
            );
        }
    }
}
