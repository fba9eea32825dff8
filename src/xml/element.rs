//! The elements of an XML document, with name, attributes, text and children.
//!
//! An element keeps all its contents. When this program reads a configuration, changes one element
//! and writes the configuration, it therefore preserves the elements that it does not know.

use super::{DecodeError, NAMESPACE, malformed};
use quick_xml::escape::escape;
use std::mem;
use zeroize::Zeroize;

/// An XML element. In S3's configurations, an element has either a text or children, and few
/// elements have attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// The local name of the element, without a namespace prefix.
    pub name: String,
    /// The names and values of the attributes, such as the `xsi:type` of a grantee, without the
    /// default namespace. The values are escaped as in the document.
    pub attributes: Vec<(String, String)>,
    /// The unescaped text, which is empty if the element has children.
    pub text: String,
    /// The child elements, in document order.
    pub children: Vec<Element>,
}

impl Element {
    /// Returns an element with a text: `<NAME>TEXT</NAME>`.
    #[must_use]
    pub fn leaf(name: &str, text: &(impl ToString + ?Sized)) -> Self {
        Element {
            name: name.to_owned(),
            text: text.to_string(),
            ..Element::default()
        }
    }

    /// Returns an element with children.
    #[must_use]
    pub fn node(name: &str, children: Vec<Element>) -> Self {
        Element {
            name: name.to_owned(),
            children,
            ..Element::default()
        }
    }

    /// Returns a copy of `found`, or an empty element with this name if `found` is `None`.
    #[must_use]
    pub fn or_empty(found: Option<&Element>, name: &str) -> Self {
        found.cloned().unwrap_or_else(|| Element::leaf(name, ""))
    }

    /// Returns the first child with this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns all children with this name, in document order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Returns the text of the first child with this name. The text is empty if there is no such
    /// child.
    #[must_use]
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }

    /// Returns the only child with this name, or `None` if there is no such child.
    ///
    /// # Errors
    /// Fails if the element has several children with this name.
    pub fn only(&self, name: &str) -> Result<Option<&Element>, DecodeError> {
        let mut all = self.children.iter().filter(|child| child.name == name);
        match (all.next(), all.next()) {
            (_, Some(_)) => Err(malformed(format!("duplicate element <{name}>"))),
            (only, None) => Ok(only),
        }
    }

    /// Returns the only child with this name.
    ///
    /// # Errors
    /// Fails if the element has no child or several children with this name.
    pub fn required(&self, name: &str) -> Result<&Element, DecodeError> {
        self.only(name)?
            .ok_or_else(|| malformed(format!("<{name}> is missing")))
    }

    /// Returns the text of the only child with this name, or `None` if there is no such child.
    ///
    /// # Errors
    /// Fails if the element has several children with this name, or if the child contains elements.
    pub fn text(&self, name: &str) -> Result<Option<&str>, DecodeError> {
        self.only(name)?.map(Element::as_text).transpose()
    }

    /// Returns the text of this element.
    ///
    /// # Errors
    /// Fails if the element contains elements instead of a text.
    pub fn as_text(&self) -> Result<&str, DecodeError> {
        if self.children.is_empty() {
            Ok(&self.text)
        } else {
            Err(malformed(format!(
                "<{}> contains elements instead of text",
                self.name
            )))
        }
    }

    /// Returns the text of this element as a boolean. S3 writes booleans in lower case.
    ///
    /// # Errors
    /// Fails if the text is neither `true` nor `false`, for example because the text is `TRUE`.
    pub fn as_boolean(&self) -> Result<bool, DecodeError> {
        match self.text.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(malformed(format!(
                "<{}> is `{other}`, neither true nor false",
                self.name
            ))),
        }
    }

    /// Replaces each child that has the same name as an element of `known` with that element. All
    /// other children do not change.
    ///
    /// A replaced child keeps its position. A new child follows the previous element of `known`, so
    /// that the children have the order that S3 documents. If the element already has all elements
    /// of `known`, this method changes nothing.
    #[must_use]
    pub fn with(mut self, known: impl IntoIterator<Item = Element>) -> Self {
        // The text is removed, because an element has either a text or children.
        self.text.clear();
        let mut next = 0;
        for mut child in known {
            let place = self.children.iter().position(|own| own.name == child.name);
            if let Some(place) = place {
                if child.attributes.is_empty() {
                    child.attributes = mem::take(&mut self.children[place].attributes);
                }
                next = place;
            }
            self.children.retain(|own| own.name != child.name);
            self.children.insert(next, child);
            next += 1;
        }
        self
    }

    /// Removes all children with this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.children.retain(|child| child.name != name);
        self
    }

    /// Returns the XML document with this element as its root, in S3's namespace.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut text = String::new();
        self.push(&mut text, &format!(" xmlns=\"{NAMESPACE}\""));
        text.into_bytes()
    }

    fn push(&self, out: &mut String, attributes: &str) {
        let name = &self.name;
        *out += &format!("<{name}{attributes}");
        for (attribute, value) in &self.attributes {
            // The attribute value is already escaped as in the document. Only `"` may be unescaped,
            // if the document has the value in single quotes.
            *out += &format!(" {attribute}=\"{}\"", value.replace('"', "&quot;"));
        }
        out.push('>');
        // A carriage return must be escaped, because XML parsers convert an unescaped carriage
        // return to a newline.
        *out += &escape(&self.text).replace('\r', "&#13;");
        for child in &self.children {
            child.push(out, "");
        }
        *out += &format!("</{name}>");
    }
}

impl Zeroize for Element {
    /// Zeroes the text of every element, because a response of STS contains secret keys.
    fn zeroize(&mut self) {
        self.text.zeroize();
        self.children.iter_mut().for_each(Element::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Shape;

    #[test]
    fn a_document_is_written_and_converted_to_json_as_it_was_read() {
        let body = "<?xml version=\"1.0\"?>\n<A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n  <B>a&lt;&#98;<![CDATA[&]]></B>\n  <C><D/></C><C><D>2</D></C>\n</A>\n";
        let read = Element::read("A", body.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(read.write()).unwrap(),
            "<A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><B>a&lt;b&amp;</B><C><D></D></C><C><D>2</D></C></A>"
        );
        assert_eq!(
            read.json(&Shape::Any).to_string(),
            r#"{"B":"a<b&","C":[{"D":""},{"D":"2"}]}"#
        );
        assert_eq!(Element::read("A", &read.write()), Ok(read));
    }

    #[test]
    fn a_carriage_return_is_written_as_a_character_reference() {
        let read = Element::read("A", b"<A>a&#xD;b</A>").unwrap();
        let written = String::from_utf8(read.write()).unwrap();
        assert!(written.ends_with(">a&#13;b</A>"), "{written}");
    }

    #[test]
    fn attributes_are_written_as_they_were_read() {
        let grantee = "<G xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>a</ID></Grantee></G>";
        let read = Element::read("G", grantee.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(read.write()).unwrap(), grantee);
    }

    #[test]
    fn rejects_malformed_documents() {
        for body in [
            "",
            "<B/>",
            "<A><B></A>",
            "<A>",
            "<A>&x;</A>",
            "<A><{\":/></A>",
            "<A><\u{0}B></\u{0}B></A>",
            "<A <=\"\"></A>",
            "<A b=\"&#2;\"/>",
            "<A b=\"&#xFFFE;\"/>",
            "<A b=\"&x;\"/>",
            "<A/><A/>",
            "<A></A><B/>",
            "<A/>x",
            "<A/>&#32;",
            "<A/><![CDATA[ ]]>",
            "<A/><?xml version=\"1.0\"?><A>",
            "<A/></A>",
            "<A/>\u{0}",
            "<!DOCTYPE A [<!ENTITY x \"y\">]><A>&x;</A>",
            &"<A>".repeat(40),
        ] {
            assert!(Element::read("A", body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn white_space_and_comments_may_follow_the_root_element() {
        for body in ["<A/>", "<A/>\r\n ", "<A/><!-- a --><?b c?>\n"] {
            assert_eq!(
                Element::read("A", body.as_bytes()),
                Ok(Element::leaf("A", ""))
            );
        }
    }

    fn read(children: &str) -> Element {
        Element::read("A", format!("<A>{children}</A>").as_bytes()).unwrap()
    }

    #[test]
    fn duplicate_missing_and_nested_elements_are_errors() {
        let error = |why: &str| Err(DecodeError::Malformed(why.to_owned()));
        let found = read("<B>1</B><C/><C/><D><x/></D>");
        assert_eq!(found.text("B"), Ok(Some("1")));
        assert_eq!(found.text("E"), Ok(None));
        assert_eq!(found.text("C"), error("duplicate element <C>"));
        assert_eq!(
            found.text("D"),
            error("<D> contains elements instead of text")
        );
        assert_eq!(
            found.required("E").cloned(),
            Err(DecodeError::Malformed("<E> is missing".to_owned()))
        );
    }

    #[test]
    fn known_children_are_replaced_and_unknown_children_stay() {
        let known = || [Element::leaf("B", "1"), Element::leaf("C", "2")];
        for (found, wanted) in [
            ("", "<B>1</B><C>2</C>"),
            ("text", "<B>1</B><C>2</C>"),
            ("<C>3</C><X/>", "<B>1</B><C>2</C><X/>"),
            ("<X/><B/><Y/>", "<X/><B>1</B><C>2</C><Y/>"),
            ("<C/><X/><B/><B/><C/>", "<C>2</C><X/><B>1</B>"),
            ("<B a=\"b\"/>", "<B a=\"b\">1</B><C>2</C>"),
        ] {
            let changed = read(found).with(known());
            assert_eq!(changed, read(wanted), "{found}");
            assert_eq!(changed.clone().with(known()), changed);
        }
        assert_eq!(read("<B/><X/><B/>").without("B"), read("<X/>"));
    }

    #[test]
    fn zeroize_overwrites_the_text_of_every_element() {
        let mut found = read("<B>secret</B><C><D>secret</D></C>");
        found.zeroize();
        assert_eq!(found, read("<B/><C><D/></C>"));
    }
}
