//! Tests that every file that contains the address of the repository, or the version of the program,
//! agrees with Cargo.toml.

use crate::support::pages;
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// `repository` in Cargo.toml is the address of the project. Other files repeat the address only
/// where a reader or a registry needs the complete address.
#[test]
fn every_file_names_the_repository_of_cargo_toml() {
    let host = "github.com/s3-secure-bucket";
    let listed = Command::new("grep")
        .args(["-rIl", "--exclude-dir=target", "--exclude-dir=.git"])
        .args(["--exclude=Cargo.lock", host, "."])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let may = [
        "Cargo.toml",
        "Dockerfile",
        "README.md",
        "docs/ci.md",
        "docs/install.md",
    ];
    let this = "tests/repository.rs";
    for file in listed.lines().map(|file| file.trim_start_matches("./")) {
        if file == this {
            continue;
        }
        assert!(
            may.contains(&file),
            "{file} repeats the address of the repository"
        );
        let content = pages::read(file);
        let all = content.matches(host).count();
        assert_eq!(
            content
                .matches(REPOSITORY.trim_start_matches("https://"))
                .count(),
            all,
            "{file}"
        );
    }
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
