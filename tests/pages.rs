//! Tests of the documents: their length and width, and whether the files and links that they name
//! exist.

use crate::support::pages::{self, Page};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

const README_LINES: usize = 200;
const COLUMNS: usize = 100;

#[test]
fn readme_has_at_most_200_lines() {
    let lines = pages::read("README.md").lines().count();
    assert!(lines <= README_LINES, "{lines}");
}

/// The width limit does not apply to tables, code, and words that are longer than a line (such as
/// links), because such texts cannot be wrapped.
#[test]
fn documents_are_wrapped_at_100_columns() {
    let mut wide = Vec::new();
    for page in pages::all() {
        for (is_code, line) in page.lines() {
            let is_table = line.starts_with('|');
            let longest_word = line.split(' ').map(|word| word.chars().count()).max();
            let has_long_word = longest_word.is_some_and(|length| length > COLUMNS - 10);
            let is_wide = line.chars().count() > COLUMNS;
            if is_wide && !is_code && !is_table && !has_long_word {
                wide.push(format!("{}: {line}", page.path));
            }
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// Returns the targets of links (`[text](target)`) and images (`![text](target)`) outside of code.
fn links(page: &Page) -> Vec<String> {
    let mut found = Vec::new();
    for (is_code, line) in page.lines() {
        if is_code {
            continue;
        }
        for part in line.split("](").skip(1) {
            found.push(part.split(')').next().unwrap().to_owned());
        }
    }
    found
}

/// Returns the anchors that GitHub gives to the headings of a page.
fn anchors(page: &Page) -> BTreeSet<String> {
    let heading = |(is_code, line): (bool, &str)| {
        let text = line.trim_start_matches('#');
        (!is_code && text.len() < line.len()).then(|| text.trim().to_lowercase())
    };
    let anchor = |heading: String| {
        let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_';
        heading
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    page.lines().filter_map(heading).map(anchor).collect()
}

/// Removes the components `..` and `.` from a path: `docs/../SECURITY.md` becomes `SECURITY.md`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[test]
fn relative_links_and_anchors_exist() {
    let all = pages::all();
    let mut seen = 0;
    let mut broken = Vec::new();
    for page in &all {
        let folder = Path::new(&page.path).parent().unwrap();
        for link in links(page) {
            if link.contains("://") {
                continue;
            }
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = match path {
                "" => PathBuf::from(&page.path),
                path => normal(&folder.join(path)),
            };
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let target = all.iter().find(|page| Path::new(&page.path) == path);
            let has_anchor =
                anchor.is_empty() || target.is_some_and(|target| anchors(target).contains(anchor));
            if !root.join(&path).exists() || !has_anchor {
                broken.push(format!("{}: {link}", page.path));
            }
        }
    }
    assert!(seen >= 20, "{seen}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn readme_links_to_every_page_of_docs() {
    let guide = pages::guide();
    let readme = guide.iter().find(|page| page.path == "README.md").unwrap();
    let linked = links(readme);
    for page in guide.iter().filter(|page| page.path != "README.md") {
        let is_linked = linked.iter().any(|link| link.starts_with(&page.path));
        assert!(is_linked, "{}", page.path);
    }
}

/// The folders that the test knows: a text in backticks that begins with one of these folders is a
/// path that must exist.
const FOLDERS: [&str; 8] = [
    "src/",
    "presign/",
    "tests/",
    "fuzz/",
    "benches/",
    "docs/",
    "wiremock-fixtures/",
    ".ci/",
];

#[test]
fn files_and_folders_that_documents_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for page in pages::all() {
        for span in page.code_spans() {
            let is_path = FOLDERS.iter().any(|folder| span.starts_with(folder))
                && !span.contains([' ', '*', '{', '…']);
            if is_path && !root.join(&span).exists() {
                missing.push(format!("{}: {span}", page.path));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Each row of the table of guarantees in SECURITY.md names a test, a source file, a make target or
/// a lint that exists, or says that reviews check the guarantee.
#[test]
fn each_guarantee_in_security_md_names_its_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let security = pages::read("SECURITY.md");
    let table = security.split("| guarantee | test |\n|---|---|\n").nth(1);
    let table = table.unwrap().split("\n\n").next().unwrap();
    let makefile = pages::read("Makefile");
    let manifest = pages::read("Cargo.toml");
    assert!(table.lines().count() >= 25, "{table}");
    for row in table.lines() {
        let proof = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let spans: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        for span in &spans {
            let exists = match span.strip_prefix("make ") {
                Some(target) => makefile.contains(&format!("\n{target}:")),
                None => {
                    root.join(span).exists()
                        || root.join(format!("fuzz/fuzz_targets/{span}.rs")).exists()
                        || manifest.contains(&format!("\n{span}"))
                }
            };
            assert!(exists || proof.contains("review"), "{span}: {row}");
        }
        assert!(!spans.is_empty(), "{row}");
    }
}
