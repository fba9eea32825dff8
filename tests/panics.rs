//! Compares the calls that can panic, in the code of both crates, with the list in `panics.txt`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The code of a file without its tests, comments and the contents of its strings. The texts of the strings are
/// the second value.
fn code(text: &str) -> (String, Vec<String>) {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let (mut code, mut strings) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            3 + raw.find("\"#").unwrap() + 2
        } else if rest.starts_with("r\"") && !code.ends_with(char::is_alphanumeric) {
            2 + rest[2..].find('"').unwrap() + 1
        } else if c == '"' {
            let mut escaped = false;
            let is_end = |c: char| {
                let is_end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                is_end
            };
            let end = 1 + rest[1..].find(is_end).unwrap();
            strings.push(rest[1..end].to_owned());
            code.push('"');
            end + 1
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[end..];
    }
    (code, strings)
}

/// The number of index and slice expressions in code. `[..]` cannot panic, so it does not count.
fn indices(code: &str) -> usize {
    let is_indexed = |at: usize| {
        let before = code[..at].chars().next_back();
        before.is_some_and(|c| c.is_alphanumeric() || "_)]".contains(c))
            && !code[at..].starts_with("[..]")
    };
    code.match_indices('[')
        .filter(|(at, _)| is_indexed(*at))
        .count()
}

/// Adds the calls of a file to the list.
fn add(list: &mut BTreeMap<&'static str, String>, name: &str, text: &str) {
    let (code, strings) = code(text);
    let mut string_of = strings.into_iter();
    // Each string left one quotation mark in the code.
    for (at, c) in code.char_indices() {
        if c != '"' {
            continue;
        }
        let string = string_of.next().unwrap();
        let before = code[..at].trim_end();
        let found = ["expect(", "unreachable!(", "panic!("]
            .into_iter()
            .find(|call| before.ends_with(call));
        if let Some(call) = found {
            let call = call.trim_end_matches('(');
            let _ = writeln!(list.entry(call).or_default(), "{name}: {string}");
        }
    }
    let unwraps = code.matches(".unwrap()").count() + code.matches(".unwrap_err()").count();
    for (kind, count) in [("unwrap", unwraps), ("index or slice", indices(&code))] {
        if count > 0 {
            let _ = writeln!(list.entry(kind).or_default(), "{name}: {count}");
        }
    }
}

fn read(list: &mut BTreeMap<&'static str, String>, root: &Path, folder: &Path) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(list, root, &path);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            add(list, name, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// A new call that can panic on outside data is a fault. The message of each `expect` names the reason why it
/// cannot panic, and SECURITY.md names the reasons for the index and slice expressions.
#[test]
fn each_call_that_can_panic_is_in_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut list = BTreeMap::new();
    for folder in ["presign/src", "src"] {
        read(&mut list, root, &root.join(folder));
    }
    let mut found = String::new();
    for (kind, lines) in list {
        let _ = write!(found, "# {kind}\n\n{lines}\n");
    }
    let listed = fs::read_to_string(root.join("tests/panics.txt")).unwrap_or_default();
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    if found != listed {
        fs::write(scratch.join("panics.txt"), &found).unwrap();
    }
    assert_eq!(
        found,
        listed,
        "after a review of the new calls: cp {}/panics.txt tests/",
        scratch.display()
    );
}
