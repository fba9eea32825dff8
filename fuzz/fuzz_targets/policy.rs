//! Fuzzes the merge of bucket policies, which must keep the statements of other authors.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::policy(data));
