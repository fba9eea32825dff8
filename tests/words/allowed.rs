//! Listed words that are the right ones where they occur.

/// File, word, and why the word is right there. An entry that matches nothing fails the check.
pub const ALLOWED: [(&str, &str, &str); 0] = [];
