//! `bootstrap` of one bucket, with one file for each subject.
//!
//! Most files script each response with `MockS3`, from the recorded responses in
//! `wiremock-fixtures/s3/`. The tests check the requests, the output and the exit code. Files with
//! `on_sandbox` in their names run against the sandbox, a server that carries out the requests.

// Restores backups on the sandbox with the commands that `bootstrap` prints.
mod backup_on_sandbox;
// HEAD and CreateBucket: whether the bucket exists, and its owner. One test checks a complete run.
mod create;
// Reads and writes to which S3 answers AccessDenied.
mod denied;
// The account that the caller expects to own the bucket.
mod expected_owner;
// Changes that S3 would refuse, which the program reports before it sends them and in a dry run.
// The tests of this module use the sandbox.
mod foreseen;
// Whether the parts of other authors are unchanged after every write: a server that loses parts,
// and a second author who writes at the same time.
mod foreign;
// A configuration that contains a secret of the run.
mod hidden_secrets;
// The program uses no proxy for loopback addresses, and follows no redirects.
mod hosts;
// The owner of the log bucket.
mod log_owner;
// A log bucket that an earlier run created: the settings that S3 refuses for a log bucket, and the
// settings that prevent the delivery of logs.
mod log_target;
// The default controls on the sandbox: a hardened bucket refuses attacks, and the printed URLs
// work.
mod on_sandbox;
// The controls for lifecycle, logging and tags, which are off by default, with scripted responses.
mod optional_controls;
// Every control that is off by default, on the sandbox.
mod optional_controls_on_sandbox;
// Options that change the run but not the requested settings of the bucket, such as `--dry-run`.
mod options;
// The output contains no secrets and no characters that control a terminal.
mod output;
// The plan of a dry run, on the sandbox.
mod planned;
// A bucket policy with several authors: how the program merges, saves and replaces the policy, and
// a policy that is public.
mod policy;
// The settings that S3 returns after a write, and responses that do not come from S3.
mod read_back;
// Limits of S3 that the program reports before it sends a request.
mod refused_before_sending;
// The regions of the bucket, of the signature and of a KMS key.
mod region;
// Responses after which the program retries.
mod retry;
// Features that a server does not support.
mod unsupported;
// The URLs as shell variables, and the commands that use them. These tests use the sandbox.
mod urls;
