//! The ID of an upload link, and the keys that contain it.

use crate::controls::PAGES_PREFIX;
use std::fmt;
use std::str::FromStr;

/// The number of characters of an ID: 128 bits in base32 without padding.
pub(super) const ID_LENGTH: usize = 26;

/// The alphabet of RFC 4648, in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The ID of an upload link: 26 characters of base32 (RFC 4648) in lower case, which carry 128 random bits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(String);

impl LinkId {
    /// The ID that contains these random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 16]) -> Self {
        LinkId(base32(bits))
    }

    /// Reads an ID from bytes, or returns `None` if the bytes are not an ID.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        is_id(bytes).then(|| LinkId(text.to_owned()))
    }

    /// The ID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the page: `.s3-secure-bucket/pages/LINK-ID.html`.
    #[must_use]
    pub fn page_key(&self) -> String {
        format!("{PAGES_PREFIX}{}.html", self.0)
    }

    /// The folder below which the page may upload: `PREFIX/LINK-ID/`. `prefix` is empty or ends with `/`.
    #[must_use]
    pub fn folder(&self, prefix: &str) -> String {
        format!("{prefix}{}/", self.0)
    }
}

impl FromStr for LinkId {
    type Err = InvalidLinkId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.as_bytes()).ok_or(InvalidLinkId)
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a text that is not the ID of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidLinkId;

impl fmt::Display for InvalidLinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the ID of a link has 26 characters, each a lower-case letter or a digit from 2 to 7",
        )
    }
}

impl std::error::Error for InvalidLinkId {}

/// Whether the bytes have the form of a link's ID, which the random part of a delivery has too.
pub(super) fn is_id(bytes: &[u8]) -> bool {
    bytes.len() == ID_LENGTH && bytes.iter().all(|byte| ALPHABET.contains(byte))
}

fn base32(bits: [u8; 16]) -> String {
    // Two zero bits follow the 128 bits, because 26 characters carry 130 bits.
    let number = u128::from_be_bytes(bits);
    let digit = |index: usize| {
        let above = 5 * (index + 1);
        let five = match 128_usize.checked_sub(above) {
            Some(below) => number >> below,
            None => number << (above - 128),
        };
        char::from(ALPHABET[(five & 31) as usize])
    };
    (0..ID_LENGTH).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bits_become_base32_of_rfc_4648() {
        assert_eq!(base32([0; 16]), "aaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_eq!(base32([255; 16]), "77777777777777777777777774");
        // The base32 of `foobar0123456789` without padding.
        assert_eq!(base32(*b"foobar0123456789"), "mzxw6ytboiydcmrtgq2tmnzyhe");
    }

    #[test]
    fn the_page_and_the_folder_of_a_link_contain_its_id() {
        let id = LinkId::from_random(*b"foobar0123456789");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_eq!(
            id.page_key(),
            ".s3-secure-bucket/pages/mzxw6ytboiydcmrtgq2tmnzyhe.html"
        );
        assert_eq!(id.folder("in/"), "in/mzxw6ytboiydcmrtgq2tmnzyhe/");
        assert_eq!(id.folder(""), "mzxw6ytboiydcmrtgq2tmnzyhe/");
    }

    #[test]
    fn rejects_text_that_is_not_an_id() {
        for text in [
            "",
            "aaaaaaaaaaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaaaaaaaaaaa1",
            "aaaaaaaaaaaaaaaaaaaaaaaa\u{e9}",
        ] {
            assert_eq!(text.parse::<LinkId>(), Err(InvalidLinkId), "{text}");
        }
    }
}
