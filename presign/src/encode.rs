//! Percent-encodes text as `SigV4` requires for S3: every byte except `A-Z a-z 0-9 - . _ ~` becomes
//! `%XX`.
//!
//! S3 percent-encodes a path only once and never normalizes a path, so `//`, `.` and `..` in a key
//! do not change.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

/// A table that is `true` for each byte that a query may contain unencoded: the unreserved
/// characters of RFC 3986.
const IN_QUERY: [bool; 256] = {
    const THEM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    let mut table = [false; 256];
    let mut at = 0;
    while at < THEM.len() {
        table[THEM[at] as usize] = true;
        at += 1;
    }
    table
};

/// A table that is `true` for each byte that a path may contain unencoded: the unreserved
/// characters of RFC 3986 and `/`.
const IN_PATH: [bool; 256] = {
    let mut table = IN_QUERY;
    table[b'/' as usize] = true;
    table
};

/// Appends an object key, percent-encoded for the path of a URL, in which `/` is not encoded.
pub fn push_path(out: &mut Vec<u8>, bytes: &[u8]) {
    push(out, bytes, &IN_PATH);
}

/// Appends the name or value of a query parameter, percent-encoded for the query of a URL, in which
/// `/` is encoded as `%2F`.
pub fn push_query(out: &mut Vec<u8>, bytes: &[u8]) {
    push(out, bytes, &IN_QUERY);
}

/// Returns an object key, percent-encoded by [`push_path`] for the path of a URL.
#[must_use]
pub fn path(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    push_path(&mut out, bytes);
    ascii(out)
}

/// Returns the name or value of a query parameter, percent-encoded by [`push_query`].
#[must_use]
pub fn query(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    push_query(&mut out, bytes);
    ascii(out)
}

/// Decodes percent-encoded text. Returns `None` if the text contains a `%` without two hex digits
/// after it.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = rest else {
            return None;
        };
        out.push(hex_digit(*high)? << 4 | hex_digit(*low)?);
        rest = tail;
    }
    Some(out)
}

fn push(out: &mut Vec<u8>, bytes: &[u8], plain: &[bool; 256]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Most object keys contain only unreserved characters and need no encoding. If a key needs no
    // encoding, this code checks all its bytes without branches and appends the key with one copy.
    if bytes
        .iter()
        .fold(true, |all, &byte| all & plain[usize::from(byte)])
    {
        out.extend_from_slice(bytes);
        return;
    }
    for &byte in bytes {
        if plain[usize::from(byte)] {
            out.push(byte);
        } else {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            out.extend_from_slice(&[b'%', high, low]);
        }
    }
}

fn ascii(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("percent-encoded text is ASCII")
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_slashes_dots_and_tildes_and_encodes_other_bytes_once() {
        assert_eq!(
            path(b"a//b/./../c ~+%2F\n\xc3\xa9"),
            "a//b/./../c%20~%2B%252F%0A%C3%A9"
        );
    }

    #[test]
    fn a_query_value_encodes_slashes_and_equals_signs() {
        assert_eq!(query(b"a/b=c&d"), "a%2Fb%3Dc%26d");
    }

    #[test]
    fn decoding_restores_every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(path(&all).as_bytes()), Some(all.clone()));
        assert_eq!(decode(query(&all).as_bytes()), Some(all));
        assert_eq!(decode(b"50%"), None);
        assert_eq!(decode(b"%zz"), None);
    }
}
