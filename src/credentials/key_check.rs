//! Mistakes in keys that can be recognised before a request is sent.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>

use s3_presign::{Credentials, Secret};
use std::fmt;

/// Keys that cannot work on AWS. No text quotes a key, since it may be the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnusableKey {
    /// The secret access key looks like a key ID, or the key ID looks like a secret access key. A presigned
    /// URL, which contains the key ID, would show the secret.
    Swapped,
    /// The key ID belongs to temporary credentials, but there is no session token.
    NoToken,
}

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Swapped => {
                "the access key ID and the secret access key are swapped: one of them looks like the other"
            }
            Self::NoToken => {
                "the access key ID belongs to temporary credentials (ASIA…), but there is no session token"
            }
        })
    }
}

impl std::error::Error for UnusableKey {}

/// Checks whether the keys have the format of AWS keys. Other servers issue keys in other formats.
///
/// # Errors
/// AWS would refuse the keys.
pub fn check_for_aws(credentials: &Credentials) -> Result<(), UnusableKey> {
    let id = without_quotes(&credentials.access_key_id);
    let secret = without_quotes(credentials.secret_access_key.expose());
    if is_key_id(secret) || is_secret(id) {
        return Err(UnusableKey::Swapped);
    }
    if is_key_id(id) && id.starts_with("ASIA") && credentials.session_token.is_none() {
        return Err(UnusableKey::NoToken);
    }
    Ok(())
}

/// A warning for each value with a quote at its start or end, because `docker --env-file` and copied `export`
/// lines keep quotes. AWS issues no value with quotes.
pub(super) fn quoted_values(credentials: &Credentials) -> Vec<String> {
    let token = credentials.session_token.as_ref().map(Secret::expose);
    let values = [
        ("access key ID", Some(credentials.access_key_id.as_str())),
        (
            "secret access key",
            Some(credentials.secret_access_key.expose()),
        ),
        ("session token", token),
    ];
    let quoted = values
        .into_iter()
        .filter(|(_, value)| value.is_some_and(|value| without_quotes(value) != value));
    let warning = |(what, _): (&str, _)| {
        format!(
            "the {what} is in quotes, and the program sends the quotes as part of the value: remove the quotes"
        )
    };
    quoted.map(warning).collect()
}

fn without_quotes(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// `AKIA` or `ASIA`, and capital letters and digits.
fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Forty characters of base64, not all of them capital letters and digits.
fn is_secret(text: &str) -> bool {
    text.len() == 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
        && text
            .bytes()
            .any(|byte| byte.is_ascii_lowercase() || b"+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn keys_that_cannot_work_on_aws_are_recognised() {
        let temporary = ID.replace("AKIA", "ASIA");
        let quoted = format!("\"{ID}\"");
        for (id, secret, token, expected) in [
            (ID, SECRET, None, Ok(())),
            (&quoted, SECRET, None, Ok(())),
            (SECRET, ID, None, Err(UnusableKey::Swapped)),
            (SECRET, &quoted, None, Err(UnusableKey::Swapped)),
            (ID, ID, None, Err(UnusableKey::Swapped)),
            (SECRET, SECRET, None, Err(UnusableKey::Swapped)),
            (&temporary, SECRET, None, Err(UnusableKey::NoToken)),
            (&temporary, SECRET, Some("t"), Ok(())),
            ("minioadmin", "minioadmin", None, Ok(())),
            ("0123456789abcdef0123456789abcdef", "x", None, Ok(())),
        ] {
            let mut credentials = Credentials::new(id, secret);
            credentials.session_token = token.map(Secret::new);
            assert_eq!(check_for_aws(&credentials), expected, "{id} {secret}");
        }
    }

    #[test]
    fn a_value_with_quotes_is_named_and_not_quoted() {
        let warnings = |id: &str, secret: &str| {
            quoted_values(&Credentials::new(id, secret).with_token("'t'")).join("\n")
        };
        let all = warnings("\"AKIA\"", "'hush'");
        assert_eq!(all.lines().count(), 3, "{all}");
        assert!(!all.contains("hush") && all.contains("session token"));
        assert_eq!(warnings("A", "s").lines().count(), 1);
    }
}
