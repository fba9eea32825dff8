//! Tests of host names: the program finds its server even if name servers misbehave, and sends
//! plain HTTP only to addresses of this machine. Each test runs in a separate network namespace, in
//! a root folder that contains only the binary and the files that configure name resolution.

mod names;
mod plain_http;

use crate::support::raw::RawServer;
use std::io::Write;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// An address of the network namespace that is not a loopback address.
const ELSEWHERE: &str = "10.0.0.1";
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];

/// Returns the path of the binary under test: the binary that tests/isolated.sh passes, or else the
/// binary that cargo built.
fn binary() -> String {
    std::env::var("S3SB_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_s3-secure-bucket").to_owned())
}

/// Runs the test named `test` again in a new network namespace, and calls `inside` there.
fn in_namespace(test: &str, inside: impl FnOnce()) {
    const INNER: &str = "S3SB_INNER_NAMESPACE";
    if std::env::var_os(INNER).is_some() {
        return inside();
    }
    let script = format!(
        "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up
         for address in {ELSEWHERE} 169.254.169.254 169.254.170.2; do ip addr add $address/32 dev lo; done
         exec \"$0\" --include-ignored --exact dns::{test} --nocapture"
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-ec", &script])
        .arg(std::env::current_exe().unwrap())
        .env(INNER, "1")
        .output()
        .expect("this test needs `unshare` (util-linux)");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "this test needs `ip` (iproute2) and user namespaces\n{stdout}\n{stderr}"
    );
}

/// A root folder with the binary and the files that configure name resolution.
struct Root(TempDir);

/// The exit code and stderr of a run.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stderr: String,
    took: Duration,
}

impl Root {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::copy(binary(), root.path().join("s3-secure-bucket")).unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        Root(root)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.0.path().join(path), text).unwrap();
    }

    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Ended {
        let begun = Instant::now();
        let output = Command::new("chroot")
            .arg::<&Path>(self.0.path())
            .arg("/s3-secure-bucket")
            .args(args)
            .env_clear()
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(env.iter().copied())
            .output()
            .unwrap();
        Ended {
            code: output.status.code(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            took: begun.elapsed(),
        }
    }

    /// Runs `bootstrap` for the bucket at a host name, with the option that permits plain HTTP to
    /// any address.
    fn bootstrap(&self, host: &str, server: &RawServer, more: &[&str]) -> Ended {
        let endpoint = format!("http://{host}:{}", server.port());
        let args = [
            "bootstrap",
            "drop-box",
            "--dry-run",
            "--allow-http",
            "--endpoint",
            &endpoint,
        ];
        self.run(&[&args, more].concat(), &KEYS)
    }
}

/// Starts an S3 server that has no buckets.
fn empty_s3(address: &str, port: u16) -> RawServer {
    let address: IpAddr = address.parse().unwrap();
    RawServer::start_at((address, port).into(), |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        false
    })
}
