//! Determines whether a policy condition can be true for the request with which an AWS service
//! delivers data to a bucket.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html>

use super::service::Delivery;
use crate::values::{Arn, covers};

/// The facts that this program knows about a condition key of the service's request.
enum Fact<'a> {
    /// The request has the key, with this value.
    Value(&'a str),
    /// The request has the key, but the value of the key is unknown.
    Present,
    /// The request does not have the key.
    Absent,
    /// The program does not know whether the request has the key.
    Unknown,
}

/// The prefixes of condition keys (in lower case) that the request of a service never has. An AWS
/// service belongs to no VPC and no organization, is no IAM user or role, and sends no headers that
/// an uploader could choose.
const ABSENT: [&str; 24] = [
    "aws:calledvia",
    "aws:federatedprovider",
    "aws:multifactorauth",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorg",
    "aws:principaltag/",
    "aws:sourceidentity",
    "aws:sourcevpc",
    "aws:tokenissuetime",
    "aws:userid",
    "aws:username",
    "aws:vpce",
    "s3:accessgrantsinstancearn",
    "s3:accesspointnetworkorigin",
    "s3:accesspointtag/",
    "s3:dataaccesspoint",
    "s3:existingobjecttag/",
    "s3:if-",
    "s3:object-lock-",
    "s3:objectcreationoperation",
    "s3:requestobjecttag",
    "s3:versionid",
    "s3:x-amz-",
];

fn fact<'a>(delivery: &Delivery<'a>, key: &str) -> Fact<'a> {
    match key {
        "aws:securetransport" | "aws:principalisawsservice" => Fact::Value("true"),
        "aws:viaawsservice" => Fact::Value("false"),
        "aws:principalservicename" => Fact::Value(delivery.service),
        "aws:sourcearn" => Fact::Value(delivery.source),
        // The source bucket and the target bucket belong to the same account, so these keys have
        // the same value.
        "aws:sourceaccount" | "aws:resourceaccount" | "s3:resourceaccount" => {
            delivery.account.map_or(Fact::Present, Fact::Value)
        }
        // The service signs a request immediately before it sends the request, so the signature age
        // is zero.
        "s3:tlsversion" => Fact::Value("1.3"),
        "s3:signatureage" => Fact::Value("0"),
        "s3:signatureversion" => Fact::Value("AWS4-HMAC-SHA256"),
        "s3:authtype" => Fact::Value("REST-HEADER"),
        "s3:x-amz-content-sha256" => Fact::Unknown,
        key if ABSENT.iter().any(|absent| key.starts_with(absent)) => Fact::Absent,
        _ => Fact::Unknown,
    }
}

/// Whether the condition can be true for the service's request. The result is `true` if this
/// program cannot evaluate the condition.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
pub(super) fn may_hold(
    delivery: &Delivery<'_>,
    operator: &str,
    key: &str,
    values: &[String],
) -> bool {
    let operator = operator.to_ascii_lowercase();
    let fact = fact(delivery, &key.to_ascii_lowercase());
    if operator == "null" {
        let asks = |text: &str| values.iter().any(|value| value.eq_ignore_ascii_case(text));
        return match fact {
            Fact::Value(_) | Fact::Present => asks("false"),
            Fact::Absent => asks("true"),
            Fact::Unknown => true,
        };
    }
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (set, operator),
        None => ("", operator.as_str()),
    };
    let (operator, if_exists) = match operator.strip_suffix("ifexists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    match fact {
        Fact::Present | Fact::Unknown => true,
        // If the key is absent, `ForAllValues:` is true, and `ForAnyValue:` is true only with
        // `IfExists`.
        Fact::Absent => match set {
            "forallvalues" => true,
            "foranyvalue" => if_exists,
            _ => if_exists || operator.contains("not"),
        },
        Fact::Value(value) => holds(operator, value, values).unwrap_or(true),
    }
}

/// Whether a condition is true for the value in the request. The result is `None` if this program
/// cannot evaluate the condition.
fn holds(operator: &str, value: &str, wanted: &[String]) -> Option<bool> {
    let is_negated = operator.contains("not");
    let one = |wanted: &String| matches(operator, value, wanted);
    let results: Vec<Option<bool>> = wanted.iter().map(one).collect();
    if results.contains(&Some(true)) {
        return Some(!is_negated);
    }
    results.iter().all(Option::is_some).then_some(is_negated)
}

/// Whether the value in the request matches one value of the condition. This function ignores the
/// negation of an operator.
fn matches(operator: &str, value: &str, wanted: &str) -> Option<bool> {
    // A value with a policy variable (`${…}`) cannot be compared, because this program does not
    // know the value of the variable.
    if wanted.contains("${") {
        return None;
    }
    match operator {
        "stringequals" | "stringnotequals" => Some(value == wanted),
        "stringequalsignorecase" | "stringnotequalsignorecase" | "bool" => {
            Some(value.eq_ignore_ascii_case(wanted))
        }
        "stringlike" | "stringnotlike" => Some(covers(wanted, value)),
        "arnequals" | "arnlike" | "arnnotequals" | "arnnotlike" => is_arn_like(value, wanted),
        _ => {
            let name = operator.strip_prefix("numeric")?;
            let (value, wanted): (f64, f64) = (value.parse().ok()?, wanted.parse().ok()?);
            let order = value.partial_cmp(&wanted)?;
            match name {
                "equals" | "notequals" => Some(order.is_eq()),
                "lessthan" => Some(order.is_lt()),
                "lessthanequals" => Some(order.is_le()),
                "greaterthan" => Some(order.is_gt()),
                "greaterthanequals" => Some(order.is_ge()),
                _ => None,
            }
        }
    }
}

/// Whether an ARN matches a pattern. IAM compares each of the six parts of an ARN separately. The
/// result is `None` if the pattern has fewer than six parts.
fn is_arn_like(arn: &str, pattern: &str) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let (arn, pattern) = (Arn::parse(arn)?, Arn::parse(pattern)?);
    let parts = |it: Arn<'_>| {
        [it.partition, it.service, it.region, it.account, it.resource].map(str::to_owned)
    };
    let pairs = parts(pattern).into_iter().zip(parts(arn));
    Some(
        pairs
            .into_iter()
            .all(|(pattern, part)| covers(&pattern, &part)),
    )
}
