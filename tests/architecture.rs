//! Tests which module of `src/` may import which other module, and which modules may use the
//! network, the environment, files, the clock or the terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/`, in layers from top to bottom. Each row is one layer. A module may import
/// modules of the same layer and of the layers below. A file belongs to the layer of its top-level
/// folder.
const LAYERS: [&[&str]; 16] = [
    &["main"],
    &["lib"],
    &["cli"],
    &["output"],
    &["failure", "hints"],
    &["client", "error"],
    &["bootstrap", "audit", "exchange"],
    &[
        "verify",
        "backup",
        "subresource",
        "trail",
        "log_target",
        "grants",
    ],
    &["ownership", "cloudtrail", "s3_control"],
    &["s3", "credentials", "config"],
    &["retry"],
    &["http", "signer"],
    &["context", "resolver", "redact"],
    &["settings"],
    &["controls", "policy", "iam", "fleet"],
    &["values", "xml"],
];

/// The topmost module of the layers that use no network, files, environment, clock or terminal.
const PURE: &str = "settings";

/// Reads every Rust file below `folder`, and returns the texts by path (without `.rs`).
fn sources(folder: &str) -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    walk(&root, &mut found);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().with_extension("");
        let text = fs::read_to_string(&path).unwrap();
        (name.to_str().unwrap().to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// Reads the source files below `folder` like [`sources`], but omits test files, comment lines, and
/// the tests at the end of a file.
fn code(folder: &str) -> BTreeMap<String, String> {
    let untested = |text: String| {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    sources(folder)
        .into_iter()
        .filter(|(name, _)| !name.ends_with("/tests"))
        .map(|(name, text)| (name, untested(text)))
        .collect()
}

/// Returns the name of a module: `s3/client` for `src/s3/client.rs`, and `s3` for `src/s3/mod.rs`.
fn module(name: &str) -> &str {
    name.strip_suffix("/mod").unwrap_or(name)
}

/// Returns the layer of a module as an index of `LAYERS`. The top-level folder of the module
/// decides the layer.
fn layer(module: &str) -> usize {
    let top = module.split('/').next().unwrap();
    let row = LAYERS.iter().position(|row| row.contains(&top));
    row.unwrap_or_else(|| panic!("{module} has no layer: give it one in tests/architecture.rs"))
}

/// Returns the paths that follow `root::` in a source text, with the braces of `use` declarations
/// expanded.
fn paths(text: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    let root = format!("{root}::");
    for (at, _) in text.match_indices(&root) {
        let is_whole = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if is_whole {
            expand(&text[at + root.len()..], "", &mut found);
        }
    }
    found
}

/// Expands the path of a `use` declaration, such as `a::{b, c::D}` to `a/b` and `a/c/D`, and
/// returns the text after the path.
fn expand<'a>(text: &'a str, before: &str, found: &mut Vec<String>) -> &'a str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let path = [before, &text[..end]].join("/");
    let rest = &text[end..];
    let Some(rest) = rest.strip_prefix("::") else {
        found.push(path.trim_matches('/').to_owned());
        return rest;
    };
    let Some(mut rest) = rest.strip_prefix('{') else {
        return expand(rest, &path, found);
    };
    loop {
        rest = expand(rest.trim_start(), &path, found).trim_start();
        match rest.strip_prefix(',') {
            Some(more) if !more.trim_start().starts_with('}') => rest = more,
            _ => break,
        }
    }
    rest.split_once('}').map_or(rest, |(_, rest)| rest)
}

/// Returns the imports of all modules in `src/`, as pairs of the importing and the imported module.
/// A path counts as an import of the longest module name that it begins with.
fn imports() -> BTreeSet<(String, String)> {
    let files = code("src");
    let modules: BTreeSet<&str> = files.keys().map(|name| module(name)).collect();
    let resolve = |path: &str| {
        let mut path = path;
        while !modules.contains(path) {
            path = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if path.is_empty() {
                return None;
            }
        }
        Some(path.to_owned())
    };
    let mut all = BTreeSet::new();
    for (name, text) in &files {
        let own = module(name);
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        let above = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        let roots = [
            ("crate", ""),
            ("s3_secure_bucket", ""),
            ("self", own),
            ("super", folder),
            ("super::super", above),
        ];
        for (root, base) in roots {
            for path in paths(text, root) {
                let path = format!("{base}/{path}");
                if let Some(used) = resolve(path.trim_matches('/')).filter(|used| used != own) {
                    all.insert((own.to_owned(), used));
                }
            }
        }
    }
    all
}

/// Returns the two files or folders with the same parent folder that an import connects. Returns
/// `None` if one module contains the other module.
fn siblings(from: &str, to: &str) -> Option<(String, String)> {
    let (mut parent, mut from, mut to) = (String::new(), from.split('/'), to.split('/'));
    loop {
        let (Some(a), Some(b)) = (from.next(), to.next()) else {
            return None;
        };
        if a != b {
            return Some((format!("{parent}{a}"), format!("{parent}{b}")));
        }
        parent = format!("{parent}{a}/");
    }
}

#[test]
fn imports_point_down() {
    for (from, to) in imports() {
        let (own, used) = (layer(&from), layer(&to));
        assert!(used >= own, "{from} (row {own}) imports {to} (row {used})");
    }
}

#[test]
fn every_module_has_a_layer_and_every_layer_has_modules() {
    let modules = sources("src");
    let tops: BTreeSet<&str> = modules
        .keys()
        .map(|name| name.split('/').next().unwrap())
        .collect();
    let mapped: BTreeSet<&str> = LAYERS.concat().into_iter().collect();
    assert_eq!(tops, mapped);
}

#[test]
fn files_and_folders_have_no_import_cycles() {
    let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in imports() {
        if let Some((from, to)) = siblings(&from, &to) {
            below.entry(from).or_default().insert(to);
        }
    }
    // A module that imports none of the remaining modules cannot be part of a cycle, so each round
    // removes the modules without such an import.
    loop {
        let left: BTreeSet<String> = below.keys().cloned().collect();
        let before = below.len();
        below.retain(|_, used| used.iter().any(|to| left.contains(to)));
        if below.len() == before {
            break;
        }
    }
    assert_eq!(below, BTreeMap::new(), "modules that import each other");
}

/// [`paths`] must split the braces of a `use` declaration as the compiler does.
#[test]
fn expands_braces_of_imports() {
    let text = "use crate::a::{self, b::{C, d}, e};\nlet x = crate::f::g(1); my_crate::h::i();";
    assert_eq!(
        paths(text, "crate"),
        ["a/self", "a/b/C", "a/b/d", "a/e", "f/g"]
    );
}

#[test]
fn each_outside_resource_has_one_importer() {
    for (word, importers) in [
        ("reqwest::", &["http", "http/"][..]),
        ("aws_sigv4", &["signer"]),
        ("aws_credential_types", &["signer"]),
        ("clap", &["cli/"]),
        ("std::env", &["context", "main", "output/mod"]),
        ("std::fs", &["context", "context/", "resolver/files"]),
        ("SystemTime::now", &[]),
        ("now_utc", &["context"]),
        ("io::stdout", &["output/"]),
        ("io::stderr", &["output/"]),
        ("println!", &[]),
        ("eprintln!", &[]),
    ] {
        for (name, text) in code("src") {
            let allowed = importers.iter().any(|importer| {
                name == *importer || name.starts_with(importer) && importer.ends_with('/')
            });
            assert!(allowed || !text.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn the_core_uses_no_network_files_environment_or_clock() {
    let pure = LAYERS.iter().position(|row| row.contains(&PURE)).unwrap();
    let library = code("src").into_iter();
    let library = library.filter(|(name, _)| layer(name) >= pure);
    let presign = code("presign/src").into_iter();
    for (name, text) in library.chain(presign) {
        for word in [
            "std::env",
            "std::fs",
            "std::net::Tcp",
            "SystemTime",
            "now_utc",
            "Instant",
            "tokio",
            "async ",
            "reqwest",
            "println!",
        ] {
            assert!(!text.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn every_file_begins_with_a_doc_comment_and_stays_short() {
    for folder in ["src", "presign/src", "presign/tests", "tests"] {
        for (name, text) in sources(folder) {
            assert!(text.starts_with("//! "), "{folder}/{name}");
            let lines = text.lines().count();
            assert!(lines <= 400, "{folder}/{name} has {lines} lines");
        }
    }
}
