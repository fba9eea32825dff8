//! How the release binary is laid out: without unwind tables (it aborts on a panic, `panic = "abort"`, so
//! nothing ever reads them, and they are a tenth of it), and with what runs first side by side. Nothing is
//! fetched and nothing is generated here.

#![allow(clippy::disallowed_methods)] // cargo says everything in variables

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=src/layout.ld");
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Debug builds and tests unwind. LLVM's linker knows such scripts: rustc's own choice for one target,
    // .cargo/config.toml's for musl; elsewhere the binary is laid out as usual.
    let itself = var("RUSTC_LINKER").is_ok_and(|linker| linker.ends_with("rust-lld"));
    let behind_cc = is("TARGET", "x86_64-unknown-linux-gnu") && var("RUSTC_LINKER").is_err();
    if is("PROFILE", "release") && (itself || behind_cc) {
        let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let prefix = if itself { "" } else { "-Wl," };
        for argument in ["--no-eh-frame-hdr", &format!("-T{folder}/src/layout.ld")] {
            println!("cargo::rustc-link-arg-bins={prefix}{argument}");
        }
    }
}
