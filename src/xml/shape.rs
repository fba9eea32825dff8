//! The shape of a document, which determines how a document is checked and converted to JSON.

use super::{DecodeError, Element};
use serde_json::{Map, Value};

/// The shape of an element, as AWS's API reference defines it.
#[derive(Debug)]
pub enum Shape {
    /// An element that contains a text.
    Text,
    /// An element that contains `true` or `false`.
    Boolean,
    /// An element that contains these elements, in the documented order. Each of these elements may be
    /// missing, and other elements may be present.
    Object(&'static [(&'static str, Shape)]),
    /// Any number of elements with the same name, which are always a list in JSON.
    List(&'static Shape),
    /// An element with unknown contents, a text or elements. In JSON, several elements with the same name
    /// become a list.
    Any,
}

impl Element {
    /// Returns this element if it has this shape. Elements that the shape does not name are not checked.
    ///
    /// # Errors
    /// Fails if an element that is not in a list occurs twice, a boolean is neither `true` nor
    /// `false`, or a text element contains elements.
    pub fn checked(self, shape: &Shape) -> Result<Self, DecodeError> {
        self.check(shape)?;
        Ok(self)
    }

    fn check(&self, shape: &Shape) -> Result<(), DecodeError> {
        match shape {
            Shape::Text => self.as_text().map(drop),
            Shape::Boolean => self.as_boolean().map(drop),
            Shape::List(item) => self.check(item),
            Shape::Object(members) => members.iter().try_for_each(|(name, shape)| {
                if !matches!(shape, Shape::List(_)) {
                    self.only(name)?;
                }
                self.all(name).try_for_each(|child| child.check(shape))
            }),
            Shape::Any => Ok(()),
        }
    }

    /// The element as JSON, with AWS's names. The members that the shape names come first, in the order of
    /// the shape.
    #[must_use]
    pub fn json(&self, shape: &Shape) -> Value {
        let members = match shape {
            Shape::Text => return Value::String(self.text.clone()),
            Shape::Boolean => return Value::Bool(self.text == "true"),
            Shape::List(item) => return self.json(item),
            Shape::Any if self.children.is_empty() => return Value::String(self.text.clone()),
            Shape::Any => &[],
            Shape::Object(members) => *members,
        };
        let mut map = Map::new();
        for (name, shape) in members {
            let mut values = self.all(name).map(|child| child.json(shape));
            if let Shape::List(_) = shape {
                map.insert((*name).to_owned(), values.collect());
            } else if let Some(value) = values.next() {
                map.insert((*name).to_owned(), value);
            }
        }
        for child in &self.children {
            if members.iter().any(|(name, _)| child.name == *name) {
                continue;
            }
            let value = child.json(&Shape::Any);
            match map.get_mut(&child.name) {
                None => drop(map.insert(child.name.clone(), value)),
                Some(Value::Array(list)) => list.push(value),
                Some(one) => *one = Value::Array(vec![one.take(), value]),
            }
        }
        Value::Object(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape::Object(&[
        ("Name", Shape::Text),
        ("On", Shape::Boolean),
        (
            "Part",
            Shape::List(&Shape::Object(&[("Name", Shape::Text)])),
        ),
    ]);

    fn read(body: &str) -> Result<Element, DecodeError> {
        Element::read("Thing", body.as_bytes())?.checked(&SHAPE)
    }

    #[test]
    fn json_has_booleans_lists_the_documented_order_and_unknown_elements() {
        for (body, json) in [
            ("<Thing/>", r#"{"Part":[]}"#),
            (
                "<Thing><Part><Name>a</Name></Part><New><x/></New><On>true</On><Part/><New/><Name>b</Name></Thing>",
                r#"{"Name":"b","On":true,"Part":[{"Name":"a"},{}],"New":[{"x":""},""]}"#,
            ),
        ] {
            assert_eq!(read(body).unwrap().json(&SHAPE).to_string(), json);
        }
    }

    #[test]
    fn rejects_duplicate_elements_and_invalid_booleans() {
        for body in [
            "<Thing><Name>a</Name><Name>b</Name></Thing>",
            "<Thing><On>TRUE</On></Thing>",
            "<Thing><On/></Thing>",
            "<Thing><Name><a/></Name></Thing>",
            "<Thing><Part/><Part><Name/><Name/></Part></Thing>",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
