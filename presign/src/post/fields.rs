//! Builds the form fields for upload options.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>

use crate::headers::{self, InvalidOption, Pair};
use std::fmt;

/// The reserved field names. [`super::Form::new`] or the client adds the reserved fields, or a
/// reserved field belongs to an older signature version.
const RESERVED: [&str; 11] = [
    "awsaccesskeyid",
    "bucket",
    "file",
    "key",
    "policy",
    "signature",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];

/// Sets these tags on the uploaded object. A form contains tags as XML, whereas a PUT sends tags in
/// a header.
///
/// # Errors
/// Returns [`InvalidOption::Tags`] in the same cases as [`headers::tags`].
pub fn tagging(tags: &[Pair]) -> Result<Pair, InvalidOption> {
    headers::tags(tags)?;
    let tag = |(key, value): &Pair| {
        format!(
            "<Tag><Key>{}</Key><Value>{}</Value></Tag>",
            escape(key),
            escape(value)
        )
    };
    let tags: String = tags.iter().map(tag).collect();
    let document = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
    Ok(("tagging".to_owned(), document))
}

/// Makes browsers save the object under this name when they download the object. The name may
/// contain `${filename}`.
#[must_use]
pub fn download_as(name: &str) -> Pair {
    let (_, disposition) = headers::download_as(name);
    ("Content-Disposition".to_owned(), disposition)
}

/// Checks the name and the value of a field that the caller adds to the form.
///
/// # Errors
/// Fails if the name is reserved or contains characters that a field name cannot have, or if the
/// value contains a control character.
pub fn check((name, value): &Pair) -> Result<(), InvalidField> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(InvalidField::Name(name.clone()));
    }
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(InvalidField::Reserved(name.clone()));
    }
    if value.chars().any(char::is_control) {
        return Err(InvalidField::Value(name.clone()));
    }
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The reason why [`check`] rejects a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidField {
    /// The name is empty, or contains a character that is not a letter, a digit, `-`, `_` or `.`.
    Name(String),
    /// This name is reserved for a field that the form or the client adds.
    Reserved(String),
    /// The value of the field with this name contains a control character.
    Value(String),
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}` is not a valid name of a form field"),
            Self::Reserved(name) => write!(f, "form field `{name}` is reserved"),
            Self::Value(name) => write!(
                f,
                "the value of form field `{name}` contains a control character"
            ),
        }
    }
}

impl std::error::Error for InvalidField {}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> Pair {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn writes_tags_as_xml() {
        assert_eq!(
            tagging(&[pair("case", "a b"), pair("team", "x&<y>")]),
            Ok(pair(
                "tagging",
                "<Tagging><TagSet><Tag><Key>case</Key><Value>a b</Value></Tag>\
                 <Tag><Key>team</Key><Value>x&amp;&lt;y&gt;</Value></Tag></TagSet></Tagging>"
            ))
        );
        assert_eq!(tagging(&[pair("", "x")]), Err(InvalidOption::Tags));
    }

    #[test]
    fn rejects_fields_that_break_the_form() {
        assert_eq!(check(&pair("x-amz-meta-a", "Prüfung ${filename}")), Ok(()));
        for (field, error) in [
            (pair("", "x"), InvalidField::Name(String::new())),
            (pair("a\"b", "x"), InvalidField::Name("a\"b".to_owned())),
            (pair("Key", "x"), InvalidField::Reserved("Key".to_owned())),
            (pair("a", "x\r\ny"), InvalidField::Value("a".to_owned())),
        ] {
            assert_eq!(check(&field), Err(error));
        }
    }
}
