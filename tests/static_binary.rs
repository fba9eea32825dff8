//! Tests of the statements in README about the binary: the program is one static file, and runs in
//! a folder without any other file.

use crate::support::name_server::{NameServer, Reply};
use crate::support::program::binary;
use crate::support::raw::RawServer;
use std::io::Write;
use std::process::Command;

/// Reads the ELF header, because a static binary names no program interpreter (`PT_INTERP`), and a
/// position-independent executable has the type `ET_DYN`. If the variable RUSTFLAGS is set, or if a
/// build starts outside of the repository, cargo builds a dynamic binary without a warning. For
/// aarch64 with musl, Rust alone builds no position-independent executable.
#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn the_binary_is_static_and_position_independent() {
    const PT_INTERP: u32 = 3;
    const ET_DYN: u64 = 3;
    let elf = std::fs::read(binary()).unwrap();
    assert_eq!(&elf[..5], b"\x7fELF\x02", "a 64-bit ELF file");
    let number = |at: usize, len: usize| -> u64 {
        let mut bytes = [0; 8];
        bytes[..len].copy_from_slice(&elf[at..at + len]);
        u64::from_le_bytes(bytes)
    };
    assert_eq!(
        number(0x10, 2),
        ET_DYN,
        "{} is not position-independent",
        binary()
    );
    let (offset, size, count) = (number(0x20, 8), number(0x36, 2), number(0x38, 2));
    let kinds: Vec<u32> = (0..count)
        .map(|index| number(usize::try_from(offset + index * size).unwrap(), 4))
        .map(|kind| u32::try_from(kind).unwrap())
        .collect();
    assert!(
        count > 0 && !kinds.contains(&PT_INTERP),
        "{} asks for a dynamic loader",
        binary()
    );
}

/// The root folder is empty: it contains no libraries, no CA bundle, no /etc, no /tmp and no /dev.
#[test]
#[ignore = "needs user namespaces: make test-all"]
fn the_binary_runs_in_an_empty_root() {
    let root = tempfile::tempdir().unwrap();
    std::fs::copy(binary(), root.path().join("s3-secure-bucket")).unwrap();
    let in_root = |args: &[&str]| {
        Command::new("unshare")
            .args(["--map-root-user", "--root"])
            .arg(root.path())
            .arg("/s3-secure-bucket")
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("AWS_ACCESS_KEY_ID", "AKID")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .output()
            .expect("this test needs `unshare` (util-linux)")
    };
    let presigned = in_root(&["presign", "get", "s3://bucket/key"]);
    assert!(
        presigned.status.success(),
        "this test needs `unshare --root` (user namespaces allowed): {presigned:?}"
    );
    // With an `https` endpoint, the run fails only at the connection, so the program has loaded its
    // CA certificates and its TLS library.
    let refused = in_root(&[
        "bootstrap",
        "bucket",
        "--endpoint",
        "https://127.0.0.1:9",
        "--max-attempts",
        "1",
    ]);
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("no connection to 127.0.0.1:9"), "{stderr}");
    assert_eq!(
        std::fs::read_dir(root.path()).unwrap().count(),
        1,
        "the run left files behind"
    );
}

/// `make static-check` runs this test on the musl binary, and `make native-check` runs this test on
/// the glibc binary.
#[test]
#[ignore = "needs a release binary: make test-all"]
fn the_release_binary_is_small_and_has_no_unwind_tables() {
    let binary = std::env::var("S3SB_BINARY").expect("tests/isolated.sh sets S3SB_BINARY");
    let elf = std::fs::read(&binary).unwrap();
    let has_tables = elf.windows(10).any(|name| name == b".eh_frame\0");
    assert!(!has_tables, "{binary}: not linked with strip-unwind.ld");
    let size = elf.len();
    let limit = if binary.contains("-linux-musl/") {
        3_900_000
    } else {
        4_750_000 // glibc adds 0.85 MB to the binary
    };
    assert!(size < limit, "{binary}: {size} bytes");
}

/// The read-only root folder contains only the program and `/etc/resolv.conf`, and the program
/// resolves a host name. A name server and a simple S3 server run in the same new network namespace
/// as the program.
#[test]
#[ignore = "needs user namespaces: make test-all"]
fn names_are_resolved_in_an_empty_read_only_root() {
    const INNER: &str = "S3SB_INNER_ROOT";
    if let Ok(root) = std::env::var(INNER) {
        return bootstrap_by_name(&root);
    }
    let root = tempfile::tempdir().unwrap();
    std::fs::copy(binary(), root.path().join("s3-secure-bucket")).unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    std::fs::write(
        root.path().join("etc/resolv.conf"),
        "nameserver 127.0.0.1\n",
    )
    .unwrap();
    let inner = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "sh", "-ec"])
        .arg("PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; mount --bind \"$0\" \"$0\"; mount -o remount,bind,ro \"$0\"; exec \"$1\" --include-ignored --exact static_binary::names_are_resolved_in_an_empty_read_only_root --nocapture")
        .arg(root.path())
        .arg(std::env::current_exe().unwrap())
        .env(INNER, root.path())
        .output()
        .expect("this test needs `unshare` (util-linux)");
    let said = String::from_utf8_lossy(&inner.stdout);
    assert!(
        inner.status.success() && said.contains("1 passed"),
        "this test needs `ip` (iproute2) and user namespaces: {inner:?}"
    );
}

/// Runs the part of the test that is inside the network namespace.
fn bootstrap_by_name(root: &str) {
    let _dns = NameServer::start(|_, _| Reply::addresses(&["127.0.0.1"]));
    let server = RawServer::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        false
    });
    let port = server.port();
    let output = Command::new("chroot")
        .args([
            root,
            "/s3-secure-bucket",
            "bootstrap",
            "drop-box",
            "--dry-run",
            "--allow-http",
        ])
        .args(["--endpoint", &format!("http://s3.nowhere.test:{port}")])
        .env_clear()
        .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert_eq!(
        stderr.lines().next(),
        Some("[PLAN] Bucket would be created in us-east-1: drop-box")
    );
    let host = format!("host: drop-box.s3.nowhere.test:{port}");
    let head = server.heads()[0].to_lowercase();
    assert!(head.lines().any(|line| line == host), "{head}");
    // The root folder is read-only, so the run cannot have written a file.
    assert!(std::fs::write(format!("{root}/x"), "x").is_err());
}
