//! The conditions that narrow a statement to fixed accounts, organizations, networks or sources.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use crate::values::Arn;

/// The requests to which a condition narrows a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Narrowing {
    /// Principals of these accounts.
    Accounts(Vec<String>),
    /// Principals of these organizations.
    Organizations(Vec<String>),
    /// Requests that an AWS service sends for resources of these accounts.
    Sources(Vec<String>),
    /// Like [`Narrowing::Sources`], but a value has a wildcard outside the account, such as
    /// `arn:aws:logs:*:111122223333:*`. S3 counts a statement for everyone with such a value as public.
    SourcesOfServices(Vec<String>),
    /// Other fixed values, such as IP addresses or VPC endpoints.
    Values,
}

/// The operators with which a fixed value narrows a statement. With `IfExists` or `ForAllValues:`, a
/// condition is also true for a request without the key, so it narrows nothing.
const OPERATORS: [&str; 6] = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "IpAddress",
];

/// The negated operators, in the order of [`OPERATORS`]. A request without the key satisfies these operators,
/// with and without `IfExists`, so a `Deny` with one of them also applies to a request without the key.
const NEGATED: [&str; 6] = [
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
    "ArnNotEquals",
    "ArnNotLike",
    "NotIpAddress",
];

/// The narrowing by a condition of an `Allow` statement, or `None` if the condition narrows nothing.
pub(super) fn narrowing(operator: &str, key: &str, values: &[String]) -> Option<Narrowing> {
    let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
    OPERATORS
        .contains(&operator)
        .then(|| by_values(operator, key, values))?
}

/// The narrowing by a `Deny` statement whose only condition has a negated operator.
pub(super) fn negated(operator: &str, key: &str, values: &[String]) -> Option<Narrowing> {
    let operator = operator.strip_suffix("IfExists").unwrap_or(operator);
    let place = NEGATED.iter().position(|known| *known == operator)?;
    by_values(OPERATORS[place], key, values)
}

fn by_values(operator: &str, key: &str, values: &[String]) -> Option<Narrowing> {
    let key = key.to_ascii_lowercase();
    let is_ip = key == "aws:sourceip";
    if values.is_empty() || is_ip != (operator == "IpAddress") {
        return None;
    }
    let each = |of: fn(&str) -> Option<String>| -> Option<Vec<String>> {
        values.iter().map(|value| of(value)).collect()
    };
    let fixed = |value: &str| is_fixed(value).then(|| value.to_owned());
    match key.as_str() {
        "aws:principalaccount" => each(account).map(Narrowing::Accounts),
        "aws:principalarn" => each(account_of_arn).map(Narrowing::Accounts),
        "aws:principalorgid" => each(fixed).map(Narrowing::Organizations),
        "aws:principalorgpaths" => each(organization).map(Narrowing::Organizations),
        "aws:sourceaccount" | "aws:sourceowner" => each(account).map(Narrowing::Sources),
        // The ARN of a bucket has no account.
        "aws:sourcearn" => match each(account_of_arn) {
            Some(accounts) => Some(Narrowing::Sources(accounts)),
            None => (each(account_of_any_arn).map(Narrowing::SourcesOfServices))
                .or_else(|| each(fixed).map(|_| Narrowing::Values)),
        },
        // The name of an access point may have wildcards.
        "s3:dataaccesspointarn" => each(account_of_any_arn).map(|_| Narrowing::Values),
        "s3:dataaccesspointaccount"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id" => {
            each(fixed).map(|_| Narrowing::Values)
        }
        // The ID of a role with any session is `AROA…:*`, which S3 does not count as fixed.
        "aws:userid" => each(fixed).map(|_| Narrowing::Values),
        "aws:sourceip" => each(narrow_range).map(|_| Narrowing::Values),
        _ => None,
    }
}

fn is_fixed(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?']) && !value.contains("${")
}

/// Whether the text is an account ID of twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn account(value: &str) -> Option<String> {
    is_fixed(value).then(|| value.to_owned())
}

fn account_of_arn(value: &str) -> Option<String> {
    is_fixed(value).then(|| account_of_any_arn(value))?
}

fn account_of_any_arn(value: &str) -> Option<String> {
    let account = Arn::parse(value)?.account;
    is_account(account).then(|| account.to_owned())
}

/// The ID of the organization at the beginning of a path such as `o-a1b2c3d4e5/*`.
fn organization(value: &str) -> Option<String> {
    let (id, _) = value.split_once('/')?;
    is_fixed(id).then(|| id.to_owned())
}

/// S3 counts ranges that are wider than /8 (IPv4) or /32 (IPv6) as public.
fn narrow_range(value: &str) -> Option<String> {
    let (address, bits) = match value.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()?),
        None => (value, 128),
    };
    let address: std::net::IpAddr = address.parse().ok()?;
    let least = if address.is_ipv4() { 8 } else { 32 };
    (bits >= least).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(operator: &str, key: &str, value: &str) -> Option<Narrowing> {
        narrowing(operator, key, &[value.to_owned()])
    }

    #[test]
    fn only_fixed_values_narrow() {
        let accounts = |id: &str| Some(Narrowing::Accounts(vec![id.to_owned()]));
        let organizations = |id: &str| Some(Narrowing::Organizations(vec![id.to_owned()]));
        let sources = |id: &str| Some(Narrowing::Sources(vec![id.to_owned()]));
        let values = Some(Narrowing::Values);
        let (own, role) = ("111122223333", "arn:aws:iam::111122223333:role/app");
        for (operator, key, value, expected) in [
            ("StringEquals", "aws:PrincipalAccount", own, accounts(own)),
            ("StringLike", "AWS:principalaccount", "1111*", None),
            ("StringEqualsIfExists", "aws:PrincipalAccount", own, None),
            (
                "ForAllValues:StringEquals",
                "aws:PrincipalAccount",
                own,
                None,
            ),
            ("StringNotEquals", "aws:PrincipalAccount", own, None),
            ("ArnLike", "aws:PrincipalArn", role, accounts(own)),
            (
                "ArnLike",
                "aws:PrincipalArn",
                "arn:aws:iam::111122223333:role/*",
                None,
            ),
            (
                "StringEquals",
                "aws:PrincipalOrgID",
                "o-a1",
                organizations("o-a1"),
            ),
            (
                "StringEquals",
                "aws:PrincipalOrgID",
                "${aws:PrincipalOrgID}",
                None,
            ),
            (
                "ForAnyValue:StringLike",
                "aws:PrincipalOrgPaths",
                "o-a1/r-1/*",
                organizations("o-a1"),
            ),
            (
                "ForAnyValue:StringLike",
                "aws:PrincipalOrgPaths",
                "*/r-1/*",
                None,
            ),
            ("StringEquals", "aws:SourceAccount", own, sources(own)),
            (
                "ArnLike",
                "aws:SourceArn",
                "arn:aws:s3:::source",
                values.clone(),
            ),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", None),
            ("ArnLike", "aws:SourceArn", "arn:aws:logs:*:*:*", None),
            (
                "ArnLike",
                "aws:SourceArn",
                "arn:aws:logs:*:111122223333:*",
                Some(Narrowing::SourcesOfServices(vec![own.to_owned()])),
            ),
            (
                "ArnLike",
                "s3:DataAccessPointArn",
                "arn:aws:s3:us-east-1:111122223333:accesspoint/*",
                values.clone(),
            ),
            (
                "ArnLike",
                "s3:DataAccessPointArn",
                "arn:aws:s3:us-east-1:*:accesspoint/a",
                None,
            ),
            ("StringEquals", "aws:SourceVpce", "vpce-1", values.clone()),
            ("StringLike", "aws:UserId", "AROAEXAMPLE:*", None),
            ("StringLike", "aws:Referer", "https://example.com/", None),
            ("Bool", "aws:SecureTransport", "true", None),
            (
                "IpAddress",
                "aws:SourceIp",
                "203.0.113.0/24",
                values.clone(),
            ),
            ("IpAddress", "aws:SourceIp", "2001:db8::/32", values.clone()),
            ("IpAddress", "aws:SourceIp", "0.0.0.0/1", None),
            ("IpAddress", "aws:SourceIp", "2000::/3", None),
            ("StringEquals", "aws:SourceIp", "203.0.113.7", None),
        ] {
            assert_eq!(
                found(operator, key, value),
                expected,
                "{operator} {key} {value}"
            );
        }
        assert_eq!(narrowing("StringEquals", "aws:SourceVpce", &[]), None);
    }

    #[test]
    fn a_negated_condition_of_a_deny_narrows_like_the_positive_one() {
        let values = |value: &str| vec![value.to_owned()];
        for (operator, expected) in [
            ("StringNotEquals", true),
            ("StringNotEqualsIfExists", true),
            ("StringEquals", false),
            ("ForAllValues:StringNotEquals", false),
        ] {
            let found = negated(operator, "aws:SourceVpce", &values("vpce-1"));
            assert_eq!(found.is_some(), expected, "{operator}");
        }
    }
}
