//! Escapes characters in foreign text that could deceive a reader: those that control a terminal, are
//! invisible, or change the order in which text is shown.

/// Whether a character is a control character, separates lines or paragraphs, changes the writing
/// direction, or has no width.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The text with deceptive characters escaped as in Rust, such as `\u{202e}`.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_deceptive(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The bytes as text with deceptive characters escaped. Bytes that are not UTF-8 are written as `\xff`.
pub(crate) fn escaped_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        shown += &escaped(chunk.valid());
        for byte in chunk.invalid() {
            shown += &format!("\\x{byte:02x}");
        }
    }
    shown
}

/// The JSON document with deceptive characters escaped as in JSON, such as `\u202e`. Line breaks stay: a
/// document has them only between values.
pub(crate) fn escaped_json(document: String) -> String {
    if !document.chars().any(|c| c != '\n' && is_deceptive(c)) {
        return document;
    }
    let mut shown = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && is_deceptive(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shown += &format!("\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_deceptive_characters() {
        assert_eq!(
            escaped(
                "a\u{202e}b\u{2066}c\u{2028}d\u{200b}e\u{1b}f\u{9b}\u{feff}\u{e0041} \u{e9}\u{4e2d}"
            ),
            "a\\u{202e}b\\u{2066}c\\u{2028}d\\u{200b}e\\u{1b}f\\u{9b}\\u{feff}\\u{e0041} \u{e9}\u{4e2d}"
        );
    }

    #[test]
    fn escapes_bytes_that_are_not_utf_8() {
        assert_eq!(
            escaped_bytes(b"a\xff\xfe\x1b[2J\xc3\xa9\xe2\x80\xae"),
            "a\\xff\\xfe\\u{1b}[2J\u{e9}\\u{202e}"
        );
    }

    #[test]
    fn escaped_json_is_the_same_document() {
        let value =
            serde_json::json!({ "a\u{202e}": ["\u{2028}\u{9b}\u{7f}\u{e0041}\n", "\u{e9}"] });
        let text = escaped_json(serde_json::to_string_pretty(&value).unwrap());
        assert!(
            !text.chars().any(|c| c != '\n' && is_deceptive(c)),
            "{text}"
        );
        assert!(
            text.contains("\\udb40\\udc41") && text.contains('\u{e9}'),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
