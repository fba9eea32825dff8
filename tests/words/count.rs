//! Counts the words and phrases of `list.rs` in texts, and compares the counts with the limits.

use super::SHORT;
use super::extract::{Kind, Piece};
use super::list::{ANYWHERE, AT_THE_BEGINNING, EXCEPT};

/// The texts of a file, or the subjects of commits.
pub struct Source {
    pub name: String,
    pub pieces: Vec<Piece>,
}

/// A word or phrase of `list.rs` in a text, and the line of its first word.
#[derive(Debug)]
pub struct Hit {
    pub line: usize,
    pub word: String,
}

struct Word {
    line: usize,
    text: String,
    /// Whether the word is the first word of a clause.
    begins: bool,
}

/// Returns the words of a text in lower case, with their lines.
fn words(piece: &Piece) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut line, mut begins, mut inside) = (piece.line, true, false);
    for c in piece.text.chars() {
        let is_part = c.is_alphabetic() || (inside && (c == '\'' || c.is_numeric()));
        if is_part && !inside {
            let text = String::new();
            words.push(Word { line, text, begins });
            begins = false;
        }
        match words.last_mut() {
            Some(word) if is_part => word.text.extend(c.to_lowercase()),
            _ => begins |= ".:;!?|#*".contains(c),
        }
        inside = is_part;
        line += usize::from(c == '\n');
    }
    words
}

/// Returns whether a list of words begins with this phrase.
fn begin_with(words: &[Word], phrase: &str) -> bool {
    let mut texts = words.iter().map(|word| word.text.as_str());
    phrase.split(' ').all(|part| texts.next() == Some(part))
}

/// Returns the phrase at the beginning of a list of words, if `list.rs` contains the phrase.
fn listed(words: &[Word]) -> Option<String> {
    if EXCEPT.iter().any(|phrase| begin_with(words, phrase)) {
        return None;
    }
    let listed = ANYWHERE.iter().find(|phrase| begin_with(words, phrase));
    if let Some(phrase) = listed {
        return Some((*phrase).to_owned());
    }
    let (_, next) = AT_THE_BEGINNING
        .iter()
        .find(|(first, _)| words[0].begins && words[0].text == *first)?;
    let next = next.iter().find(|next| begin_with(&words[1..], next))?;
    Some(format!("{} {next}", words[0].text))
}

/// Finds the words and phrases of `list.rs` in a text, with their lines.
pub fn hits(piece: &Piece) -> Vec<Hit> {
    let words = words(piece);
    let hit = |at: usize| {
        let word = listed(&words[at..])?;
        let line = words[at].line;
        Some(Hit { line, word })
    };
    (0..words.len()).filter_map(hit).collect()
}

fn rate(hits: usize, words: usize) -> f64 {
    #[allow(clippy::cast_precision_loss)] // f64 represents these counts exactly
    let rate = hits as f64 * 1000.0 / words.max(1) as f64;
    rate
}

fn above(what: &str, rate: f64, limit: f64) -> String {
    format!("{what}: {rate:.1} odd words or phrases for each 1,000 words (limit {limit})")
}

/// Returns the errors of the test: each count that exceeds a limit, with the lines of the counted
/// words, and each entry of `allowed` that matches no word.
pub fn findings(
    sources: &[Source],
    allowed: &[(&str, &str, &str)],
    limit: f64,
    limit_of_a_file: f64,
) -> Vec<String> {
    let mut findings = Vec::new();
    let mut used = vec![false; allowed.len()];
    for kind in [Kind::Prose, Kind::Code, Kind::Rest] {
        let (mut all_words, mut all_places) = (0, Vec::new());
        for source in sources {
            let (mut count, mut places) = (0, Vec::new());
            for piece in source.pieces.iter().filter(|piece| piece.kind == kind) {
                count += words(piece).len();
                for hit in hits(piece) {
                    let entry = allowed
                        .iter()
                        .position(|(file, word, _)| *file == source.name && *word == hit.word);
                    match entry {
                        Some(at) => used[at] = true,
                        None => places.push(format!("{}:{}: {}", source.name, hit.line, hit.word)),
                    }
                }
            }
            let rate = rate(places.len(), count);
            if count >= SHORT && rate > limit_of_a_file {
                let what = format!("{}: {kind:?}", source.name);
                findings.push(above(&what, rate, limit_of_a_file));
                findings.extend(places.iter().cloned());
            }
            all_words += count;
            all_places.append(&mut places);
        }
        let rate = rate(all_places.len(), all_words);
        if rate > limit {
            findings.push(above(&format!("{kind:?}"), rate, limit));
            findings.append(&mut all_places);
        }
    }
    let unused = allowed.iter().zip(used).filter(|(_, used)| !used);
    findings.extend(unused.map(|((file, word, _), _)| {
        format!("tests/words/allowed.rs: `{word}` does not occur in {file}: remove the entry")
    }));
    findings
}
