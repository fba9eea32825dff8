//! The integration tests, which are one binary with one module for each subject. The integration
//! tests run the built program as a user does. `real.rs` and `real_garage.rs` are separate
//! binaries, because they need servers of other projects.

// Tests may unwrap and may use the environment and files, and no item of this binary is a public
// API.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc
)]
#![allow(missing_docs, unreachable_pub)]

// Tests of values from responses that the program copies into the next request or keeps in memory.
mod answers;
// Tests which module of `src/` may import which other module, and which modules may use files, the
// clock, the network or the terminal. The tests of this module read source files and run no
// program.
mod architecture;
// Tests of `audit`: its results, its output formats (text, JSON, SARIF, HTML), its exit codes, and
// audits of all buckets of an account.
mod audit;
// Tests of the findings of `audit` about access from outside the account, of `--standard` and of
// `--except`.
mod audit_access;
// Tests that `audit` finds public access with `--skip`, with `--standard`, and by the verdict of S3.
mod audit_public;
// Tests of `audit --full`: the controls of the account and the controls that need further requests.
mod audit_full;
// Tests of arguments and environment variables that the program rejects before it sends a request,
// with exit code 2, an error and a hint.
mod bad_input;
// Tests of `bootstrap` with one bucket. `bootstrap/mod.rs` lists the subjects.
mod bootstrap;
// Tests on a machine with a wrong clock.
mod clock;
// Tests of the commands `completions` and `man`.
mod completions;
// Tests of credential sources that need more than files: a terminal, an agent that starts late,
// unreadable files, and keys that cannot work.
mod credential_sources;
// Tests of `--cors-origin`: the answers that a browser receives, and the rules of other tools.
mod cors;
// Tests of the command `credentials` and of the credential chain. One test runs every case in
// `wiremock-fixtures/credentials/`. A new source of credentials needs a folder in
// `wiremock-fixtures/credentials/`.
mod credentials;
// Tests of `--data-events`, which changes the event selectors of a trail.
mod data_events;
// Tests of host names: name servers that misbehave, and the addresses to which the program may send
// plain HTTP. tests/isolated.sh runs the tests of host names in a new network namespace.
mod dns;
// Tests of `-o json` when a command fails: stdout contains the error, its causes and its hint.
mod failures_as_json;
// Tests that inject every fault at every request of `bootstrap`, and that kill the program at every
// request. The tests of this module are slower than all other tests. To add a fault, add a line to
// `faults()`.
mod fault_matrix;
// Tests of the program without a command, which new users see first.
mod first_steps;
// Tests of the recorded responses of S3: each control has recorded responses, and a test uses each
// response.
mod fixtures;
// Tests of runs over many buckets: lists of buckets, shards, interrupted runs, and a server that
// asks for fewer requests.
mod fleet;
// Tests of the options in the lines of `--from`.
mod fleet_options;
// Calls the fuzzed functions with the saved inputs of the fuzzers, without a fuzzer.
mod fuzz_corpus;
// `--help`: the sections of each command, their order, and the formats of the output.
mod help;
// Tests with hostile servers, whose responses are endless, slow, compressed, deeply nested or
// misleading.
mod hostile;
// Tests of `iam-policy`: each printed action exists, the printed actions are sufficient, and each
// printed action is necessary.
mod iam_policy;
// Tests that the printed policies for `request` and `list` are sufficient and necessary.
mod iam_policy_exchange;
// Tests of `iam-policy` for several buckets, patterns of names, and prefixes of keys.
mod iam_policy_fleet;
// Tests that `inspect` accepts text that people paste: presigned URLs, forms, errors of S3, and
// URLs of other services.
mod inspect;
// Tests of `inspect` for the URLs of multipart uploads.
mod inspect_multipart;
// Tests of keys in the wrong place, and of keys in typographic quotes.
mod key_forms;
// Tests of the operating system's limits for a process: open files and address space.
mod limits;
// Tests of `list`: odd keys, deliveries, waiting, and answers of hostile servers.
mod list;
mod list_sandbox;
mod list_wait;
// Tests of the peak memory of a release binary.
mod memory;
// Command lines that are nearly right, and the command line that each answer names.
mod mistakes;
// Tests that every file that names the minimum Rust version names the same version.
mod msrv;
// Compares the access from outside an account that `audit` finds in a policy with the decisions of
// the sandbox's policy evaluator.
mod outside;
// Tests that every command checks the owner of a bucket before it uses the bucket, on AWS and on
// other servers.
mod ownership;
// Tests of the library as other programs use it: futures that move between threads, errors, and the
// programs of `examples/`.
mod library;
// Tests of the scripts that make a release, the install script, and the GitHub action.
#[cfg(target_os = "linux")]
mod packaging;
// Tests of the documents: their length, width and links, and the files that they name.
mod pages;
// Tests that each call that can panic is in the list `panics.txt`.
mod panics;
// Tests of the total waiting time of a run. The tests of this module call the library with a
// simulated clock.
mod patience;
// Tests of `presign` and `inspect` for one URL, without a server: output streams, formats and
// bytes.
mod presign;
// Tests of the page of downloads that `presign get -o html` makes.
mod presign_downloads;
// Tests of the options of `presign post`.
mod presign_forms;
// Tests that the sandbox stores an object with the properties that a form names.
mod presign_forms_sandbox;
// Tests of `presign --keys-from`: files, pipes, invalid lines and full disks.
mod presign_many;
// Tests of `presign multipart -o json`: an upload of any size by presigned URLs, on the sandbox.
mod presign_multipart;
// The credentials of `presign multipart`, and the owner of the bucket.
mod presign_multipart_owner;
// Tests of the script of `presign multipart -o sh` after refusals.
mod presign_multipart_refused;
// Tests of `presign multipart -o sh`: the script in each shell, interrupted at each stage.
mod presign_multipart_script;
// Tests of the options of `presign get|put|head|delete`.
mod presign_options;
// Tests that the sandbox accepts the URLs, forms and curl commands of `presign`, and refuses other
// requests.
mod presign_sandbox;
// Tests of the option `--shell` of `presign -o curl`.
mod presign_shells;
// Tests of proxies: the requests that a proxy receives, and the errors that the program reports if
// a proxy fails.
mod proxy;
// Compares the public items of the library with `tests/public-api.txt`.
mod public_api;
// Compares the tables, policies, commands and options in README and in the pages of `docs/` with
// the program.
mod readme;
// Tests of the AWS region: the format of its name, and the warning about the default region.
mod regions;
// Tests that every file that contains the address of the repository names the same address.
mod repository;
// `request`: the published page, each way in which a link cannot work, and that no page is left behind.
mod request;
// `request`: the uploads that a server accepts with the forms of the page.
mod request_forms;
// `request` against hostile servers, and with an stdout that cannot take the link.
mod request_hostile;
// Tests of `request` for one file above 5 GiB, which the page sends in parts.
mod request_large;
// Arguments of `request` that are refused.
mod request_usage;
// Tests of `revoke`. `revoke/mod.rs` lists the subjects.
mod revoke;
// Tests that no command prints a secret, a token, a signature or a presigned URL where it does not
// belong.
mod secrets;
// Tests of secrets that a source of credentials, STS or a proxy repeats.
mod secrets_of_sources;
// Tests of FIFOs, sockets, devices and unreadable text where the program expects a settings file.
mod settings_files;
// Tests that the release binary is static and small, and runs in an empty root folder.
mod static_binary;
// Helpers of the tests: the program as a user runs it, raw HTTP responses, a mock S3 server, and
// the sandbox. The helper module has no tests.
mod support;
// Tests of the output on a terminal: colours, line breaks, the progress bar, and signals.
mod terminal;
// Tests of the certificates and TLS versions that the program accepts.
mod tls;
// Certificates without names or for other purposes, and proxies that answer instead of a server.
mod tls_names;
// Compares the output that documents and pictures show with the output of a run on the sandbox.
mod transcripts;
// Tests of the results of the probes of `verify`. No run may leave objects or settings of the probes
// in the bucket.
mod verify;
// Tests of `verify`: the refusals that show that a control works.
mod verify_denied;
// Tests of the probe of `verify` for multipart uploads.
mod verify_multipart;
// Tests of `--deny-sigv2` and of the probe of signature version 2.
mod verify_sigv2;
// Tests of plain English: limits on the words of `words/list.rs` in comments, strings, documents,
// pages, scripts and commits. `make lint` runs the tests of this module.
mod words;
