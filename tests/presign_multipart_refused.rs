//! Tests of the script of `presign multipart -o sh` after refusals: expired URLs, aborted uploads, files
//! that changed, and objects that exist.

use crate::presign_multipart_script::{DONE, Sender};
use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The answer to Complete is lost, and a retry is answered with `NoSuchUpload`.
#[tokio::test(flavor = "multi_thread")]
async fn head_shows_that_an_upload_whose_answer_was_lost_is_complete() {
    let sender = Sender::new(&["sh"], &[]).await;
    sender.fault("POST", "uploadId", 1, Action::AfterReset);
    Sender::assert_ends(&sender.run(&[]), 0, DONE);
    assert_eq!(sender.count("HEAD", "X-Amz-Signature"), 1);
    sender.assert_stored();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_part_is_named_and_the_next_run_goes_on() {
    let sender = Sender::new(&["sh"], &[]).await;
    sender.fault(
        "PUT",
        "partNumber",
        1,
        Action::Error {
            status: 403,
            code: "AccessDenied".to_owned(),
            headers: Vec::new(),
        },
    );
    let ended = sender.run(&[("JOBS", "1")]);
    Sender::assert_ends(
        &ended,
        1,
        "error: part 1: 403 AccessDenied An injected fault.\nhint: run the script again to go on; if the URLs have expired, ask for a new script",
    );
    Sender::assert_ends(&sender.run(&[]), 0, DONE);
    sender.assert_stored();
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_urls_and_aborted_uploads_are_explained() {
    let sender = Sender::new(&["sh"], &["--expires-in", "1s"]).await;
    std::thread::sleep(Duration::from_millis(2100));
    let ended = sender.run(&[]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.starts_with("error: the server refuses the URLs of this script: 403 AccessDenied Request has expired\nhint: the URLs work until "),
        "{}",
        ended.stderr
    );
    let sender = Sender::new(&["sh"], &[]).await;
    let script = std::fs::read_to_string(sender.path("upload.sh")).unwrap();
    let id = script
        .split("&uploadId=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    let uri = format!("s3://{BUCKET}/in/it's a file.bin");
    let query = format!("uploadId={id}");
    let abort = sender.world.presign(
        &sender.world.sandbox.https(),
        &["delete", &uri, "--query", &query],
    );
    assert_eq!(
        sender.world.send("DELETE", &abort, &[], "").await.status,
        204
    );
    Sender::assert_ends(
        &sender.run(&[]),
        1,
        "error: the upload no longer exists, because it was aborted or another object was completed\nhint: ask for a new script",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_under_the_same_name_is_not_mixed_with_the_first() {
    let sender = Sender::new(&["sh"], &[]).await;
    let refused = Action::Error {
        status: 403,
        code: "AccessDenied".to_owned(),
        headers: Vec::new(),
    };
    sender.world.sandbox.inject(Fault {
        method: Some("PUT".to_owned()),
        path: None,
        subresource: Some("partNumber".to_owned()),
        skip: 2,
        times: 1,
        action: refused,
    });
    assert_eq!(sender.run(&[("JOBS", "1")]).code, 1);
    let other: Vec<u8> = Sender::content().iter().rev().copied().collect();
    std::fs::write(sender.path("the file.bin"), &other).unwrap();
    let ago = std::time::SystemTime::now() - Duration::from_hours(1);
    let file = std::fs::File::options()
        .append(true)
        .open(sender.path("the file.bin"))
        .unwrap();
    file.set_modified(ago).unwrap();
    Sender::assert_ends(
        &sender.run(&[]),
        1,
        "error: the file.bin is not the file whose parts have arrived, or the file has changed\nhint: to send all parts again, run: FRESH=1 sh upload.sh FILE",
    );
    std::fs::write(sender.path("the file.bin"), Sender::content()).unwrap();
    Sender::assert_ends(&sender.run(&[("FRESH", "1")]), 0, DONE);
    sender.assert_stored();
    std::fs::write(sender.path("the file.bin"), "short").unwrap();
    Sender::assert_ends(
        &sender.run(&[]),
        1,
        "error: the file.bin has 5 bytes, but this script uploads a file of 15732961 bytes",
    );
}

/// A part of the file that is overwritten while the script sends the parts.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_during_the_upload_is_not_completed() {
    let sender = Sender::new(&["sh"], &[]).await;
    sender.fault(
        "PUT",
        "partNumber",
        1,
        Action::Delay(Duration::from_secs(2)),
    );
    let child = sender.start(&[]);
    sender.wait_until(|sender| sender.count("PUT", "partNumber") > 0);
    let file = std::fs::File::options()
        .append(true)
        .open(sender.path("the file.bin"))
        .unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_hours(1))
        .unwrap();
    let ended = Sender::end_of(child);
    Sender::assert_ends(
        &ended,
        1,
        "error: the file.bin changed during the upload\nhint: to send all parts again, run: FRESH=1 sh upload.sh FILE",
    );
    assert_eq!(sender.count("POST", "uploadId"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_exists_is_not_overwritten() {
    let sender = Sender::new(&["sh"], &["--no-overwrite"]).await;
    let uri = format!("s3://{BUCKET}/in/it's a file.bin");
    let put = sender
        .world
        .presign(&sender.world.sandbox.https(), &["put", &uri]);
    assert_eq!(
        sender.world.send("PUT", &put, &[], "first").await.status,
        200
    );
    Sender::assert_ends(
        &sender.run(&[]),
        1,
        "error: an object with this name exists already, and this upload must not overwrite the object",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_for_ten_thousand_parts_starts_in_a_second() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let uri = format!("s3://{BUCKET}/big");
    let args = [
        "presign",
        "multipart",
        &uri,
        "--size",
        "50000MiB",
        "--part-size",
        "5MiB",
        "-o",
        "sh",
    ];
    let script = world.run(&args).exits(0).stdout;
    assert!(script.len() < 700_000, "{} bytes", script.len());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("upload.sh"), script).unwrap();
    // A sparse file takes no space.
    let file = std::fs::File::create(folder.path().join("big")).unwrap();
    file.set_len(50_000 << 20).unwrap();
    world.sandbox.clear_requests();
    world.sandbox.inject(Fault {
        method: Some("PUT".to_owned()),
        path: None,
        subresource: Some("partNumber".to_owned()),
        skip: 0,
        times: usize::MAX,
        action: Action::Error {
            status: 403,
            code: "AccessDenied".to_owned(),
            headers: Vec::new(),
        },
    });
    let start = Instant::now();
    let mut child = Command::new("sh")
        .args(["upload.sh", "big"])
        .current_dir(folder.path())
        .env("CURL_CA_BUNDLE", world.ca())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !world
        .sandbox
        .requests()
        .iter()
        .any(|seen| seen.method == "PUT")
    {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "no part was sent"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    let elapsed = start.elapsed();
    child.wait().unwrap();
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}
