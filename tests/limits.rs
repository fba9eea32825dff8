//! Tests of the operating system's limits for a process: open files and address space.

use crate::support::program::SECRET;

/// A process inherits its limits from the shell that starts it, so the test sets the limits with
/// `ulimit`.
#[test]
fn a_reached_process_limit_is_an_error() {
    let limited = |limit: &str, args: &str| {
        let program = env!("CARGO_BIN_EXE_s3-secure-bucket");
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("ulimit {limit}; exec {program} {args}")])
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "eu-central-1")
            // With large stacks, a thread fails while much address space is left for other memory.
            .env("RUST_MIN_STACK", "67108864")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), stderr)
    };
    for files in 3..12 {
        let args = "bootstrap bucket --endpoint http://127.0.0.1:9 --max-attempts 1";
        let (code, stderr) = limited(&format!("-n {files}"), args);
        assert_eq!(code, Some(1), "{files} {stderr}");
        assert!(stderr.starts_with("error: "), "{files} {stderr}");
        assert!(!stderr.contains("panicked"), "{files} {stderr}");
    }
    let (code, stderr) = limited("-n 4", "bootstrap bucket --endpoint http://127.0.0.1:9");
    assert_eq!(
        (code, &*stderr),
        (
            Some(1),
            "error: the program cannot prepare network connections\n  Too many open files (os error 24)\nhint: raise the limits of open files and processes (ulimit -n, ulimit -u)\n"
        )
    );
    // The stacks of 256 threads do not fit into the limited address space.
    let presign = "presign get s3://bucket/ --keys-from - --jobs 256";
    let (code, stderr) = limited("-v 600000", presign);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.starts_with("error: no thread can be started: "),
        "{stderr}"
    );
}
