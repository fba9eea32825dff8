//! XML as it is: elements, attributes, text, children, nothing else. For configurations of which only a part is
//! ours and the rest must come back as it was.

use super::NAMESPACE;
use quick_xml::escape::escape;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use zeroize::Zeroize;

/// An element. S3's configurations have no text beside children, and hardly an attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its local name.
    pub name: String,
    /// Its attributes but the default namespace, values as they stand: a grantee's `xsi:type`.
    pub attributes: Vec<(String, String)>,
    /// Its text, if it has no children.
    pub text: String,
    /// What stands in it, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// `<NAME>TEXT</NAME>`.
    #[must_use]
    pub fn leaf(name: &str, text: &(impl ToString + ?Sized)) -> Self {
        Element {
            name: name.to_owned(),
            text: text.to_string(),
            ..Element::default()
        }
    }

    /// `<NAME>` with children.
    #[must_use]
    pub fn node(name: &str, children: Vec<Element>) -> Self {
        Element {
            name: name.to_owned(),
            children,
            ..Element::default()
        }
    }

    /// Overwrites every text.
    pub(super) fn wipe(&mut self) {
        self.text.zeroize();
        self.children.iter_mut().for_each(Element::wipe);
    }

    /// A struct's fields as children, a list as children of one name.
    pub(super) fn of_value(name: &str, value: &Value) -> Self {
        match value {
            Value::Object(fields) => {
                let children = fields.iter().flat_map(|(name, value)| match value {
                    Value::Array(list) => list.iter().map(|it| Self::of_value(name, it)).collect(),
                    value => vec![Self::of_value(name, value)],
                });
                Element::node(name, children.collect())
            }
            Value::String(text) => Element::leaf(name, text),
            Value::Null => Element::leaf(name, ""),
            other => Element::leaf(name, other),
        }
    }

    /// The first child of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name, empty if there is none.
    #[must_use]
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }

    /// The document with this as its root, in S3's namespace.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut text = String::new();
        self.push(&mut text, &format!(" xmlns=\"{}\"", NAMESPACE));
        text.into_bytes()
    }

    fn push(&self, out: &mut String, attributes: &str) {
        let name = &self.name;
        *out += &format!("<{name}{attributes}");
        for (attribute, value) in &self.attributes {
            // As it stood, so it is escaped; one quote may have stood between the other.
            *out += &format!(" {attribute}=\"{}\"", value.replace('"', "&quot;"));
        }
        out.push('>');
        *out += &escape(&self.text);
        for child in &self.children {
            child.push(out, "");
        }
        *out += &format!("</{name}>");
    }

    /// Text, or an object of children; those of one name become a list.
    fn value(&self) -> Value {
        if self.children.is_empty() {
            return Value::String(self.text.clone());
        }
        let mut map = Map::new();
        for child in &self.children {
            match map.get_mut(&child.name) {
                None => {
                    map.insert(child.name.clone(), child.value());
                }
                Some(Value::Array(list)) => list.push(child.value()),
                Some(one) => *one = Value::Array(vec![one.take(), child.value()]),
            }
        }
        Value::Object(map)
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_and_shown() {
        let body = "<?xml version=\"1.0\"?>\n<A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n  <B>a&lt;&#98;<![CDATA[&]]></B>\n  <C><D/></C><C><D>2</D></C>\n</A>\n";
        let read = Element::read("A", body.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(read.write()).unwrap(),
            "<A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><B>a&lt;b&amp;</B><C><D></D></C><C><D>2</D></C></A>"
        );
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"B":"a<b&","C":[{"D":""},{"D":"2"}]}"#
        );
        assert_eq!(Element::read("A", &read.write()), Ok(read));
    }

    #[test]
    fn a_type_that_is_said_in_an_attribute_goes_back() {
        let grantee = "<G xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>a</ID></Grantee></G>";
        let read = Element::read("G", grantee.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(read.write()).unwrap(), grantee);
    }

    #[test]
    fn what_is_no_such_document_is_refused() {
        for body in [
            "",
            "<B/>",
            "<A><B></A>",
            "<A>",
            "<A>&x;</A>",
            "<A><{\":/></A>",
            "<A><\u{0}B></\u{0}B></A>",
            "<A <=\"\"></A>",
            "<!DOCTYPE A [<!ENTITY x \"y\">]><A>&x;</A>",
            &"<A>".repeat(40),
        ] {
            assert!(Element::read("A", body.as_bytes()).is_err(), "{body}");
        }
    }
}
