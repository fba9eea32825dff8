//! Reads the documents of the repository and their fenced blocks.

use std::fs;
use std::path::Path;

/// A Markdown file, with its path from the repository's root and its text.
pub struct Page {
    pub path: String,
    pub text: String,
}

/// A fenced block, with its language (empty if the block names none) and its text.
pub struct Block {
    pub language: String,
    pub text: String,
}

/// Returns the text of a file. `path` begins at the repository's root.
pub fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns README and every page of `docs/`.
pub fn guide() -> Vec<Page> {
    let mut paths = vec!["README.md".to_owned()];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|it| it == "md") {
            paths.push(format!("docs/{name}"));
        }
    }
    paths.sort();
    paths.into_iter().map(Page::read).collect()
}

/// Returns all documents: the guide, the changelog, and the documents about security and for
/// contributors.
pub fn all() -> Vec<Page> {
    let others = [
        "CHANGELOG.md",
        "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ];
    let mut pages = guide();
    pages.extend(others.map(|path| Page::read(path.to_owned())));
    pages
}

impl Page {
    fn read(path: String) -> Self {
        let text = read(&path);
        Page { path, text }
    }

    /// Returns the lines of the page, each with `true` if the line is part of a fenced block.
    pub fn lines(&self) -> impl Iterator<Item = (bool, &str)> {
        let mut inside = false;
        self.text.lines().map(move |line| {
            let fence = line.trim_start().starts_with("```");
            let is_code = inside || fence;
            inside ^= fence;
            (is_code, line)
        })
    }

    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                inside = !inside;
                if inside {
                    let (language, text) = (language.to_owned(), String::new());
                    blocks.push(Block { language, text });
                }
            } else if inside {
                let text = &mut blocks.last_mut().expect("a block was opened").text;
                text.push_str(line);
                text.push('\n');
            }
        }
        blocks
    }

    /// Returns the texts in backticks outside of fenced blocks. A code span may continue on the
    /// next line.
    pub fn code_spans(&self) -> Vec<String> {
        let prose: Vec<&str> = self
            .lines()
            .filter(|(is_code, _)| !is_code)
            .map(|(_, line)| line)
            .collect();
        let prose = prose.join("\n");
        let spans = prose.split('`').skip(1).step_by(2);
        spans.map(|span| span.replace('\n', " ")).collect()
    }
}

/// Returns the texts of the blocks in a language, on all pages of the guide, without the last line
/// break.
pub fn blocks(language: &str) -> Vec<String> {
    let mut found = Vec::new();
    for page in guide() {
        for block in page.blocks() {
            if block.language == language {
                found.push(block.text.trim_end().to_owned());
            }
        }
    }
    found
}
