//! The two accounts of the sandbox, with one IAM user each, and the root user of the first account. The
//! access keys of the users are fake and public.

use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

/// A user of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub access_key_id: &'static str,
    pub secret_access_key: &'static str,
    pub account_id: &'static str,
    pub name: &'static str,
}

/// The user who owns the buckets under test.
pub const OWNER: User = User {
    access_key_id: "AKIASANDBOXOWNER0000",
    secret_access_key: "sandbox/owner+NOT/A/REAL/SECRET+00000000",
    account_id: "111122223333",
    name: "sandbox-owner",
};

/// A user of an account that does not own the buckets under test.
pub const STRANGER: User = User {
    access_key_id: "AKIASANDBOXSTRANGER0",
    secret_access_key: "sandbox/stranger+NOT/A/REAL/SECRET+00000",
    account_id: "444455556666",
    name: "sandbox-stranger",
};

/// The root user of the account of [`OWNER`].
pub const ROOT: User = User {
    access_key_id: "AKIASANDBOXROOTUSER0",
    secret_access_key: "sandbox/root+NOT/A/REAL/SECRET+000000000",
    account_id: OWNER.account_id,
    name: "root",
};

/// The serial number of the MFA device of [`ROOT`]. The codes of this device are `100000` to `199999`, and
/// each code works once.
pub const MFA_DEVICE: &str = "arn:aws:iam::111122223333:mfa/root-account-mfa-device";

impl User {
    pub(crate) fn by_key(access_key_id: &str) -> Option<&'static Self> {
        [&OWNER, &STRANGER, &ROOT]
            .into_iter()
            .find(|user| user.access_key_id == access_key_id)
    }

    pub(crate) fn arn(&self, partition: &str) -> String {
        let path = if *self == ROOT { "" } else { "user/" };
        format!(
            "arn:{partition}:iam::{}:{path}{}",
            self.account_id, self.name
        )
    }
}

/// Returns the canonical user ID that S3 shows for an account. In the sandbox, the ID has 64
/// digits.
pub fn canonical_id(account_id: &str) -> String {
    format!("{account_id:0>64}")
}

/// Gives `s3s` the secret key of a user, with which `s3s` verifies a signature.
pub struct Keys;

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        User::by_key(access_key)
            .map(|user| SecretKey::from(user.secret_access_key))
            .ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_lengths_of_aws() {
        for user in [OWNER, STRANGER, ROOT] {
            assert_eq!(user.access_key_id.len(), 20);
            assert_eq!(user.secret_access_key.len(), 40);
            assert_eq!(user.account_id.len(), 12);
            assert_eq!(canonical_id(user.account_id).len(), 64);
        }
    }
}
