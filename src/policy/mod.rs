//! Parses bucket policies, searches for statements by meaning, merges statements into a policy, and
//! writes policies.
//!
//! Merging never loses a part of a policy that another tool or person wrote: the policy is kept as
//! JSON values, and only the statements of this program change.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>

mod customers;
mod demanded;
mod facts;
mod json;
mod narrowing;
mod outside;
mod revoked;
mod service;
mod statement;

pub(crate) use json::Exact as ExactJson;
pub use outside::{OutsideGrant, OutsideKind};
pub(crate) use revoked::{Kind as RevocationKind, Revocation};
pub(crate) use service::Delivery;
pub use statement::Statement;

use crate::xml::DecodeError;
use serde_json::{Map, Value, json};

/// The maximum size of a bucket policy in S3, in bytes.
pub const SIZE_LIMIT: usize = 20 * 1024;

/// A bucket policy: a JSON object whose member `Statement` is an object or a list of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document(Map<String, Value>);

impl Default for Document {
    /// Returns a policy of the current policy version, without statements.
    fn default() -> Self {
        let mut map = Map::new();
        map.insert("Version".to_owned(), json!("2012-10-17"));
        map.insert("Statement".to_owned(), json!([]));
        Document(map)
    }
}

/// The prefix of the private member names that the crate `serde_json` uses.
const PRIVATE: &[u8] = b"serde_json::private";
/// The maximum number of JSON values in a policy, counted approximately. A policy of 20 KB, the
/// maximum size in S3, has only a few hundred values.
const MOST_VALUES: usize = 8_000;

impl Document {
    /// Parses the response body of `GetBucketPolicy`.
    ///
    /// # Errors
    /// Fails if the body is empty, XML or invalid JSON, if it has duplicate members or too many
    /// values, or if it is not a policy.
    pub fn read(body: &[u8]) -> Result<Self, DecodeError> {
        let malformed = |why: &dyn std::fmt::Display| DecodeError::Malformed(why.to_string());
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            None => return Err(DecodeError::Empty),
            // If the body is an XML document, the error names its root element.
            Some(b'<') => {
                return Err(DecodeError::WrongRoot {
                    found: crate::xml::root_element(body)?,
                    wanted: "policy in JSON".to_owned(),
                });
            }
            Some(_) => {}
        }
        // serde_json represents a number as an object with a private member, so it would parse an
        // object with the same member in the policy as a number.
        let unescaped = json::unescaped(body);
        if unescaped.windows(PRIVATE.len()).any(|part| part == PRIVATE) {
            return Err(malformed(
                &"the policy contains `serde_json::private`, which this program cannot read without loss",
            ));
        }
        // The number of values is limited, because a JSON value of one byte takes about a hundred
        // bytes in memory.
        let separators = body
            .iter()
            .filter(|byte| matches!(byte, b',' | b'[' | b'{'));
        if separators.count() > MOST_VALUES {
            return Err(malformed(&"the policy has too many values"));
        }
        let json::Exact(value) = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
        let Value::Object(map) = value else {
            return Err(malformed(&"the policy is not a JSON object"));
        };
        let well_formed = match map.get("Statement") {
            Some(Value::Object(_)) | None => true,
            Some(Value::Array(list)) => list.iter().all(Value::is_object),
            Some(_) => false,
        };
        if well_formed {
            Ok(Document(map))
        } else {
            Err(malformed(&"`Statement` is not a list of objects"))
        }
    }

    /// Returns the policy as compact JSON, for `PutBucketPolicy`.
    #[must_use]
    #[allow(clippy::missing_panics_doc)] // This method never panics, because every JSON value can be serialized.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("writing JSON values cannot fail")
    }

    /// Returns the complete policy as a JSON value.
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// Returns the version of the policy language, such as `2012-10-17`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.0.get("Version").and_then(Value::as_str)
    }

    /// Returns the statements of the policy in their order.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        let list = match self.0.get("Statement") {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        list.iter().filter_map(Value::as_object).map(Statement::new)
    }

    /// Returns the statements of the policy as unchanged JSON values, in their order.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        match self.0.get("Statement") {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        }
    }

    /// Returns the statements whose `Sid` is `sid`, optionally followed by a number.
    pub fn named<'a>(&'a self, sid: &'a str) -> impl Iterator<Item = Statement<'a>> {
        self.statements()
            .filter(move |known| is_named(known.sid(), sid))
    }

    /// Inserts `statement` into the policy. An existing statement matches if its `Sid` is `sid`,
    /// optionally followed by a number, and if `is_ours` returns `true` for it. The new statement
    /// replaces the first matching statement, and this method removes the other matching
    /// statements. If no statement matches, this method adds the new statement at the end, with an
    /// unused `Sid`.
    pub fn put(
        &mut self,
        sid: &str,
        mut statement: Value,
        is_ours: impl Fn(Statement<'_>) -> bool,
    ) {
        let ours = |known: Statement<'_>| is_named(known.sid(), sid) && is_ours(known);
        let mut places: Vec<usize> = (self.statements().enumerate())
            .filter(|(_, known)| ours(*known))
            .map(|(place, _)| place)
            .collect();
        let place = (!places.is_empty()).then(|| places.remove(0));
        if let Some(place) = place {
            statement["Sid"] = json!(self.statements().nth(place).and_then(Statement::sid));
        } else {
            let taken: Vec<&str> = self
                .statements()
                .filter_map(statement::Statement::sid)
                .collect();
            let is_taken = |candidate: &String| taken.contains(&candidate.as_str());
            let numbered = (2..=taken.len() + 2).map(|number| format!("{sid}{number}"));
            let free = std::iter::once(sid.to_owned())
                .chain(numbered)
                .find(|candidate| !is_taken(candidate));
            statement["Sid"] = json!(free);
        }
        let list = self.list_mut();
        match place {
            Some(place) => list[place] = statement,
            None => list.push(statement),
        }
        for place in places.into_iter().rev() {
            list.remove(place);
        }
    }

    /// Removes every statement that equals none of the statements in `kept`. Revocations of this program
    /// stay, because without them, revoked URLs would work again.
    pub fn keep_only(&mut self, kept: &[Value]) {
        self.list_mut()
            .retain(|statement| kept.contains(statement) || Document::is_revocation(statement));
    }

    fn list_mut(&mut self) -> &mut Vec<Value> {
        let value = self.0.entry("Statement").or_insert(json!([]));
        if !value.is_array() {
            *value = Value::Array(vec![value.take()]);
        }
        value
            .as_array_mut()
            .expect("the code above has converted `Statement` into a list")
    }
}

/// Whether `found` is `sid`, optionally followed by a number. For example, this program writes the
/// Sid `DenyX2` if another statement already has the Sid `DenyX`.
fn is_named(found: Option<&str>, sid: &str) -> bool {
    found
        .and_then(|found| found.strip_prefix(sid))
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}
