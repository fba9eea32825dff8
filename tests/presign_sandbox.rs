//! Tests that the sandbox enforces the conditions that `presign` signs. The tests use every option,
//! run the printed curl commands in sh, send forms, and check how `inspect` explains refused
//! requests.

use crate::support::program::{BUCKET, Output, assert_lacks, parameter};
use crate::support::world::World;
use std::path::PathBuf;
use std::process::Command;

/// A sandbox with a bucket, and the folder in which the user of a presigned URL runs commands.
pub struct Customer {
    pub world: World,
    folder: tempfile::TempDir,
}

impl Customer {
    pub async fn new() -> Self {
        let world = World::new(true).await;
        world.bootstrap(&["--versioning"]).exits(0);
        let folder = tempfile::tempdir().unwrap();
        Customer { world, folder }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn presign(&self, method: &str, key: &str, more: &[&str]) -> Output {
        let uri = format!("s3://{BUCKET}/{key}");
        self.world
            .run(&[&["presign", method, &uri], more].concat())
            .exits(0)
    }

    /// Runs a command line in sh, as if the user pasted it. Returns the HTTP status and the body of
    /// the response.
    pub fn paste(&self, line: &str) -> (u16, String) {
        // The added options make curl print the HTTP status after the body.
        let line = line.replacen(
            "curl ",
            "curl --silent --show-error --write-out '\\n%{http_code}' ",
            1,
        );
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/local/bin")
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let (body, status) = stdout
            .rsplit_once('\n')
            .unwrap_or_else(|| panic!("{line}\n{:?}", String::from_utf8_lossy(&output.stderr)));
        (status.parse().unwrap(), body.to_owned())
    }

    /// Creates the file that the printed command uploads, runs the command in sh, and returns the
    /// HTTP status.
    fn upload(&self, key: &str, content: &str, more: &[&str]) -> u16 {
        let name = key
            .rsplit('/')
            .next()
            .filter(|name| is_file_name(name))
            .unwrap_or("file");
        std::fs::write(self.file(name), content).unwrap();
        let command = self.presign("put", key, &[more, &["-o", "curl"]].concat());
        self.paste(&command.stdout).0
    }
}

/// Returns whether a file can have this name. If a file cannot have the name of the object, the
/// printed command uploads a file named `file`.
fn is_file_name(name: &str) -> bool {
    !["", ".", ".."].contains(&name) && name.len() <= 255
}

/// Returns the value of a header in the output of `curl --head`.
#[track_caller]
pub fn header<'a>(headers: &'a str, name: &str) -> &'a str {
    let mut pairs = headers.lines().filter_map(|line| line.split_once(": "));
    let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found
        .unwrap_or_else(|| panic!("no {name}: {headers}"))
        .1
        .trim_end()
}

/// Returns the text after a heading in the output of `inspect`.
#[track_caller]
fn row<'a>(text: &'a str, heading: &str) -> &'a str {
    let mut rows = text.lines().filter_map(|line| line.strip_prefix(heading));
    let found = rows.find(|rest| rest.starts_with("  "));
    found
        .unwrap_or_else(|| panic!("no {heading}: {text}"))
        .trim_start()
}

/// Returns the error code of an S3 error document, and "" for other documents.
pub fn code_of(body: &str) -> &str {
    let (_, rest) = body.split_once("<Code>").unwrap_or_default();
    rest.split('<').next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn printed_curl_commands_work_for_any_key() {
    let customer = Customer::new().await;
    for key in [
        "plain.txt",
        "it's \"quoted\" $HOME `x` \\ !",
        "new\nline",
        "-leading-dash",
        "a//b/../c/./d ~+%2F&=?#é",
        "ends/with/slash/",
        "semi;colon,comma",
        "@at",
        "[1-3]{a,b}",
        "ends/with/.",
        "ends/with/..",
        &format!("long/{}", "k".repeat(256)),
        &format!("long/{}", "é".repeat(127)),
    ] {
        let content = format!("content of {key:?}");
        assert_eq!(customer.upload(key, &content, &[]), 200, "{key:?}");
        let download = customer.presign("get", key, &["-o", "curl"]).stdout;
        assert_eq!(customer.paste(&download).0, 200, "{key:?}");
        let name = key
            .rsplit('/')
            .next()
            .filter(|name| is_file_name(name))
            .unwrap_or("file");
        assert_eq!(
            std::fs::read_to_string(customer.file(name)).unwrap(),
            content,
            "{key:?}"
        );
        for (method, status) in [("head", 200), ("delete", 204)] {
            let command = customer.presign(method, key, &["-o", "curl"]).stdout;
            assert_eq!(customer.paste(&command).0, status, "{method} {key:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_must_match_what_was_signed() {
    let customer = Customer::new().await;
    // `hash` is the base64-encoded SHA-256 of "hello".
    let hash = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    for (options, good, bad, status) in [
        (&["--size", "5"][..], "hello", "hello!", 403),
        (&["--checksum-sha256", hash], "hello", "hallo", 400),
    ] {
        assert_eq!(customer.upload("k", good, options), 200, "{options:?}");
        let refused = customer.upload("k", bad, options);
        assert_eq!(refused, status, "{options:?}");
    }
    assert_eq!(customer.upload("new", "x", &["--no-overwrite"]), 200);
    assert_eq!(customer.upload("new", "x", &["--no-overwrite"]), 412);

    let typed = customer
        .presign(
            "put",
            "typed",
            &[
                "--content-type",
                "text/plain; charset=\"utf-8\"",
                "-o",
                "curl",
            ],
        )
        .stdout;
    std::fs::write(customer.file("typed"), "x").unwrap();
    assert_eq!(customer.paste(&typed).0, 200);
    assert_eq!(
        customer.paste(&typed.replace("text/plain", "text/html")).0,
        403
    );
    let head = customer.presign("head", "typed", &["-o", "curl"]).stdout;
    let (_, headers) = customer.paste(&head);
    assert_eq!(
        header(&headers, "content-type"),
        "text/plain; charset=\"utf-8\""
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_kms_reach_the_object() {
    let customer = Customer::new().await;
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let options = ["--tag", "case=a b", "--tag", "team=x&y", "--kms-key", key];
    assert_eq!(customer.upload("k", "x", &options), 200);
    let head = customer.presign("head", "k", &["-o", "curl"]).stdout;
    let (_, headers) = customer.paste(&head);
    assert_eq!(header(&headers, "x-amz-server-side-encryption"), "aws:kms");
    let tagging = customer.presign("get", "k", &["--query", "tagging"]).stdout;
    let answer = customer
        .world
        .send("GET", tagging.trim_end(), &[], "")
        .await;
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>case</Key><Value>a b</Value></Tag><Tag><Key>team</Key><Value>x&amp;y</Value></Tag></TagSet></Tagging>"
    );
    // The program signs only headers that the user requested.
    let bare = customer.presign("put", "k", &[]).stdout;
    assert_eq!(parameter(&bare, "X-Amz-SignedHeaders"), "host");
    assert_lacks(&bare, &["x-id", "checksum"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_url_sets_name_type_and_version() {
    let customer = Customer::new().await;
    assert_eq!(customer.upload("k", "old", &[]), 200);
    let head = customer.presign("head", "k", &["-o", "curl"]).stdout;
    let (_, headers) = customer.paste(&head);
    let version = header(&headers, "x-amz-version-id");
    assert_eq!(customer.upload("k", "new", &[]), 200);
    let options = [
        "--version-id",
        version,
        "--download-as",
        "Rückmeldung.pdf",
        "--response-content-type",
        "application/pdf",
    ];
    let url = customer.presign("get", "k", &options).stdout;
    let answer = customer.world.send("GET", url.trim_end(), &[], "").await;
    assert_eq!(answer.body, b"old");
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"R_ckmeldung.pdf\"; filename*=UTF-8''R%C3%BCckmeldung.pdf")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_uploads_only_what_its_policy_allows() {
    let customer = Customer::new().await;
    let options = [
        "--key-prefix",
        "in/",
        "--size-range",
        "2..10",
        "--content-type",
        "text/*",
        "--success-status",
        "201",
    ];
    let form = |more: &[&str]| {
        customer
            .presign("post", "", &[&options, more, &["-o", "curl"]].concat())
            .stdout
    };
    for (content, status, code) in [
        ("fits", 201, ""),
        ("x", 400, "EntityTooSmall"),
        ("far too long for it", 400, "EntityTooLarge"),
    ] {
        std::fs::write(customer.file("file"), content).unwrap();
        let (answered, body) = customer.paste(&form(&[]));
        assert_eq!(answered, status, "{content} {body}");
        assert_eq!(code_of(&body), code);
    }
    let stored = customer.presign("get", "in/file", &[]).stdout;
    assert_eq!(
        customer
            .world
            .send("GET", stored.trim_end(), &[], "")
            .await
            .body,
        b"fits"
    );

    std::fs::write(customer.file("file"), "fits").unwrap();
    for (form, why) in [
        (
            form(&[]).replace("Content-Type=text/", "Content-Type=image/"),
            "another type",
        ),
        (form(&[]).replace("key=in/", "key=out/"), "another prefix"),
        (form(&["--at", "2020-01-01T00:00:00Z"]), "expired"),
    ] {
        let (status, body) = customer.paste(&form);
        assert_eq!((status, code_of(&body)), (403, "AccessDenied"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_names_the_difference_in_a_real_refusal() {
    let customer = Customer::new().await;
    let url = customer
        .presign("put", "k", &["--content-type", "text/plain"])
        .stdout;
    let url = url.trim_end();
    let explain = |url: &str, body: &[u8], more: &[&str]| {
        let file = customer.file("refusal.xml");
        std::fs::write(&file, body).unwrap();
        let args = ["inspect", url, "--server-error", file.to_str().unwrap()];
        customer.world.run(&[&args[..], more].concat()).stdout
    };
    let header = ["--header", "Content-Type: text/plain"];
    let refused = customer
        .world
        .send("PUT", url, &[("content-type", "text/html")], "x")
        .await;
    assert_eq!(refused.status, 403);
    let said = explain(url, &refused.body, &header);
    assert_eq!(row(&said, "differs in"), "header content-type");
    assert_eq!(row(&said, "  S3 received"), "content-type:text/html");
    assert_eq!(row(&said, "  was signed"), "content-type:text/plain");
    assert_eq!(row(&said, "signature"), "valid (for PUT)");

    let wrong_method = customer
        .world
        .send("GET", url, &[("content-type", "text/plain")], "")
        .await;
    let said = explain(url, &wrong_method.body, &header);
    assert_eq!(row(&said, "differs in"), "method");

    let extra = customer
        .world
        .send(
            "PUT",
            url,
            &[("content-type", "text/plain"), ("x-amz-acl", "private")],
            "x",
        )
        .await;
    let said = explain(url, &extra.body, &header);
    assert_eq!(
        row(&said, "cause"),
        "the client sent headers that are not signed (x-amz-acl): remove the headers from the request, or sign the headers with --header"
    );

    let tampered = url.replace("=900", "=901");
    let output = customer
        .world
        .run(&[&["inspect", &tampered][..], &header].concat())
        .exits(1);
    assert_eq!(row(&output.stdout, "signature"), "INVALID");
}
