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
    /// An element that contains a whole number, which is a number in JSON. Another text stays a text.
    Number,
    /// Any number of elements with the same name, which are a list in JSON. Without elements, JSON has no
    /// member, as in AWS's own JSON.
    List(&'static Shape),
    /// An element that contains only elements with this name, which is a list in JSON.
    Items(&'static str, &'static Shape),
    /// An attribute of the element, such as `xsi:type`.
    Attribute,
    /// A member with a different name in JSON, such as `Rules` for the elements `Rule`.
    Named(&'static str, &'static Shape),
    /// An element whose contents are unknown: either a text or elements. In JSON, several elements with the same name
    /// become a list.
    Any,
}

impl Shape {
    fn unnamed(&self) -> &Shape {
        match self {
            Shape::Named(_, shape) => shape,
            shape => shape,
        }
    }
}

impl Element {
    fn attribute(&self, name: &str) -> Option<String> {
        let mut all = self.attributes.iter();
        let (_, value) = all.find(|(known, _)| known == name)?;
        Some(value.clone())
    }

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
            Shape::Text | Shape::Number => self.as_text().map(drop),
            Shape::Boolean => self.as_boolean().map(drop),
            Shape::List(item) | Shape::Named(_, item) => self.check(item),
            Shape::Items(name, item) => self.all(name).try_for_each(|child| child.check(item)),
            Shape::Object(members) => members.iter().try_for_each(|(name, shape)| {
                if !matches!(shape.unnamed(), Shape::List(_)) {
                    self.only(name)?;
                }
                self.all(name).try_for_each(|child| child.check(shape))
            }),
            Shape::Any | Shape::Attribute => Ok(()),
        }
    }

    /// The element as JSON, with the names and types of AWS's own JSON, as in botocore's service model. The members that the shape names come first, in the order of
    /// the shape.
    #[must_use]
    pub fn json(&self, shape: &Shape) -> Value {
        let members = match shape {
            Shape::Text => return Value::String(self.text.clone()),
            Shape::Boolean => return Value::Bool(self.text == "true"),
            Shape::Number => {
                let number = self.text.trim().parse::<i64>();
                return number.map_or_else(|_| Value::String(self.text.clone()), Value::from);
            }
            Shape::List(item) | Shape::Named(_, item) => return self.json(item),
            Shape::Items(name, item) => {
                return self.all(name).map(|child| child.json(item)).collect();
            }
            Shape::Any if self.children.is_empty() => return Value::String(self.text.clone()),
            Shape::Any | Shape::Attribute => &[],
            Shape::Object(members) => *members,
        };
        let mut map = Map::new();
        for (name, shape) in members {
            let member = match shape {
                Shape::Named(member, _) => *member,
                _ => *name,
            };
            let mut values = self.all(name).map(|child| child.json(shape)).peekable();
            let value = match shape.unnamed() {
                Shape::List(_) => values.peek().is_some().then(|| values.collect()),
                Shape::Attribute => self.attribute(name).map(Value::String),
                _ => values.next(),
            };
            map.extend(value.map(|value| (member.to_owned(), value)));
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
            ("<Thing/>", "{}"),
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
