//! Tests that README.md has a section for each module, and that the section names each error code
//! that the module returns.

use std::collections::BTreeMap;
use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("cannot read a file of this package")
}

/// Returns the source files that do not contain unit tests, such as `acl.rs` and
/// `policy/condition.rs`.
fn modules() -> Vec<String> {
    let mut names = Vec::new();
    for folder in ["", "policy/"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(folder);
        for entry in std::fs::read_dir(path).expect("cannot read a folder of this package") {
            let file = entry.expect("the entry can be read").file_name();
            let name = format!("{folder}{}", file.to_string_lossy());
            let is_source = Path::new(&name).extension().is_some_and(|it| it == "rs");
            if is_source && name != "policy/tests.rs" {
                names.push(name);
            }
        }
    }
    names.sort();
    names
}

/// Returns the text of README.md below each module's heading.
fn sections(readme: &str) -> BTreeMap<String, &str> {
    let mut sections = BTreeMap::new();
    for section in readme.split("\n### ").skip(1) {
        let (heading, text) = section
            .split_once('\n')
            .expect("a section has a heading and a text");
        let text = text.split("\n## ").next().unwrap_or_default();
        for name in heading.split(", ") {
            sections.insert(name.trim_matches('`').to_owned(), text);
        }
    }
    sections
}

/// Returns the error codes in a source text, such as `NoSuchKey` for `fail(404, "NoSuchKey", …)`.
fn codes(source: &str) -> Vec<&str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let calls = code.split("fail(").skip(1);
    calls
        .filter_map(|call| {
            let mut arguments = call.splitn(3, ',');
            let status = arguments.next()?.trim();
            let code = arguments.next()?.trim();
            status.parse::<u16>().ok()?;
            code.strip_prefix('"')?.strip_suffix('"')
        })
        .collect()
}

#[test]
fn each_module_has_a_section_with_its_error_codes() {
    let readme = read("README.md");
    let sections = sections(&readme);
    let named: Vec<&String> = sections.keys().collect();
    assert_eq!(named, modules().iter().collect::<Vec<_>>());
    let mut seen = 0;
    for (module, text) in &sections {
        for code in codes(&read(&format!("src/{module}"))) {
            assert!(text.contains(code), "{module}: {code} is not in README.md");
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn each_rule_names_a_source_that_exists() {
    let readme = read("README.md");
    let (rules, _) = readme.split_once("\n[").expect("README.md ends with links");
    let rows = sections(rules);
    let rows = rows.values().flat_map(|text| text.lines());
    for row in rows.filter(|line| line.starts_with("| ") && *line != "| rule | source |") {
        let source = row.trim_end_matches(" |").rsplit(" | ").next();
        let source = source.unwrap_or_default();
        let known = ["ours", "recorded", "by others", "["];
        assert!(known.iter().any(|word| source.contains(word)), "{row}");
        for link in source.split('[').skip(1) {
            let name = link.split(']').next().unwrap_or_default();
            let target = format!("\n[{name}]: https://");
            assert!(readme.contains(&target), "[{name}] has no link");
        }
    }
    for target in readme.lines().filter(|line| line.starts_with('[')) {
        let name = target.split("]: ").next().unwrap_or_default();
        let uses = readme.matches(&format!("{name}]")).count();
        assert!(uses > 1, "no rule uses {name}]");
    }
}
