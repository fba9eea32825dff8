//! JSON without loss: numbers to their last digit (serde_json's `arbitrary_precision`), members in
//! their order, and a member that comes twice is an error: of two `Condition`s a map keeps one, and
//! who wrote them may have meant both.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// A JSON value, read so.
pub(super) struct Exact(pub(super) Value);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExactVisitor).map(Exact)
    }
}

struct ExactVisitor;

/// The name under which serde_json hands over a number that it keeps as text.
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
                let digits: String = members.next_value()?;
                return serde_json::from_str(&digits).map_err(Error::custom);
            }
            let Exact(value) = members.next_value()?;
            if map.insert(name.clone(), value).is_some() {
                return Err(Error::custom(format!("`{name}` stands there twice")));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_to_the_letter() {
        let text =
            r#"{"b":123456789012345678901234567890,"a":[1.10,true,null,"x",{"z":-1e400}],"c":{}}"#;
        let Exact(value) = serde_json::from_str(text).unwrap();
        assert_eq!(value.to_string(), text.replace("1e400", "1e+400"));
    }

    #[test]
    fn a_member_that_comes_twice_is_an_error() {
        let error = serde_json::from_str::<Exact>(r#"{"a":{"Condition":{},"Condition":{}}}"#)
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("`Condition` stands there twice"),
            "{error}"
        );
    }
}
