//! `bootstrap`, by what S3 answers; `on_sandbox` and its neighbour run it against a server that acts.

mod create;
mod denied;
mod hosts;
mod on_sandbox;
mod optional_controls;
mod optional_controls_on_sandbox;
mod options;
mod output;
mod policy;
mod read_back;
mod region;
mod retry;
mod unsupported;
