//! Parses an XML document in one pass, with limits on its depth and its number of elements.

use super::{DecodeError, Element, malformed};
use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

/// The maximum nesting depth. Every configuration of S3 has a smaller depth.
const DEPTH_LIMIT: usize = 32;

/// The maximum number of elements and attributes together. The largest responses have a thousand rules
/// or versions, with about ten elements for each. Few elements have attributes.
const COUNT_LIMIT: usize = 30_000;

impl Element {
    /// Parses a body whose root element must be `root`.
    ///
    /// # Errors
    /// Fails if the body is empty, an HTML page, malformed XML or a document with a different root
    /// element, or if the body exceeds the limits of this module.
    pub fn read(root: &str, body: &[u8]) -> Result<Self, DecodeError> {
        Self::read_list(&[root], body, |_| Ok(()))
    }

    /// As [`read`](Self::read), but passes each element of a list to `take` when it is complete, and does
    /// not keep the element, so that a long list needs little memory. `path` has the names from the root
    /// element to the elements of the list.
    ///
    /// # Errors
    /// As [`read`](Self::read), or `take` failed.
    pub fn read_list(
        path: &[&str],
        body: &[u8],
        mut take: impl FnMut(Element) -> Result<(), DecodeError>,
    ) -> Result<Self, DecodeError> {
        let root = path.first().copied().unwrap_or_default();
        let mut reader = reader(body);
        let start = first_element(&mut reader, body)?;
        let found = start.local_name();
        if found.as_ref() != root {
            return Err(DecodeError::WrongRoot {
                found: found.as_ref().to_owned(),
                wanted: root.to_owned(),
            });
        }
        let mut count = 0;
        let mut open = vec![opened(&start, &mut count)?];
        while let Some(parent) = open.last_mut() {
            match reader.read_event().map_err(malformed)? {
                Event::Start(start) => {
                    if open.len() == DEPTH_LIMIT {
                        return Err(malformed("the document is nested too deeply"));
                    }
                    open.push(opened(&start, &mut count)?);
                }
                Event::End(_) => {
                    let Some(mut closed) = open.pop() else { break };
                    if !closed.children.is_empty() {
                        closed.text.clear();
                    }
                    let names = open.iter().chain([&closed]).map(|it| it.name.as_str());
                    let is_listed = names.eq(path.iter().copied());
                    let Some(parent) = open.last_mut() else {
                        expect_end(&mut reader)?;
                        return Ok(closed);
                    };
                    if is_listed {
                        take(closed)?;
                    } else {
                        parent.children.push(closed);
                    }
                }
                Event::Text(text) => parent.text += &text,
                Event::CData(text) => parent.text += &text,
                Event::GeneralRef(reference) => parent.text += &resolved(&reference)?,
                Event::Eof => break,
                Event::DocType(_) => {
                    return Err(malformed("the document has a document type declaration"));
                }
                _ => {}
            }
        }
        Err(malformed(
            "the document ends before its root element is closed",
        ))
    }
}

/// Returns the local name of the root element.
///
/// # Errors
/// Fails if the body is empty or an HTML page, or if the body does not begin with an element.
pub fn root_element(body: &[u8]) -> Result<String, DecodeError> {
    let start = first_element(&mut reader(body), body)?;
    Ok(start.local_name().as_ref().to_owned())
}

fn reader(body: &[u8]) -> Reader<&[u8]> {
    let mut reader = Reader::from_reader(body);
    reader.config_mut().expand_empty_elements = true;
    reader
}

/// Reads the body up to the start tag of the root element.
fn first_element<'a>(
    reader: &mut Reader<&'a [u8]>,
    body: &[u8],
) -> Result<BytesStart<'a>, DecodeError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(DecodeError::Empty);
    }
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(start) => return Ok(start),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            Event::DocType(doctype) if doctype.to_ascii_lowercase().starts_with("html") => {
                return Err(DecodeError::Html);
            }
            _ => return Err(malformed("the document does not begin with an element")),
        }
    }
}

/// Reads the body to its end. Only white space, comments and processing instructions may follow the
/// root element. A body with further content may be a concatenation of two documents, and the
/// parser cannot know which document is valid.
fn expect_end(reader: &mut Reader<&[u8]>) -> Result<(), DecodeError> {
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            _ => return Err(malformed("the document has content after its root element")),
        }
    }
}

/// Returns an element with the name and the attributes of a start tag, without contents. Adds the element
/// and its attributes to `count`.
fn opened(start: &BytesStart<'_>, count: &mut usize) -> Result<Element, DecodeError> {
    let mut counted = || {
        *count += 1;
        if *count > COUNT_LIMIT {
            return Err(malformed("the document has too many elements"));
        }
        Ok(())
    };
    counted()?;
    let name = start.local_name();
    if !is_name(name.as_ref()) {
        return Err(malformed("an element has an invalid name"));
    }
    let mut element = Element::leaf(name.as_ref(), "");
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        counted()?;
        let name = attribute.key.as_ref();
        if !is_name(name) {
            return Err(malformed("an attribute has an invalid name"));
        }
        if name != "xmlns" {
            let value = attribute.value.as_ref();
            // The attribute value must be well-formed, because the program writes it without
            // changes.
            if !unescape(value).map_err(malformed)?.chars().all(is_xml) {
                return Err(malformed(
                    "an attribute has a character that XML cannot represent",
                ));
            }
            element.attributes.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(element)
}

/// Returns the text of an entity or character reference, such as `&lt;` or `&#98;`.
fn resolved(reference: &BytesRef<'_>) -> Result<String, DecodeError> {
    let character = reference.resolve_char_ref().ok().flatten();
    match (character, resolve_predefined_entity(reference)) {
        (Some(character), _) => Ok(character.to_string()),
        (None, Some(text)) => Ok(text.to_owned()),
        (None, None) => Err(malformed("the document contains an unknown entity")),
    }
}

/// Whether the text is a valid XML name. The XML library accepts any bytes as a name, but the
/// document that the program writes must be well-formed.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// Whether an XML document can contain the character, directly or as a character reference.
///
/// <https://www.w3.org/TR/xml/#charsets>
pub(crate) fn is_xml(character: char) -> bool {
    !matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}
