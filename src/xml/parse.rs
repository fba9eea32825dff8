//! Reads a document: an element at a time, within limits.

use super::{Element, Unreadable};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use std::fmt;

/// Deeper than any configuration of S3 goes.
const DEPTH_LIMIT: usize = 32;

/// A thousand rules, a thousand versions, some ten elements each: more than any answer has.
const COUNT_LIMIT: usize = 30_000;

impl Element {
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
}

/// The local name of the root element.
pub fn root_element(body: &[u8]) -> Result<String, Unreadable> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let mut reader = Reader::from_reader(body);
    let malformed = |error: &dyn fmt::Display| Unreadable::Malformed(error.to_string());
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let name = element.local_name();
                return Ok(name.as_ref().to_owned());
            }
            Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => {}
            Ok(Event::Text(text)) if text.trim().is_empty() => {}
            Ok(Event::DocType(doctype)) if doctype.to_ascii_lowercase().starts_with("html") => {
                return Err(Unreadable::Html);
            }
            Ok(_) => return Err(malformed(&"it does not begin with an element")),
            Err(error) => return Err(malformed(&error)),
        }
    }
}

/// What is written back must be readable: the reader takes any bytes for a name.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}
