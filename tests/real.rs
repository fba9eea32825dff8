//! Tests of the program with servers of other projects. `tests/real/run.sh` starts the servers and
//! runs these tests. Without the servers the tests fail, because a silently skipped test would hide
//! errors.
//!
//! `tests/real/README.md` lists what each server can check.

#![allow(
    clippy::doc_markdown, // the comments contain names of servers
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub
)]

#[path = "real/ceph.rs"]
mod ceph;
#[path = "real/ceph_verify.rs"]
mod ceph_verify;
#[path = "real/data_events.rs"]
mod data_events;
#[path = "real/exchange.rs"]
mod exchange;
#[path = "real/iam.rs"]
mod iam;
#[path = "real/listing.rs"]
mod listing;
#[path = "real/localstack.rs"]
mod localstack;
#[path = "real/ministack.rs"]
mod ministack;
#[path = "real/ministack_access.rs"]
mod ministack_access;
#[path = "support/program.rs"]
#[allow(dead_code)] // only tests/main.rs uses all helpers of this module
mod program;
#[path = "real/revoking.rs"]
mod revoking;

use program::{Output, Program};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A user of a server, with keys and the endpoint of the server.
struct User {
    endpoint: String,
    ca: String,
    key_id: String,
    secret: String,
}

impl User {
    fn run(&self, args: &[&str]) -> Output {
        Program::bare(args)
            .env("AWS_ENDPOINT_URL_S3", &self.endpoint)
            .env("AWS_CA_BUNDLE", &self.ca)
            .env("AWS_ACCESS_KEY_ID", &self.key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
            .run()
    }

    /// Returns the presigned URL that the program prints.
    fn presign(&self, method: &str, uri: &str, more: &[&str]) -> String {
        let output = self.run(&[&["presign", method, uri], more].concat());
        assert_eq!(output.code, 0, "{output:?}");
        output.stdout.trim_end().to_owned()
    }

    /// Returns the same user with a different endpoint.
    fn at(&self, endpoint: &str) -> User {
        User {
            endpoint: endpoint.to_owned(),
            ca: self.ca.clone(),
            key_id: self.key_id.clone(),
            secret: self.secret.clone(),
        }
    }

    /// Runs curl, as the recipient of a presigned URL does. Returns the HTTP status and the body of
    /// the response.
    fn curl(&self, args: &[&str]) -> (u16, Vec<u8>) {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--path-as-is",
                "--cacert",
                &self.ca,
                "--write-out",
                "\n%{http_code}",
            ])
            .args(args)
            .output()
            .expect("curl is installed");
        let end = output
            .stdout
            .iter()
            .rposition(|&byte| byte == b'\n')
            .unwrap();
        let status = std::str::from_utf8(&output.stdout[end + 1..])
            .unwrap()
            .parse()
            .unwrap();
        (status, output.stdout[..end].to_vec())
    }

    /// Uploads `content` to a presigned URL and returns the HTTP status.
    fn upload(&self, url: &str, content: &str) -> u16 {
        self.curl(&[
            "--request",
            "PUT",
            "--data-binary",
            content,
            "--header",
            "Content-Type:",
            url,
        ])
        .0
    }
}

/// Returns the value of a variable that `tests/real/run.sh` sets.
fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run tests/real/run.sh, which starts the servers")
    })
}

/// Returns a bucket name that no other test uses.
fn new_name(test: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{test}-{}-{number}", std::process::id())
}

/// Returns the requests in the `-v` output, as `METHOD ?subresource`.
fn requests(output: &Output) -> Vec<String> {
    let request = |line: &str| {
        let (method, rest) = line.strip_prefix("> ")?.split_once(' ')?;
        let target = rest.split(' ').next()?;
        Some(match target.split_once('?') {
            Some((_, query)) => format!("{method} ?{query}"),
            None => method.to_owned(),
        })
    };
    output.stderr.lines().filter_map(request).collect()
}

/// Asserts that a presigned URL permits the signed request and no other request.
fn presigned_urls_hold(user: &User, bucket: &str) {
    for key in [
        "plain.txt",
        "a b+c~d/é/%2F&=?#",
        "//a//b",
        "dots/../x/./y",
        "new\nline",
    ] {
        let uri = format!("s3://{bucket}/{key}");
        let content = format!("content of {key:?}");
        let put = user.presign("put", &uri, &[]);
        let get = user.presign("get", &uri, &[]);
        assert_eq!(user.upload(&put, &content), 200, "{key:?}");
        assert_eq!(user.curl(&[&get]), (200, content.into_bytes()), "{key:?}");

        let (head, last) = get.split_at(get.len() - 1);
        let tampered = format!("{head}{}", if last == "0" { "1" } else { "0" });
        assert_eq!(user.curl(&[&tampered]).0, 403, "tampered: {key:?}");
        assert_eq!(
            user.upload(&get, "x"),
            403,
            "a GET URL used for a PUT: {key:?}"
        );
        let longer = get.replace("X-Amz-Expires=900", "X-Amz-Expires=901");
        assert_eq!(user.curl(&[&longer]).0, 403, "a changed lifetime: {key:?}");
    }
    let other = user.presign("get", &format!("s3://{bucket}/plain.txt"), &[]);
    assert_eq!(
        user.curl(&[&other.replace("plain.txt", "other.txt")]).0,
        403,
        "another key"
    );
    let expired = user.presign(
        "get",
        &format!("s3://{bucket}/plain.txt"),
        &["--at", "2020-01-01T00:00:00Z"],
    );
    assert_eq!(user.curl(&[&expired]).0, 403, "expired");

    let typed = user.presign(
        "put",
        &format!("s3://{bucket}/typed"),
        &["--header", "Content-Type: text/plain"],
    );
    let send = |kind: &str| {
        let header = format!("Content-Type: {kind}");
        user.curl(&[
            "--request",
            "PUT",
            "--data-binary",
            "x",
            "--header",
            &header,
            &typed,
        ])
        .0
    };
    assert_eq!(
        (send("text/plain"), send("text/html")),
        (200, 403),
        "a signed content type"
    );
}
