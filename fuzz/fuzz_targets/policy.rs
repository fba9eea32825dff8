//! Fuzzes the merge of bucket policies: statements of other authors must survive it.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::policy(data));
