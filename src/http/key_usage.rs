//! The extended key usage of a certificate, which lists the purposes of the certificate's key.
//!
//! <https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12>

/// The object identifier of the extension, without its tag and length.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// The object identifier of the purpose `serverAuth`.
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// Whether a certificate may identify a server: it lists `serverAuth`, or has no extended key usage. `None`
/// if the bytes are not a certificate.
pub(super) fn allows_server(certificate: &[u8]) -> Option<bool> {
    let (certificate, _) = value(certificate, SEQUENCE)?;
    let (mut rest, _) = value(certificate, SEQUENCE)?;
    if let Some((_, after)) = value(rest, VERSION) {
        rest = after;
    }
    let mut extensions = None;
    while !rest.is_empty() {
        let (tag, content, after) = element(rest)?;
        if tag == EXTENSIONS {
            extensions = Some(content);
        }
        rest = after;
    }
    let Some(extensions) = extensions else {
        return Some(true);
    };
    let (mut extensions, _) = value(extensions, SEQUENCE)?;
    while !extensions.is_empty() {
        let (extension, after) = value(extensions, SEQUENCE)?;
        extensions = after;
        let (name, mut content) = value(extension, OBJECT_IDENTIFIER)?;
        if name != EXTENDED_KEY_USAGE {
            continue;
        }
        // An extension may have a flag before its content.
        if content.first() != Some(&OCTET_STRING) {
            (_, _, content) = element(content)?;
        }
        let (content, _) = value(content, OCTET_STRING)?;
        let (mut purposes, _) = value(content, SEQUENCE)?;
        while !purposes.is_empty() {
            let (purpose, after) = value(purposes, OBJECT_IDENTIFIER)?;
            if purpose == SERVER_AUTH {
                return Some(true);
            }
            purposes = after;
        }
        return Some(false);
    }
    Some(true)
}

/// The content of the first element, which must have this tag, and the bytes after the element.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes)?;
    (found == tag).then_some((content, rest))
}

/// The tag and the content of the first element of DER, and the bytes after the element.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 3 {
            return None;
        }
        let digit = |length: usize, digit: &u8| length << 8 | usize::from(*digit);
        (digits.iter().fold(0, digit), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element of DER with up to 127 bytes of content.
    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    }

    fn certificate(purposes: &[&[u8]], flag: &[u8]) -> Vec<u8> {
        let purposes: Vec<Vec<u8>> = purposes.iter().map(|it| tlv(6, &[it])).collect();
        let purposes: Vec<&[u8]> = purposes.iter().map(Vec::as_slice).collect();
        let usage = tlv(4, &[&tlv(0x30, &purposes)]);
        let extension = tlv(0x30, &[&tlv(6, &[EXTENDED_KEY_USAGE]), flag, &usage]);
        let all = tlv(0xa3, &[&tlv(0x30, &[&extension])]);
        tlv(
            0x30,
            &[&tlv(0x30, &[&tlv(0xa0, &[]), &tlv(2, &[b"1"]), &all])],
        )
    }

    #[test]
    fn only_a_certificate_without_purposes_or_with_server_auth_is_for_servers() {
        let client: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
        let critical = tlv(1, &[&[0xff]]);
        for flag in [&[][..], &critical] {
            let allowed = |purposes: &[&[u8]]| allows_server(&certificate(purposes, flag));
            assert_eq!(allowed(&[client]), Some(false));
            assert_eq!(allowed(&[client, SERVER_AUTH]), Some(true));
            assert_eq!(allowed(&[]), Some(false));
        }
        let without = tlv(0x30, &[&tlv(0x30, &[&tlv(2, &[b"1"])])]);
        assert_eq!(allows_server(&without), Some(true));
    }

    #[test]
    fn a_truncated_certificate_is_no_certificate() {
        let whole = certificate(&[SERVER_AUTH], &[]);
        for end in 0..whole.len() {
            assert_eq!(allows_server(&whole[..end]), None, "{end}");
        }
    }
}
