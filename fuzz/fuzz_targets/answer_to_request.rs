//! Fuzzes values that a response passes on to the next request: regions, names, tokens.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::answer_to_request(data));
