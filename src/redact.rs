//! Removes secrets from server messages. A server may repeat a request in its error message, and
//! the keys, tokens and signatures of the request must not appear in a log or a report.

mod decode;

use decode::{resolved, without_markup};
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
        let secrets = || self.kept.iter().chain(&self.signatures);
        let mut starts = Starts::new();
        secrets().for_each(|secret| starts.add(secret.as_bytes()));
        let mut clean = String::new();
        // The end of the text that `clean` contains or that a secret hides.
        let mut end = 0;
        for at in 0..text.len() {
            let rest = &text.as_bytes()[at..];
            let bit = Starts::bit(rest);
            if !starts.has(bit) {
                continue;
            }
            let found = secrets()
                .filter(|it| Starts::bit(it.as_bytes()) == bit && begins_with(rest, it.as_bytes()));
            let Some(longest) = found.map(|secret| secret.len()).max() else {
                continue;
            };
            if at >= end {
                clean.push_str(text.get(end..at).unwrap_or_default());
                clean.push_str(HIDDEN);
            }
            end = end.max(at + longest);
        }
        (end > 0).then(|| clean + text.get(end..).unwrap_or_default())
    }
}

/// The first bytes of several texts, without their case. The set answers in a few instructions whether
/// one of the texts may begin at a position, so that the search compares texts at few positions.
struct Starts([u64; Self::BITS / 64]);

impl Starts {
    const BITS: usize = 1 << 14;

    fn new() -> Self {
        Starts([0; Self::BITS / 64])
    }

    fn add(&mut self, text: &[u8]) {
        if let Some(bit) = Self::bit(text) {
            self.0[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Whether a text with this bit was added. Different texts may have the same bit.
    fn has(&self, bit: Option<usize>) -> bool {
        bit.is_some_and(|bit| self.0[bit / 64] & 1 << (bit % 64) != 0)
    }

    /// Returns the number of the bit for the first four bytes of a text: the highest 14 bits of Knuth's
    /// multiplicative hash. Returns `None` for a shorter text.
    fn bit(text: &[u8]) -> Option<usize> {
        const LOWER_CASE: u32 = 0x2020_2020;
        let start = u32::from_ne_bytes(*text.first_chunk()?) | LOWER_CASE;
        Some((start.wrapping_mul(0x9E37_79B1) >> 18) as usize)
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

/// Whether `text` begins with a secret that [`folded`] returned.
fn begins_with(text: &[u8], secret: &[u8]) -> bool {
    let Some(start) = text.get(..secret.len()) else {
        return false;
    };
    if secret.len() >= SHORTEST_IN_ANY_CASE {
        start.eq_ignore_ascii_case(secret)
    } else {
        start == secret
    }
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
    let is_end = |c: char| c.is_whitespace() || "&'\"`<>,;".contains(c);
    let mut shown = String::with_capacity(text.len());
    // The end of the text that `shown` contains or that is hidden.
    let mut end = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !matches!(byte, b's' | b'S' | b'w' | b'W') {
            continue;
        }
        let Some(value) = text.get(at..).and_then(value_of) else {
            continue;
        };
        let begin = text.len() - value.len();
        // A value inside of a hidden value has the same end, so the search for its end is not repeated.
        if begin < end {
            continue;
        }
        let len = value.find(is_end).unwrap_or(value.len());
        if len > 0 {
            shown.push_str(text.get(end..begin).unwrap_or_default());
            shown.push_str(HIDDEN);
            end = begin + len;
        }
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown
}

/// Returns the text from the value on, if the text begins with one of [`NAMES`].
fn value_of(text: &str) -> Option<&str> {
    NAMES.iter().find_map(|(name, separators)| {
        let rest = after(text, name)?;
        separators.iter().find_map(|it| after(rest, it))
    })
}

/// Returns the text after `start`, without white space and quotes at its beginning.
fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let is_skipped = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let (found, rest) = text.split_at_checked(start.len())?;
    (found.eq_ignore_ascii_case(start)).then(|| rest.trim_start_matches(is_skipped))
}

#[cfg(test)]
mod tests;
