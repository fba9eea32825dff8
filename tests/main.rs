//! The integration tests: one binary, with one module for each subject. The integration tests run
//! the built program as a user does. `real.rs` and `real_garage.rs` need servers of other projects
//! and are separate binaries.

// Tests may unwrap and use the environment and files; no item here is a public API.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc
)]
#![allow(missing_docs, unreachable_pub)]

// Values that the program copies from a response into the next request or keeps in memory.
mod answers;
// Which module of `src/` may import which other module, and which modules may use files, the clock,
// the network or the terminal. The tests of this module read source files and run no program.
mod architecture;
// `audit`: its results, output formats (text, JSON, SARIF, HTML) and exit codes, audits of all
// buckets of an account, and that it sends no write request.
mod audit;
// Arguments and environment variables that the program rejects before it sends a request, with exit
// code 2, an error and a hint.
mod bad_input;
// `bootstrap` of one bucket, with one file for each subject; see `bootstrap/mod.rs`.
mod bootstrap;
// Runs on a machine with a wrong clock.
mod clock;
// The commands `completions` and `man`.
mod completions;
// Sources of credentials that need more than files: a terminal, an agent that starts late,
// unreadable files, and keys that cannot work.
mod credential_sources;
// The command `credentials` and the credential chain; one test runs every case in
// `wiremock-fixtures/credentials/`. A new source of credentials needs a folder in
// `wiremock-fixtures/credentials/`.
mod credentials;
// Host names: misbehaving name servers, and the addresses that plain HTTP may reach.
// tests/isolated.sh runs the tests about host names in a new network namespace.
mod dns;
// `-o json` when a command fails: the error, its causes and its hint on stdout.
mod failures_as_json;
// Every fault at every request of `bootstrap`, and `kill -9` at every request. These are the
// slowest tests. A new fault is a line in `faults()`.
mod fault_matrix;
// What newcomers see first: the program without a command.
mod first_steps;
// The recorded responses of S3: each control has some, and a test uses each of them.
mod fixtures;
// Many buckets in one run: lists of buckets, shards, interrupted runs, and a server that asks for
// fewer requests.
mod fleet;
// Runs the fuzz targets on their saved corpus, without a fuzzer.
mod fuzz_corpus;
// Hostile servers, whose responses are endless, slow, compressed, deeply nested or misleading.
mod hostile;
// `iam-policy`: each printed action exists, the printed actions are sufficient, and each of them is
// needed.
mod iam_policy;
// `inspect` accepts text that people paste: presigned URLs, forms, errors of S3, and URLs of other
// services.
mod inspect;
// The limits of the operating system for a process: open files and threads.
mod limits;
// The minimum Rust version in every file that names it.
mod msrv;
// Every command checks the owner of a bucket before it uses the bucket, on AWS and on other
// servers.
mod ownership;
// The library as other programs use it: futures that move between threads, errors, and the programs
// of `examples/`.
mod library;
// The documents: their length, width and links, and the files that they name.
mod pages;
// The total waiting time of a run. The tests about waiting time use the library with a simulated
// clock.
mod patience;
// `presign` and `inspect` for one URL, without a server: output streams, formats and bytes.
mod presign;
// `presign --keys-from`: files, pipes, invalid lines, full disks.
mod presign_forms;
mod presign_forms_sandbox;
mod presign_many;
mod presign_options;
// URLs, forms and curl commands of `presign`, used on the sandbox.
mod presign_sandbox;
// The requests that a proxy receives, and the errors that the program reports if a proxy fails.
mod proxy;
// Compares the public items of the library with a list.
mod public_api;
// The tables, policies, commands and options in README and in the pages of `docs/`.
mod readme;
// The AWS region: the format of its name, and the warning about the default region.
mod regions;
// No command prints a secret, token, signature or presigned URL where it does not belong.
mod secrets;
// The release binary: whether it is static and small, and runs in an empty root folder.
mod static_binary;
// Helpers of the tests: the program as a user runs it, scripted responses, a scripted S3, and the
// sandbox. The helper module has no tests.
mod support;
// Output on a terminal: colours, line breaks, the progress bar, and signals.
mod terminal;
// The certificates and TLS versions that the program accepts.
mod tls;
// Compares the output that documents and pictures show with the output of a run on the sandbox.
mod transcripts;
// `verify`: the results of its probes, and that no run leaves objects or settings of the probes in
// the bucket.
mod verify;
// `verify`: the refusals that show that a control works.
mod verify_denied;
// Plain English: limits on the words of `words/list.rs` in comments, strings, documents, pages,
// scripts and commits. `make lint` runs the test of plain English.
mod words;
