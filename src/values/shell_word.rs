//! Words of a shell.

/// Quotes a word for sh. A word without special characters stays unquoted.
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_words_with_special_characters() {
        for (word, quoted) in [
            ("plain-1.txt", "plain-1.txt"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -rf ~)`x`\n!\"\\", "'$(rm -rf ~)`x`\n!\"\\'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
