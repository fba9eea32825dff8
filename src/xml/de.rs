//! Typed configurations out of XML: a serde deserializer over [`Element`].
//!
//! S3's documents are texts, booleans, lists of equal names, and children; nothing else is known here.

use super::element::Element;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::collections::HashMap;

/// The document as a `T`.
pub(super) fn from_element<T: DeserializeOwned>(element: &Element) -> Result<T, Error> {
    T::deserialize(Same(std::slice::from_ref(&element)))
}

/// All children of one name: a list, or one of it.
#[derive(Clone, Copy)]
struct Same<'a, 'de>(&'a [&'de Element]);

impl<'de> Same<'_, 'de> {
    fn one(self) -> Result<&'de Element, Error> {
        match self.0 {
            [one] => Ok(one),
            more => {
                let name = more.first().map_or("", |element| &element.name);
                Err(Error::custom(format_args!("<{name}> stands there twice")))
            }
        }
    }
}

impl<'de> Deserializer<'de> for Same<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let element = self.one()?;
        if element.children.is_empty() {
            visitor.visit_borrowed_str(&element.text)
        } else {
            self.deserialize_map(visitor)
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let element = self.one()?;
        match element.text.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => Err(Error::custom(format_args!(
                "<{}> is `{other}`, neither true nor false",
                element.name
            ))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(List(self.0))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut places = HashMap::new();
        let mut groups: Vec<Vec<&Element>> = Vec::new();
        for child in &self.one()?.children {
            let place = *places.entry(child.name.as_str()).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[place].push(child);
        }
        visitor.visit_map(Children {
            rest: groups.into_iter(),
            value: Vec::new(),
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct enum identifier
    }
}

struct List<'a, 'de>(&'a [&'de Element]);

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((first, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        self.0 = rest;
        seed.deserialize(Same(std::slice::from_ref(first)))
            .map(Some)
    }
}

/// Children by name, in the order in which names come first.
struct Children<'de> {
    rest: std::vec::IntoIter<Vec<&'de Element>>,
    value: Vec<&'de Element>,
}

impl<'de> MapAccess<'de> for Children<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(group) = self.rest.next() else {
            return Ok(None);
        };
        self.value = group;
        let name = self.value.first().map_or("", |child| &child.name);
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Same(&self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Thing {
        name: String,
        on: Option<bool>,
        part: Vec<Thing>,
    }

    fn read(body: &str) -> Result<Thing, Error> {
        from_element(&Element::read("Thing", body.as_bytes()).unwrap())
    }

    #[test]
    fn texts_booleans_lists_and_children() {
        let body = "<Thing><Part><Name>a</Name></Part><New><x/></New><On>true</On><Part/><Name>b</Name></Thing>";
        let part = |name: &str| Thing {
            name: name.to_owned(),
            ..Thing::default()
        };
        let whole = Thing {
            on: Some(true),
            part: vec![part("a"), part("")],
            ..part("b")
        };
        assert_eq!(read(body), Ok(whole));
        assert_eq!(read("<Thing/>"), Ok(Thing::default()));
    }

    #[test]
    fn what_is_said_twice_or_is_no_boolean_is_refused() {
        for body in [
            "<Thing><Name>a</Name><Name>b</Name></Thing>",
            "<Thing><On>TRUE</On></Thing>",
            "<Thing><On/></Thing>",
            "<Thing><Name><a/></Name></Thing>",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
