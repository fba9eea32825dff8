//! The words of a command line, and their edits.

use crate::values::quote;
use std::ffi::OsString;

/// A command line. The first word is the name of the program.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Line {
    pub(super) words: Vec<OsString>,
}

/// Parts of words that can be or contain a secret: URLs with a query or a password, headers of S3 with
/// keys, and options of other programs.
const SECRET_PARTS: [&str; 8] = [
    "?",
    "x-amz-",
    "secret",
    "token",
    "password",
    "authorization",
    "access-key",
    "signature",
];

impl Line {
    pub(in crate::cli) fn new(words: &[OsString]) -> Self {
        Line {
            words: words.to_vec(),
        }
    }

    /// Whether the line can be printed, because no word can be a secret.
    pub(super) fn can_be_shown(&self) -> bool {
        self.words.iter().skip(1).all(|word| {
            word.to_str().is_some_and(|word| {
                let lower = word.to_ascii_lowercase();
                let has_password = word.contains("://") && word.contains('@');
                let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
                let is_secret_key = word.len() == 40 && word.chars().all(is_base64);
                let is_text = !word.chars().any(char::is_control);
                is_text
                    && !has_password
                    && !is_secret_key
                    && !SECRET_PARTS.iter().any(|part| lower.contains(part))
            })
        })
    }

    /// The line as a shell needs it, with the name of the program.
    pub(super) fn quoted(&self) -> String {
        let words = self.words.iter().skip(1);
        let quoted = words.map(|word| quote(&word.to_string_lossy()));
        let words: Vec<String> = std::iter::once("s3-secure-bucket".to_owned())
            .chain(quoted)
            .collect();
        words.join(" ")
    }

    fn position(&self, word: &str) -> Option<usize> {
        let found = self.words.iter().skip(1).position(|known| known == word);
        found.map(|index| index + 1)
    }

    /// Replaces one word by several words, or returns `None` if the line does not contain the word.
    pub(super) fn with_words(&self, word: &str, others: &[&str]) -> Option<Line> {
        let at = self.position(word)?;
        let mut line = self.clone();
        line.words
            .splice(at..=at, others.iter().map(OsString::from));
        Some(line)
    }

    /// Replaces a word by a different word.
    pub(super) fn with_word(&self, word: &str, other: &str) -> Option<Line> {
        self.with_words(word, &[other])
    }

    /// Replaces the name of an option that is written as `--name=value`.
    pub(super) fn with_name(&self, name: &str, other: &str) -> Option<Line> {
        let value = self.words.iter().find_map(|word| {
            let (known, value) = word.to_str()?.split_once('=')?;
            (known == name).then_some(value)
        })?;
        self.with_word(&format!("{name}={value}"), &format!("{other}={value}"))
    }

    /// Replaces the value of an option, which is a word or the end of a word, as in `--name=value`.
    pub(super) fn with_value(&self, value: &str, other: &str) -> Option<Line> {
        self.with_word(value, other).or_else(|| {
            let end = format!("={value}");
            let mut words = self.words.iter().filter_map(|word| word.to_str());
            let word = words.find(|word| word.ends_with(&end))?;
            let name = word.strip_suffix(value)?;
            self.with_word(word, &format!("{name}{other}"))
        })
    }

    /// The name and the value of an option whose value is a negative number. clap takes such a value for the short
    /// option `word`.
    pub(super) fn negative_value(&self, word: &str) -> Option<(&str, &str)> {
        let is_digit = |digit: &str| digit.starts_with(|c: char| c.is_ascii_digit());
        word.strip_prefix('-').filter(|digit| is_digit(digit))?;
        let texts: Vec<&str> = self.words.iter().map_while(|word| word.to_str()).collect();
        texts.windows(2).find_map(|pair| match *pair {
            [name, value] if name.starts_with("--") && value.starts_with(word) => {
                Some((name, value))
            }
            _ => None,
        })
    }

    /// Removes the first of these options, as `--name value` or `--name=value`, and returns its value.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<String> {
        let is_option = |word: &OsString| {
            let word = word.to_str().unwrap_or_default();
            let name = word.split_once('=').map_or(word, |(name, _)| name);
            names.contains(&name)
        };
        let at = self.words.iter().position(is_option)?;
        let word = self.words.remove(at).into_string().ok()?;
        if let Some((_, value)) = word.split_once('=') {
            return Some(value.to_owned());
        }
        let value = self.words.get(at)?.to_str()?.to_owned();
        if value.starts_with('-') {
            return None;
        }
        self.words.remove(at);
        Some(value)
    }

    /// Adds words at the end.
    pub(super) fn then<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Line {
        self.words.extend(words.into_iter().map(OsString::from));
        self
    }

    /// Inserts words directly after the name of the command.
    pub(super) fn after<'a>(
        mut self,
        command: &str,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Line {
        let last = command.split(' ').next_back().unwrap_or(command);
        let at = self
            .position(last)
            .map_or(self.words.len(), |index| index + 1);
        self.words
            .splice(at..at, words.into_iter().map(OsString::from));
        self
    }

    /// Replaces an option by one of this program, such as `--size-range ..{MAX}`. The value of the option
    /// takes the place of the braces.
    pub(super) fn with_option(&self, name: &str, option: &str) -> Option<Line> {
        let Some((before, after)) = option.split_once('{') else {
            let words: Vec<&str> = option.split(' ').collect();
            return self.with_words(name, &words);
        };
        let (_, after) = after.split_once('}')?;
        let at = self.words.iter().position(|word| {
            let word = word.to_str().unwrap_or_default();
            word.split('=').next() == Some(name)
        })?;
        let mut line = self.clone();
        let value = line.take(&[name])?;
        let option = format!("{before}\0{after}");
        let words = option.split(' ').map(|word| word.replace('\0', &value));
        line.words.splice(at..at, words.map(OsString::from));
        Some(line)
    }

    /// Whether a word is the URI of an object.
    pub(super) fn has_uri_with_key(&self) -> bool {
        self.words.iter().any(|word| {
            let uri = word.to_str().and_then(|word| word.strip_prefix("s3://"));
            let parts = uri.and_then(|uri| uri.split_once('/'));
            parts.is_some_and(|(_, key)| !key.is_empty())
        })
    }

    /// Joins the words between the URI and the next option with spaces, because together they are
    /// one key. `None` if the words contain several URIs.
    pub(super) fn joined_uri(&self) -> Option<Line> {
        let texts: Vec<&str> = self.words.iter().map_while(|word| word.to_str()).collect();
        if texts.len() < self.words.len() {
            return None;
        }
        let start = texts.iter().position(|word| word.starts_with("s3://"))?;
        let more = texts[start..]
            .iter()
            .take_while(|word| !word.starts_with('-'));
        let end = start + more.count();
        // The root of a bucket and the next word are a URI that a space split.
        let is_root = texts[start].ends_with('/') && texts[start].matches('/').count() == 3;
        let uri = if is_root && end > start + 1 {
            texts[start].to_owned() + &texts[start + 1..end].join(" ")
        } else {
            texts[start..end].join(" ")
        };
        let is_one = uri.matches("://").count() == 1;
        let mut line = self.clone();
        line.words.splice(start..end, [OsString::from(uri)]);
        is_one.then_some(line)
    }
}
