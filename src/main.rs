//! The program's entry point, which calls one function of the library crate.

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, setrlimit};
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    forbid_core_dumps();
    s3_secure_bucket::run_program(std::env::args_os())
}

/// Disables core files, because a core file would contain secret keys. On Linux, this function also
/// hides the memory and the environment of the process from other processes of the same user. Root
/// can still trace the process. Child processes inherit the limit on core files. Windows writes a dump
/// of a process only if the administrator configures dumps.
#[cfg(unix)]
fn forbid_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A sandbox may forbid both system calls. The program works without these limits, so it ignores
    // the errors of both calls.
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
