//! `presign multipart -o json`: the printed URLs upload a file in parts, and S3 refuses every mistake.

use crate::presign_sandbox::code_of;
use crate::support::program::{BUCKET, Output, Program};
use crate::support::world::World;
use serde_json::Value;

const MIB: usize = 1 << 20;

/// A sandbox with a bucket, and one upload of two parts of 5 MiB and a part of 3 bytes.
struct Sender {
    world: World,
    document: Value,
}

fn uri(key: &str) -> String {
    format!("s3://{BUCKET}/{key}")
}

/// The content of a part, which differs between the parts.
fn content(number: u64) -> String {
    let size = if number < 3 { 5 * MIB } else { 3 };
    char::from(b'a' + u8::try_from(number).unwrap())
        .to_string()
        .repeat(size)
}

impl Sender {
    async fn new(more: &[&str]) -> Self {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        let document = begin(&world, more).exits(0).json();
        Sender { world, document }
    }

    async fn send_part(&self, number: u64, body: &str) -> (u16, String) {
        let part = &self.document["parts"][usize::try_from(number - 1).unwrap()];
        assert_eq!(part["number"], number);
        let url = part["url"].as_str().unwrap();
        let response = self.world.send("PUT", url, &[], body).await;
        let etag = response.header("etag").unwrap_or_default().to_owned();
        (response.status, etag)
    }

    async fn send_parts(&self) -> Vec<(u64, String)> {
        let mut parts = Vec::new();
        for number in 1..=3 {
            let (status, etag) = self.send_part(number, &content(number)).await;
            assert_eq!(status, 200, "part {number}");
            parts.push((number, etag));
        }
        parts
    }

    /// Completes the upload with these parts. Returns the status and the code of the error.
    async fn complete(&self, parts: &[(u64, String)]) -> (u16, String) {
        let part = |(number, etag): &(u64, String)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        };
        let parts: String = parts.iter().map(part).collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let headers = self.document["complete_headers"].as_object().unwrap();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let url = self.document["complete_url"].as_str().unwrap();
        let response = self.world.send("POST", url, &headers, &body).await;
        let body = String::from_utf8(response.body).unwrap();
        (response.status, code_of(&body).to_owned())
    }
}

fn begin(world: &World, more: &[&str]) -> Output {
    let size = (10 * MIB + 3).to_string();
    let uri = uri("in/disk.img");
    let args = [
        "presign",
        "multipart",
        &uri,
        "--size",
        &size,
        "--part-size",
        "5MiB",
        "-o",
        "json",
    ];
    world.run(&[&args, more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urls_upload_a_file_in_parts() {
    let sender = Sender::new(&[]).await;
    let document = &sender.document;
    let names: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "schema_version",
            "bucket",
            "key",
            "upload_id",
            "part_size",
            "size",
            "parts",
            "list_urls",
            "complete_url",
            "head_url",
            "abort_url",
            "headers",
            "complete_headers",
            "expires_at"
        ]
    );
    assert_eq!(document["bucket"], BUCKET);
    assert_eq!(document["key"], "in/disk.img");
    assert_eq!(document["parts"][2]["offset"], 10 * MIB);
    assert_eq!(document["parts"][2]["size"], 3);
    let parts = sender.send_parts().await;
    let list = document["list_urls"][0].as_str().unwrap();
    let listed = sender.world.send("GET", list, &[], "").await.body;
    assert_eq!(
        String::from_utf8(listed).unwrap().matches("<Part>").count(),
        3
    );
    assert_eq!(sender.complete(&parts).await, (200, String::new()));
    let head = document["head_url"].as_str().unwrap();
    let head = sender.world.send("HEAD", head, &[], "").await;
    assert_eq!(
        head.header("content-length"),
        Some((10 * MIB + 3).to_string().as_str())
    );
    assert!(head.header("etag").unwrap().ends_with("-3\""));
    // A second Complete finds no upload, which `head_url` explains.
    assert_eq!(
        sender.complete(&parts).await,
        (404, "NoSuchUpload".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_parts_and_wrong_lists_are_refused() {
    let sender = Sender::new(&[]).await;
    for body in [content(1) + "x", content(1)[1..].to_owned(), String::new()] {
        assert_eq!(
            sender.send_part(1, &body).await.0,
            403,
            "{} bytes",
            body.len()
        );
    }
    let parts = sender.send_parts().await;
    let [one, two, three] = <[_; 3]>::try_from(parts.clone()).unwrap();
    for (list, code) in [
        (vec![], "MalformedXML"),
        (vec![one.clone(), two.clone()], "InvalidRequest"),
        (vec![one.clone(), three.clone()], "InvalidRequest"),
        (
            vec![two.clone(), one.clone(), three.clone()],
            "InvalidPartOrder",
        ),
        (
            vec![one.clone(), one.clone(), two.clone(), three.clone()],
            "InvalidPartOrder",
        ),
        (
            vec![one.clone(), (2, three.1.clone()), three.clone()],
            "InvalidPart",
        ),
    ] {
        assert_eq!(
            sender.complete(&list).await,
            (400, code.to_owned()),
            "{list:?}"
        );
    }
    assert_eq!(sender.complete(&parts).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_overwrite_keeps_an_object_that_was_stored_meanwhile() {
    let sender = Sender::new(&["--no-overwrite"]).await;
    let parts = sender.send_parts().await;
    let put = sender
        .world
        .presign(&sender.world.sandbox.https(), &["put", &uri("in/disk.img")]);
    assert_eq!(
        sender.world.send("PUT", &put, &[], "first").await.status,
        200
    );
    let refused = (412, "PreconditionFailed".to_owned());
    assert_eq!(sender.complete(&parts).await, refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_abort_url_ends_the_upload() {
    let sender = Sender::new(&[]).await;
    let parts = sender.send_parts().await;
    let abort = sender.document["abort_url"].as_str().unwrap();
    assert_eq!(
        sender.world.send("DELETE", abort, &[], "").await.status,
        204
    );
    assert_eq!(
        sender.complete(&parts).await,
        (404, "NoSuchUpload".to_owned())
    );
    assert_eq!(sender.send_part(1, &content(1)).await.0, 404);
}

/// A second run with `--upload-id` sends nothing and prints the URLs of the same upload. The printed
/// command aborts the upload.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_exists_gets_new_urls_without_a_request() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let output = begin(&world, &["--content-type", "image/png", "--tag", "a=b"]).exits(0);
    let id = output.json()["upload_id"].as_str().unwrap().to_owned();
    assert!(
        output.stderr.contains(&format!(
            "To abort the upload and delete its parts:\n  s3-secure-bucket presign delete s3://{BUCKET}/in/disk.img --query uploadId={id} -o curl | sh\n"
        )),
        "{}",
        output.stderr
    );
    let log = world.log();
    assert_eq!(log.last().unwrap(), "POST ?uploads=");
    assert!(
        log.contains(&"GET".to_owned()),
        "the buckets were listed: {log:?}"
    );
    let again = begin(&world, &["--upload-id", &id]).exits(0);
    assert_eq!(world.log(), Vec::<String>::new());
    assert_eq!(again.json()["upload_id"], id);
    let query = format!("uploadId={id}");
    let abort = world.presign(
        &world.sandbox.https(),
        &["delete", &uri("in/disk.img"), "--query", &query],
    );
    assert_eq!(world.send("DELETE", &abort, &[], "").await.status, 204);
}

/// If stdout fails after the upload has begun, the program aborts the upload.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_urls_cannot_be_printed_is_aborted() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world.log();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_s3-secure-bucket"));
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = command
        .args([
            "presign",
            "multipart",
            &uri("k"),
            "--size",
            "1MB",
            "-o",
            "json",
        ])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", s3_sandbox::OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", s3_sandbox::OWNER.secret_access_key)
        .env("AWS_ENDPOINT_URL_S3", world.sandbox.https())
        .env("AWS_CA_BUNDLE", world.ca())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("error: cannot write to stdout\n"),
        "{stderr}"
    );
    assert!(stderr.contains("  the upload was aborted\n"), "{stderr}");
    let last = world.log().pop().unwrap();
    assert!(last.starts_with("DELETE ?uploadId="), "{last}");
}

#[test]
fn sizes_that_no_upload_can_have_are_refused_before_anything_is_sent() {
    let refused = |args: &[&str], error: &str, hint: &str| {
        let words = [&["presign", "multipart", "-o", "json"], args].concat();
        let output = Program::new(&words).run().exits(2);
        assert_eq!(output.stdout.matches("\"error\"").count(), 1);
        assert_eq!(output.stderr, format!("error: {error}\nhint: {hint}\n"));
    };
    refused(
        &["s3://my-drop-box/k", "--size", "0"],
        "a multipart upload needs at least one byte",
        "upload an empty file with presign put",
    );
    refused(
        &["s3://my-drop-box/k", "--size", "60TB"],
        "a file of 60000000000000 bytes is too large: a multipart upload has at most 10,000 parts of 5 GiB (53687091200000 bytes)",
        "divide the file, and upload each piece as an object",
    );
    refused(
        &["s3://my-drop-box/k", "--size", "1GB", "--part-size", "1MiB"],
        "a part size of 1048576 bytes is not allowed: parts have a multiple of 1 MiB, from 5 MiB to 5 GiB",
        "omit --part-size, or write it as 64MiB",
    );
    refused(
        &["s3://my-drop-box/k", "--size", "1TB", "--part-size", "5MiB"],
        "with parts of 5242880 bytes, the upload has more than 10,000 parts",
        "use --part-size 96MiB or more, or omit --part-size",
    );
    refused(
        &[
            "s3://my-drop-box/k",
            "--size",
            "1GB",
            "--upload-id",
            "x",
            "--tag",
            "a=b",
        ],
        "--content-type, --kms-key and --tag describe a new upload, and --upload-id names an upload that exists",
        "omit --upload-id, or omit the options that describe the object",
    );
    refused(
        &["s3://my-drop-box/", "--size", "1GB"],
        "the URI has no key",
        "write s3://BUCKET/KEY: a multipart upload creates one object",
    );
}

/// The command has no default format, so the error without `-o` names the formats.
#[test]
fn a_command_without_a_format_is_wrong_usage() {
    for format in [&[][..], &["-o", "text"]] {
        let words = [
            "presign",
            "multipart",
            "s3://my-drop-box/k",
            "--size",
            "9GB",
        ];
        let output = Program::new(&[&words[..], format].concat()).run().exits(2);
        assert_eq!(output.stdout, "");
        assert_eq!(
            output.stderr,
            "error: presign multipart prints JSON, a script or a page, so the command needs -o\nhint: use -o json for the URLs, -o sh for a script that uploads the file, or -o html for an upload page\n"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_upload_begins_in_a_bucket_that_is_missing_or_not_yours() {
    let world = World::new(true).await;
    let output = begin(&world, &[]);
    assert_eq!(output.code, 1);
    assert_eq!(
        output.stderr,
        format!(
            "error: there is no bucket `{BUCKET}`\nhint: create the bucket with `bootstrap {BUCKET}`\n"
        )
    );
    let other = s3_sandbox::STRANGER;
    world
        .run_as(
            &other,
            &world.sandbox.https(),
            &["bootstrap", BUCKET, "--no-presign"],
        )
        .exits(0);
    world.log();
    let output = begin(&world, &[]);
    assert_eq!(output.code, 1);
    assert!(!world.log().iter().any(|sent| sent.starts_with("POST")));
}
