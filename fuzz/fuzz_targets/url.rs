//! Fuzzes the parser that `inspect` uses for presigned URLs.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::url(data));
