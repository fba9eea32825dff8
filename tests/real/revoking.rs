//! `revoke` and `--cors-origin` on each server: which statements it enforces, and what a browser is told.

use super::{Output, User, ceph, localstack, ministack, new_name};

const KEY: &str = "uploads/example.txt";

fn url(user: &User, method: &str, bucket: &str) -> String {
    user.presign(
        method,
        &format!("s3://{bucket}/{KEY}"),
        &["--expires-in", "1h"],
    )
}

fn policy(user: &User, bucket: &str) -> String {
    let url = user.presign("get", &format!("s3://{bucket}/"), &["--query", "policy"]);
    String::from_utf8(user.curl(&[&url]).1).unwrap()
}

fn revoke(user: &User, bucket: &str, more: &[&str]) -> Output {
    let uri = format!("s3://{bucket}/{KEY}");
    user.run(&[&["revoke", &uri, "-o", "json"], more].concat())
}

/// The server ignores `s3:authType`, so the statement is removed again. The server enforces a statement that
/// has only an end.
fn revokes_for_everyone_only(user: &User, bucket: &str) {
    let get = url(user, "get", bucket);
    assert_eq!(user.upload(&url(user, "put", bucket), "x"), 200);
    let before = policy(user, bucket);
    let output = revoke(user, bucket, &["--yes"]);
    assert_eq!(output.code, 4, "{output:?}");
    assert_eq!(output.json()["verified"], false, "{output:?}");
    assert_eq!(user.curl(&[&get]).0, 200);
    assert!(!policy(user, bucket).contains("DenyRevoked"), "{before}");
    let output = revoke(user, bucket, &["--yes", "--for-everyone"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(output.json()["verified"], true, "{output:?}");
    assert_eq!(user.curl(&[&get]).0, 403);
    let again = revoke(user, bucket, &["--yes", "--for-everyone"]);
    assert_eq!(again.code, 0, "{again:?}");
    let undone = revoke(user, bucket, &["--undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(user.curl(&[&get]).0, 200);
}

/// The same for keys without an object: a key, a prefix, and a link, whose page is deleted before the write.
fn revokes_missing_objects_for_everyone(user: &User, bucket: &str) {
    let request = user.run(&["request", &format!("s3://{bucket}/in/"), "-o", "json"]);
    assert_eq!(request.code, 0, "{request:?}");
    let link = request.json();
    let text = |name: &str| link[name].as_str().unwrap().to_owned();
    let folder = format!("s3://{bucket}/{}", text("prefix"));
    for (target, key) in [
        (format!("s3://{bucket}/missing"), "missing".to_owned()),
        (format!("s3://{bucket}/below/"), "below/x".to_owned()),
        (folder, text("prefix") + "x"),
    ] {
        let args = ["revoke", &target, "--yes", "-o", "json"];
        let output = user.run(&args);
        assert_eq!(output.code, 4, "{output:?}");
        let put = user.presign("put", &format!("s3://{bucket}/{key}"), &[]);
        let output = user.run(&[&args[..], &["--for-everyone"]].concat());
        assert_eq!(output.code, 0, "{output:?}");
        assert_eq!(output.json()["verified"], true, "{output:?}");
        assert_eq!(user.upload(&put, "x"), 403, "{target}");
    }
}

/// The server stores the rule, and tells a browser about the named origins only.
fn tells_browsers(user: &User, bucket: &str) {
    let skip = "public-access-block,encryption,ownership-controls,tls-only";
    let run = |command: &str, origins: &str| {
        let args = [
            command,
            bucket,
            "--skip",
            skip,
            "--cors-origin",
            origins,
            "-o",
            "json",
        ];
        let more: &[&str] = if command == "bootstrap" {
            &["--no-presign"]
        } else {
            &[]
        };
        user.run(&[&args[..], more].concat())
    };
    // Ceph returns the origins of a rule in the order of their letters.
    let first = run("bootstrap", "https://b.example,https://a.example");
    assert_eq!(
        (first.code, &*first.status("cors")),
        (0, "changed"),
        "{first:?}"
    );
    let second = run("bootstrap", "https://a.example,https://b.example");
    assert_eq!(
        (second.code, &*second.status("cors")),
        (0, "unchanged"),
        "{second:?}"
    );
    assert_eq!(run("audit", "https://a.example,https://b.example").code, 0);
    assert_eq!(run("audit", "https://a.example").code, 3);
    let preflight = |origin: &str| {
        let address = format!("{}/{bucket}/{KEY}", user.endpoint);
        let origin = format!("Origin: {origin}");
        let (status, answer) = user.curl(&[
            "--request",
            "OPTIONS",
            "--include",
            "--header",
            &origin,
            "--header",
            "Access-Control-Request-Method: PUT",
            "--header",
            "Access-Control-Request-Headers: content-type",
            &address,
        ]);
        (
            status,
            String::from_utf8(answer).unwrap().to_ascii_lowercase(),
        )
    };
    let (status, answer) = preflight("https://a.example");
    assert_eq!(status, 200, "{answer}");
    assert!(
        answer.contains("access-control-allow-origin: https://a.example"),
        "{answer}"
    );
    let (_, answer) = preflight("https://c.example");
    assert!(!answer.contains("access-control-allow-origin"), "{answer}");
}

fn bucket(user: &User, name: &str, more: &[&str]) -> String {
    let name = new_name(name);
    let output = user.run(&[&["bootstrap", &name, "--no-presign"], more].concat());
    assert!([0, 4].contains(&output.code), "{output:?}");
    name
}

#[test]
fn ceph_revokes_for_everyone_only_and_tells_browsers() {
    let user = ceph::owner();
    let bucket = bucket(&user, "ceph-revoke", &["--skip", "public-access-block"]);
    revokes_for_everyone_only(&user, &bucket);
    revokes_missing_objects_for_everyone(&user, &bucket);
    tells_browsers(&user, &bucket);
}

#[test]
fn ministack_revokes_for_everyone_only_and_tells_browsers() {
    let name = new_name("ms-revoke");
    let cors = ["--cors-origin", "https://a.example"];
    let commands: [(&str, &[&str]); 2] = [("bootstrap", &cors), ("revoke", &[])];
    let user = ministack::user_for(&name, &commands);
    let made = user.run(&["bootstrap", &name, "--no-presign"]);
    assert_eq!(made.code, 0, "{made:?}");
    revokes_for_everyone_only(&user, &name);
    tells_browsers(&user, &name);
}

#[test]
fn localstack_tells_browsers() {
    let user = localstack::owner();
    let bucket = bucket(&user, "ls-cors", &[]);
    tells_browsers(&user, &bucket);
}
