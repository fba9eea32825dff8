//! Fuzzes the validation of bucket names, and the construction of host names that contain a bucket
//! name.
#![no_main]
#[path = "../bodies.rs"]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::bucket_name(data));
