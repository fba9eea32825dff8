//! Finds comments and string literals in a source text, by the comment markers and quotes of the
//! language.

/// The markers of comments and strings in a language.
pub struct Language {
    /// The marker of a comment that ends at the end of the line. A `#` begins a comment only after
    /// a space or at the beginning of a line.
    pub line: &'static str,
    /// The markers that begin and end a comment of several lines. A comment of several lines may
    /// contain nested comments.
    pub block: Option<(&'static str, &'static str)>,
    /// The quotes of strings that contain no line break.
    pub quotes: &'static str,
    /// The quotes of strings that may contain line breaks, the longest quote first.
    pub long_quotes: &'static [&'static str],
    /// Whether the language is Rust, in which `'` begins a character or a lifetime, and `r#"`
    /// begins a string.
    pub is_rust: bool,
}

#[derive(Debug, PartialEq)]
pub enum Token {
    /// `is_first` is true if only spaces precede the comment in its line.
    Comment {
        is_first: bool,
    },
    Text,
}

/// A comment or a string, with the line in which it begins and the text between its markers.
pub struct Found {
    pub token: Token,
    pub line: usize,
    pub text: String,
}

/// Returns two lengths: the length of the text before the marker `end`, and the length including
/// the marker. If the marker is missing, both returned lengths are the length of `text`. A
/// backslash escapes the next character.
fn until(text: &str, end: &str, stops_at_line: bool) -> (usize, usize) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if text[at..].starts_with(end) {
            return (at, at + end.len());
        } else if stops_at_line && c == '\n' {
            return (at, at);
        } else {
            escaped = c == '\\';
        }
    }
    (text.len(), text.len())
}

/// Returns two lengths: the length of the text before the marker that ends a nested comment, and
/// the length including the marker.
fn until_nested(text: &str, (begin, end): (&str, &str)) -> (usize, usize) {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(end) {
            if depth == 0 {
                return (at, at + end.len());
            }
            depth -= 1;
            at += end.len();
        } else if rest.starts_with(begin) {
            depth += 1;
            at += begin.len();
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    (text.len(), text.len())
}

/// Returns the length of the beginning of a raw string (`r"` or `r#"`, with any number of `#`), and
/// the marker that ends the string.
fn raw_string(rest: &str) -> Option<(usize, String)> {
    let signs = rest.strip_prefix('r')?;
    let hashes = signs.len() - signs.trim_start_matches('#').len();
    signs[hashes..].starts_with('"').then(|| {
        let end = format!("\"{}", "#".repeat(hashes));
        (hashes + 2, end)
    })
}

/// Returns the length of a Rust character literal, or 0 if `'` begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => until(&rest[1..], "'", true).1 + 1,
        (Some(c), Some('\'')) => c.len_utf8() + 2,
        _ => 0,
    }
}

pub fn comments_and_strings(text: &str, language: &Language) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    let (mut line, mut counted) = (1, 0);
    let mut add = |token, from: usize, length: usize| {
        line += text[counted..from].matches('\n').count();
        counted = from;
        let text = text[from..from + length].to_owned();
        found.push(Found { token, line, text });
    };
    while at < text.len() {
        let rest = &text[at..];
        let before = &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at];
        let is_first = before.trim().is_empty();
        let is_name = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let raw = raw_string(rest).filter(|_| {
            let is_bytes = before.ends_with('b');
            language.is_rust && (is_bytes || !is_name)
        });
        let block = language.block.filter(|(begin, _)| rest.starts_with(begin));
        let long = language
            .long_quotes
            .iter()
            .find(|it| rest.starts_with(**it));
        let first = rest.chars().next().unwrap_or_default();
        let begins_comment = rest.starts_with(language.line)
            && (language.line != "#" || before.is_empty() || before.ends_with([' ', '\t']));
        if begins_comment {
            let length = rest.find('\n').unwrap_or(rest.len());
            add(Token::Comment { is_first }, at, length);
            at += length;
        } else if let Some((begin, end)) = block {
            let (inner, whole) = until_nested(&rest[begin.len()..], (begin, end));
            add(Token::Comment { is_first }, at + begin.len(), inner);
            at += begin.len() + whole;
        } else if let Some((begin, end)) = raw {
            let inner = rest[begin..].find(&end).unwrap_or(rest.len() - begin);
            add(Token::Text, at + begin, inner);
            at = (at + begin + inner + end.len()).min(text.len());
        } else if let Some(quote) = long {
            let (inner, whole) = until(&rest[quote.len()..], quote, false);
            add(Token::Text, at + quote.len(), inner);
            at += quote.len() + whole;
        } else if language.quotes.contains(first) {
            let (inner, whole) = until(&rest[1..], &first.to_string(), true);
            add(Token::Text, at + 1, inner);
            at += 1 + whole;
        } else if language.is_rust && first == '\'' {
            at += character(rest).max(1);
        } else {
            at += first.len_utf8();
        }
    }
    found
}
