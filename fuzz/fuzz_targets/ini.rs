//! Fuzzes the parser of the shared config and credentials files.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::ini(data));
