//! Splits Amazon Resource Names (ARNs) into their parts.

/// The parts of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. Each part may be empty, and the resource
/// may contain colons.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// The partition, such as `aws` or `aws-cn`.
    pub partition: &'a str,
    /// The name of the service, such as `iam` or `kms`.
    pub service: &'a str,
    /// The region, which is empty for global services.
    pub region: &'a str,
    /// The account ID. On AWS, an account ID has twelve digits, but this type does not check the
    /// number of digits.
    pub account: &'a str,
    /// The resource, which is the text after the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN. Returns `None` if the text does not begin with `arn:` or has fewer than five
    /// colons.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        match fields[..] {
            ["arn", partition, service, region, account, resource] => Some(Arn {
                partition,
                service,
                region,
                account,
                resource,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_split_at_its_first_five_colons() {
        let arn = Arn::parse("arn:aws-cn:iam::111122223333:role/a:b").unwrap();
        assert_eq!(
            arn,
            Arn {
                partition: "aws-cn",
                service: "iam",
                region: "",
                account: "111122223333",
                resource: "role/a:b",
            }
        );
        for text in ["", "*", "111122223333", "arn:aws:iam", "urn:a:b:c:d:e"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
