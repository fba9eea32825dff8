//! Recognizes lists of keys that a program wrote in another encoding or with other line ends.

use std::io::{Cursor, Read};

/// The largest number of bytes that are examined.
const BEGINNING: usize = 4096;

/// Reads the beginning of a list of keys. Returns the whole list, and a warning if the keys are
/// probably not the ones that the user sees. With `separated_by_nul`, a line end belongs to a key.
pub(super) fn examine(
    mut keys: Box<dyn Read + Send>,
    separated_by_nul: bool,
) -> (Box<dyn Read + Send>, Option<&'static str>) {
    let mut buffer = Vec::new();
    // An error occurs again when the rest is read, and is reported there.
    while buffer.len() < BEGINNING && !buffer.contains(&b'\n') {
        let length = buffer.len();
        buffer.resize(BEGINNING, 0);
        let read = keys.read(&mut buffer[length..]).unwrap_or_default();
        buffer.truncate(length + read);
        if read == 0 {
            break;
        }
    }
    let doubt = doubt(&buffer, separated_by_nul);
    (Box::new(Cursor::new(buffer).chain(keys)), doubt)
}

fn doubt(beginning: &[u8], separated_by_nul: bool) -> Option<&'static str> {
    let is_utf16 = beginning.starts_with(b"\xff\xfe") || beginning.starts_with(b"\xfe\xff");
    let has_bom = beginning.starts_with(b"\xef\xbb\xbf");
    let mut lines = beginning.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let has_cr = !separated_by_nul && lines.next().is_some() && first.ends_with(b"\r");
    Some(
        if is_utf16 || (beginning.contains(&0) && !separated_by_nul) {
            "the list of keys seems to be UTF-16, and each byte of the list becomes part of a key: convert the list to UTF-8"
        } else if has_bom && has_cr {
            "the list of keys has a byte order mark and lines that end with CR LF, and both become part of keys: save the list as UTF-8 without BOM and with LF"
        } else if has_bom {
            "the list of keys begins with a byte order mark, which becomes part of the first key: save the list as UTF-8 without BOM"
        } else if has_cr {
            "the lines of the list end with CR LF, and the CR becomes part of each key: convert the line ends, for example with tr -d '\\r'"
        } else {
            return None;
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_lists_with_other_encodings_or_line_ends() {
        for (list, separated_by_nul, word) in [
            (&b"a\r\nb\r\n"[..], false, "CR LF"),
            (b"\xef\xbb\xbfa\nb\n", false, "byte order mark"),
            (
                b"\xef\xbb\xbfa\r\n",
                false,
                "mark and lines that end with CR LF",
            ),
            (b"\xff\xfea\0\n\0", false, "UTF-16"),
            (b"\0a\0\n", false, "UTF-16"),
            (b"a\nb\0", false, "UTF-16"),
        ] {
            let found = doubt(list, separated_by_nul).unwrap();
            assert!(found.contains(word), "{list:?}: {found}");
        }
        for (list, separated_by_nul) in [
            (&b""[..], false),
            (b"a\nb\n", false),
            (b"a\rb\nc\r", false),
            (b"a\r", false),
            (b"a\r\n\0b\0", true),
        ] {
            assert_eq!(doubt(list, separated_by_nul), None, "{list:?}");
        }
    }
}
