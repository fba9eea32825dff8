//! XML bodies. A root element is checked by name: Ceph answers a subresource it does not know with
//! a `ListBucketResult` and 200, which any lenient reader takes for an empty configuration.

mod de;
mod element;
mod parse;
mod shape;

pub use element::Element;
pub use parse::root_element;
pub use shape::Shape;

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// S3's namespace.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Reads a body whose root element must be `root`.
pub fn read<T: DeserializeOwned>(root: &str, body: &[u8]) -> Result<T, Unreadable> {
    let mut document = Element::read(root, body)?;
    let value = de::from_element::<T>(&document);
    // STS gives keys in such a document.
    zeroize::Zeroize::zeroize(&mut document);
    value.map_err(|error| Unreadable::Malformed(error.to_string()))
}

/// Writes `value` under the root element `root`, in S3's namespace.
///
/// # Panics
/// On a type that is no struct.
pub fn write<T: Serialize>(root: &str, value: &T) -> Vec<u8> {
    let value = serde_json::to_value(value).expect("configurations are structs of texts and lists");
    Element::of_value(root, &value).write()
}

/// Why a body is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing there.
    Empty,
    /// A web page.
    Html,
    /// Another document.
    WrongRoot {
        /// Its root element.
        found: String,
        /// The root element asked for.
        wanted: String,
    },
    /// Neither XML nor JSON as it should be.
    Malformed(String),
}

impl fmt::Display for Unreadable {
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

impl std::error::Error for Unreadable {}

fn malformed(why: impl fmt::Display) -> Unreadable {
    Unreadable::Malformed(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Thing {
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<String>,
    }

    #[test]
    fn what_is_written_can_be_read() {
        let thing = Thing {
            status: Some("a<b".into()),
        };
        let body = write("Thing", &thing);
        assert_eq!(
            String::from_utf8_lossy(&body),
            "<Thing xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>a&lt;b</Status></Thing>"
        );
        assert_eq!(read("Thing", &body), Ok(thing));
        let empty = write("Thing", &Thing { status: None });
        assert_eq!(read("Thing", &empty), Ok(Thing { status: None }));
    }

    #[test]
    fn another_document_is_not_taken_for_an_empty_configuration() {
        let list = b"<?xml version=\"1.0\"?>\n<ListBucketResult><Name>b</Name></ListBucketResult>";
        assert_eq!(
            read::<Thing>("Thing", list),
            Err(Unreadable::WrongRoot {
                found: "ListBucketResult".into(),
                wanted: "Thing".into()
            })
        );
        assert_eq!(read::<Thing>("Thing", b" \n"), Err(Unreadable::Empty));
        assert_eq!(
            read::<Thing>("Thing", b"<!DOCTYPE html><html>"),
            Err(Unreadable::Html)
        );
        for malformed in [
            &b"not xml"[..],
            b"<Thing><Status>",
            b"<Thing></Other>",
            b"{}",
        ] {
            assert!(
                matches!(
                    read::<Thing>("Thing", malformed),
                    Err(Unreadable::Malformed(_))
                ),
                "{}",
                String::from_utf8_lossy(malformed)
            );
        }
    }
}
