//! Addresses and ranges of them, for `aws:SourceIp`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An IP address or a CIDR range, kept as it was written: a policy shows it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRange {
    text: String,
    address: IpAddr,
}

impl SourceRange {
    /// Takes `ADDRESS` or `ADDRESS/BITS`; a range of all addresses is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidSourceRange> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidSourceRange::Form)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        match bits.map(str::parse::<u8>) {
            Some(Ok(0)) => return Err(InvalidSourceRange::Everything),
            Some(Ok(bits)) if bits <= most => {}
            Some(_) => return Err(InvalidSourceRange::Form),
            None => {}
        }
        Ok(SourceRange {
            text: text.to_owned(),
            address,
        })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether its addresses can reach AWS. AWS sees public addresses only: a request through a VPC
    /// endpoint has no `aws:SourceIp` at all.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let is_private = match self.address {
            IpAddr::V4(ip) => {
                ip.is_private()
                    || ip.is_loopback()
                    || ip.is_link_local()
                    || ip.octets()[0] == 0
                    || ip.octets()[0] >= 224
                    || (ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64)
            }
            IpAddr::V6(ip) => {
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
                    || ip.is_multicast()
                    || ip.to_ipv4_mapped().is_some()
            }
        };
        !is_private
    }
}

impl FromStr for SourceRange {
    type Err = InvalidSourceRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for SourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is no [`SourceRange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidSourceRange {
    /// It is neither an address nor a range.
    Form,
    /// It is a range of all addresses.
    Everything,
}

impl fmt::Display for InvalidSourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "an address or a range is written 203.0.113.7 or 203.0.113.0/24",
            Self::Everything => "a range of all addresses keeps nobody out",
        })
    }
}

impl std::error::Error for InvalidSourceRange {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_all_addresses_are_refused_and_private_ones_are_known() {
        for good in ["203.0.113.7", "203.0.113.0/24", "2001:DB8::/32"] {
            let range = SourceRange::parse(good).unwrap();
            assert!(range.is_public(), "{good}");
            assert_eq!(range.to_string(), good);
        }
        for bad in ["0.0.0.0/0", "::/0", "203.0.113.0/33", "203.0.113", "x", ""] {
            assert!(SourceRange::parse(bad).is_err(), "{bad}");
        }
        for private in [
            "10.0.0.0/8",
            "192.168.1.7",
            "172.16.0.0/12",
            "100.64.0.0/10",
            "fd00::/8",
        ] {
            assert!(
                !SourceRange::parse(private).unwrap().is_public(),
                "{private}"
            );
        }
    }
}
