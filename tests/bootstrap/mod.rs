//! Tests of `bootstrap` with one bucket. Each file tests one subject.
//!
//! Most files send scripted responses with `MockS3`, which reads the recorded responses in
//! `wiremock-fixtures/s3/`. The tests check the requests, the output and the exit code of the
//! program. The files with `on_sandbox` in their names use the sandbox, which is a server that
//! carries out the requests.

// Restores backups on the sandbox with the commands that `bootstrap` prints.
mod backup_on_sandbox;
// Tests HEAD and CreateBucket: whether the bucket exists, and who owns the bucket. One test checks
// all output of a run.
mod create;
// Tests of reads and writes to which S3 answers AccessDenied.
mod denied;
// Tests of the account that the caller expects to own the bucket.
mod expected_owner;
// Tests that the program reports a change that S3 would refuse, in a dry run and before a real run
// sends the change. The tests of this module use the sandbox.
mod foreseen;
// Tests of the lifecycle rules that delete objects, on the sandbox.
mod expire;
// Tests whether the rules and statements of other tools are unchanged after every write, even if a
// server loses rules or another tool writes at the same time.
mod foreign;
// Tests of a configuration that contains a secret of the run.
mod hidden_secrets;
// Tests that the program uses no proxy for loopback addresses, and follows no redirects.
mod hosts;
// Tests of the owner of the log bucket.
mod log_owner;
// Tests with a log bucket that an earlier run created. S3 refuses some settings of a log bucket,
// and other settings prevent the delivery of logs.
mod log_target;
// Tests of MFA delete, with the root user and a code that is typed on a terminal.
mod mfa_delete;
// Tests the default controls on the sandbox: a hardened bucket refuses attacks, and the printed
// URLs work.
mod on_sandbox;
// Tests the controls for lifecycle, logging and tags, which are off by default, with scripted
// responses.
mod optional_controls;
// Tests every control that is off by default, on the sandbox.
mod optional_controls_on_sandbox;
// Tests of options that change the run but not the requested settings of the bucket, such as
// `--dry-run`.
mod options;
// Tests that the output contains no secrets and no characters that control a terminal.
mod output;
// Tests the plan that a dry run prints, on the sandbox.
mod planned;
// Tests of bucket policies with statements of several tools: how the program merges, saves and
// replaces a policy, and how it warns about a public policy.
mod policy;
// Tests that the program checks the settings that S3 returns after a write, and rejects responses
// that do not come from S3.
mod read_back;
// Tests of the limits of S3 that the program checks before it sends a request.
mod refused_before_sending;
// Tests of the regions of the bucket, of the signature and of a KMS key.
mod region;
// Tests of the responses after which the program retries a request.
mod retry;
// Tests of features that a server does not support.
mod unsupported;
// Tests of the printed URLs as shell variables, and of the printed commands that use the URLs. The
// tests of `urls.rs` use the sandbox.
mod urls;
