//! The layers of `src/lib.rs`, kept: who may import whom, and who alone may touch the world.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the top down; one may use those below it in the list, never one above.
const LAYERS: [&[&str]; 9] = [
    &["bootstrap", "audit", "verify"],
    &["subresource"],
    &["s3/client", "s3/bucket", "s3/account"],
    &["s3/error", "s3/pace", "s3/refusal"],
    &["config", "credentials"],
    &["retry"],
    &["signer", "http"],
    &["context"],
    &["controls", "policy", "iam", "fleet", "xml"],
];

fn sources(folder: &str) -> Vec<(String, String)> {
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
    let read = |path: &PathBuf| {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    found.iter().map(read).collect()
}

/// Without the tests at its end.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn each_foreign_world_has_one_door() {
    for (word, doors) in [
        ("reqwest::", &["http.rs"][..]),
        ("aws_sigv4", &["signer.rs"]),
        ("aws_credential_types", &["signer.rs"]),
        ("clap", &["cli/"]),
        ("std::env", &["context.rs", "main.rs", "output/mod.rs"]),
        ("std::fs", &["context.rs"]),
        ("SystemTime::now", &[]),
        ("now_utc", &["context.rs"]),
        ("io::stdout", &["output/"]),
        ("io::stderr", &["output/"]),
        ("println!", &[]),
        ("eprintln!", &[]),
    ] {
        for (name, text) in sources("src") {
            let allowed = doors.iter().any(|door| name.starts_with(door));
            assert!(allowed || !code(&text).contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn the_pure_core_is_pure() {
    for (name, text) in sources("presign/src") {
        for word in [
            "std::env",
            "std::fs",
            "std::net::Tcp",
            "now_utc",
            "Instant",
            "tokio",
            "reqwest",
            "println!",
        ] {
            assert!(
                !code(&text).contains(word),
                "presign/src/{name} uses {word}"
            );
        }
    }
    for (name, text) in sources("src") {
        let is_pure = ["controls/", "policy/", "iam.rs", "xml/"];
        if is_pure.iter().any(|part| name.starts_with(part)) {
            for word in [
                "crate::http",
                "crate::context",
                "crate::s3::client",
                "async ",
            ] {
                assert!(!code(&text).contains(word), "{name} uses {word}");
            }
        }
    }
}

#[test]
fn modules_use_only_those_below_them() {
    let layer = |module: &str| {
        LAYERS
            .iter()
            .position(|names| names.iter().any(|name| module.starts_with(name)))
    };
    for (name, text) in sources("src") {
        let module = name.trim_end_matches(".rs");
        let Some(own) = layer(module) else {
            continue;
        };
        for used in code(&text).split("crate::").skip(1) {
            let path: String = used
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == ':')
                .collect();
            let mut used = path.replace("::", "/").trim_end_matches('/').to_owned();
            // `s3` itself re-exports the client: whoever names no module below it means that.
            let below_s3 = ["s3/error", "s3/refusal"];
            if used.starts_with("s3") && !below_s3.iter().any(|known| used.starts_with(known)) {
                used = "s3/client".to_owned();
            }
            if let Some(below) = layer(&used) {
                assert!(
                    below >= own,
                    "{module} (layer {own}) uses {used} (layer {below}), which stands above it"
                );
            }
        }
    }
}

#[test]
fn the_library_does_not_know_the_program() {
    for (name, text) in sources("src") {
        let program = ["cli/", "output/"]
            .iter()
            .any(|part| name.starts_with(part))
            || ["main.rs", "failure.rs"].contains(&name.as_str());
        if !program {
            assert!(
                !code(&text).contains("crate::cli") && !code(&text).contains("crate::output"),
                "{name}"
            );
        }
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for folder in ["src", "presign/src", "presign/tests", "tests"] {
        for (name, text) in sources(folder) {
            assert!(text.starts_with("//! "), "{folder}/{name}");
            let lines = text.lines().count();
            assert!(lines <= 400, "{folder}/{name} has {lines} lines");
        }
    }
}
