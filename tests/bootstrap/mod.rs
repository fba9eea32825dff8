//! `bootstrap` of one bucket, a file a subject.
//!
//! Most files script each answer with `MockS3`, from recorded ones in `wiremock-fixtures/s3/`: what is
//! sent, what is printed, how it ends. Those with `on_sandbox` in their names run against a server that
//! acts on what it is sent.

// Backups, restored on the sandbox with the command that is printed.
mod backup_on_sandbox;
// HEAD and CreateBucket: whether the bucket is there and whose it is. Also one whole run, in one piece.
mod create;
// AccessDenied, to a read and to a write.
mod denied;
// What S3 would refuse, reported before it is sent, by the dry run too. On the sandbox.
mod foreseen;
// Parts of other authors, compared after every write; a server that loses some, a second author.
mod foreign;
// No proxy on loopback, no redirect followed.
mod hosts;
// The default controls on the sandbox: what was hardened resists, what was handed out works.
mod on_sandbox;
// Lifecycle, logging, tags: controls that are off by default, against scripted answers.
mod optional_controls;
// All controls that are off by default, on the sandbox.
mod optional_controls_on_sandbox;
// Options that change the run and not what is wanted of the bucket, such as `--dry-run`.
mod options;
// What may be printed: no secrets, and nothing that a terminal would obey.
mod output;
// The bucket policy as a document with many authors: merged, saved, replaced, public.
mod policy;
// What S3 shows after a write, and answers that are not S3's.
mod read_back;
// What S3 would refuse, reported before it is sent.
mod refused_before_sending;
// Regions: of the bucket, of the signature, of a KMS key.
mod region;
// Which answers are followed by another attempt.
mod retry;
// Features that a server lacks.
mod unsupported;
