//! Parses JSON without loss: numbers keep all digits (with the feature `arbitrary_precision` of
//! `serde_json`), and members keep their order. A duplicate member is an error, because a map keeps
//! only one of two `Condition` members, although the user may have meant both.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// A JSON value that was parsed without loss.
pub(crate) struct Exact(pub(crate) Value);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExactVisitor).map(Exact)
    }
}

struct ExactVisitor;

/// The name of the private member in which `serde_json` passes a number as a text.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Visitor<'de> for ExactVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Exact(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER {
                // `serde_json` represents a number as an object with this member. The policy parser
                // rejects every document that contains the name of this private member.
                let digits: String = members.next_value()?;
                let number: serde_json::Number =
                    serde_json::from_str(&digits).map_err(Error::custom)?;
                return Ok(Value::Number(number));
            }
            let Exact(value) = members.next_value()?;
            if map.insert(name.clone(), value).is_some() {
                return Err(Error::custom(format!("duplicate member `{name}`")));
            }
        }
        Ok(Value::Object(map))
    }
}

/// Returns the document with every ASCII escape (`\\u0041`) replaced by its character. The returned
/// document is only for searching, because it may be invalid JSON.
pub(super) fn unescaped(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [first, tail @ ..] = rest {
        let code = match rest {
            [b'\\', b'u', b'0', b'0', high, low, ..] => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = code {
            plain.push(16 * high + low);
            rest = rest.get(6..).unwrap_or_default();
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    plain
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_the_order_of_members_are_kept() {
        let text =
            r#"{"b":123456789012345678901234567890,"a":[1.10,true,null,"x",{"z":-1e400}],"c":{}}"#;
        let Exact(value) = serde_json::from_str(text).unwrap();
        assert_eq!(value.to_string(), text.replace("1e400", "1e+400"));
    }

    #[test]
    fn rejects_duplicate_members() {
        let error = serde_json::from_str::<Exact>(r#"{"a":{"Condition":{},"Condition":{}}}"#)
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("duplicate member `Condition`"),
            "{error}"
        );
    }

    #[test]
    fn rejects_private_names_of_serde_json() {
        use crate::policy::Document;
        for name in [
            "$serde_json::private::Number",
            "$serde_json::private::RawValue",
            r"\u0024serde_json\u003a\u003Aprivate::Number",
            r"$serde_json::priv\u0061te::Number",
        ] {
            for value in [r#""1""#, r#""{}""#, "1"] {
                let policy = format!(r#"{{"Statement":[{{"Sid":{{"{name}":{value}}}}}]}}"#);
                let error = Document::read(policy.as_bytes()).unwrap_err();
                assert!(
                    error.to_string().contains("serde_json::private"),
                    "{policy} {error}"
                );
            }
        }
    }
}
