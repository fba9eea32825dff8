//! Parses the serial numbers of MFA devices.

use std::fmt;
use std::str::FromStr;

/// The serial number of an MFA device, or the ARN of a virtual device.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_MFADevice.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaSerial(String);

impl FromStr for MfaSerial {
    type Err = InvalidMfaSerial;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&byte);
        if (1..=256).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(MfaSerial(text.to_owned()))
        } else {
            Err(InvalidMfaSerial)
        }
    }
}

impl fmt::Display for MfaSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a text that is not an [`MfaSerial`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidMfaSerial;

impl fmt::Display for InvalidMfaSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an MFA device is named by its serial number or its ARN, such as arn:aws:iam::111122223333:mfa/root-account-mfa-device",
        )
    }
}

impl std::error::Error for InvalidMfaSerial {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_has_no_space_because_the_code_follows_a_space() {
        for good in [
            "GAHT12345678",
            "arn:aws:iam::111122223333:mfa/a+b=c,d.e@f-g_h",
        ] {
            assert_eq!(good.parse::<MfaSerial>().unwrap().to_string(), good);
        }
        for bad in ["", "GAHT12345678 123456", "a\nb", "é", &"a".repeat(257)] {
            assert_eq!(bad.parse::<MfaSerial>(), Err(InvalidMfaSerial), "{bad}");
        }
    }
}
