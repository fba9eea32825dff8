//! One element of an XML document: its name, attributes, text and children, and nothing else.
//!
//! A document is kept whole. A configuration that is read, changed in one place and written back keeps
//! the parts that this program does not know.

use super::{DecodeError, NAMESPACE, malformed};
use quick_xml::escape::escape;
use std::mem;
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

    /// A copy of `found`, or else an empty element of this name.
    #[must_use]
    pub fn or_empty(found: Option<&Element>, name: &str) -> Self {
        found.cloned().unwrap_or_else(|| Element::leaf(name, ""))
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

    /// The only child of this name, if there is one.
    ///
    /// # Errors
    /// There are two.
    pub fn only(&self, name: &str) -> Result<Option<&Element>, DecodeError> {
        let mut all = self.children.iter().filter(|child| child.name == name);
        match (all.next(), all.next()) {
            (_, Some(_)) => Err(malformed(format!("duplicate element <{name}>"))),
            (only, None) => Ok(only),
        }
    }

    /// The only child of this name.
    ///
    /// # Errors
    /// There is none, or there are two.
    pub fn required(&self, name: &str) -> Result<&Element, DecodeError> {
        self.only(name)?
            .ok_or_else(|| malformed(format!("<{name}> is missing")))
    }

    /// The text of the only child of this name, if there is one.
    ///
    /// # Errors
    /// There are two, or it has children.
    pub fn text(&self, name: &str) -> Result<Option<&str>, DecodeError> {
        self.only(name)?.map(Element::as_text).transpose()
    }

    /// This element's text.
    ///
    /// # Errors
    /// It has children.
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

    /// This element's text as a boolean. S3 writes lower case; another spelling is not guessed at.
    ///
    /// # Errors
    /// It is neither `true` nor `false`.
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

    /// This element with each of `known` instead of its own children of that name; all other children
    /// stay.
    ///
    /// A child keeps its place. One that is new follows the one before it in `known`, so that S3's
    /// documented order is kept. An element that has all of `known` already does not change.
    #[must_use]
    pub fn with(mut self, known: impl IntoIterator<Item = Element>) -> Self {
        // An element has a text or children.
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

    /// This element without its children of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.children.retain(|child| child.name != name);
        self
    }

    /// The document with this as its root, in S3's namespace.
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
            // As it stood, so it is escaped; one quote may have stood between the other.
            *out += &format!(" {attribute}=\"{}\"", value.replace('"', "&quot;"));
        }
        out.push('>');
        // A reader takes a bare carriage return for the end of a line.
        *out += &escape(&self.text).replace('\r', "&#13;");
        for child in &self.children {
            child.push(out, "");
        }
        *out += &format!("</{name}>");
    }
}

impl Zeroize for Element {
    /// Overwrites every text: STS returns secret keys in such a document.
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
    fn what_is_read_is_written_and_shown() {
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
    fn a_carriage_return_is_written_as_a_reference() {
        let read = Element::read("A", b"<A>a&#xD;b</A>").unwrap();
        let written = String::from_utf8(read.write()).unwrap();
        assert!(written.ends_with(">a&#13;b</A>"), "{written}");
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
    fn a_doubled_a_missing_and_a_nested_element_are_errors() {
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
    fn known_children_are_put_in_place_and_unknown_ones_stay() {
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
    fn every_text_of_a_document_is_overwritten() {
        let mut found = read("<B>secret</B><C><D>secret</D></C>");
        found.zeroize();
        assert_eq!(found, read("<B/><C><D/></C>"));
    }
}
