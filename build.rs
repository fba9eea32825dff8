//! How the release binary is laid out: without unwind tables (it aborts on a panic, `panic = "abort"`, so
//! nothing ever reads them, and they are a tenth of it), and with what runs first side by side. Nothing is
//! fetched and nothing is generated here.

#![allow(clippy::disallowed_methods)] // cargo says everything in variables

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=src/layout.ld");
    let is = |name: &str, wanted: &str| var(name).is_ok_and(|value| value == wanted);
    // Debug builds and tests unwind. Only GNU's linker and LLVM's know such scripts.
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{folder}/src/layout.ld");
    }
}
