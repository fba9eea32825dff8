//! HTML pages: fills templates, and escapes text so that it cannot become markup.

use super::escape::is_deceptive;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

/// Replaces each `{{name}}` of `template` by `value(name)`. Placeholders are searched in the template
/// alone, so a value that contains `{{` is copied as it is.
pub(super) fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut page = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}").unwrap_or((behind, ""));
        page.push_str(before);
        page.push_str(&value(name));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Escapes text for element content and for quoted attribute values. Invisible characters, and
/// control characters other than a line break, are shown as `\u{…}`.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if is_deceptive(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// The source expression of a content security policy that allows the style or script element with this text, and
/// no other.
/// <https://www.w3.org/TR/CSP3/#grammardef-hash-source>
pub(super) fn source_hash(element: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(Sha256::digest(element)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_the_template_and_copies_values_as_they_are() {
        let page = fill("<a>{{x}}</a>{{y}}.", |name| format!("[{name}{{{{x}}}}]"));
        assert_eq!(page, "<a>[x{{x}}]</a>[y{{x}}].");
    }

    #[test]
    fn escapes_every_character_that_markup_uses() {
        assert_eq!(
            escape("<a b='\"c\"'>&é"),
            "&lt;a b=&#39;&quot;c&quot;&#39;&gt;&amp;é"
        );
        assert_eq!(escape("a\u{202e}\u{1b}\n"), "a\\u{202e}\\u{1b}\n");
    }
}
