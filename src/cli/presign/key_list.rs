//! Recognizes lists of keys that a program wrote in another encoding or with other line ends.

use std::io::{BufRead, BufReader, Cursor, Read};

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
    let keys = Cursor::new(buffer).chain(keys);
    // Programs of Windows end lines with CR LF.
    if cfg!(windows) && !separated_by_nul {
        return (Box::new(WithoutCr::new(keys)), doubt);
    }
    (Box::new(keys), doubt)
}

/// Reads a list, but without each CR before an LF.
struct WithoutCr<R> {
    list: BufReader<R>,
    /// Whether a CR is read from `list` and not yet returned.
    has_cr: bool,
}

impl<R: Read> WithoutCr<R> {
    fn new(list: R) -> Self {
        WithoutCr {
            list: BufReader::new(list),
            has_cr: false,
        }
    }
}

impl<R: Read> Read for WithoutCr<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut count = 0;
        while let Some(place) = buffer.get_mut(count) {
            // A pipe may have no more bytes yet, so the caller gets the bytes that have arrived.
            if count > 0 && self.list.buffer().is_empty() {
                break;
            }
            let next = self.list.fill_buf()?.first().copied();
            if std::mem::take(&mut self.has_cr) && next != Some(b'\n') {
                *place = b'\r';
                count += 1;
                continue;
            }
            let Some(byte) = next else { break };
            self.list.consume(1);
            self.has_cr = byte == b'\r';
            if !self.has_cr {
                *place = byte;
                count += 1;
            }
        }
        Ok(count)
    }
}

fn doubt(beginning: &[u8], separated_by_nul: bool) -> Option<&'static str> {
    let is_utf16 = beginning.starts_with(b"\xff\xfe") || beginning.starts_with(b"\xfe\xff");
    let has_bom = beginning.starts_with(b"\xef\xbb\xbf");
    let mut lines = beginning.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let has_cr =
        !cfg!(windows) && !separated_by_nul && lines.next().is_some() && first.ends_with(b"\r");
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
    fn removes_each_cr_before_an_lf() {
        for size in [1, 2, 3, 7, 100] {
            let list = &b"a\r\nb\rc\r\r\n\r\nd\ne\r"[..];
            let mut reader = WithoutCr::new(list);
            let mut read = Vec::new();
            let mut buffer = vec![0; size];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                read.extend_from_slice(&buffer[..count]);
            }
            assert_eq!(read, b"a\nb\rc\r\n\nd\ne\r", "{size}");
        }
    }

    #[test]
    #[cfg(not(windows))]
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
