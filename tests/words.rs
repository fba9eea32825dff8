//! The language of comments and documents: words that a reader has to decode are counted.
//!
//! The limit is the count of today: new text must not raise it, and rewritten text lowers it.

use std::fs;
use std::path::{Path, PathBuf};

/// Words and phrases that hide who acts, or that are private to this project.
const ODD: [&str; 19] = [
    "whoever",
    "whatever",
    "wherever",
    "somebody",
    "nobody",
    "everybody",
    "anybody",
    "stands",
    "told",
    "tells",
    "mend",
    "mended",
    "mends",
    "held",
    "all the same",
    "in place of",
    "such a one",
    "says so",
    "passed over",
];

/// Occurrences for each 1,000 words, over all files.
const LIMIT: f64 = 9.0;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "corpus", "node_modules"].contains(&name) {
                files(&path, found);
            }
        } else if path.extension().is_some_and(|it| it == "rs" || it == "md") {
            found.push(path);
        }
    }
}

/// The comments of a Rust file that have a line of their own; a document without its code blocks.
fn prose(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    if path.extension().unwrap() == "md" {
        let parts: Vec<&str> = text.split("```").step_by(2).collect();
        return parts.join(" ");
    }
    let comment = |line: &str| Some(line.trim_start().strip_prefix("//")?.to_owned());
    text.lines()
        .filter_map(comment)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words in lower case, without code in backticks and without punctuation.
fn words(prose: &str) -> Vec<String> {
    let outside: Vec<&str> = prose.split('`').step_by(2).collect();
    let is_part = |c: char| c.is_alphabetic() || c == '\'';
    outside
        .join(" ")
        .split(|c: char| !is_part(c))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn count(words: &[String]) -> usize {
    let phrases = ODD.map(|phrase| phrase.split(' ').collect::<Vec<_>>());
    let begins = |at: usize| {
        phrases
            .iter()
            .any(|phrase| words[at..].iter().take(phrase.len()).eq(phrase))
    };
    (0..words.len()).filter(|at| begins(*at)).count()
}

#[test]
fn comments_and_documents_use_few_odd_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(root, &mut all);
    let mut rows: Vec<(usize, usize, PathBuf)> = Vec::new();
    for path in all
        .into_iter()
        .filter(|path| !path.ends_with("tests/words.rs"))
    {
        let words = words(&prose(&path));
        rows.push((count(&words), words.len(), path));
    }
    let odd: usize = rows.iter().map(|row| row.0).sum();
    let total: usize = rows.iter().map(|row| row.1).sum();
    rows.sort();
    let worst: Vec<_> = rows.iter().rev().take(5).collect();
    #[allow(clippy::cast_precision_loss)] // some ten thousand words
    let rate = odd as f64 * 1000.0 / total as f64;
    assert!(
        rate <= LIMIT,
        "{rate:.1} for each 1,000 words (limit {LIMIT}); worst: {worst:#?}"
    );
}

#[test]
fn phrases_are_counted_outside_of_code_alone() {
    let text = "Whoever it is: `whoever`, in place\nof that, all the same. Understands.";
    assert_eq!(count(&words(text)), 3);
}
