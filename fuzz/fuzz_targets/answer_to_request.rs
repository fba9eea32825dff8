//! Fuzzes values that the program copies from a response into the next request: regions, names and
//! tokens.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::answer_to_request(data));
