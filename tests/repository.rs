//! Tests that every file that contains the address of the repository, or the version of the program,
//! agrees with Cargo.toml.

use crate::support::pages;
use std::collections::BTreeSet;
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// `repository` in Cargo.toml is the address of the project. Other files repeat the address only
/// where a reader or a registry needs the complete address.
#[test]
fn every_file_names_the_repository_of_cargo_toml() {
    // The address with any owner, so that the search also finds an old address.
    let pattern = concat!("github\\.com/[A-Za-z0-9-]+/", env!("CARGO_PKG_NAME"));
    let found = Command::new("grep")
        .args(["-rIoE", "--exclude-dir=target", "--exclude-dir=.git"])
        .args(["--exclude=Cargo.lock", pattern, "."])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    let may = ["Cargo.toml", "README.md", "docs/ci.md", "docs/install.md"];
    let mut files = BTreeSet::new();
    for line in found.lines() {
        let (file, address) = line.split_once(':').unwrap();
        files.insert(file.trim_start_matches("./"));
        assert_eq!(format!("https://{address}"), REPOSITORY, "{file}");
    }
    assert_eq!(files, BTreeSet::from(may));
    // The action and the image have addresses that contain the owner and the name.
    let name = REPOSITORY.strip_prefix("https://github.com/").unwrap();
    // The documents name the version of Cargo.toml.
    for (file, before) in [
        ("README.md", format!("uses: {name}@v")),
        ("docs/ci.md", format!("uses: {name}@v")),
        ("docs/ci.md", format!("ghcr.io/{name}:")),
        ("docs/ci.md", format!("{REPOSITORY}/releases/download/v")),
        ("docs/ci.md", "install.sh --version ".to_owned()),
    ] {
        let content = pages::read(file);
        let mut versions = content.split(&before).skip(1).peekable();
        assert!(versions.peek().is_some(), "{file}: {before}");
        assert!(
            versions.all(|rest| rest.starts_with(VERSION)),
            "{file}: {before}"
        );
    }
    for file in ["docs/ci.md", "docs/containers.md", "docs/install.md"] {
        let images = pages::read(file);
        let count = images.matches("ghcr.io/").count();
        assert!(count > 0, "{file}");
        assert_eq!(
            images.matches(&format!("ghcr.io/{name}")).count(),
            count,
            "{file}"
        );
    }
}
