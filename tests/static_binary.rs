//! The binary is what the README says: one static file, that runs where there is nothing else.

use std::process::Command;

/// The binary under test: cargo's own, or (make test) the release one.
fn binary() -> String {
    std::env::var("S3SB_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_s3-secure-bucket").to_owned())
}

/// Reads the ELF header: a static binary has no program interpreter (`PT_INTERP`). A RUSTFLAGS
/// variable, or a build from outside the repository, gives a dynamic one without a word.
#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn the_binary_is_static() {
    const PT_INTERP: u32 = 3;
    let elf = std::fs::read(binary()).unwrap();
    assert_eq!(&elf[..5], b"\x7fELF\x02", "a 64-bit ELF file");
    let number = |at: usize, len: usize| -> u64 {
        let mut bytes = [0; 8];
        bytes[..len].copy_from_slice(&elf[at..at + len]);
        u64::from_le_bytes(bytes)
    };
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

/// In an empty root: no libraries, no CA bundle, no /etc, no /tmp, no /dev.
#[test]
fn it_runs_in_an_empty_root() {
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
    // Over TLS it comes as far as the connection, so roots and provider are there.
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
    assert!(stderr.contains("no connection to the server"), "{stderr}");
    assert_eq!(
        std::fs::read_dir(root.path()).unwrap().count(),
        1,
        "it left something behind"
    );
}
