//! Parses the ARNs of users and roles for policies.

use super::{Arn, covers};
use std::fmt;
use std::str::FromStr;

/// The ARN of a user or role, or an ARN pattern for several of them, as a value of the condition
/// key `aws:PrincipalArn`. In a pattern, `*` matches any text.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalArn(String);

impl PrincipalArn {
    /// Parses the ARN of a user, a role or the root of an account. The ARN may contain wildcards.
    ///
    /// # Errors
    /// Fails if the text is not the ARN of a user, a role or an account's root, or if the text
    /// matches all users or all roles of an account. The ARN of a role session is an error too.
    pub fn parse(text: &str) -> Result<Self, InvalidPrincipal> {
        let principal = PrincipalArn(text.to_owned());
        match Arn::parse(text) {
            Some(arn) if arn.service == "iam" && names_everyone(&arn) => {
                Err(InvalidPrincipal::Everyone(text.to_owned()))
            }
            Some(arn) if arn.service == "sts" => Err(InvalidPrincipal::Session(text.to_owned())),
            // The account may be empty, because Ceph has users that belong to no account.
            Some(arn) if arn.service == "iam" && arn.region.is_empty() && can_match(&arn) => {
                Ok(principal)
            }
            _ => Err(InvalidPrincipal::Other(text.to_owned())),
        }
    }

    /// Returns the ARN as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the ARN can match a principal in this partition.
    #[must_use]
    pub(crate) fn is_in(&self, partition: &str) -> bool {
        Arn::parse(&self.0).is_some_and(|arn| arn.partition == partition || arn.partition == "*")
    }
}

/// Whether the ARN matches all users or all roles of an account. This function checks whether the
/// ARN matches two users or two roles with arbitrary names.
fn names_everyone(arn: &Arn<'_>) -> bool {
    ["user", "role"].iter().any(|kind| {
        ["Qz+7,x", "k=@w.J_5"]
            .iter()
            .all(|name| covers(arn.resource, &format!("{kind}/{name}")))
    })
}

/// Whether the ARN can match a user, a role or the root of an account. The ARN of a group or of a
/// policy never does.
fn can_match(arn: &Arn<'_>) -> bool {
    let is_named = |(kind, name): (&str, &str)| {
        !name.is_empty() && (covers(kind, "user") || covers(kind, "role"))
    };
    arn.resource == "root" || arn.resource.split_once('/').is_some_and(is_named)
}

impl FromStr for PrincipalArn {
    type Err = InvalidPrincipal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for PrincipalArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason why a text is not a [`PrincipalArn`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidPrincipal {
    /// The text is the ARN of a role session, which `aws:PrincipalArn` never contains.
    Session(String),
    /// The wildcards match all users or all roles of an account, so the network restriction would
    /// not apply to them.
    Everyone(String),
    /// The text is not the ARN of a user, a role or an account's root.
    Other(String),
}

impl fmt::Display for InvalidPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(arn) => write!(
                f,
                "{arn} is a role session: write the ARN of the role, because policies compare the \
                 ARN of the role"
            ),
            Self::Everyone(arn) => write!(
                f,
                "{arn} matches every user or every role of an account, so the network restriction \
                 would not apply to them"
            ),
            Self::Other(arn) => write!(f, "{arn} is neither a user nor a role"),
        }
    }
}

impl std::error::Error for InvalidPrincipal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_users_and_roles_and_rejects_wildcards_for_all_of_them() {
        for good in [
            "arn:aws:iam::111122223333:role/path/ops",
            "arn:aws:iam::111122223333:user/ci-*",
            "arn:aws:iam::111122223333:root",
            "arn:*:iam::111122223333:role/ops",
            "arn:aws:iam:::user/ceph",
        ] {
            let principal = PrincipalArn::parse(good).unwrap();
            assert!(principal.is_in("aws"), "{good}");
        }
        for good in [
            "arn:aws:iam::*:role/ops",
            "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*",
            "arn:aws:iam::111122223333:*/ops",
        ] {
            assert!(PrincipalArn::parse(good).is_ok(), "{good}");
        }
        for everybody in [
            "arn:aws:iam::*:role/*",
            "arn:*:iam::*:user/*",
            "arn:aws:iam::????????????:role/?*",
            "arn:aws:iam::*:*",
            "arn:aws:iam:::user/*",
            "arn:aws:iam::*:r*/*",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:user/?*",
            "arn:aws:iam::111122223333:*/*",
            "arn:aws:iam::111122223333:*",
        ] {
            let refused = Err(InvalidPrincipal::Everyone(everybody.to_owned()));
            assert_eq!(PrincipalArn::parse(everybody), refused);
        }
        for bad in [
            "*",
            "111122223333",
            "arn:aws:sts::111122223333:assumed-role/ops/session",
            "arn:aws-cn:iam::111122223333:ops",
            "arn:aws:iam::111122223333:ops",
            "arn:aws:iam::111122223333:",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:group/ops",
            "arn:aws:iam::111122223333:policy/ops",
            "arn:aws:iam:us-east-1:111122223333:role/ops",
        ] {
            assert!(PrincipalArn::parse(bad).is_err(), "{bad}");
        }
        let chinese = PrincipalArn::parse("arn:aws-cn:iam::111122223333:role/ops").unwrap();
        assert!(!chinese.is_in("aws"));
    }
}
