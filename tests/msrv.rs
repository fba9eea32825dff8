//! Tests that every file that names the minimum Rust version agrees with `rust-version` in
//! Cargo.toml.

/// The files that name the minimum Rust version, each with the text that precedes the version.
const PLACES: [(&str, &str); 7] = [
    ("README.md", "Rust "),
    ("README.md", "minimum supported Rust version is "),
    ("CONTRIBUTING.md", "Rust "),
    ("CONTRIBUTING.md", "minimum Rust version is "),
    ("Dockerfile", "FROM rust:"),
    (".github/workflows/ci.yml", "RUSTUP_TOOLCHAIN: "),
    (".github/workflows/release.yml", "RUSTUP_TOOLCHAIN: "),
];

/// Returns the Rust versions (`1.N`, without a patch number) that follow `before` in a text.
fn versions(text: &str, before: &str) -> Vec<String> {
    let version = |rest: &str| {
        let minor: String = rest
            .strip_prefix("1.")?
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        (!minor.is_empty()).then(|| format!("1.{minor}"))
    };
    text.split(before).skip(1).filter_map(version).collect()
}

#[test]
fn every_place_names_the_minimum_rust_version_of_cargo_toml() {
    let read = |name: &str| {
        std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let minimum = versions(&read("Cargo.toml"), "rust-version = \"");
    assert_eq!(
        minimum.len(),
        1,
        "Cargo.toml has one rust-version: {minimum:?}"
    );
    for (file, before) in PLACES {
        let mut found = versions(&read(file), before);
        found.dedup();
        assert_eq!(found, minimum, "{file}, after {before:?}");
    }
    // Developers use the newest stable Rust version every day, so `rust-toolchain.toml` contains no
    // version number.
    assert_eq!(
        read("rust-toolchain.toml"),
        "[toolchain]\nchannel = \"stable\"\n"
    );
    // The other packages of the workspace inherit the minimum Rust version.
    for package in ["presign/Cargo.toml", "tests/sandbox/Cargo.toml"] {
        assert!(
            read(package).contains("rust-version.workspace = true"),
            "{package}"
        );
    }
}
