//! Fuzzes the functions that parse and format durations and times.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::duration(data));
