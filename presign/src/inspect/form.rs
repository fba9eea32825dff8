//! Parses the signed form of a browser upload: the form fields, and the POST policy that S3 checks
//! the fields against.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use crate::post;
use crate::signing_key::Scope;
use crate::timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use std::fmt;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// A signed form.
#[derive(Clone, PartialEq, Eq)]
pub struct InspectedForm {
    /// The URL to which a client posts the form.
    pub url: String,
    /// The form fields in the order of the form. The fields are a credential, because they include
    /// the policy and its signature.
    pub fields: Vec<(String, String)>,
    /// The ID of the access key that signed the policy.
    pub access_key_id: String,
    /// The scope of the signature: its date, region and service.
    pub scope: Scope,
    /// The time when the form expires, from the `expiration` of the policy.
    pub expires_at: OffsetDateTime,
    /// The conditions of the policy, in the order of the policy.
    pub conditions: Vec<Condition>,
    policy: String,
    signature: String,
}

/// One condition of a POST policy. The names of form fields are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The field has exactly this value.
    Equals(String, String),
    /// The value of the field begins with this text.
    StartsWith(String, String),
    /// The size of the file in bytes is in this range, including both ends.
    Size(u64, u64),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The session token is a secret, so the message never contains its value.
            Self::Equals(name, _) if name == "x-amz-security-token" => {
                write!(f, "{name} is the session token of the signer")
            }
            Self::Equals(name, value) => write!(f, "{name} is `{value}`"),
            Self::StartsWith(name, start) if start.is_empty() => write!(f, "{name} is any text"),
            Self::StartsWith(name, start) => write!(f, "{name} begins with `{start}`"),
            Self::Size(min, max) => write!(f, "the file has {min} to {max} bytes"),
        }
    }
}

/// A problem of a form, such as an expired policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormWarning {
    /// The policy has expired.
    Expired,
    /// The form fields do not fulfil this condition of the policy.
    Unfulfilled(Condition),
    /// The policy has no condition for this field.
    NotInPolicy(String),
    /// The access key is temporary, and `x-amz-security-token` is missing.
    NoSessionToken,
    /// The policy expires more than seven days after `x-amz-date`.
    TooLong,
    /// The form's URL uses plain HTTP, so anyone on the network path can read and use the form.
    PlainHttp,
}

impl fmt::Display for FormWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("the form has expired"),
            Self::Unfulfilled(condition) => write!(
                f,
                "the fields do not fulfil the policy, which demands that {condition}"
            ),
            Self::NotInPolicy(name) => write!(
                f,
                "the policy has no condition for the field `{name}`, so S3 refuses the form"
            ),
            Self::NoSessionToken => f.write_str(
                "an access key ID that begins with ASIA is temporary, and x-amz-security-token is missing: S3 refuses the form",
            ),
            Self::TooLong => f.write_str("the policy covers more than 7 days, which S3 refuses"),
            Self::PlainHttp => f.write_str(
                "the form's URL uses plain HTTP: anyone on the network path can read the form and \
                 use it",
            ),
        }
    }
}

/// Parses a form from a text. The text is JSON with `url` and `fields`, as `s3-secure-bucket`,
/// boto3 and the other AWS SDKs print it, or an HTML page with a form that has hidden input fields.
///
/// # Errors
/// Returns a [`NotAForm`] that names the missing or invalid part.
pub fn parse(text: &str) -> Result<InspectedForm, NotAForm> {
    let (url, fields) = from_json(text)
        .or_else(|| from_html(text))
        .ok_or(NotAForm::NoFields)?;
    let take = |wanted: &'static str| {
        let found = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found
            .map(|(_, value)| value.clone())
            .ok_or(NotAForm::Missing(wanted))
    };
    let policy = take("policy")?;
    let document = BASE64
        .decode(policy.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            serde_json::from_str::<Value>(&crate::post::without_dollar_escapes(&text)).ok()
        })
        .ok_or(NotAForm::Malformed("policy"))?;
    let credential = take("x-amz-credential")?;
    let (access_key_id, scope) = credential
        .split_once('/')
        .and_then(|(id, scope)| Some((id.to_owned(), Scope::parse(scope)?)))
        .ok_or(NotAForm::Malformed("x-amz-credential"))?;
    let expires_at = document["expiration"]
        .as_str()
        .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
        .ok_or(NotAForm::Malformed("expiration in the policy"))?;
    let conditions = document["conditions"]
        .as_array()
        .and_then(|all| all.iter().map(condition).collect::<Option<Vec<_>>>())
        .ok_or(NotAForm::Malformed("conditions in the policy"))?;
    Ok(InspectedForm {
        url,
        access_key_id,
        scope,
        expires_at,
        conditions,
        policy,
        signature: take("x-amz-signature")?,
        fields,
    })
}

impl InspectedForm {
    /// Whether the policy was signed with this secret access key.
    #[must_use]
    pub fn is_signed_by(&self, secret: &str) -> bool {
        post::sign(secret, &self.scope, &self.policy) == self.signature
    }

    /// Whether temporary credentials signed the policy.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.field("x-amz-security-token").is_some()
    }

    /// Returns all problems of the form, as of the time `now`.
    #[must_use]
    pub fn warnings(&self, now: OffsetDateTime) -> Vec<FormWarning> {
        let mut found = Vec::new();
        if now >= self.expires_at {
            found.push(FormWarning::Expired);
        }
        let signed_at = self
            .field("x-amz-date")
            .and_then(|date| timestamp::parse(date).ok());
        if signed_at.is_some_and(|at| self.expires_at - at > Duration::days(7)) {
            found.push(FormWarning::TooLong);
        }
        if self.url.starts_with("http:") {
            found.push(FormWarning::PlainHttp);
        }
        if self.access_key_id.starts_with("ASIA") && !self.has_token() {
            found.push(FormWarning::NoSessionToken);
        }
        let unfulfilled = |condition: &&Condition| match condition {
            Condition::Equals(name, _) | Condition::StartsWith(name, _) if name == "bucket" => {
                false
            }
            Condition::Equals(name, value) => self.field(name) != Some(value),
            Condition::StartsWith(name, start) => !self
                .field(name)
                .unwrap_or_default()
                .starts_with(start.as_str()),
            Condition::Size(min, max) => min > max,
        };
        let failing = self.conditions.iter().filter(unfulfilled).cloned();
        found.extend(failing.map(FormWarning::Unfulfilled));
        let covered = |name: &str| {
            let lower = name.to_ascii_lowercase();
            // S3 requires no condition for these four fields, and ignores fields whose names begin
            // with `x-ignore-`.
            ["policy", "x-amz-signature", "file", "submit"].contains(&lower.as_str())
                || lower.starts_with("x-ignore-")
                || self.conditions.iter().any(|condition| match condition {
                    Condition::Equals(known, _) | Condition::StartsWith(known, _) => {
                        *known == lower
                    }
                    Condition::Size(..) => false,
                })
        };
        let extra = self.fields.iter().filter(|(name, _)| !covered(name));
        found.extend(extra.map(|(name, _)| FormWarning::NotInPolicy(name.clone())));
        found
    }

    fn field(&self, wanted: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for InspectedForm {
    /// Prints only the URL of the form, because the fields are a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectedForm")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

fn condition(value: &Value) -> Option<Condition> {
    let field = |name: &Value| Some(name.as_str()?.trim_start_matches('$').to_ascii_lowercase());
    if let Some(object) = value.as_object() {
        let (name, value) = object.iter().next().filter(|_| object.len() == 1)?;
        return Some(Condition::Equals(
            name.to_ascii_lowercase(),
            value.as_str()?.to_owned(),
        ));
    }
    let [kind, first, second] = value.as_array()?.as_slice() else {
        return None;
    };
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    match kind.as_str()?.to_ascii_lowercase().as_str() {
        "eq" => Some(Condition::Equals(
            field(first)?,
            second.as_str()?.to_owned(),
        )),
        "starts-with" => Some(Condition::StartsWith(
            field(first)?,
            second.as_str()?.to_owned(),
        )),
        "content-length-range" => Some(Condition::Size(number(first)?, number(second)?)),
        _ => None,
    }
}

/// Address and fields.
type Parts = (String, Vec<(String, String)>);

/// Reads the URL and the fields from JSON. `fields` is an object, or an array of pairs, as in the
/// upload page of `s3-secure-bucket`.
fn from_json(text: &str) -> Option<Parts> {
    let start = text.find('{')?;
    let document = serde_json::Deserializer::from_str(&text[start..])
        .into_iter::<Value>()
        .next()?
        .ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let fields: Option<Vec<(String, String)>> = match &document["fields"] {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| Some((name.clone(), text(value)?)))
            .collect(),
        Value::Array(pairs) => pairs
            .iter()
            .map(|pair| Some((text(&pair[0])?, text(&pair[1])?)))
            .collect(),
        _ => None,
    };
    Some((text(&document["url"])?, fields?))
}

/// Reads the URL and the fields from the attributes of the `<form>` and `<input>` elements. The
/// attributes may have any quotes, or none.
fn from_html(page: &str) -> Option<Parts> {
    let lower = page.to_ascii_lowercase();
    let elements = |name: &str| {
        let open = format!("<{name}");
        let starts: Vec<usize> = lower.match_indices(&open).map(|(at, _)| at).collect();
        starts
            .into_iter()
            .filter_map(|start| Some(&page[start..start + page[start..].find('>')?]))
            .collect::<Vec<_>>()
    };
    let action = elements("form")
        .into_iter()
        .find_map(|form| attribute(form, "action"))?;
    let fields: Vec<(String, String)> = elements("input")
        .into_iter()
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
        .collect();
    (!fields.is_empty()).then_some((action, fields))
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let lower = element.to_ascii_lowercase();
    let start = lower.find(&format!(" {name}="))? + name.len() + 2;
    let rest = &element[start..];
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split(char::is_whitespace).next()?,
    };
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}

/// The reason why a text contains no signed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAForm {
    /// The text contains neither JSON with `url` and `fields` nor an HTML form.
    NoFields,
    /// The form has no field with this name.
    Missing(&'static str),
    /// The field with this name cannot be parsed.
    Malformed(&'static str),
}

impl fmt::Display for NotAForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFields => f.write_str("the text contains no form, neither as JSON nor as HTML"),
            Self::Missing(name) => write!(f, "the form has no field `{name}`"),
            Self::Malformed(name) => write!(f, "{name} cannot be read"),
        }
    }
}

impl std::error::Error for NotAForm {}

#[cfg(test)]
mod tests;
