//! Fuzzes the function that merges statements into a bucket policy, which must keep the statements
//! of other tools.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::policy(data));
