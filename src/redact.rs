//! Removes secrets from server messages. A server may repeat a request in its error message, and
//! the keys, tokens and signatures of the request must not appear in a log or a report.

use quick_xml::escape::escape;
use s3_presign::encode;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// The text that replaces a secret.
const HIDDEN: &str = "(hidden)";
/// The minimum length of a secret that this module removes, in bytes. A shorter text could occur in
/// a message by chance.
const SHORTEST: usize = 8;
/// The minimum length of a secret that this module finds in upper or lower case, in bytes. A
/// shorter secret may be a word that occurs in a name by chance, so its case must match.
const SHORTEST_IN_ANY_CASE: usize = 16;
/// The number of signatures to keep. A server only repeats the current request or a recent request,
/// so older signatures are not needed.
const MOST_SIGNATURES: usize = 64;

/// The number of encodings, one inside the other, that this module decodes to find a secret.
const MOST_ENCODINGS: usize = 4;

/// The secrets of a run. All modules that send requests share one list of secrets.
#[derive(Default)]
pub struct Secrets(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The keys and tokens, each in all encodings in which a server may repeat a secret.
    kept: Vec<Zeroizing<String>>,
    /// The most recent signatures. The oldest signature comes first.
    signatures: VecDeque<Zeroizing<String>>,
}

impl Secrets {
    /// Adds a key or a token. This method ignores a text of fewer than eight bytes.
    pub fn keep(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plain = folded(secret);
        if known.kept.contains(&plain) {
            return;
        }
        let encoded = Zeroizing::new(encode::query(secret.as_bytes()));
        let in_json = Zeroizing::new(secret.replace('/', "\\/"));
        let in_xml = Zeroizing::new(escape(secret).into_owned());
        for form in [plain, folded(&encoded), folded(&in_json), folded(&in_xml)] {
            if !known.kept.contains(&form) {
                known.kept.push(form);
            }
        }
    }

    /// Adds a code of an MFA device, which has six digits.
    pub fn keep_code(&self, code: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.kept.push(folded(code));
    }

    /// Adds a signature, and removes the oldest signature if there are more than 64.
    pub fn keep_signature(&self, signature: &str) {
        if signature.len() < SHORTEST {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.signatures.len() == MOST_SIGNATURES {
            known.signatures.pop_front();
        }
        known.signatures.push_back(folded(signature));
    }

    /// Returns the text with every known secret replaced by `(hidden)`.
    #[must_use]
    pub(crate) fn hide_in(&self, text: String) -> String {
        self.removed_from(&text).unwrap_or(text)
    }

    /// Returns the text with every known secret replaced by `(hidden)`, or `None` if the text
    /// contains no known secret.
    #[must_use]
    pub fn removed_from(&self, text: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The text is decoded only for secrets that are not visible without decoding. `inspect` compares
        // a server's answer with a URL, and the decoded answer would differ from the URL.
        let visible = known.removed_from(text);
        let rest = visible.as_deref().unwrap_or(text);
        let joined = without_markup(rest);
        let plain = resolved(joined.as_deref().unwrap_or(rest), is_ordinary).or(joined);
        let clean = plain
            .and_then(|plain| known.removed_from(&plain))
            .or(visible);
        // Decoding every character can change the structure of a document, so the results above come first.
        // But a document may lose its structure to hide a secret.
        let mut decoded = resolved(clean.as_deref().unwrap_or(text), |c| c.is_ascii());
        for _ in 1..MOST_ENCODINGS {
            let again = decoded
                .as_deref()
                .and_then(|it| resolved(it, |c| c.is_ascii()));
            decoded = again.or(decoded);
        }
        let hidden = decoded.and_then(|decoded| known.removed_from(&decoded));
        hidden.or(clean)
    }
}

impl Known {
    /// Returns the text with every known secret replaced, or `None` if the text contains no known secret.
    fn removed_from(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let secrets = self.kept.iter().chain(&self.signatures);
        let mut clean: Option<String> = None;
        for secret in secrets.filter(|secret| contains(text, &lower, secret)) {
            clean = Some(without(clean.as_deref().unwrap_or(text), secret));
        }
        clean
    }
}

/// Returns the text to keep and to search for a secret. A long secret is converted to lower case,
/// because a server may change the case of a secret.
fn folded(secret: &str) -> Zeroizing<String> {
    let is_long = secret.len() >= SHORTEST_IN_ANY_CASE;
    Zeroizing::new(if is_long {
        secret.to_ascii_lowercase()
    } else {
        secret.to_owned()
    })
}

/// Whether `text` contains a secret that [`folded`] returned. `lower` is `text` in lower case.
fn contains(text: &str, lower: &str, secret: &str) -> bool {
    let is_long = secret.len() >= SHORTEST_IN_ANY_CASE;
    if is_long { lower } else { text }.contains(secret)
}

/// Returns the text with each occurrence of a secret replaced by `(hidden)`. The secret is the
/// result of [`folded`].
fn without(text: &str, secret: &str) -> String {
    if secret.len() < SHORTEST_IN_ANY_CASE {
        return text.replace(secret, HIDDEN);
    }
    // Conversion to lower case changes only ASCII letters, so every position is the same in `text`
    // and in its lower-case copy.
    let lower = text.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for (at, found) in lower.match_indices(secret) {
        clean.push_str(text.get(end..at).unwrap_or_default());
        clean.push_str(HIDDEN);
        end = at + found.len();
    }
    clean.push_str(text.get(end..).unwrap_or_default());
    clean
}

/// Removes comments and processing instructions from an XML document, and converts CDATA sections
/// to plain text. Without the conversion, markup in the middle of a secret would hide the secret
/// from the search. Returns `None` if the text is not XML or does not change.
fn without_markup(text: &str) -> Option<String> {
    const COMMENT: (&str, &str) = ("<!--", "-->");
    const INSTRUCTION: (&str, &str) = ("<?", "?>");
    const CDATA: (&str, &str) = ("<![CDATA[", "]]>");
    if !text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
    {
        return None;
    }
    let mut joined = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, markup) = rest.split_at(at);
        joined.push_str(before);
        let inner = |(begin, end): (&str, &str)| markup.strip_prefix(begin)?.split_once(end);
        if let Some((content, after)) = inner(CDATA) {
            joined.push_str(&escape(content));
            rest = after;
        } else if let Some((_, after)) = inner(COMMENT).or_else(|| inner(INSTRUCTION)) {
            rest = after;
        } else {
            // The character `<` has one byte.
            let (sign, after) = markup.split_at(1);
            joined.push_str(sign);
            rest = after;
        }
    }
    joined.push_str(rest);
    (joined != text).then_some(joined)
}

/// Whether a document contains `(hidden)`, the text that replaces a secret.
#[must_use]
pub(crate) fn lacks_a_secret(document: &[u8]) -> bool {
    String::from_utf8_lossy(document).contains(HIDDEN)
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(secret)")
    }
}

/// Whether a character has no special meaning in XML and JSON.
fn is_ordinary(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=_-.~%:,".contains(c)
}

/// Replaces references (`&#84;`, `&#x54;`, `&amp;`) and escapes (`\u0054`, `\/`, `%54`) with their characters, if
/// `is_allowed` returns true for the character. Without the replacement, the search would not find a secret that
/// contains a reference or an escape. Returns `None` if the text does not change.
fn resolved(text: &str, is_allowed: impl Fn(char) -> bool) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['&', '\\', '%']) {
        let (before, reference) = rest.split_at(at);
        let character = character(reference).filter(|(character, _)| is_allowed(*character));
        // The characters `&`, `\` and `%` have one byte each.
        let (sign, behind) = reference.split_at(1);
        plain.push_str(before);
        if let Some((character, after)) = character {
            plain.push(character);
            rest = after;
        } else {
            plain.push_str(sign);
            rest = behind;
        }
    }
    plain.push_str(rest);
    (plain != text).then_some(plain)
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

/// The names that precede a secret, in lower case, each with the possible separators between the
/// name and the secret.
const NAMES: [(&str, &[&str]); 4] = [
    ("signature", &["=", "%3d"]),
    ("security-token", &["=", "%3d", ":"]),
    ("webidentitytoken", &["=", "%3d", ":"]),
    ("sso_bearer_token", &["=", "%3d", ":"]),
];

/// Replaces the values after names such as `Signature=` or `…Security-Token:`, in upper or lower
/// case. The replacement hides secrets that do not belong to this run and are therefore unknown.
#[must_use]
pub fn hide_named_values(text: &str) -> String {
    let mut shown = text.to_owned();
    for (name, separators) in NAMES {
        shown = hide_values_of(&shown, name, separators);
    }
    shown
}

fn hide_values_of(text: &str, name: &str, separators: &[&str]) -> String {
    let is_quote = |c: char| matches!(c, '"' | '\'');
    let is_end = |c: char| c.is_whitespace() || "&'\"`<>,;".contains(c);
    // Conversion to lower case changes only ASCII letters, so every position is the same in `text`
    // and `lower`.
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((before, _)) = lower.get(at..).and_then(|rest| rest.split_once(name)) {
        let begin = at + before.len() + name.len();
        let skipped = |from: usize| {
            let rest = lower.get(from..).unwrap_or_default();
            let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || is_quote(c));
            lower.len() - rest.len()
        };
        let separator_at = skipped(begin);
        let rest = lower.get(separator_at..).unwrap_or_default();
        let separator = separators.iter().find(|all| rest.starts_with(**all));
        let value_at = separator.map_or(begin, |all| skipped(separator_at + all.len()));
        shown.push_str(text.get(at..value_at).unwrap_or_default());
        at = value_at;
        if separator.is_some() {
            let rest = text.get(value_at..).unwrap_or_default();
            let value = rest.split(is_end).next().unwrap_or_default();
            if !value.is_empty() {
                shown.push_str(HIDDEN);
            }
            at += value.len();
        }
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests;
