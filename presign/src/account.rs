//! AWS account IDs.

use std::fmt;
use std::str::FromStr;

/// An AWS account ID: twelve digits, leading zeros included.
///
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Parses an account ID.
    ///
    /// # Errors
    /// Returns [`InvalidAccountId`] if the text is not exactly twelve ASCII digits.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountId> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(AccountId(text.to_owned()))
        } else {
            Err(InvalidAccountId)
        }
    }

    /// Returns the account ID as twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error of [`AccountId::parse`]: the text is not exactly twelve ASCII digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAccountId;

impl fmt::Display for InvalidAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AWS account ID has twelve digits")
    }
}

impl std::error::Error for InvalidAccountId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_has_twelve_ascii_digits() {
        let account: AccountId = "011122223333".parse().unwrap();
        assert_eq!(account.to_string(), "011122223333");
        for text in ["", "12345", "1111222233334", "11112222333x", "１1112222333"] {
            assert_eq!(AccountId::parse(text), Err(InvalidAccountId), "{text}");
        }
    }
}
