//! Decides whether a policy statement can deny requests that an AWS service makes on its own behalf.

use super::Statement;
use crate::values::covers;

/// Condition keys for which a delivery by the service over TLS always has an allowed value. A Deny
/// with a condition on one of these keys does not apply to the service.
const ALWAYS_FINE: [&str; 5] = [
    "s3:tlsversion",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:authtype",
    "aws:principalservicename",
];

impl Statement<'_> {
    /// Whether the statement is a Deny that can apply to `service` when it puts an object under
    /// `resource`, an ARN that ends with `*`.
    ///
    /// A service has no network, organization or ARN, and it sends only headers that it is configured to
    /// send. An operator that is negated, or ends with `IfExists`, is true for an absent key.
    #[must_use]
    pub fn may_deny_put(self, service: &str, resource: &str) -> bool {
        self.is_deny()
            && self.names_service(service)
            && self.acts_on_put()
            && self.touches(resource)
            && self
                .conditions()
                .is_some_and(|all| all.iter().all(may_hold))
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

    fn touches(self, resource: &str) -> bool {
        let overlaps = |own: &String| covers(own, resource) || covers(resource, own);
        let all = self.resources();
        all.is_empty() || all.iter().any(overlaps)
    }
}

fn may_hold((operator, key, values): &(&str, &str, Vec<String>)) -> bool {
    let key = key.to_ascii_lowercase();
    let is = |text: &str| values.iter().any(|value| value.eq_ignore_ascii_case(text));
    match key.as_str() {
        "aws:securetransport" | "aws:principalisawsservice" => is("true"),
        key if ALWAYS_FINE.contains(&key) => false,
        // The requests of the service have all of these keys. The author of the statement is
        // responsible for the right values.
        "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" => false,
        _ if *operator == "Null" => is("true"),
        _ => operator.contains("Not") || operator.ends_with("IfExists"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const LOGS: &str = "arn:aws:s3:::logs/drop/*";

    fn may_deny(changes: &Value) -> bool {
        let mut statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]});
        let map = statement.as_object_mut().unwrap();
        map.extend(changes.as_object().unwrap().clone());
        map.retain(|_, value| !value.is_null());
        Statement::new(map).may_deny_put("logging.s3.amazonaws.com", LOGS)
    }

    #[test]
    fn detects_a_deny_that_applies_to_log_delivery() {
        for hit in [
            json!({}),
            json!({"Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}}),
            json!({"Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}),
            json!({"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}),
            json!({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}),
            json!({"Principal": {"Service": "logging.s3.amazonaws.com"}}),
            json!({"Principal": null, "NotPrincipal": {"AWS": "111122223333"}}),
            json!({"Action": null, "NotAction": "s3:GetObject"}),
            json!({"Action": "s3:Put*", "Resource": "arn:aws:s3:::logs/drop/2026*"}),
        ] {
            assert!(may_deny(&hit), "{hit}");
        }
    }

    #[test]
    fn ignores_a_deny_that_does_not_apply_to_log_delivery() {
        for spared in [
            json!({"Effect": "Allow"}),
            json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
            json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}),
            json!({"Condition": {"NumericGreaterThan": {"s3:signatureAge": "900000"}}}),
            json!({"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}),
            json!({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}),
            json!({"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}),
            json!({"Principal": {"AWS": "111122223333"}}),
            json!({"Principal": null, "NotPrincipal": {"Service": "logging.s3.amazonaws.com"}}),
            json!({"Action": "s3:DeleteObject"}),
            json!({"Resource": "arn:aws:s3:::logs/other/*"}),
        ] {
            assert!(!may_deny(&spared), "{spared}");
        }
    }
}
