//! The program: the command line in, an exit code out. Everything it can do stands in `cli/`, all
//! that it prints in `output/`.

mod cli;
mod failure;
mod hints;
mod output;

use rustix::process::{Resource, Rlimit, setrlimit};
use std::process::ExitCode;

fn main() -> ExitCode {
    forbid_core_dumps();
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(stop) => return stop.print(),
    };
    let printer = cli.printer();
    match cli::run(&cli, &printer) {
        Ok(code) => code.into(),
        Err(failure) => printer.failure(&failure),
    }
}

/// Keeps the keys in memory out of core files, and memory and environment away from other processes of
/// the same user. Root still can trace the process. Commands that it runs inherit the limit.
fn forbid_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A sandbox may forbid both calls; that is no reason not to run.
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
