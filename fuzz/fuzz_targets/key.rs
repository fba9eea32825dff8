//! Fuzzes object keys in S3 URIs and in request paths.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::key(data));
