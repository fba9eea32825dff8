//! Tests of plain English, which `make lint` runs: limits on the words and phrases of
//! `words/list.rs` in documents, comments, strings, test names, pages, scripts, configuration files
//! and subjects of commits.

mod allowed;
mod count;
mod extract;
mod lex;
mod list;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use allowed::ALLOWED;
use count::{Source, findings};
use extract::{Kind, Kind::Code, Kind::Prose, Kind::Rest, Piece, pieces};

use crate::support::skip::skip;

/// The limit for all texts of a kind: counted words and phrases per 1,000 words.
const LIMIT: f64 = 2.0;
/// The limit for one file: counted words and phrases per 1,000 words. The limit for one file
/// applies if the file has [`SHORT`] or more words of a kind.
const LIMIT_OF_A_FILE: f64 = 4.0;
/// The limit for one file does not apply to a file with fewer words, because one counted word would
/// exceed the limit.
const SHORT: usize = 100;

/// The test checks the subjects of all commits after the commit with this hash.
const SINCE: &str = "c4e2b53ce7e3d28c1d4fb0ab3fecdcfba976d362";

/// This file lists the counted words, so the test does not check it.
const LIST: &str = "tests/words/list.rs";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !path.is_dir() {
            found.push(path);
        } else if ![".git", "target", "corpus", "node_modules"].contains(&name) {
            walk(&path, found);
        }
    }
}

/// Reads every file of the repository that contains texts to check. The name of a source is its
/// path from the repository's root.
fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    walk(root(), &mut paths);
    paths.sort();
    let source = |path: &PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_str()?.to_owned();
        if name == LIST {
            return None;
        }
        let pieces = pieces(&name, &fs::read_to_string(path).ok()?);
        (!pieces.is_empty()).then_some(Source { name, pieces })
    };
    paths.iter().filter_map(source).collect()
}

/// Returns the subjects of the commits after `since`, or an error with the reason why git cannot
/// list the commits.
fn subjects(repository: &Path, since: &str) -> Result<Source, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["log", "--format=%s", &format!("{since}..HEAD")])
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git cannot list the commits: {}", error.trim()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let piece = |(at, subject): (usize, &str)| Piece::new(Rest, at + 1, subject);
    Ok(Source {
        name: "subjects of commits".to_owned(),
        pieces: text.lines().enumerate().map(piece).collect(),
    })
}

#[test]
fn texts_are_in_plain_english() {
    let mut all = sources();
    match subjects(root(), SINCE) {
        Ok(source) => all.push(source),
        Err(reason) => skip("commit-subjects", &reason),
    }
    let findings = findings(&all, &ALLOWED, LIMIT, LIMIT_OF_A_FILE);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Finds the counted words and phrases in a file with this name and text, and returns the kind, the
/// line and the word of each.
fn found(name: &str, text: &str) -> Vec<(Kind, usize, String)> {
    let hits = |piece: &Piece| {
        count::hits(piece)
            .into_iter()
            .map(|hit| (hit.line, hit.word))
    };
    let of_kind = |piece: Piece| {
        hits(&piece)
            .map(|(line, word)| (piece.kind, line, word))
            .collect::<Vec<_>>()
    };
    pieces(name, text).into_iter().flat_map(of_kind).collect()
}

/// One of the counted words of `words/list.rs`.
const WORD: &str = "whoever";

/// The examples of the test: a file name, a text, and the kind, the line and the words of the only
/// counted phrase in the text. In the text, `@` becomes `whoever`, `$1 $2` becomes `at hand`, and
/// `What $3` becomes `What is`.
const ODD: [(&str, &str, Kind, usize, &str); 24] = [
    (
        "a.md",
        "Title\n\nSome `code`, and\n@ reads it.",
        Prose,
        4,
        WORD,
    ),
    (
        "a.md",
        "```sh\na\n```\n- What $3 sent, is signed.",
        Prose,
        4,
        "what is",
    ),
    ("a.rs", "//! One\n//! @ two.\n", Prose, 2, WORD),
    (
        "a.rs",
        "fn a() {\n    /// One $1\n    /// $2.\n",
        Prose,
        2,
        "at hand",
    ),
    ("a.rs", "/* one\n/* two */ @ */", Prose, 2, WORD),
    ("a.rs", "let a = 'x'; // @ sends it\n", Code, 1, WORD),
    (
        "a.rs",
        "let a = \"one, \\\n   $1 $2 here\";",
        Code,
        2,
        "at hand",
    ),
    ("a.rs", "let a = br#\"one \"$1\" $2\"#;", Code, 1, "at hand"),
    (
        "a.rs",
        "#[test]\n#[ignore]\nfn is_$1_$2() {}",
        Code,
        3,
        "at hand",
    ),
    (
        "a.rs",
        "#[tokio::test]\nasync fn @_sends() {}",
        Code,
        2,
        WORD,
    ),
    ("a.html", "<p>\n<b>@ reads</b></p>", Rest, 2, WORD),
    ("a.html", "<!-- for\n@ -->", Rest, 2, WORD),
    ("a.html", "<p\ntitle=\"drop it @\">", Rest, 2, WORD),
    ("a.html", "<script>\n// @\n</script>", Rest, 2, WORD),
    ("a.html", "<script>\na = 'one for @'", Rest, 2, WORD),
    ("a.mjs", "a(`one ${b}\nand two @`);", Rest, 2, WORD),
    ("a.sh", "a=${#b} # $1 $2", Rest, 1, "at hand"),
    ("run", "#!/bin/sh\ndie \"one for @\"", Rest, 2, WORD),
    (
        "a.py",
        "def a():\n    \"\"\"One.\n\n    $1 $2.\n    \"\"\"",
        Rest,
        4,
        "at hand",
    ),
    ("a.py", "fail('one for @')", Rest, 1, WORD),
    ("Makefile", "all: one ## @", Rest, 1, WORD),
    ("Cargo.toml", "a = \"one for @\"", Rest, 1, WORD),
    ("a.yml", "# @\na: 1", Rest, 1, WORD),
    ("a.yml", "- name: run @", Rest, 1, WORD),
];

fn filled(text: &str) -> String {
    let text = text.replace('@', WORD).replace("$1", "at");
    text.replace("$2", "hand").replace("$3", "is")
}

#[test]
fn finds_odd_words_in_texts_of_every_kind() {
    for (name, text, kind, line, word) in ODD {
        let wanted = vec![(kind, line, word.to_owned())];
        assert_eq!(found(name, &filled(text)), wanted, "{name}: {text}");
    }
}

#[test]
fn accepts_code_short_strings_and_words_with_another_meaning() {
    let cases = [
        (
            "a.md",
            "```\n@\n```\n`@`, understands, stands for, and what $3 new",
        ),
        (
            "a.rs",
            "let @ = \"@\"; let a: &'static str = \"{@} does it\";",
        ),
        ("a.rs", "fn @_is_here() {}"),
        ("a.html", "<style>\n/* @ */\n</style><p class=@>"),
        ("a.sh", "@ --$1 $2"),
        ("a.http", "@"),
    ];
    for (name, text) in cases {
        assert_eq!(found(name, &filled(text)), [], "{name}: {text}");
    }
}

/// Creates a file of `words` words, of which the first `odd` words are counted words.
fn file(name: &str, odd: usize, words: usize) -> Source {
    let text = (WORD.to_owned() + " ").repeat(odd) + &"word ".repeat(words - odd);
    let name = name.to_owned();
    let pieces = pieces("a.md", &text);
    Source { name, pieces }
}

#[test]
fn fails_only_above_the_limits() {
    let check = |all: &[Source]| findings(all, &[], 2.0, 4.0);
    assert_eq!(check(&[file("a", 2, 500), file("b", 0, 500)]), [""; 0]);
    assert_eq!(
        check(&[file("a", 2, 500), file("b", 1, 499)]),
        [
            "Prose: 3.0 odd words or phrases for each 1,000 words (limit 2)",
            "a:1: whoever",
            "a:1: whoever",
            "b:1: whoever"
        ]
    );
    let rest = file("rest", 0, 9000);
    assert_eq!(
        check(&[file("long", 1, 100), file("short", 9, 99), rest]),
        [
            "long: Prose: 10.0 odd words or phrases for each 1,000 words (limit 4)",
            "long:1: whoever"
        ]
    );
}

#[test]
fn allows_a_listed_word_in_its_file_and_rejects_unused_entries() {
    let allowed = [("a", WORD, "a reason"), ("b", WORD, "a reason")];
    let sources = [file("a", 100, 100), file("c", 1, 100)];
    assert_eq!(
        findings(&sources, &allowed, 6.0, 6.0),
        [
            "c: Prose: 10.0 odd words or phrases for each 1,000 words (limit 6)",
            "c:1: whoever",
            "tests/words/allowed.rs: `whoever` does not occur in b: remove the entry"
        ]
    );
}

#[test]
fn reads_the_subjects_of_commits_after_a_given_commit() {
    let folder = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(folder.path());
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        let output = git.args(args).output().expect("this test needs git");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet"]);
    let commit = ["commit", "--quiet", "--allow-empty", "--message"];
    git(&[&commit[..], &[&filled("one: @")]].concat());
    let since = git(&["rev-parse", "HEAD"]);
    git(&[&commit[..], &[&filled("two: @")]].concat());
    let source = subjects(folder.path(), &since).unwrap();
    let words: Vec<_> = source.pieces.iter().flat_map(count::hits).collect();
    assert_eq!(words.len(), 1, "{words:?}");
    assert_eq!((words[0].line, words[0].word.as_str()), (1, WORD));
    let missing = subjects(folder.path(), SINCE).err().unwrap();
    assert!(missing.contains("git cannot list the commits"), "{missing}");
}
