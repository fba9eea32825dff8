//! Parses IP addresses and ranges for the condition key `aws:SourceIp`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// An IP address or a CIDR range. The value keeps the operator's spelling for the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRange {
    text: String,
    address: IpAddr,
    bits: u8,
}

/// The IPv4 ranges that are never the source of a request to AWS. [`SourceRange::is_public`] uses
/// the same ranges.
const NOT_PUBLIC_V4: [&str; 8] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
];
/// The range of all IPv6 addresses that are assigned for public use.
/// <https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml>
const PUBLIC_V6: &str = "2000::/3";

impl SourceRange {
    /// Parses an IPv4 or IPv6 address, or a range `ADDRESS/BITS`.
    ///
    /// # Errors
    /// Fails if the text is not an address or a range, if the range contains all addresses (`/0`),
    /// or if the address is an IPv4 address in IPv6 form.
    pub fn parse(text: &str) -> Result<Self, InvalidSourceRange> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidSourceRange::Form)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits.map(str::parse::<u8>) {
            Some(Ok(0)) => return Err(InvalidSourceRange::Everything),
            Some(Ok(bits)) if bits <= most => bits,
            Some(_) => return Err(InvalidSourceRange::Form),
            None => most,
        };
        if is_mapped(address) {
            return Err(InvalidSourceRange::Mapped);
        }
        Ok(SourceRange {
            text: text.to_owned(),
            address,
            bits,
        })
    }

    /// Whether these ranges together contain every public IPv4 address or every public IPv6
    /// address. Ranges that contain all public addresses of a family do not restrict requests.
    #[must_use]
    pub(crate) fn cover_everything(ranges: &[SourceRange]) -> bool {
        let of_family = |is_v4: bool| {
            let own = ranges
                .iter()
                .filter(|range| range.address.is_ipv4() == is_v4);
            own.map(SourceRange::bounds).collect::<Vec<_>>()
        };
        let known = |text: &&str| SourceRange::parse(text).ok();
        let mut v4 = of_family(true);
        v4.extend(
            NOT_PUBLIC_V4
                .iter()
                .filter_map(known)
                .map(|range| range.bounds()),
        );
        let v6 = known(&PUBLIC_V6).map(|range| range.bounds());
        holds_all(&v4, (0, u128::from(u32::MAX)))
            || v6.is_some_and(|public| holds_all(&of_family(false), public))
    }

    /// Returns the first and the last address of the range, as numbers.
    fn bounds(&self) -> (u128, u128) {
        let (number, most) = match self.address {
            IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
            IpAddr::V6(ip) => (ip.to_bits(), 128),
        };
        let host_bits = u32::from(most - self.bits.min(most));
        // `checked_shl` returns `None` for a shift by 128 bits. The range `/0` causes a shift by
        // 128 bits and contains all addresses.
        let host = 1_u128
            .checked_shl(host_bits)
            .map_or(u128::MAX, |size| size - 1);
        (number & !host, number | host)
    }

    /// The range with the first address of its network, such as `203.0.113.0/24` for `203.0.113.7/24`.
    /// `None` if the range already begins there.
    #[must_use]
    pub(crate) fn network(&self) -> Option<String> {
        let (first, _) = self.bounds();
        let first = match self.address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(first).ok()?.into()),
            IpAddr::V6(_) => IpAddr::V6(first.into()),
        };
        (first != self.address).then(|| format!("{first}/{}", self.bits))
    }

    /// Returns the address or the range in the operator's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether AWS can receive requests from some of these addresses. AWS sees only public
    /// addresses, because a request through a VPC endpoint has no `aws:SourceIp`.
    #[must_use]
    pub(crate) fn is_public(&self) -> bool {
        let (first, last) = self.bounds();
        let known = |text: &str| SourceRange::parse(text).ok().map(|range| range.bounds());
        match self.address {
            IpAddr::V4(_) => !(NOT_PUBLIC_V4.into_iter().filter_map(known))
                .any(|(from, to)| from <= first && last <= to),
            IpAddr::V6(_) => known(PUBLIC_V6).is_some_and(|(from, to)| first <= to && from <= last),
        }
    }
}

/// Whether the address is an IPv4 address in IPv6 form, such as `::ffff:203.0.113.7`.
fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some())
}

/// The IPv4 form of an address or a range that [`InvalidSourceRange::Mapped`] rejects. `None` for any
/// other text, and for a range that contains every IPv4 address.
#[must_use]
pub(crate) fn unmapped(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/').unwrap_or((text, "128"));
    let ip = address.parse::<Ipv6Addr>().ok()?.to_ipv4_mapped()?;
    let bits = bits
        .parse::<u8>()
        .ok()?
        .checked_sub(96)
        .filter(|it| (1..=32).contains(it))?;
    let range = SourceRange::parse(&format!("{ip}/{bits}")).ok()?;
    Some(match bits {
        32 => ip.to_string(),
        _ => range.network().unwrap_or(range.text),
    })
}

/// Whether the ranges together contain every address from `first` to `last`.
fn holds_all(ranges: &[(u128, u128)], (first, last): (u128, u128)) -> bool {
    let mut next = first;
    loop {
        let holding = ranges
            .iter()
            .filter(|(from, to)| (*from..=*to).contains(&next));
        match holding.map(|(_, to)| *to).max() {
            None => return false,
            Some(to) if to >= last => return true,
            Some(to) => next = to + 1,
        }
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

/// The reason why a text is not a [`SourceRange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidSourceRange {
    /// The text is neither an IP address nor a range.
    Form,
    /// The range contains all addresses (`/0`).
    Everything,
    /// The address is an IPv4 address in IPv6 form, such as `::ffff:203.0.113.7`.
    Mapped,
}

impl fmt::Display for InvalidSourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "write an IP address such as 203.0.113.7, or a range such as 203.0.113.0/24"
            }
            Self::Everything => "a range of all addresses (/0) does not exclude any network",
            Self::Mapped => {
                "write an IPv4 range in IPv4 form, because the IPv6 form matches no request"
            }
        })
    }
}

impl std::error::Error for InvalidSourceRange {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_ranges_that_together_contain_every_public_address() {
        for (ranges, everything) in [
            (&["0.0.0.0/1", "128.0.0.0/1"][..], true),
            (&["128.0.0.0/1", "64.0.0.0/2", "0.0.0.0/2"], true),
            // Returns ranges that together contain all addresses except 0.0.0.0/8 and 224.0.0.0/3,
            // in which no address is public.
            (
                &[
                    "1.0.0.0/8",
                    "2.0.0.0/7",
                    "4.0.0.0/6",
                    "8.0.0.0/5",
                    "16.0.0.0/4",
                    "32.0.0.0/3",
                    "64.0.0.0/2",
                    "128.0.0.0/2",
                    "192.0.0.0/3",
                ],
                true,
            ),
            (&["200.1.2.3/1", "100.1.2.3/1"], true),
            (&["2000::/3"], true),
            (&["8000::/1", "::/1"], true),
            (&["2000::/4", "3000::/4"], true),
            (&["128.0.0.0/1"], false),
            (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4"], false),
            (&["2001:db8::/32", "203.0.113.0/24"], false),
            (&["ffff:ffff::/32", "255.255.255.255"], false),
            (&[], false),
        ] {
            let ranges: Vec<_> = ranges.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(
                SourceRange::cover_everything(&ranges),
                everything,
                "{ranges:?}"
            );
        }
    }

    #[test]
    fn rejects_ranges_of_all_addresses_and_detects_private_ones() {
        for good in ["203.0.113.7", "203.0.113.0/24", "2001:DB8::/32"] {
            let range = SourceRange::parse(good).unwrap();
            assert!(range.is_public(), "{good}");
            assert_eq!(range.to_string(), good);
        }
        for bad in ["0.0.0.0/0", "::/0", "203.0.113.0/33", "203.0.113", "x", ""] {
            assert!(SourceRange::parse(bad).is_err(), "{bad}");
        }
        for partly_public in ["0.0.0.0/1", "10.0.0.0/7", "::/1"] {
            let range = SourceRange::parse(partly_public).unwrap();
            assert!(range.is_public(), "{partly_public}");
        }
        for private in [
            "10.0.0.0/8",
            "192.168.1.7",
            "172.16.0.0/12",
            "100.64.0.0/10",
            "fd00::/8",
            "fe80::/10",
            "fec0::/10",
            "64:ff9b::/96",
            "::203.0.113.7",
            "::/64",
        ] {
            assert!(
                !SourceRange::parse(private).unwrap().is_public(),
                "{private}"
            );
        }
    }

    #[test]
    fn rejects_ipv4_addresses_in_ipv6_form_and_names_the_ipv4_form() {
        for (mapped, form) in [
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("::FFFF:cb00:7107/128", Some("203.0.113.7")),
            ("::ffff:203.0.113.7/120", Some("203.0.113.0/24")),
            ("::ffff:0:0/97", Some("0.0.0.0/1")),
            ("::ffff:0:0/96", None),
            ("::ffff:0:0/90", None),
        ] {
            let refused = Err(InvalidSourceRange::Mapped);
            assert_eq!(SourceRange::parse(mapped), refused, "{mapped}");
            assert_eq!(unmapped(mapped).as_deref(), form, "{mapped}");
        }
        for other in ["203.0.113.7", "2001:db8::/32", "::203.0.113.7", "x/120"] {
            assert_eq!(unmapped(other), None, "{other}");
        }
    }
}
