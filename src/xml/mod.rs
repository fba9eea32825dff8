//! Parses and writes XML bodies.
//!
//! The parser checks the name of the root element. Ceph answers a request for an unknown
//! subresource with the status 200 and a `ListBucketResult`, which a lenient parser would accept as
//! an empty configuration.

mod element;
mod parse;
mod shape;

pub use element::Element;
pub(crate) use parse::is_xml;
pub use parse::root_element;
pub use shape::Shape;

use std::fmt;

/// The XML namespace of S3's documents.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The reason why a body is not the expected document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The body is empty.
    Empty,
    /// The body is an HTML page.
    Html,
    /// The body is an XML document with a different root element.
    WrongRoot {
        /// The name of the root element in the body.
        found: String,
        /// The name of the expected root element.
        wanted: String,
    },
    /// The body is not well-formed XML, or its contents are invalid. The text contains the reason.
    Malformed(String),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the answer is empty"),
            Self::Html => f.write_str("the answer is a web page"),
            Self::WrongRoot { found, wanted } => {
                write!(f, "the answer is a <{found}>, not a <{wanted}>")
            }
            Self::Malformed(why) => write!(f, "the answer cannot be read: {why}"),
        }
    }
}

impl std::error::Error for DecodeError {}

fn malformed(why: impl fmt::Display) -> DecodeError {
    DecodeError::Malformed(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_with_too_many_attributes_is_an_error() {
        let with = |count: usize| {
            let attributes: String = (0..count).map(|it| format!(" a{it}=''")).collect();
            let body = format!("<Thing><Part{attributes}/></Thing>");
            Element::read("Thing", body.as_bytes()).map(|_| ())
        };
        assert_eq!(with(29_998), Ok(()));
        assert_eq!(
            with(29_999),
            Err(malformed("the document has too many elements"))
        );
    }

    #[test]
    fn another_document_is_an_error_and_not_an_empty_configuration() {
        let read = |body| Element::read("Thing", body);
        let list = b"<?xml version=\"1.0\"?>\n<ListBucketResult><Name>b</Name></ListBucketResult>";
        assert_eq!(
            read(list),
            Err(DecodeError::WrongRoot {
                found: "ListBucketResult".into(),
                wanted: "Thing".into()
            })
        );
        assert_eq!(root_element(list), Ok("ListBucketResult".to_owned()));
        assert_eq!(read(b" \n"), Err(DecodeError::Empty));
        assert_eq!(read(b"<!DOCTYPE html><html>"), Err(DecodeError::Html));
        for malformed in [
            &b"not xml"[..],
            b"<Thing><Status>",
            b"<Thing></Other>",
            b"{}",
        ] {
            assert!(
                matches!(read(malformed), Err(DecodeError::Malformed(_))),
                "{}",
                String::from_utf8_lossy(malformed)
            );
        }
    }

    #[test]
    fn only_the_elements_of_a_list_are_taken() {
        let body = b"<All><Part>0</Part><List><Part>1</Part><More><Part>2</Part></More><Part>3</Part></List></All>";
        let mut taken = Vec::new();
        let rest = Element::read_list(&["All", "List", "Part"], body, |part| {
            taken.push(part.text);
            Ok(())
        });
        assert_eq!(taken, ["1", "3"]);
        let more = Element::node("More", vec![Element::leaf("Part", "2")]);
        let list = Element::node("List", vec![more]);
        let rest_wanted = Element::node("All", vec![Element::leaf("Part", "0"), list]);
        assert_eq!(rest, Ok(rest_wanted));
        let failed = Element::read_list(&["All", "Part"], body, |_| Err(malformed("no")));
        assert_eq!(failed, Err(malformed("no")));
    }
}
