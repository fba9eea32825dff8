//! XML as it is: elements, attributes, text, children, nothing else. For configurations of which only a part is
//! ours and the rest must come back as it was.

use super::{NAMESPACE, Unreadable, root_element};
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::Event;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use zeroize::Zeroize;

/// Deeper than any configuration of S3 goes.
const DEPTH_LIMIT: usize = 32;

/// A thousand rules, a thousand versions, some ten elements each: more than any answer has.
const COUNT_LIMIT: usize = 30_000;

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

    /// Reads a body whose root element must be `root`.
    ///
    /// # Panics
    /// Never: elements are closed in the order in which they were opened.
    pub fn read(root: &str, body: &[u8]) -> Result<Self, Unreadable> {
        let found = root_element(body)?;
        if found != root {
            return Err(Unreadable::WrongRoot {
                found,
                wanted: root.to_owned(),
            });
        }
        let malformed = |why: &dyn ToString| Unreadable::Malformed(why.to_string());
        let mut reader = Reader::from_reader(body);
        reader.config_mut().expand_empty_elements = true;
        let mut open: Vec<Element> = Vec::new();
        let mut count = 0;
        loop {
            let event = reader.read_event().map_err(|error| malformed(&error))?;
            match event {
                Event::Start(start) => {
                    count += 1;
                    if count > COUNT_LIMIT {
                        return Err(malformed(&"it has too many elements"));
                    }
                    if open.len() == DEPTH_LIMIT {
                        return Err(malformed(&"it is nested too deep"));
                    }
                    let name = start.local_name();
                    if !is_name(name.as_ref()) {
                        return Err(malformed(&"an element has a name that is none"));
                    }
                    let mut element = Element::leaf(name.as_ref(), "");
                    for attribute in start.attributes() {
                        let attribute = attribute.map_err(|error| malformed(&error))?;
                        let name = attribute.key.as_ref();
                        if !is_name(name) {
                            return Err(malformed(&"an attribute has a name that is none"));
                        }
                        if name != "xmlns" {
                            let value = attribute.value.as_ref();
                            element.attributes.push((name.to_owned(), value.to_owned()));
                        }
                    }
                    open.push(element);
                }
                Event::End(_) => {
                    let mut closed = open.pop().expect("the reader checks that tags match");
                    if !closed.children.is_empty() {
                        closed.text.clear();
                    }
                    match open.last_mut() {
                        Some(parent) => parent.children.push(closed),
                        None => return Ok(closed),
                    }
                }
                Event::Text(text) => {
                    if let Some(last) = open.last_mut() {
                        last.text += &text;
                    }
                }
                Event::CData(text) => {
                    if let Some(last) = open.last_mut() {
                        last.text += &text;
                    }
                }
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().ok().flatten();
                    let text = match (character, resolve_predefined_entity(&reference)) {
                        (Some(character), _) => character.to_string(),
                        (None, Some(text)) => text.to_owned(),
                        (None, None) => return Err(malformed(&"it has an unknown entity")),
                    };
                    if let Some(last) = open.last_mut() {
                        last.text += &text;
                    }
                }
                Event::Eof => return Err(malformed(&"it ends too soon")),
                Event::DocType(_) => return Err(malformed(&"it has a document type")),
                _ => {}
            }
        }
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

/// What is written back must be readable: the reader takes any bytes for a name.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
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
