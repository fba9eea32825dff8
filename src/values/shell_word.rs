//! Words of a shell.

/// A shell that can run the commands that this program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Sh,
    /// The prompt of cmd.exe. A batch file has other rules for `%`.
    Cmd,
    Powershell,
}

impl Shell {
    /// The usual shell of this platform.
    pub(crate) const OF_PLATFORM: Shell = if cfg!(windows) {
        Shell::Powershell
    } else {
        Shell::Sh
    };

    /// Whether the shell runs on Windows.
    pub(crate) fn is_of_windows(self) -> bool {
        self != Shell::Sh
    }

    /// Quotes a word. A word without special characters stays unquoted.
    pub(crate) fn quote(self, word: &str) -> String {
        let all = |special: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || special.contains(c);
            !word.is_empty() && word.chars().all(plain)
        };
        match self {
            Shell::Sh if all("-_./:=@%+,") => word.to_owned(),
            Shell::Sh => format!("'{}'", word.replace('\'', r"'\''")),
            Shell::Cmd => quote_for_cmd(word),
            Shell::Powershell
                if word.starts_with(|c: char| c.is_ascii_alphabetic()) && all("-_./:") =>
            {
                word.to_owned()
            }
            // PowerShell treats the typographic quotes as `'`. Two quotes in a row are one quote.
            Shell::Powershell => {
                let mut quoted = "'".to_owned();
                for c in word.chars() {
                    quoted.push(c);
                    if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
                        quoted.push(c);
                    }
                }
                quoted + "'"
            }
        }
    }

    /// Why the shell cannot pass this word to a program unchanged.
    pub(crate) fn refusal(self, word: &str) -> Option<&'static str> {
        match self {
            Shell::Cmd if word.contains(['\r', '\n']) => {
                Some("cmd.exe cannot pass a line break to a program")
            }
            Shell::Powershell if word.contains('"') || word.ends_with('\\') => Some(
                "the versions of PowerShell pass double quotes and a final backslash to programs in different ways",
            ),
            _ => None,
        }
    }
}

/// Quotes a word for the program that receives it, and then escapes the word for cmd.exe with `^`. cmd.exe does
/// not see quotes with `^`, because it would expand `%NAME%` inside of quotes.
fn quote_for_cmd(word: &str) -> String {
    let mut argument = String::new();
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        word.clone_into(&mut argument);
    } else {
        argument.push('"');
        let mut backslashes = 0;
        for c in word.chars() {
            if c == '"' {
                // Programs read `\"` as a quote, and each `\\` before a quote as one backslash.
                argument.extend(std::iter::repeat_n('\\', backslashes + 1));
            }
            backslashes = if c == '\\' { backslashes + 1 } else { 0 };
            argument.push(c);
        }
        argument.extend(std::iter::repeat_n('\\', backslashes));
        argument.push('"');
    }
    let mut quoted = String::new();
    for c in argument.chars() {
        if "()%!^\"<>&|".contains(c) {
            quoted.push('^');
        }
        quoted.push(c);
    }
    quoted
}

/// The command that runs the commands on its stdin, in the usual shell of this platform.
pub(crate) const RUN: &str = if cfg!(windows) {
    "Invoke-Expression"
} else {
    "sh"
};

/// Quotes a word for the usual shell of this platform.
pub(crate) fn quote(word: &str) -> String {
    Shell::OF_PLATFORM.quote(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_words_with_special_characters() {
        for (word, sh, cmd, powershell) in [
            ("plain-1.txt", "plain-1.txt", "plain-1.txt", "plain-1.txt"),
            ("", "''", "^\"^\"", "''"),
            ("a b", "'a b'", "^\"a b^\"", "'a b'"),
            ("it's", r"'it'\''s'", "it's", "'it''s'"),
            (
                "$(rm -rf ~)`x`\n!\"\\",
                "'$(rm -rf ~)`x`\n!\"\\'",
                "^\"$^(rm -rf ~^)`x`\n^!\\^\"\\\\^\"",
                "'$(rm -rf ~)`x`\n!\"\\'",
            ),
            ("~", "'~'", "~", "'~'"),
            ("1kb", "1kb", "1kb", "'1kb'"),
            ("@f", "@f", "@f", "'@f'"),
            ("a,b", "a,b", "a,b", "'a,b'"),
            ("%a%&b^", "'%a%&b^'", "^%a^%^&b^^", "'%a%&b^'"),
            ("\u{2019}", "'\u{2019}'", "\u{2019}", "'\u{2019}\u{2019}'"),
        ] {
            let quoted = [Shell::Sh, Shell::Cmd, Shell::Powershell].map(|shell| shell.quote(word));
            assert_eq!(quoted, [sh, cmd, powershell]);
        }
    }

    #[test]
    fn refuses_words_that_a_shell_would_change() {
        for (word, shells) in [
            ("a\nb", vec![Shell::Cmd]),
            ("a\"b", vec![Shell::Powershell]),
            ("a b\\", vec![Shell::Powershell]),
            ("a b", vec![]),
        ] {
            let mut refusing = vec![Shell::Sh, Shell::Cmd, Shell::Powershell];
            refusing.retain(|shell| shell.refusal(word).is_some());
            assert_eq!(refusing, shells, "{word:?}");
        }
    }
}
