//! Extracts the texts of a file: comments, strings of three words or more, names of tests, and the
//! text of documents and HTML pages. The extracted texts contain no code in backticks and no
//! placeholders in braces.

use super::lex::{Found, Language, Token, comments_and_strings};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Texts of Markdown files, and comments in Rust files that have a separate line.
    Prose,
    /// Strings, test names, and comments after code, in Rust files.
    Code,
    /// Texts of HTML pages, scripts, configuration files and commit subjects.
    Rest,
}

/// A text that the test checks separately: a paragraph, a comment or a string.
pub struct Piece {
    pub kind: Kind,
    /// The number of the line in which the text begins.
    pub line: usize,
    pub text: String,
}

impl Piece {
    pub fn new(kind: Kind, line: usize, text: &str) -> Self {
        // The text keeps its line breaks, because the test reports each counted word with its line.
        let breaks = |code: &str| "\n".repeat(code.matches('\n').count());
        let parts = text.split('`').enumerate();
        let outside = |(at, part): (usize, &str)| match at % 2 {
            0 => part.to_owned(),
            _ => breaks(part) + "_",
        };
        let text = parts.map(outside).collect();
        Self { kind, line, text }
    }
}

const RUST: Language = Language {
    line: "//",
    block: Some(("/*", "*/")),
    quotes: "",
    long_quotes: &["\""],
    is_rust: true,
};
const JAVASCRIPT: Language = Language {
    quotes: "\"'",
    long_quotes: &["`"],
    is_rust: false,
    ..RUST
};
/// The language of all files with `#` comments: shell, Makefile, TOML, YAML, Dockerfile and ignore
/// files.
const HASH: Language = Language {
    line: "#",
    block: None,
    quotes: "\"'",
    long_quotes: &[],
    is_rust: false,
};
const PYTHON: Language = Language {
    long_quotes: &["\"\"\"", "'''"],
    ..HASH
};
const LINKER_SCRIPT: Language = Language {
    quotes: "",
    long_quotes: &[],
    ..JAVASCRIPT
};

/// Returns the texts of a file. The name of the file selects its language. A data file has no
/// texts.
pub fn pieces(name: &str, text: &str) -> Vec<Piece> {
    let (_, file) = name.rsplit_once('/').unwrap_or(("", name));
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "rs" => rust(text),
        "md" => markdown(text),
        "html" | "svg" => page(text, 1),
        "js" | "mjs" | "css" => rest(text, &JAVASCRIPT, 1),
        "py" => rest(text, &PYTHON, 1),
        "ld" => rest(text, &LINKER_SCRIPT, 1),
        "yml" | "yaml" => {
            let mut pieces = rest(text, &HASH, 1);
            pieces.extend(names(text));
            pieces
        }
        "sh" | "toml" | "editorconfig" | "gitignore" | "dockerignore" => rest(text, &HASH, 1),
        _ if ["Makefile", "Dockerfile"].contains(&file) || text.starts_with("#!") => {
            rest(text, &HASH, 1)
        }
        _ => Vec::new(),
    }
}

/// Returns a string without its placeholders and escapes, or `None` if the string has fewer than
/// three words.
fn string(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut depth = 0_usize;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            // A backslash at the end of a line joins the line and the next line, without the spaces
            // at the beginning of the next line.
            '\\' if chars.peek() == Some(&'\n') => plain.push(' '),
            '\\' => {
                chars.next();
                plain.push(' ');
            }
            '\n' => plain.push('\n'),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let is_word = |word: &&str| word.contains(char::is_alphabetic);
    (text.split_whitespace().filter(is_word).count() >= 3).then_some(plain)
}

fn rust(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut block: Option<Found> = None;
    let end = |block: &mut Option<Found>, pieces: &mut Vec<Piece>| {
        if let Some(comment) = block.take() {
            pieces.push(Piece::new(Kind::Prose, comment.line, &comment.text));
        }
    };
    for found in comments_and_strings(text, &RUST) {
        let plain = found.text.trim_start_matches(['/', '!']).to_owned();
        match found.token {
            Token::Comment { is_first: true } => {
                let next = |it: &Found| it.line + it.text.matches('\n').count() + 1 == found.line;
                if let Some(comment) = block.as_mut().filter(|it| next(it)) {
                    comment.text = format!("{}\n{plain}", comment.text);
                } else {
                    end(&mut block, &mut pieces);
                    block = Some(Found {
                        text: plain,
                        ..found
                    });
                }
            }
            Token::Comment { is_first: false } => {
                pieces.push(Piece::new(Kind::Code, found.line, &plain));
            }
            Token::Text => {
                let text = string(&found.text);
                pieces.extend(text.map(|it| Piece::new(Kind::Code, found.line, &it)));
            }
        }
    }
    end(&mut block, &mut pieces);
    pieces.extend(test_names(text));
    pieces
}

/// Returns the names of functions with the attribute `#[test]` or `#[tokio::test]`, which other
/// attributes may follow.
fn test_names(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut is_test = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, after)) = line.split_once("fn ") {
            if is_test {
                let name = after.split('(').next().unwrap_or_default();
                pieces.push(Piece::new(Kind::Code, at + 1, &name.replace('_', " ")));
            }
            is_test = false;
        }
    }
    pieces
}

/// Returns the paragraphs of a Markdown text, without fenced blocks.
fn markdown(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut paragraph, mut line, mut fenced) = (String::new(), 1, false);
    for (at, content) in text.lines().chain([""]).enumerate() {
        let is_fence = content.trim_start().starts_with("```");
        fenced ^= is_fence;
        if fenced || is_fence || content.trim().is_empty() {
            pieces.push(Piece::new(Kind::Prose, line, &paragraph));
            paragraph.clear();
        } else {
            if paragraph.is_empty() {
                line = at + 1;
            }
            paragraph.push_str(content);
            paragraph.push('\n');
        }
    }
    pieces
}

/// Returns the comments and strings of a script or a configuration file. `first` is the line number
/// at which `text` begins.
fn rest(text: &str, language: &Language, first: usize) -> Vec<Piece> {
    let piece = |found: Found| {
        let text = match found.token {
            Token::Comment { .. } => Some(found.text),
            Token::Text => string(&found.text),
        };
        Some(Piece::new(Kind::Rest, found.line + first - 1, &text?))
    };
    let found = comments_and_strings(text, language);
    found.into_iter().filter_map(piece).collect()
}

/// Returns the values of `name` and `description` in YAML that have no quotes.
fn names(text: &str) -> Vec<Piece> {
    let piece = |(at, line): (usize, &str)| {
        let line = line.trim_start_matches(['-', ' ']);
        let value = line
            .strip_prefix("name:")
            .or_else(|| line.strip_prefix("description:"))?;
        let has_quotes = value.trim().starts_with(['"', '\'']);
        (!has_quotes).then(|| Piece::new(Kind::Rest, at + 1, value))
    };
    text.lines().enumerate().filter_map(piece).collect()
}

/// Returns the text, the comments and the attributes of an HTML page, and the comments and strings
/// of the scripts in the page.
fn page(text: &str, mut line: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest_of_page = text;
    while !rest_of_page.is_empty() {
        let until = |sign: &str| rest_of_page.find(sign).unwrap_or(rest_of_page.len());
        let length = if rest_of_page.starts_with("<!--") {
            until("-->")
        } else if rest_of_page.starts_with("<script") {
            until("</script")
        } else if rest_of_page.starts_with("<style") {
            until("</style")
        } else if rest_of_page.starts_with('<') {
            (until(">") + 1).min(rest_of_page.len())
        } else {
            until("<")
        };
        let part = &rest_of_page[..length];
        if part.starts_with("<script") {
            pieces.extend(rest(part, &JAVASCRIPT, line));
        } else if part.starts_with("<!--") || !part.starts_with('<') {
            pieces.push(Piece::new(Kind::Rest, line, part));
        } else if !part.starts_with("<style") {
            pieces.extend(rest(part, &ATTRIBUTES, line));
        }
        line += part.matches('\n').count();
        rest_of_page = &rest_of_page[length..];
    }
    pieces
}

const ATTRIBUTES: Language = Language {
    line: "<!",
    block: None,
    quotes: "",
    long_quotes: &["\"", "'"],
    is_rust: false,
};
