//! `request --key` with a size above 5 GiB: the upload that begins with the page, and that no upload stays
//! in the bucket after a failure.

use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::time::Duration;

const ARGS: [&str; 8] = [
    "request",
    "s3://drop-box/in/",
    "--key",
    "disk.img",
    "--size-range",
    "1..6GB",
    "-o",
    "json",
];

async fn hardened() -> World {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world
}

fn request(world: &World, more: &[&str]) -> Output {
    world.run(&[&ARGS, more].concat())
}

/// The keys and IDs of the uploads in the bucket.
async fn uploads(world: &World) -> Vec<(String, String)> {
    let at = format!("s3://{BUCKET}/");
    let url = world.presign(&world.sandbox.https(), &["get", &at, "--query", "uploads="]);
    let list = String::from_utf8(world.send("GET", &url, &[], "").await.body).unwrap();
    let text = |upload: &str, name: &str| {
        let (_, rest) = upload.split_once(&format!("<{name}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let all = list.split("<Upload>").skip(1);
    all.map(|upload| (text(upload, "Key"), text(upload, "UploadId")))
        .collect()
}

fn fault(method: &str, path: &str, subresource: &str, action: Action) -> Fault {
    Fault {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        subresource: Some(subresource.to_owned()),
        skip: 0,
        times: usize::MAX,
        action,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_the_urls_of_an_upload_but_none_that_aborts_it() {
    let world = hardened().await;
    let output = request(&world, &["--content-type", "image/png"]).exits(0);
    let document = output.json();
    let prefix = document["prefix"].as_str().unwrap();
    let [(key, id)] = <[_; 1]>::try_from(uploads(&world).await).unwrap();
    let (folder, name) = key.strip_prefix(prefix).unwrap().split_once('/').unwrap();
    assert_eq!((folder.len(), name), (16 + 1 + 26, "disk.img"));
    let link = document["link"].as_str().unwrap();
    let page = world.send("GET", link, &[], "").await.body;
    let page = String::from_utf8(page).unwrap();
    let (_, config) = page.split_once("id=\"config\">").unwrap();
    let config: serde_json::Value =
        serde_json::from_str(config.split("</script>").next().unwrap()).unwrap();
    // A form for files would accept any number of other files.
    assert_eq!(config["forms"], serde_json::json!([]));
    let upload = &config["upload"];
    assert_eq!(upload["key"], key);
    assert_eq!(upload["partSize"], 64 << 20);
    let text = |name: &str| upload[name].as_str().unwrap();
    assert_eq!(text("signatures").len(), 64 * 90);
    let part = |number: usize| {
        let signature = &text("signatures")[64 * (number - 1)..64 * number];
        format!("{}{number}{}{signature}", text("before"), text("after"))
    };
    let mut list = String::new();
    for number in [1, 90] {
        let sent = world.send("PUT", &part(number), &[], "any size").await;
        let body = String::from_utf8_lossy(&sent.body).into_owned();
        assert_eq!(sent.status, 200, "{number} {body}");
        let etag = sent.header("etag").unwrap();
        list = format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let xml = [("content-type", "application/xml")];
    let completed = world.send("POST", text("complete"), &xml, &body).await;
    assert_eq!(completed.status, 200);
    let head = world.send("HEAD", text("head"), &[], "").await;
    assert_eq!(head.header("content-type"), Some("image/png"));
    // No URL of the page is for DELETE, and no text of the page is the ID without a signature.
    let delete = world.send("DELETE", text("complete"), &[], "").await;
    assert_eq!(delete.status, 403);
    assert!(!text("id").contains(&id));
    assert!(
        output.stderr.contains(
            "warning: the page sends the file in parts, and S3 does not enforce the largest size of such an upload\n"
        ),
        "{}",
        output.stderr
    );
    let may = format!(
        "Everyone who has the link can send the file until its upload is complete, and can store receipts of at most 64 KiB below s3://{BUCKET}/{prefix}, as often as they want: S3 has no quota.\n"
    );
    assert!(output.stderr.ends_with(&may), "{}", output.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_upload_stays_after_a_failure_or_an_interruption() {
    let world = hardened().await;
    let refused = || Action::error(403, "AccessDenied", &[]);
    // The page cannot be stored, or the link cannot be fetched.
    for method in ["PUT", "GET"] {
        let mut fault = fault(method, "/pages/", "", refused());
        fault.subresource = None;
        world.sandbox.inject(fault);
        let output = request(&world, &[]).exits(1);
        assert_eq!(uploads(&world).await, [], "{method} {output:?}");
        assert!(
            world
                .log()
                .iter()
                .any(|sent| sent.starts_with("DELETE ?uploadId")),
            "an upload was begun: {method}"
        );
        world.sandbox.clear_faults();
    }
    for (method, path, subresource) in [
        ("POST", "disk.img", Some("uploads")),
        ("PUT", "/pages/", None),
    ] {
        let world = hardened().await;
        let mut fault = fault(method, path, "", Action::Delay(Duration::from_secs(4)));
        fault.subresource = subresource.map(str::to_owned);
        world.sandbox.inject(fault);
        let output = world.run_and_signal(&ARGS, Duration::from_millis(2500), "TERM");
        assert_eq!(output.code, 1, "{method} {output:?}");
        let log = world.log();
        assert!(
            log.iter().any(|sent| sent.starts_with("DELETE ?uploadId")),
            "{log:?}"
        );
        assert_eq!(uploads(&world).await, [], "{method} {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_cannot_be_aborted_is_named() {
    let world = hardened().await;
    let refused = || Action::error(403, "AccessDenied", &[]);
    let mut store = fault("PUT", "/pages/", "", refused());
    store.subresource = None;
    world.sandbox.inject(store);
    world
        .sandbox
        .inject(fault("DELETE", "disk.img", "uploadId", refused()));
    let output = request(&world, &[]).exits(1);
    let [(key, id)] = <[_; 1]>::try_from(uploads(&world).await).unwrap();
    let failure = output.failure();
    assert!(
        failure.contains(&format!(
            "; and the multipart upload {id} of `{key}` could not be aborted"
        )),
        "{failure}"
    );
    assert!(
        failure.ends_with(&format!(
            "hint: abort the upload with `presign delete s3://drop-box/{key} --query uploadId={id} -o curl | sh`\n"
        )),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_the_server_refuses_ends_the_run_before_the_page() {
    let world = hardened().await;
    let refused = Action::error(403, "AccessDenied", &[]);
    world
        .sandbox
        .inject(fault("POST", "disk.img", "uploads", refused));
    world.log();
    let output = request(&world, &[]).exits(1);
    assert!(
        output.failure().starts_with(
            "error: the upload could not be begun: CreateMultipartUpload: 403 AccessDenied"
        ),
        "{output:?}"
    );
    assert!(!world.log().contains(&"PUT".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_sufficient_for_a_page_that_sends_parts() {
    let world = hardened().await;
    let args = ["iam-policy", "request", BUCKET, "--size-range", "1..6GB"];
    let actions = world.run(&args).actions();
    let small = world.run(&["iam-policy", "request", BUCKET]).actions();
    let more: Vec<&String> = actions.difference(&small).collect();
    assert_eq!(
        more,
        ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    );
    let names: Vec<&str> = actions.iter().map(String::as_str).collect();
    world.sandbox.permit(Some(&names));
    request(&world, &[]).exits(0);
}

#[test]
fn a_size_above_5_gib_needs_one_name_and_a_size_that_an_upload_can_have() {
    use crate::support::program::Program;
    let refused = |args: &[&str], error: &str, hint: &str| {
        let words = [
            &["request", "s3://drop-box/in/", "--region", "eu-west-1"],
            args,
        ]
        .concat();
        let output = Program::new(&words).run().exits(2);
        assert_eq!(output.stderr, format!("error: {error}\nhint: {hint}\n"));
    };
    refused(
        &["--size-range", "1..6GB"],
        "a page for several files accepts at most 5 GiB for each file",
        "expect one file with --key NAME: the page then sends the file in parts",
    );
    refused(
        &["--size-range", "1..60TB", "--key", "disk.img"],
        "a file of 60000000000000 bytes is too large: a multipart upload has at most 10,000 parts of 5 GiB (53687091200000 bytes)",
        "write a smaller size: --size-range MIN..MAX",
    );
}
