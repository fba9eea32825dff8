//! Parses the ids of VPC endpoints for the condition key `aws:SourceVpce`.

use std::fmt;
use std::str::FromStr;

/// The id of a VPC endpoint, which is `vpce-` and 8 to 17 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpcEndpointId(String);

impl VpcEndpointId {
    /// Returns the id as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VpcEndpointId {
    type Err = InvalidVpcEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("vpce-").unwrap_or_default();
        let is_hex = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_hex && (8..=17).contains(&digits.len()) {
            Ok(VpcEndpointId(text.to_owned()))
        } else {
            Err(InvalidVpcEndpoint)
        }
    }
}

impl fmt::Display for VpcEndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a text that is not a [`VpcEndpointId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidVpcEndpoint;

impl fmt::Display for InvalidVpcEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a VPC endpoint ID is `vpce-` and 8 to 17 hexadecimal digits, such as vpce-1a2b3c4d",
        )
    }
}

impl std::error::Error for InvalidVpcEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_id_is_a_prefix_and_hexadecimal_digits() {
        let id: VpcEndpointId = "vpce-0a1b2c3d4e5f60718".parse().unwrap();
        assert_eq!(id.to_string(), "vpce-0a1b2c3d4e5f60718");
        for bad in ["vpc-1a2b3c4d", "vpce-1a2b3c4", "vpce-1A2B3C4D", ""] {
            assert_eq!(
                bad.parse::<VpcEndpointId>(),
                Err(InvalidVpcEndpoint),
                "{bad}"
            );
        }
    }
}
