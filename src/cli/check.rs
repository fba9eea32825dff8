//! Values of options, refused before anything is sent.

use crate::failure::Failure;
use s3_secure_bucket::credentials::account_id;
use std::net::IpAddr;

/// An AWS account.
pub(super) fn account(text: &str) -> Result<String, &'static str> {
    account_id(text).ok_or("an AWS account is twelve digits")
}

/// `vpce-` and eight to seventeen hexadecimal digits.
pub(super) fn vpc_endpoint(text: &str) -> Result<String, &'static str> {
    let id = text.strip_prefix("vpce-").unwrap_or_default();
    let is_hex = id
        .bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_hex && (8..=17).contains(&id.len()) {
        Ok(text.to_owned())
    } else {
        Err("a VPC endpoint is written vpce-1a2b3c4d")
    }
}

/// An address, or a range of them.
pub(super) fn source_ip(text: &str) -> Result<String, String> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let form = || "an address or a range is written 203.0.113.7 or 203.0.113.0/24".to_owned();
    let address: IpAddr = address.parse().map_err(|_| form())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    match bits.map(str::parse::<u8>) {
        None => Ok(text.to_owned()),
        Some(Ok(0)) => Err("a range of all addresses keeps nobody out".to_owned()),
        Some(Ok(bits)) if bits <= most => Ok(text.to_owned()),
        Some(_) => Err(form()),
    }
}

/// AWS sees public addresses only: what comes through a VPC endpoint has no `aws:SourceIp` at all, so
/// with a private range nobody could reach anything.
pub(super) fn reachable(ranges: &[String]) -> Result<(), Failure> {
    for range in ranges {
        let address = range.split('/').next().unwrap_or_default();
        let is_private = match address.parse() {
            Ok(IpAddr::V4(ip)) => {
                ip.is_private()
                    || ip.is_loopback()
                    || ip.is_link_local()
                    || ip.octets()[0] == 0
                    || ip.octets()[0] >= 224
                    || (ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64)
            }
            Ok(IpAddr::V6(ip)) => {
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
                    || ip.is_multicast()
                    || ip.to_ipv4_mapped().is_some()
            }
            Err(_) => false,
        };
        if is_private {
            return Err(Failure::usage(
                format!(
                    "--source-ip {range} is no public address: AWS never sees such a one, and would lock everybody out"
                ),
                "name the public addresses of your network, or the VPC endpoint with --vpce",
            ));
        }
    }
    Ok(())
}

/// A user or a role whom the networks do not concern.
pub(super) fn principal(arn: &str, partition: &str) -> Result<(), Failure> {
    let wrong = |what: &str| {
        Err(Failure::usage(
            format!("--exempt-principal {arn} {what}"),
            format!("write it as arn:{partition}:iam::ACCOUNT:role/NAME or …:user/NAME"),
        ))
    };
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields[..] {
        ["arn", of, "iam", "", _, who] if who == "root" || who.contains('/') => {
            if of == partition || of == "*" {
                Ok(())
            } else {
                wrong("is of another partition than the bucket's")
            }
        }
        ["arn", _, "sts", ..] => wrong("is a session: policies see the role that it was made from"),
        // Ceph has users outside of any account.
        ["arn", "aws", "iam", ..] => Ok(()),
        _ => wrong("is neither a user nor a role"),
    }
}

/// `K=V`.
pub(super) fn tag(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("a tag is written KEY=VALUE")?;
    if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
        return Err("a tag's key has 1 to 128 characters, its value at most 256");
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err("tags beginning with `aws:` are AWS's own");
    }
    let is_allowed = |c: char| c.is_alphanumeric() || " +-=._:/@".contains(c);
    if !key.chars().all(is_allowed) || !value.chars().all(is_allowed) {
        return Err("a tag has letters, digits, spaces and + - = . _ : / @");
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// All of them together.
pub(super) fn tags(tags: &[(String, String)]) -> Result<(), Failure> {
    let is_again = |(place, (key, _)): (usize, &(String, String))| {
        tags[..place].iter().any(|(known, _)| known == key)
    };
    if tags.iter().enumerate().any(is_again) {
        return Err(Failure::usage(
            "a --tag is given twice",
            "a key has one value",
        ));
    }
    if tags.len() > 50 {
        return Err(Failure::usage(
            "more than 50 tags",
            "a bucket has at most 50",
        ));
    }
    Ok(())
}

/// S3 does not check the key, and resolves an alias in the requester's account: so only a full ARN
/// in the bucket's partition and region will do.
pub(super) fn kms_key(arn: &str, partition: &str, region: &str) -> Result<(), Failure> {
    let fields: Vec<&str> = arn.split(':').collect();
    let wrong = |what: &str| {
        Err(Failure::usage(
            format!("`{arn}` {what}"),
            format!("write it as arn:{partition}:kms:{region}:ACCOUNT:key/KEY-ID"),
        ))
    };
    match fields[..] {
        ["arn", of, "kms", at, owner, key] if account(owner).is_ok() => {
            match key.strip_prefix("key/") {
                _ if of != partition => wrong("is a key of another partition than the bucket's"),
                _ if at != region => wrong("is a key in another region than the bucket's"),
                Some(id) if !id.is_empty() => Ok(()),
                _ => wrong(
                    "is not a key but an alias, which S3 looks up in the account of whoever uploads",
                ),
            }
        }
        _ => wrong("is not the ARN of a KMS key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_that_keep_nobody_out_or_everybody_out_are_refused() {
        for good in ["203.0.113.7", "203.0.113.0/24", "2001:db8::/32"] {
            assert!(source_ip(good).is_ok(), "{good}");
            assert!(reachable(&[good.to_owned()]).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0/0", "::/0", "203.0.113.0/33", "203.0.113", "x", ""] {
            assert!(source_ip(bad).is_err(), "{bad}");
        }
        for private in [
            "10.0.0.0/8",
            "192.168.1.7",
            "172.16.0.0/12",
            "100.64.0.0/10",
            "fd00::/8",
        ] {
            assert!(reachable(&[private.to_owned()]).is_err(), "{private}");
        }
        assert!(vpc_endpoint("vpce-0a1b2c3d4e5f60718").is_ok());
        assert!(vpc_endpoint("vpc-1a2b3c4d").is_err());
    }

    #[test]
    fn a_principal_is_a_user_or_a_role() {
        for good in [
            "arn:aws:iam::111122223333:role/path/ops",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::111122223333:root",
        ] {
            assert!(principal(good, "aws").is_ok(), "{good}");
        }
        for bad in [
            "*",
            "111122223333",
            "arn:aws:sts::111122223333:assumed-role/ops/session",
            "arn:aws-cn:iam::111122223333:role/ops",
        ] {
            assert!(principal(bad, "aws").is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_follow_s3s_rules() {
        assert_eq!(tag("team=a=b"), Ok(("team".into(), "a=b".into())));
        assert_eq!(tag("empty="), Ok(("empty".into(), String::new())));
        for bad in ["team", "=x", "aws:x=y", "a<b=c"] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }
}
