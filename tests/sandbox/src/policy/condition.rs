//! Evaluates the `Condition` block of a policy. An operator or key that the sandbox does not know
//! never grants access.

use std::net::IpAddr;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{like, many};

/// The value of a condition key in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    Value(String),
    /// The sandbox knows the condition key, but the request has no value for the key.
    Absent,
    Unknown,
}

/// Returns the values of condition keys for one request.
pub trait Facts {
    /// Returns the value of the condition key `key`, which is in lower case.
    fn fact(&self, key: &str) -> Known;
}

/// Returns whether all conditions match. An operator or key that the sandbox does not know counts
/// as a match in a Deny statement, and as no match in an Allow statement.
pub fn conditions_hold(block: &Value, facts: &dyn Facts, deny: bool) -> bool {
    let Value::Object(operators) = block else {
        return block.is_null() || deny;
    };
    operators.iter().all(|(operator, keys)| {
        let Value::Object(keys) = keys else {
            return deny;
        };
        keys.iter().all(|(key, wanted)| {
            let fact = facts.fact(&key.to_ascii_lowercase());
            test(operator, &fact, wanted).unwrap_or(deny)
        })
    })
}

/// Evaluates one operator on one key. Returns `None` if the sandbox does not know the operator or
/// the key.
fn test(operator: &str, fact: &Known, wanted: &Value) -> Option<bool> {
    if operator == "Null" {
        let absent = match fact {
            Known::Unknown => return None,
            other => *other == Known::Absent,
        };
        return Some(values(wanted).any(|want| want == absent.to_string()));
    }
    // A request has at most one value for a key. Without a value, `ForAllValues` matches, and
    // `ForAnyValue` does not match.
    let (set, operator) = match operator.split_once(':') {
        Some((set @ ("ForAllValues" | "ForAnyValue"), operator)) => (set, operator),
        _ => ("", operator),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (positive, negated) = match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "NumericNotEquals" => ("NumericEquals", true),
        "DateNotEquals" => ("DateEquals", true),
        "NotIpAddress" => ("IpAddress", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        "ArnEquals" => ("ArnLike", false),
        other => (other, false),
    };
    let compare = comparison(positive)?;
    match fact {
        Known::Unknown => None,
        Known::Absent => Some(match set {
            "ForAllValues" => true,
            "ForAnyValue" => if_exists,
            _ => if_exists || negated,
        }),
        Known::Value(have) => {
            let mut any = false;
            for want in values(wanted) {
                any |= compare(have, &want)?;
            }
            Some(any != negated)
        }
    }
}

type Comparison = fn(&str, &str) -> Option<bool>;

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        "StringEquals" => |have, want| Some(have == want),
        "StringEqualsIgnoreCase" | "Bool" => |have, want| Some(have.eq_ignore_ascii_case(want)),
        "StringLike" | "ArnLike" => |have, want| Some(like(want, have)),
        "NumericEquals" => |have, want| Some((number(have)? - number(want)?).abs() < f64::EPSILON),
        "NumericLessThan" => |have, want| Some(number(have)? < number(want)?),
        "NumericLessThanEquals" => |have, want| Some(number(have)? <= number(want)?),
        "NumericGreaterThan" => |have, want| Some(number(have)? > number(want)?),
        "NumericGreaterThanEquals" => |have, want| Some(number(have)? >= number(want)?),
        "DateEquals" => |have, want| Some(date(have)? == date(want)?),
        "DateLessThan" => |have, want| Some(date(have)? < date(want)?),
        "DateLessThanEquals" => |have, want| Some(date(have)? <= date(want)?),
        "DateGreaterThan" => |have, want| Some(date(have)? > date(want)?),
        "DateGreaterThanEquals" => |have, want| Some(date(have)? >= date(want)?),
        "IpAddress" => |have, want| in_range(have.parse().ok()?, want),
        _ => return None,
    })
}

/// Returns the values as texts, because AWS compares JSON booleans and numbers as text.
fn values(wanted: &Value) -> impl Iterator<Item = String> {
    many(wanted).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn date(text: &str) -> Option<OffsetDateTime> {
    match text.parse::<i64>() {
        Ok(epoch) => OffsetDateTime::from_unix_timestamp(epoch).ok(),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339).ok(),
    }
}

fn in_range(address: IpAddr, range: &str) -> Option<bool> {
    let (network, bits) = match range.split_once('/') {
        Some((network, bits)) => (network.parse::<IpAddr>().ok()?, bits.parse::<u32>().ok()?),
        None => (range.parse::<IpAddr>().ok()?, 128),
    };
    Some(match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32_u32.saturating_sub(bits);
            let cut = |ip: std::net::Ipv4Addr| u32::from(ip).checked_shr(shift).unwrap_or(0);
            cut(address) == cut(network)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128_u32.saturating_sub(bits);
            let cut = |ip: std::net::Ipv6Addr| u128::from(ip).checked_shr(shift).unwrap_or(0);
            cut(address) == cut(network)
        }
        _ => false,
    })
}

/// Returns whether a condition restricts a statement to fixed values, so that S3 does not count the
/// statement as public.
pub fn restricts(block: &Value) -> bool {
    const TIES: [&str; 14] = [
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ];
    const OPERATORS: [&str; 6] = [
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "ArnEquals",
        "ArnLike",
        "IpAddress",
    ];
    let Value::Object(operators) = block else {
        return false;
    };
    operators.iter().any(|(operator, keys)| {
        let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
        OPERATORS.contains(&operator)
            && keys.as_object().is_some_and(|keys| {
                keys.iter().any(|(key, wanted)| {
                    let key = key.to_ascii_lowercase();
                    TIES.contains(&key.as_str())
                        && values(wanted).all(|want| is_fixed(operator, &key, &want))
                })
            })
    })
}

/// Returns whether a value has no wildcard and no policy variable. The name of an access point may have
/// wildcards.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
fn is_fixed(operator: &str, key: &str, want: &str) -> bool {
    if operator == "IpAddress" {
        let bits = want
            .split_once('/')
            .and_then(|(_, bits)| bits.parse::<u32>().ok());
        return bits.is_none_or(|bits| bits >= if want.contains(':') { 32 } else { 8 });
    }
    let fixed_part = match want.split_once(":accesspoint/") {
        Some((account, _)) if key == "s3:dataaccesspointarn" => account,
        _ => want,
    };
    !fixed_part.contains(['*', '?']) && !fixed_part.contains("${")
}
