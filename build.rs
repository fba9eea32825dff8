//! Removes the unwind tables from the release binary. The binary aborts on a panic (`panic =
//! "abort"`) and never reads the tables, which are a tenth of its size. This script fetches and
//! generates nothing.

#![allow(clippy::disallowed_methods)] // cargo passes all settings in environment variables

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=strip-unwind.ld");
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Debug builds and tests unwind on a panic. Only LLVM's linker accepts the linker script: rustc selects it
    // for x86_64 Linux with glibc, and .cargo/config.toml for musl. Other targets keep the tables.
    let itself = var("RUSTC_LINKER").is_ok_and(|linker| linker.ends_with("rust-lld"));
    let behind_cc = is("TARGET", "x86_64-unknown-linux-gnu") && var("RUSTC_LINKER").is_err();
    if is("PROFILE", "release") && (itself || behind_cc) {
        let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let prefix = if itself { "" } else { "-Wl," };
        for argument in ["--no-eh-frame-hdr", &format!("-T{folder}/strip-unwind.ld")] {
            println!("cargo::rustc-link-arg-bins={prefix}{argument}");
        }
    }
}
