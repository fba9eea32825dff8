//! Removes the unwind tables from the release binary. The release binary aborts on a panic (`panic
//! = "abort"`), so it never reads the unwind tables, which are a tenth of its size. This build
//! script fetches no files and generates no files.

#![allow(clippy::disallowed_methods)] // cargo passes settings in environment variables

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=strip-unwind.ld");
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Debug builds and tests unwind on a panic, so they need the unwind tables. Only LLVM's linker
    // accepts the linker script. rustc selects LLVM's linker for x86_64 Linux with glibc, and
    // .cargo/config.toml selects LLVM's linker for musl. For all other targets, the binary keeps
    // the unwind tables.
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
