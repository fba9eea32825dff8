//! `presign get --keys-from … -o html`: the page of downloads, and its links on the sandbox.

use crate::support::inbox::Inbox;
use crate::support::program::{BUCKET, Program};
use s3_sandbox::{OWNER, Options};
use std::os::unix::fs::PermissionsExt;

const PRESIGN: [&str; 5] = ["presign", "get", "s3://drop-box/in/", "--keys-from", "-"];

/// The targets of the links of a page.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1);
    links
        .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_link_downloads_a_file_and_shows_none() {
    let inbox = Inbox::new(Options::default()).await;
    let keys = [
        "page.html",
        "d/é \"x\".pdf",
        "<script>alert(1)<.svg",
        "a\u{202e}b",
    ];
    for key in keys {
        let uri = format!("s3://{BUCKET}/in/{key}");
        let args = ["put", &uri, "--content-type", "text/html"];
        let url = inbox.world.presign(&inbox.world.sandbox.https(), &args);
        let html = [("content-type", "text/html")];
        let stored = inbox
            .world
            .send("PUT", &url, &html, "<script>1</script>")
            .await;
        assert_eq!(stored.status, 200);
    }
    let listed = inbox
        .list("in/", &["-0"])
        .exits(0)
        .stdout
        .replace("in/", "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, "old").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let args = [
        &PRESIGN[..],
        &["-0", "-o", "html", "--out", file.to_str().unwrap()],
    ]
    .concat();
    let https = inbox.world.sandbox.https();
    let program = inbox.world.program(&OWNER, &https, &args);
    let output = program.stdin(listed.as_bytes()).run().exits(0);
    assert_eq!((&*output.stdout, &*output.stderr), ("", ""));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(!page.contains("<script") && !page.contains("http-equiv=\"refresh\""));
    let links = links(&page);
    assert_eq!(links.len(), 4);
    let mut names = Vec::new();
    for link in links {
        let got = inbox.world.send("GET", &link, &[], "").await;
        assert_eq!(got.status, 200);
        names.push(got.header("content-disposition").unwrap().to_owned());
    }
    assert_eq!(
        names,
        [
            "attachment; filename=\"_script_alert(1)_.svg\"",
            "attachment; filename=\"a_b\"",
            "attachment; filename=\"_ _x_.pdf\"; filename*=UTF-8''%C3%A9%20_x_.pdf",
            "attachment; filename=\"page.html\"",
        ]
    );
}

#[test]
fn the_page_goes_to_stdout_and_keeps_a_given_disposition() {
    let page = |more: &[&str]| {
        let args = [
            &PRESIGN[..],
            &["-o", "html", "--at", "20261127T000000Z"],
            more,
        ]
        .concat();
        Program::new(&args).stdin(b"a\nb").run().exits(0)
    };
    let output = page(&["--expires-in", "1h"]);
    assert!(
        output
            .stdout
            .contains("2 files. Each link works until <time datetime=\"2026-11-27T01:00:00Z\">")
    );
    let output = page(&["--query", "response-content-disposition=inline"]);
    let links = links(&output.stdout);
    assert!(
        links
            .iter()
            .all(|link| link.contains("response-content-disposition=inline&"))
    );
}

#[test]
fn wrong_lists_and_options_write_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let html = ["-o", "html", "--out", file.to_str().unwrap()];
    let long = "k".repeat(1022);
    let many = "k\n".repeat(10_001);
    for (keys, error) in [
        ("a\n\nb", "error: the key in line 2 is empty"),
        (
            &*long,
            "error: line 1: the key has 1025 bytes; S3 allows at most 1024",
        ),
        (&*many, "error: the list has more than 10000 keys"),
    ] {
        let output = Program::new(&[&PRESIGN[..], &html].concat());
        let output = output.stdin(keys.as_bytes()).run().exits(1);
        assert!(output.stderr.contains(error), "{output:?}");
        assert!(!file.exists());
    }
    for (args, error) in [
        (
            &[
                "presign",
                "get",
                "s3://drop-box/",
                "--keys-from",
                "-",
                "--out",
                "x",
            ][..],
            "--out is the file for the page",
        ),
        (
            &["presign", "get", "s3://drop-box/k", "-o", "html"],
            "this command does not have that output format",
        ),
        (
            &[
                "presign",
                "put",
                "s3://drop-box/",
                "--keys-from",
                "-",
                "-o",
                "html",
            ],
            "invalid value 'html' for '--output <FORMAT>' [possible values: text, json, curl, env]",
        ),
        (
            &["presign", "get", "s3://drop-box/k", "--out", "x"],
            "--keys-from",
        ),
    ] {
        let output = Program::new(args).run().exits(2);
        assert!(output.stderr.contains(error), "{output:?}");
    }
}

#[test]
fn keys_whose_links_a_browser_breaks_get_one_warning() {
    let args = [&PRESIGN[..], &["-o", "html"]].concat();
    let program = Program::new(&args).env("AWS_REGION", "us-east-1");
    let output = program.stdin(b"a\nb/../c\n.\n..d\n").run().exits(0);
    assert_eq!(links(&output.stdout).len(), 4);
    assert_eq!(
        output.stderr,
        "warning: browsers rewrite the segments `.` and `..`, so the links to keys with such segments do not work; number of these keys: 2\n"
    );
}
