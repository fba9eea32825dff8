//! Removes the unwind tables from the release binary, and places the functions that every command
//! uses together. The release binary aborts on a panic (`panic = "abort"`), so it never reads the
//! unwind tables, which are a tenth of its size. This build script fetches no files and generates
//! no files.

#![allow(clippy::disallowed_methods)] // cargo passes settings in environment variables

use std::env::var;

/// The linker scripts; each begins with its reason.
const SCRIPTS: [&str; 2] = ["strip-unwind.ld", "shared-functions.ld"];

fn main() {
    for script in SCRIPTS {
        println!("cargo::rerun-if-changed={script}");
    }
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Debug builds and tests unwind on a panic, so they need the unwind tables. Only LLVM's linker
    // accepts the scripts. rustc selects LLVM's linker for x86_64 Linux with glibc, and
    // .cargo/config.toml selects LLVM's linker for musl. For all other targets, the binary keeps
    // the unwind tables.
    let itself = is("CARGO_CFG_TARGET_OS", "linux")
        && var("RUSTC_LINKER").is_ok_and(|linker| linker.ends_with("rust-lld"));
    let behind_cc = is("TARGET", "x86_64-unknown-linux-gnu") && var("RUSTC_LINKER").is_err();
    if is("PROFILE", "release") && (itself || behind_cc) {
        let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let prefix = if itself { "" } else { "-Wl," };
        println!("cargo::rustc-link-arg-bins={prefix}--no-eh-frame-hdr");
        for script in SCRIPTS {
            println!("cargo::rustc-link-arg-bins={prefix}-T{folder}/{script}");
        }
    }
}
