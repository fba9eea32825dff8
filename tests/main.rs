//! The integration tests: one binary, with one module for each subject. They run the built program
//! as a user does. `real.rs` and `real_garage.rs` need servers of other projects and are separate
//! binaries.

// Tests may unwrap and use the environment and files; no item here is a public API.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc
)]
#![allow(missing_docs, unreachable_pub)]

// Values of a response that the next request contains or that memory holds.
mod answers;
// Which module of `src/` may import which, and which module alone may use files, clock, network or
// terminal. Reads source files and runs nothing.
mod architecture;
// `audit`: verdicts, formats (text, JSON, SARIF, HTML), exit codes, all buckets of an account, and
// no writes.
mod audit;
// Arguments and environment variables that are rejected before a request is sent: exit code 2, an
// error and a hint.
mod bad_input;
// `bootstrap` of one bucket, with one file for each subject; see `bootstrap/mod.rs`.
mod bootstrap;
// A machine with a wrong clock.
mod clock;
// The commands `completions` and `man`.
mod completions;
// Sources of credentials that need more than files: a terminal, an agent that starts late, files that
// cannot be read, keys that cannot work.
mod credential_sources;
// `credentials` and the credential chain: one test runs every case in
// `wiremock-fixtures/credentials/`. A new source of credentials gets a folder there.
mod credentials;
// Host names: misbehaving name servers, and the addresses that plain HTTP may reach.
// tests/isolated.sh runs these tests in a new network namespace.
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
// Many buckets in one run: lists, shards, interruption, and a server that asks for fewer requests.
mod fleet;
// The corpus of the fuzz targets, without a fuzzer.
mod fuzz_corpus;
// Hostile servers: endless, slow, compressed, deep or misleading responses.
mod hostile;
// `iam-policy`: each action exists, the printed actions are enough, and each is needed.
mod iam_policy;
// `inspect` of what people paste: URLs, forms, refusals, URLs of other kinds.
mod inspect;
// The limits of a process: open files and threads.
mod limits;
// The minimum Rust version in every file that names it.
mod msrv;
// The owner of a bucket, on AWS and elsewhere, checked before a command uses the bucket.
mod ownership;
// The library from outside: futures that cross threads, errors, the programs of `examples/`.
mod library;
// The form of the documents: length, width, links, and the files that they name.
mod pages;
// The total waiting time of a run. Uses the library with a simulated clock.
mod patience;
// `presign` and `inspect` of one URL, without a server: streams, formats, bytes.
mod presign;
// `presign --keys-from`: files, pipes, invalid lines, full disks.
mod presign_forms;
mod presign_forms_sandbox;
mod presign_many;
mod presign_options;
// URLs, forms and curl commands of `presign`, used on the sandbox.
mod presign_sandbox;
// What a proxy sees, and what is reported when a proxy fails.
mod proxy;
// The list of all that is public in the library.
mod public_api;
// Tables, policies, commands and options in README and the pages of `docs/`.
mod readme;
// The region of AWS: its shape, and the warning about the default one.
mod regions;
// No command prints a secret, token, signature or presigned URL where it does not belong.
mod secrets;
// The release binary as a file: static, small, and able to run in an empty root folder.
mod static_binary;
// Helpers of the tests: the program, scripted responses, a scripted S3, the sandbox. This module
// has no tests.
mod support;
// Colours, line breaks, the progress bar, signals.
mod terminal;
// Certificates and TLS versions.
mod tls;
// The output that documents and pictures show, compared with a run on the sandbox.
mod transcripts;
// `verify`: the verdicts of its probes, and that the probes leave nothing behind.
mod verify;
// Plain English: limits on odd words in comments, strings, documents, pages, scripts and commits.
// `make lint` runs it.
mod words;
