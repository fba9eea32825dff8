//! `bootstrap` of one bucket, with one file for each subject.
//!
//! Most files script each response with `MockS3`, from recorded ones in `wiremock-fixtures/s3/`.
//! They check the requests, the output and the exit code. Files with `on_sandbox` in their names
//! run against the sandbox, a server that carries out the requests.

// Backups: the printed commands restore them on the sandbox.
mod backup_on_sandbox;
// HEAD and CreateBucket: the existence and the owner of the bucket. One test checks a complete run.
mod create;
// AccessDenied as the response to a read and to a write.
mod denied;
// Changes that S3 would refuse, reported before they are sent and in a dry run. These tests use the
// sandbox.
mod foreseen;
// The parts of other authors are compared after every write: a server that loses some, and a second
// author.
mod foreign;
// No proxy for loopback addresses, and no redirects.
mod hosts;
// A log bucket that another run created: the settings that S3 refuses there, and those that keep logs
// from arriving.
mod log_target;
// The default controls on the sandbox: a hardened bucket refuses attacks, and the printed URLs
// work.
mod on_sandbox;
// Lifecycle, logging and tags, which are off by default, with scripted responses.
mod optional_controls;
// All controls that are off by default, on the sandbox.
mod optional_controls_on_sandbox;
// Options that change the run but not the wanted state of the bucket, such as `--dry-run`.
mod options;
// The output contains no secrets and no characters that control a terminal.
mod output;
// The plan of a dry run, on the sandbox.
mod planned;
// A bucket policy with several authors: merged, saved, replaced, or public.
mod policy;
// The settings that S3 shows after a write, and responses that do not come from S3.
mod read_back;
// Limits of S3, reported before a request is sent.
mod refused_before_sending;
// The region of the bucket, of the signature and of a KMS key.
mod region;
// Responses after which the program retries.
mod retry;
// Features that a server does not support.
mod unsupported;
// The URLs as shell variables, and the commands that use them. These tests use the sandbox.
mod urls;
