//! Splits text into words as a POSIX shell does, without running a shell.
//!
//! White space separates words; quotes and backslashes escape. Section headers of the shared files and
//! `credential_process` are split like this.
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02>

/// One word, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// The word has an unquoted character with a meaning for a shell, such as `|`, `*` or `!`.
    pub(super) has_unquoted_syntax: bool,
    /// The word has `$` or a backtick in double quotes, where a shell expands them.
    pub(super) has_quoted_expansion: bool,
}

impl Word {
    /// Whether only a shell can run a command with this word.
    pub(super) fn needs_shell(&self) -> bool {
        self.has_unquoted_syntax || self.has_quoted_expansion
    }
}

/// Characters that a shell interprets at any place of an unquoted word.
const SYNTAX: &str = "|&;<>()$`*?[]{}!";

/// The words of a text; `None` if a quote is not closed or a backslash ends the text.
pub(super) fn split(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => {
                words.extend(word.take());
                continue;
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
                continue;
            }
            _ => {}
        }
        let is_first = word.is_none();
        let current = word.get_or_insert_default();
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '\\') => current.text.push(chars.next()?),
            // In double quotes, a backslash escapes these characters; before any other character it is a
            // normal character.
            (Some('"'), '\\') => match chars.next()? {
                escaped @ ('"' | '\\' | '$' | '`') => current.text.push(escaped),
                other => current.text.extend(['\\', other]),
            },
            (Some(open), _) => {
                current.has_quoted_expansion |= open == '"' && ['$', '`'].contains(&c);
                current.text.push(c);
            }
            (None, _) => {
                // A comment and a home directory are recognised at the start of a word only.
                let is_syntax = SYNTAX.contains(c) || is_first && ['#', '~'].contains(&c);
                current.has_unquoted_syntax |= is_syntax;
                current.text.push(c);
            }
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Option<Vec<String>> {
        Some(split(text)?.into_iter().map(|word| word.text).collect())
    }

    #[test]
    fn quotes_and_backslashes_escape() {
        for (text, words) in [
            ("a  b\tc\nd", vec!["a", "b", "c", "d"]),
            ("'a b' \"c d\" e\\ f", vec!["a b", "c d", "e f"]),
            ("--x='a b'c \"\" ''", vec!["--x=a bc", "", ""]),
            ("\"a\\\"b\\n\" 'a\\b'", vec!["a\"b\\n", "a\\b"]),
            (" ", vec![]),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(texts(text), Some(words), "{text}");
        }
        for unclosed in ["'a", "\"a", "a\\", "\"a\\"] {
            assert_eq!(texts(unclosed), None, "{unclosed}");
        }
    }

    #[test]
    fn shell_syntax_is_recognised_unless_it_is_quoted() {
        let needs_shell = |text: &str| split(text).unwrap().iter().any(Word::needs_shell);
        for syntax in [
            "a | b",
            "a;b",
            "a $B",
            "a \"$B\"",
            "a `b`",
            "a > b",
            "a *",
            "~/a",
            "a # b",
            "! a",
            "a \"`b`\"",
            "a ${B}",
            "(a)",
        ] {
            assert!(needs_shell(syntax), "{syntax}");
        }
        for plain in [
            "a '$B' '*'",
            "/a/b --x=y",
            "a b#c d~",
            "a \\$B",
            "a \"\\$B\"",
        ] {
            assert!(!needs_shell(plain), "{plain}");
        }
    }
}
