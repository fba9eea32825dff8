//! Finds mistakes in access keys before a request is sent.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>

use s3_presign::{Credentials, Secret};
use std::fmt;

/// The reason why keys cannot work on AWS. No text quotes a key, since it may be the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnusableKey {
    /// Fields whose values have the form of a different field. A presigned URL, which contains the key ID
    /// and the session token, would show a secret access key in their place.
    Misplaced(Vec<(Field, Field)>),
    /// Two fields have the same value.
    Same(Field, Field),
    /// A field begins or ends with a quote and contains a character that is not ASCII.
    NotAscii(Field),
    /// The key ID belongs to temporary credentials, but there is no session token.
    NoToken,
}

/// A part of the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `AKIA…` or `ASIA…`.
    KeyId,
    /// A text of forty base64 characters.
    Secret,
    /// A text of a few hundred base64 characters.
    Token,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyId => "access key ID",
            Self::Secret => "secret access key",
            Self::Token => "session token",
        })
    }
}

impl Field {
    fn with_article(self) -> String {
        match self {
            Self::KeyId => format!("an {self}"),
            Self::Secret | Self::Token => format!("a {self}"),
        }
    }
}

impl UnusableKey {
    /// Whether no server can accept the keys, because neither a header nor a URL can carry them.
    #[must_use]
    pub fn cannot_be_sent(&self) -> bool {
        matches!(self, Self::NotAscii(Field::KeyId | Field::Token))
    }
}

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced(fields) => {
                let clause = |(field, form): &(Field, Field)| {
                    format!("the {field} looks like {}", form.with_article())
                };
                let clauses: Vec<String> = fields.iter().map(clause).collect();
                f.write_str(&clauses.join(", and "))
            }
            Self::Same(one, other) => {
                write!(f, "the {one} and the {other} have the same value")
            }
            Self::NotAscii(field) => write!(
                f,
                "the {field} contains a character that is not ASCII, such as a typographic quote"
            ),
            Self::NoToken => f.write_str(
                "the access key ID belongs to temporary credentials (ASIA…), but there is no session token",
            ),
        }
    }
}

impl std::error::Error for UnusableKey {}

/// The fields that have a value.
fn fields(credentials: &Credentials) -> Vec<(Field, &str)> {
    let token = credentials.session_token.as_ref().map(Secret::expose);
    let mut fields = vec![
        (Field::KeyId, credentials.access_key_id.as_str()),
        (Field::Secret, credentials.secret_access_key.expose()),
    ];
    fields.extend(token.map(|token| (Field::Token, token)));
    fields
}

/// Checks whether the keys have the format of AWS keys. Other servers issue keys in other formats.
///
/// # Errors
/// Fails if AWS would refuse the keys.
pub fn check_for_aws(credentials: &Credentials) -> Result<(), UnusableKey> {
    let mut fields = fields(credentials);
    let is_quoted = |value: &str| {
        let closing = |c: char| QUOTES.contains(&c) && !LOW_QUOTES.contains(&c);
        !value.is_ascii() && (value.starts_with(QUOTES) || value.ends_with(closing))
    };
    if let Some((field, _)) = fields.iter().find(|(_, value)| is_quoted(value)) {
        return Err(UnusableKey::NotAscii(*field));
    }
    for (_, value) in &mut fields {
        *value = without_quotes(value);
    }
    let misplaced: Vec<(Field, Field)> = fields
        .iter()
        .filter_map(|(field, value)| Some((*field, form(value)?)))
        .filter(|(field, form)| field != form)
        .collect();
    if !misplaced.is_empty() {
        return Err(UnusableKey::Misplaced(misplaced));
    }
    for (index, (field, value)) in fields.iter().enumerate() {
        if let Some((other, _)) = fields[index + 1..].iter().find(|(_, next)| next == value) {
            return Err(UnusableKey::Same(*field, *other));
        }
    }
    let id = without_quotes(&credentials.access_key_id);
    if is_key_id(id) && id.starts_with("ASIA") && credentials.session_token.is_none() {
        return Err(UnusableKey::NoToken);
    }
    Ok(())
}

/// Returns a warning if a value looks like an incomplete copy of an AWS value, or like an AWS value
/// of a different kind. AWS may introduce new forms of keys, so a value of unusual form is no
/// error.
#[must_use]
pub fn unusual_for_aws(credentials: &Credentials) -> Option<String> {
    let id = without_quotes(&credentials.access_key_id);
    let secret = without_quotes(credentials.secret_access_key.expose());
    let of_another = ["AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ABIA"];
    if let Some(prefix) = of_another.iter().find(|prefix| id.starts_with(**prefix)) {
        return Some(format!(
            "the access key ID begins with {prefix}, so it is the ID of a user, a role or another resource; the ID of an access key begins with AKIA or ASIA"
        ));
    }
    let prefix = id.get(..4).unwrap_or_default().to_ascii_uppercase();
    if ["AKIA", "ASIA"].contains(&prefix.as_str()) && !is_key_id(id) {
        return Some(
            "the access key ID does not have the form that AWS issues, which is AKIA or ASIA and capital letters and digits: copy the value again"
                .to_owned(),
        );
    }
    if is_key_id(id) && !is_secret(secret) {
        return Some(
            "the secret access key does not have the form that AWS issues, which is 40 letters, digits, plus signs and slashes: copy the value again"
                .to_owned(),
        );
    }
    None
}

/// Returns a warning for each value with a quote at its start or end, because `docker --env-file`
/// and copied `export` lines keep quotes. AWS issues no value with quotes.
pub(super) fn quoted_values(credentials: &Credentials) -> Vec<String> {
    let warning = |(field, value): (Field, &str)| {
        let bare = without_quotes(value);
        if bare == value {
            return None;
        }
        // Headers carry only ASCII, so typographic quotes in a key end the run.
        Some(if value.is_ascii() {
            format!(
                "the {field} is in quotes, and the program sends the quotes as part of the value: remove the quotes"
            )
        } else {
            format!("the {field} is in typographic quotes: remove the quotes")
        })
    };
    fields(credentials)
        .into_iter()
        .filter_map(warning)
        .collect()
}

/// ASCII quotes, and the typographic quotes that word processors and chat programs write.
const QUOTES: [char; 18] = [
    '"', '\'', '`', '\u{b4}', '\u{ab}', '\u{bb}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}',
    '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2039}', '\u{203a}', '\u{ff02}', '\u{ff07}',
];

/// The quotes that only begin a quotation.
const LOW_QUOTES: [char; 2] = ['\u{201a}', '\u{201e}'];

/// Removes straight and typographic quotes from both ends of a text.
pub(super) fn without_quotes(text: &str) -> &str {
    text.trim_matches(QUOTES)
}

/// Returns the field whose form the value has, or `None` if the value has no known form.
fn form(value: &str) -> Option<Field> {
    if is_key_id(value) {
        Some(Field::KeyId)
    } else if is_secret(value) {
        Some(Field::Secret)
    } else if is_token(value) {
        Some(Field::Token)
    } else {
        None
    }
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

/// At least a hundred characters of base64. The shortest tokens of AWS have about 200 characters.
fn is_token(text: &str) -> bool {
    text.len() >= 100
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Field::{KeyId, Secret as SecretKey, Token};

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const TEMPORARY: &str = "ASIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn token() -> String {
        format!("IQoJb3JpZ2luX2VjE{}==", "Ab1/+".repeat(40))
    }

    fn check(id: &str, secret: &str, token: Option<&str>) -> Result<(), UnusableKey> {
        let mut credentials = Credentials::new(id, secret);
        credentials.session_token = token.map(Secret::new);
        check_for_aws(&credentials)
    }

    /// Each of the 27 ways to put three values into three fields is refused, except the right one.
    #[test]
    fn every_permutation_of_the_three_values_is_refused() {
        let long = token();
        let values = [(KeyId, TEMPORARY), (SecretKey, SECRET), (Token, &*long)];
        let mut accepted = 0;
        for (a, id) in values {
            for (b, secret) in values {
                for (c, token) in values {
                    let found = check(id, secret, Some(token));
                    let wrong: Vec<(Field, Field)> = [(KeyId, a), (SecretKey, b), (Token, c)]
                        .into_iter()
                        .filter(|(field, form)| field != form)
                        .collect();
                    if wrong.is_empty() {
                        accepted += 1;
                        assert_eq!(found, Ok(()));
                        continue;
                    }
                    let error = found.unwrap_err();
                    let shown = format!("{error} {error:?}");
                    assert!(!shown.contains(SECRET) && !shown.contains(&long), "{shown}");
                    assert_eq!(error, UnusableKey::Misplaced(wrong));
                }
            }
        }
        assert_eq!(accepted, 1);
    }

    #[test]
    fn keys_that_cannot_work_on_aws_are_recognised() {
        let quoted = format!("\"{ID}\"");
        let curly = format!("\u{201c}{ID}\u{201d}");
        let closing = format!("{ID}\u{201d}");
        let curly_secret = format!("\u{2018}{SECRET}\u{2019}");
        let misplaced = |fields: &[(Field, Field)]| Err(UnusableKey::Misplaced(fields.to_vec()));
        let both = [(KeyId, SecretKey), (SecretKey, KeyId)];
        for (id, secret, token, expected) in [
            (ID, SECRET, None, Ok(())),
            (&quoted, SECRET, None, Ok(())),
            (&curly, SECRET, None, Err(UnusableKey::NotAscii(KeyId))),
            (&closing, SECRET, None, Err(UnusableKey::NotAscii(KeyId))),
            ("\u{f0}\u{201a}", SECRET, None, Ok(())),
            (
                ID,
                &*curly_secret,
                None,
                Err(UnusableKey::NotAscii(SecretKey)),
            ),
            (SECRET, ID, None, misplaced(&both)),
            (SECRET, &*quoted, None, misplaced(&both)),
            (ID, ID, None, misplaced(&both[1..])),
            (SECRET, SECRET, None, misplaced(&both[..1])),
            (
                "same",
                "same",
                None,
                Err(UnusableKey::Same(KeyId, SecretKey)),
            ),
            (
                ID,
                "same",
                Some("same"),
                Err(UnusableKey::Same(SecretKey, Token)),
            ),
            (TEMPORARY, SECRET, None, Err(UnusableKey::NoToken)),
            (TEMPORARY, SECRET, Some("t"), Ok(())),
            ("minioadmin", "minioadmin1", None, Ok(())),
            ("0123456789abcdef0123456789abcdef", "x", None, Ok(())),
        ] {
            assert_eq!(check(id, secret, token), expected, "{id} {secret}");
        }
    }

    #[test]
    fn an_unusual_form_is_a_warning() {
        let warnings = |id: &str, secret: &str| {
            usize::from(unusual_for_aws(&Credentials::new(id, secret)).is_some())
        };
        assert_eq!(warnings(ID, SECRET), 0);
        assert_eq!(warnings(&format!("'{ID}'"), &format!("\"{SECRET}\"")), 0);
        assert_eq!(warnings("AROAIOSFODNN7EXAMPLE", SECRET), 1);
        assert_eq!(warnings(&ID[..12], SECRET), 1);
        assert_eq!(warnings(ID, &SECRET[1..]), 1);
        assert_eq!(warnings(&ID.to_lowercase(), SECRET), 1);
        // Programs that imitate AWS in tests issue such keys.
        assert_eq!(warnings("user", "password"), 0);
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
        for (open, close) in [
            ('\u{201c}', '\u{201d}'),
            ('\u{2018}', '\u{2019}'),
            ('\u{201e}', '\u{201c}'),
            ('\u{ab}', '\u{bb}'),
        ] {
            let all = warnings("AKIA", &format!("{open}hush{close}"));
            let first = all.lines().next().unwrap();
            let wanted = "the secret access key is in typographic quotes: remove the quotes";
            assert_eq!(first, wanted);
        }
    }
}
