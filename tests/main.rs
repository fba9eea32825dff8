//! The integration tests: one binary, one module a subject. They run the built program as a user does;
//! `real.rs` and `real_garage.rs`, which need servers of others, are binaries of their own.

// Tests may unwrap and read the world; nothing here is an API.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc
)]
#![allow(missing_docs, unreachable_pub)]

// Values of an answer that get into the next request, or into memory.
mod answers;
// Which module of `src/` may import which, and which one alone may use files, clock, network or
// terminal. Reads source texts; runs nothing.
mod architecture;
// `audit`: verdicts, formats (text, JSON, SARIF, HTML), exit codes, all buckets of an account, and that
// it writes nothing.
mod audit;
// Arguments and environments that are rejected before a request is sent: exit code 2, an error, a hint.
mod bad_input;
// `bootstrap` of one bucket. A file a subject; see `bootstrap/mod.rs`.
mod bootstrap;
// A machine whose clock is wrong.
mod clock;
// `completions` and `man`.
mod completions;
// `credentials`, and the chain behind it: one test runs every case in
// `wiremock-fixtures/credentials/`. A new source of credentials gets a folder there.
mod credentials;
// Host names: name servers that misbehave, and which addresses plain HTTP reaches. In a network namespace
// of its own, by tests/isolated.sh.
mod dns;
// Every fault at every request of a run of `bootstrap`, and `kill -9` at every request. The slowest
// tests; a new fault is a line in `faults()`.
mod fault_matrix;
// The recorded answers of S3: each control has some, and each is used.
mod fixtures;
// Many buckets in one run: lists, shards, interruption, and a server that asks for fewer requests.
mod fleet;
// The fuzz targets' corpus through the same functions, without a fuzzer.
mod fuzz_corpus;
// Servers that attack: endless, slow, compressed, deep or misleading answers.
mod hostile;
// `iam-policy`: each action exists, is enough and is needed.
mod iam_policy;
// `inspect` of what people paste: URLs, forms, refusals, URLs of other kinds.
mod inspect;
// The minimum Rust version, wherever it is written.
mod msrv;
// Whose bucket it is, on AWS and elsewhere, before a command uses it.
mod ownership;
// The form of the documents: length, width, links, and the files that they name.
mod pages;
// How long a run waits in all. Uses the library, with a clock that stands still.
mod patience;
// `presign` and `inspect` of one URL, without a server: streams, formats, bytes.
mod presign;
// `presign --keys-from`: files, pipes, bad lines, full disks.
mod presign_many;
// URLs, forms and curl commands of `presign`, used against the sandbox.
mod presign_sandbox;
// README and the pages of `docs/`: tables, policies, commands and options are those of the program.
mod readme;
// No secret, token, signature or presigned URL where it does not belong, for every command.
mod secrets;
// The binary as a file: static, small, and running in an empty root.
mod static_binary;
// What the tests share: the program, scripted answers, a scripted S3, the sandbox. No tests.
mod support;
// Colours, line breaks, the progress bar, signals.
mod terminal;
// Certificates, TLS versions and proxies.
mod tls;
// The output that documents and pictures show, compared with a run on the sandbox.
mod transcripts;
// `verify`: what its probes prove, and that nothing is left behind.
mod verify;
// Plain English: limits on odd words in comments, strings, documents, pages, scripts and commits. Part of
// `make lint`.
mod words;
