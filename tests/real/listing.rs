//! `list` and the lifecycle rules that delete objects, on each server.

use super::{User, ceph, localstack, ministack, new_name};
use crate::program::Program;
use std::process::Command;

/// Keys with characters that XML, URLs or terminals treat specially, in the order of their bytes.
const ODD: [&str; 7] = [
    "in/a b+c%20",
    "in/a&<>\"'",
    "in/a//b",
    "in/b\u{1b}[2J\tc",
    "in/c\nd",
    "in/\u{e9}/\u{4e2d}",
    "in/\u{202e}z",
];

const FOLDER: &str = "to/mzxw6ytboiydcmrtgq2tmnzyhe/20261127T001500Z-aaaaaaaaaaaaaaaaaaaaaaaaaa/";

fn put(user: &User, bucket: &str, key: &str, content: &str) {
    let url = user.presign("put", &format!("s3://{bucket}/{key}"), &[]);
    assert_eq!(user.upload(&url, content), 200, "{key:?}");
}

/// The keys that `list -0` prints.
fn keys(user: &User, bucket: &str, prefix: &str) -> Vec<String> {
    let output = user.run(&["list", &format!("s3://{bucket}/{prefix}"), "-0"]);
    assert_eq!((output.code, &*output.stderr), (0, ""), "{output:?}");
    let keys = output.stdout.split_terminator('\0');
    keys.map(str::to_owned).collect()
}

/// Every key is listed byte for byte, and a delivery is complete if its receipt agrees with the listing.
fn lists(user: &User, bucket: &str) {
    for key in ODD {
        put(user, bucket, key, key);
    }
    assert_eq!(keys(user, bucket, "in/"), ODD);
    assert_eq!(keys(user, bucket, "in/a "), ["in/a b+c%20"]);

    put(user, bucket, &format!("{FOLDER}a.pdf"), "12345");
    let uri = format!("s3://{bucket}/to/");
    let json = |more: &[&str]| {
        let output = user.run(&[&["list", &uri, "-o", "json"], more].concat());
        assert_eq!((output.code, &*output.stderr), (0, ""), "{output:?}");
        output.json()
    };
    let found = json(&[]);
    assert_eq!(
        (&found["size"], &found["delivery"]),
        (&5.into(), &FOLDER.into())
    );
    assert_eq!(
        user.run(&["list", &uri, "--wait", "1s", "--since", "1h"])
            .code,
        3
    );
    let receipt = serde_json::json!({
        "schema_version": 1,
        "files": [{
            "name": "A.pdf", "key": format!("{FOLDER}a.pdf"), "size": 5, "sha256": "0".repeat(64),
            "etag": found["etag"], "version_id": null,
        }],
        "finished_at": "2026-11-27T00:15:00Z",
    });
    put(
        user,
        bucket,
        &format!("{FOLDER}receipt.json"),
        &receipt.to_string(),
    );
    let found = json(&["--long", "--since", "1h"]);
    assert_eq!(
        (&found["complete"], &found["name"]),
        (&true.into(), &"A.pdf".into())
    );
    assert_eq!(
        json(&["--wait", "1s", "--since", "1h"])["key"],
        format!("{FOLDER}a.pdf")
    );
}

/// More keys than a page has.
fn pages(user: &User, bucket: &str) {
    let names: String = (0..1_005)
        .map(|number| format!("many/{number:04}\n"))
        .collect();
    let uri = format!("s3://{bucket}/");
    let urls = Program::bare(&["presign", "put", &uri, "--keys-from", "-"])
        .env("AWS_ENDPOINT_URL_S3", &user.endpoint)
        .env("AWS_ACCESS_KEY_ID", &user.key_id)
        .env("AWS_SECRET_ACCESS_KEY", &user.secret)
        .stdin(names.as_bytes())
        .run();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("curl");
    let lines = urls.stdout.lines();
    let small = folder.path().join("small");
    std::fs::write(&small, "x").unwrap();
    let upload = |url: &str| format!("url=\"{url}\"\nupload-file=\"{}\"\n", small.display());
    std::fs::write(&config, lines.map(upload).collect::<String>()).unwrap();
    let status = Command::new("curl")
        .args([
            "--no-progress-meter",
            "--http1.1",
            "--fail",
            "--parallel",
            "--parallel-max",
            "4",
        ])
        .args(["--cacert", &user.ca, "--config"])
        .arg(&config)
        .status();
    assert!(status.unwrap().success());
    assert_eq!(
        keys(user, bucket, "many/").concat(),
        names.replace('\n', "")
    );
}

/// The rules that delete objects are set, read back, and found again.
fn expires(user: &User, bucket: &str) {
    let rules = ["--lifecycle", "--versioning", "--expire-days", "30:in/"];
    let skip = "public-access-block,encryption,ownership-controls,tls-only";
    let run = |command: &str, more: &[&str]| {
        let args = [
            &[command, bucket, "--skip", skip, "-o", "json"],
            &rules[..],
            more,
        ]
        .concat();
        user.run(&args)
    };
    let first = run("bootstrap", &["--no-presign"]);
    assert_eq!(first.status("lifecycle"), "changed", "{first:?}");
    let second = run("bootstrap", &["--no-presign"]);
    assert_eq!(second.status("lifecycle"), "unchanged", "{second:?}");
    let audit = run("audit", &[]);
    assert_eq!(audit.code, 0, "{audit:?}");
}

/// With Block Public Access on, Ceph refuses every upload.
fn bucket(user: &User, name: &str) -> String {
    let name = new_name(name);
    let skip = "public-access-block,encryption,ownership-controls,tls-only";
    let output = user.run(&["bootstrap", &name, "--no-presign", "--skip", skip]);
    assert_eq!(output.code, 0, "{output:?}");
    name
}

#[test]
fn ceph_lists_every_key_and_expires_objects() {
    let user = ceph::owner();
    let bucket = bucket(&user, "ceph-list");
    lists(&user, &bucket);
    pages(&user, &bucket);
    expires(&user, &bucket);
}

#[test]
fn localstack_lists_every_key_and_expires_objects() {
    let user = localstack::owner();
    let bucket = bucket(&user, "ls-list");
    lists(&user, &bucket);
    pages(&user, &bucket);
    expires(&user, &bucket);
}

#[test]
fn ministack_lists_every_key_and_expires_objects() {
    let user = ministack::root();
    let bucket = bucket(&user, "ms-list");
    lists(&user, &bucket);
    pages(&user, &bucket);
    expires(&user, &bucket);
}
