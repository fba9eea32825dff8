//! Leaves the unwind tables out of the release binary: it aborts on a panic (`panic = "abort"`), so nothing
//! reads them, and they are a tenth of it. Nothing is fetched and nothing is generated here.

#![allow(clippy::disallowed_methods)] // cargo says everything in variables

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=strip-unwind.ld");
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Debug builds and tests unwind. LLVM's linker knows such scripts: it is rustc's own choice for one target,
    // and .cargo/config.toml's for musl. Elsewhere the tables stay in the binary.
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
