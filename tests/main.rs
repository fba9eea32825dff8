//! The integration tests: one binary, one file a feature.

// Tests may unwrap and read the world; nothing here is anybody's API.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc
)]
#![allow(missing_docs, unreachable_pub)]

mod architecture;
mod audit;
mod bad_input;
mod bootstrap;
mod clock;
mod completions;
mod credentials;
mod fault_matrix;
mod fixtures;
mod fleet;
mod fuzz_corpus;
mod hostile;
mod iam_policy;
mod patience;
mod presign;
mod presign_many;
mod presign_sandbox;
mod readme;
mod secrets;
mod static_binary;
mod support;
mod terminal;
mod tls;
mod verify;
