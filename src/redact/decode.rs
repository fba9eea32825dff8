//! Decodes the forms in which a server may write a text: markup, references and escapes.

use quick_xml::escape::escape;

/// Removes comments and processing instructions from an XML document, and converts CDATA sections
/// to plain text. Without the conversion, markup in the middle of a secret would hide the secret
/// from the search. Returns `None` if the text is not XML or does not change.
pub(super) fn without_markup(text: &str) -> Option<String> {
    const CDATA: (&str, &str) = ("<![CDATA[", "]]>");
    const COMMENT: (&str, &str) = ("<!--", "-->");
    const INSTRUCTION: (&str, &str) = ("<?", "?>");
    if !text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
    {
        return None;
    }
    let mut kinds = vec![CDATA, COMMENT, INSTRUCTION];
    let mut replaced = Replaced::new(text);
    while let Some(markup) = replaced.next(|byte| byte == b'<') {
        let Some(kind) = kinds.iter().position(|it| markup.starts_with(it.0)) else {
            replaced.keep();
            continue;
        };
        let (begin, end) = kinds[kind];
        match markup[begin.len()..].split_once(end) {
            Some((content, after)) if begin == CDATA.0 => replaced.replace(&escape(content), after),
            Some((_, after)) => replaced.replace("", after),
            None => {
                // No other markup of this kind has an end either. A second search for the end would make
                // the time of a hostile document quadratic.
                kinds.remove(kind);
                replaced.keep();
            }
        }
    }
    replaced.end()
}

/// Replaces references (`&#84;`, `&#x54;`, `&amp;`) and escapes (`\u0054`, `\/`, `%54`) with their characters, if
/// `is_allowed` returns true for the character. Without the replacement, the search would not find a secret that
/// contains a reference or an escape. Returns `None` if the text does not change.
pub(super) fn resolved(text: &str, is_allowed: impl Fn(char) -> bool) -> Option<String> {
    let mut replaced = Replaced::new(text);
    while let Some(reference) = replaced.next(|byte| matches!(byte, b'&' | b'\\' | b'%')) {
        match character(reference).filter(|(character, _)| is_allowed(*character)) {
            Some((character, after)) => replaced.replace(character.encode_utf8(&mut [0; 4]), after),
            None => replaced.keep(),
        }
    }
    replaced.end()
}

/// Parses the reference or the escape at the beginning of a text. Returns the decoded character and
/// the rest of the text.
fn character(text: &str) -> Option<(char, &str)> {
    /// The maximum length of the code in a reference. Ten characters are enough for the highest
    /// code point, the letter `x` and some leading zeros.
    const MOST_DIGITS: usize = 10;
    const NAMED: [(&str, char); 9] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("\\/", '/'),
        ("\\\"", '"'),
        ("\\'", '\''),
        ("\\\\", '\\'),
    ];
    for (name, character) in NAMED {
        if let Some(after) = text.strip_prefix(name) {
            return Some((character, after));
        }
    }
    let (code, after) = if let Some(digits) = text.strip_prefix("&#") {
        let end = digits.bytes().take(MOST_DIGITS).position(|it| it == b';')?;
        let (digits, after) = digits.split_at(end);
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        (code, after.strip_prefix(';')?)
    } else if let Some(rest) = text.strip_prefix('%') {
        let (digits, after) = rest.split_at_checked(2)?;
        (u32::from_str_radix(digits, 16), after)
    } else {
        let (digits, after) = text.strip_prefix("\\u")?.split_at_checked(4)?;
        (u32::from_str_radix(digits, 16), after)
    };
    Some((char::from_u32(code.ok()?)?, after))
}

/// A copy of a text in which some parts are replaced.
struct Replaced<'a> {
    text: &'a str,
    copy: String,
    /// The end of the part of `text` that `copy` contains.
    copied: usize,
    /// The position of the next search.
    at: usize,
}

impl<'a> Replaced<'a> {
    fn new(text: &'a str) -> Self {
        Replaced {
            text,
            copy: String::new(),
            copied: 0,
            at: 0,
        }
    }

    /// Goes to the next ASCII character for which `is_sign` returns true. Returns the text from there.
    fn next(&mut self, is_sign: impl Fn(u8) -> bool) -> Option<&'a str> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| is_sign(*byte))?;
        self.text.get(self.at..)
    }

    /// Goes to a later position, from which `rest` is the rest of the text.
    fn go_to(&mut self, rest: &str) {
        self.at = self.text.len() - rest.len();
    }

    /// Keeps the found character.
    fn keep(&mut self) {
        self.at += 1;
    }

    /// Replaces the text from this position to `after`, which is the rest of the text.
    fn replace(&mut self, new: &str, after: &str) {
        self.copy
            .push_str(self.text.get(self.copied..self.at).unwrap_or_default());
        self.copy.push_str(new);
        self.go_to(after);
        self.copied = self.at;
    }

    /// Returns the copy, or `None` if nothing was replaced.
    fn end(mut self) -> Option<String> {
        self.copy
            .push_str(self.text.get(self.copied..).unwrap_or_default());
        (self.copied > 0).then_some(self.copy)
    }
}
