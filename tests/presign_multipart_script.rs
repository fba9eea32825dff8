//! `presign multipart -o sh`: the script uploads a file in each shell, and ends right after every
//! interruption and every refusal.

use crate::support::program::BUCKET;
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Three parts of 5 MiB and a part of 4,321 bytes.
const SIZE: usize = 3 * (5 << 20) + 4321;

struct Sender {
    world: World,
    folder: tempfile::TempDir,
    shell: &'static [&'static str],
}

struct Ended {
    code: i32,
    stderr: String,
}

/// The shells of this machine: `busybox sh` is in the list only if busybox is installed.
fn shells() -> Vec<&'static [&'static str]> {
    let mut shells: Vec<&[&str]> = vec![&["sh"], &["bash"]];
    if Command::new("busybox").output().is_ok() {
        shells.push(&["busybox", "sh"]);
    } else {
        eprintln!("SKIPPED: the script in busybox sh: busybox is not installed");
    }
    shells
}

impl Sender {
    async fn new(shell: &'static [&'static str], more: &[&str]) -> Self {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        let folder = tempfile::tempdir().unwrap();
        let sender = Sender {
            world,
            folder,
            shell,
        };
        std::fs::write(sender.path("the file.bin"), sender.content()).unwrap();
        sender.write_script(more);
        sender
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Bytes that differ between the parts.
    fn content(&self) -> Vec<u8> {
        (0..SIZE)
            .map(|at| u8::try_from((at / 7919 + at) % 251).unwrap())
            .collect()
    }

    fn write_script(&self, more: &[&str]) {
        let uri = format!("s3://{BUCKET}/in/it's a file.bin");
        let size = SIZE.to_string();
        let args = [
            "presign",
            "multipart",
            &uri,
            "--size",
            &size,
            "--part-size",
            "5MiB",
            "-o",
            "sh",
        ];
        let script = self.world.run(&[&args, more].concat()).exits(0).stdout;
        std::fs::write(self.path("upload.sh"), script).unwrap();
    }

    fn start(&self, env: &[(&str, &str)]) -> Child {
        let mut command = Command::new(self.shell[0]);
        command
            .args(&self.shell[1..])
            .args(["upload.sh", "the file.bin"])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TMPDIR", self.folder.path())
            .env("CURL_CA_BUNDLE", self.world.ca())
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn run(&self, env: &[(&str, &str)]) -> Ended {
        Self::end_of(self.start(env))
    }

    fn end_of(child: Child) -> Ended {
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "",
            "stdout stays empty"
        );
        Ended {
            code: output.status.code().unwrap_or(-1),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The number of requests so far whose query contains a text.
    fn count(&self, method: &str, text: &str) -> usize {
        let requests = self.world.sandbox.requests();
        let matches = |seen: &&s3_sandbox::Seen| seen.method == method && seen.query.contains(text);
        requests.iter().filter(matches).count()
    }

    fn wait_until(&self, ready: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !ready(self) {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "the script did not get there"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    async fn assert_stored(&self) {
        let https = self.world.sandbox.https();
        let url = self.world.presign(
            &https,
            &["get", &format!("s3://{BUCKET}/in/it's a file.bin")],
        );
        let stored = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--fail",
                "--cacert",
                &self.world.ca(),
                &url,
            ])
            .output()
            .unwrap();
        assert!(
            stored.status.success(),
            "{:?}",
            String::from_utf8_lossy(&stored.stderr)
        );
        assert!(stored.stdout == self.content(), "the stored bytes differ");
        assert!(
            !self.path("upload.sh.state").exists(),
            "the state file is removed at the end"
        );
        let left = std::fs::read_dir(self.folder.path()).unwrap().count();
        assert_eq!(left, 2, "only the file and the script are left");
    }

    fn fault(&self, method: &str, subresource: &str, times: usize, action: Action) {
        self.world.sandbox.inject(Fault {
            method: Some(method.to_owned()),
            path: None,
            subresource: Some(subresource.to_owned()),
            skip: 0,
            times,
            action,
        });
    }

    /// Asserts the exit code, and the last line of stderr or, if there is a hint, the last two lines.
    fn assert_ends(&self, ended: &Ended, code: i32, last: &str) {
        let lines: Vec<&str> = ended.stderr.lines().collect();
        let line = lines[lines.len() - last.lines().count()..].join("\n");
        assert!(
            ended.code == code && line == last,
            "{} {}",
            ended.code,
            ended.stderr
        );
        assert!(
            !ended.stderr.contains("X-Amz-"),
            "no URL on stderr: {}",
            ended.stderr
        );
    }
}

const DONE: &str = "The upload is complete: 15732961 bytes.";

#[tokio::test(flavor = "multi_thread")]
async fn the_script_uploads_the_file_in_each_shell() {
    for shell in shells() {
        let sender = Sender::new(shell, &[]).await;
        sender.assert_ends(&sender.run(&[]), 0, DONE);
        sender.assert_stored().await;
        assert_eq!(sender.count("PUT", "partNumber"), 4);
        // A further run finds the object, and sends no part.
        sender.assert_ends(&sender.run(&[]), 0, DONE);
        assert_eq!(sender.count("PUT", "partNumber"), 4);
    }
}

/// Interrupts the script while it sends a part, completes the upload, and lists the parts before that.
async fn interrupt_at_every_stage(shell: &'static [&'static str]) {
    for signal in ["TERM", "KILL"] {
        for (method, parameter) in [
            ("PUT", "partNumber"),
            ("POST", "uploadId"),
            ("GET", "uploadId"),
        ] {
            let sender = Sender::new(shell, &[]).await;
            // The second part and the second list are slow, and Complete.
            let skip = usize::from(method != "POST");
            sender.world.sandbox.inject(Fault {
                method: Some(method.to_owned()),
                path: None,
                subresource: Some(parameter.to_owned()),
                skip,
                times: 1,
                action: Action::Delay(Duration::from_secs(1)),
            });
            let mut child = sender.start(&[("JOBS", "1")]);
            sender.wait_until(|sender| sender.count(method, parameter) > skip);
            let id = child.id().to_string();
            let killed = Command::new("kill").args(["-s", signal, &id]).status();
            assert!(killed.unwrap().success());
            child.wait().unwrap();
            // The request of the killed script ends before the next run.
            std::thread::sleep(Duration::from_millis(1300));
            let before = sender.count("PUT", "partNumber");
            let ended = sender.run(&[]);
            let case = format!("{shell:?} {signal} {method}");
            assert_eq!(ended.code, 0, "{case}: {}", ended.stderr);
            let sent_again = sender.count("PUT", "partNumber") - before;
            let expected = if method == "PUT" { 2..=3 } else { 0..=0 };
            assert!(expected.contains(&sent_again), "{case}: {sent_again} parts");
            if signal == "KILL" {
                // Nothing can remove the temporary folder of a killed script.
                for entry in std::fs::read_dir(sender.folder.path()).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        std::fs::remove_dir_all(path).unwrap();
                    }
                }
            }
            sender.assert_stored().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_script_goes_on_in_sh() {
    interrupt_at_every_stage(&["sh"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_script_goes_on_in_bash() {
    interrupt_at_every_stage(&["bash"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_script_goes_on_in_busybox() {
    if let Some(busybox) = shells().get(2) {
        interrupt_at_every_stage(busybox).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transient_failures_are_retried() {
    let sender = Sender::new(&["sh"], &[]).await;
    let unavailable = || Action::Error {
        status: 503,
        code: "SlowDown".to_owned(),
        headers: Vec::new(),
    };
    sender.fault("PUT", "partNumber", 1, Action::Reset);
    sender.fault("PUT", "partNumber", 1, unavailable());
    sender.fault("GET", "uploadId", 1, unavailable());
    // S3 answers 200 at once, and the error follows.
    let error = b"<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>";
    let answer = [
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", error.len()).as_bytes(),
        error,
    ]
    .concat();
    sender.fault("POST", "uploadId", 1, Action::Raw(answer));
    sender.assert_ends(&sender.run(&[]), 0, DONE);
    sender.assert_stored().await;
}

/// The answer to Complete is lost, and a retry is answered with `NoSuchUpload`.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_complete_is_found_out_with_head() {
    let sender = Sender::new(&["sh"], &[]).await;
    sender.fault("POST", "uploadId", 1, Action::AfterReset);
    sender.assert_ends(&sender.run(&[]), 0, DONE);
    assert_eq!(sender.count("HEAD", "X-Amz-Signature"), 1);
    sender.assert_stored().await;
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
    sender.assert_ends(
        &ended,
        1,
        "error: part 1: 403 AccessDenied An injected fault.\nhint: run the script again to go on; if the URLs have expired, ask for a new script",
    );
    sender.assert_ends(&sender.run(&[]), 0, DONE);
    sender.assert_stored().await;
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
    sender.assert_ends(
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
    let other: Vec<u8> = sender.content().iter().rev().copied().collect();
    std::fs::write(sender.path("the file.bin"), &other).unwrap();
    let ago = std::time::SystemTime::now() - Duration::from_hours(1);
    let file = std::fs::File::options()
        .append(true)
        .open(sender.path("the file.bin"))
        .unwrap();
    file.set_modified(ago).unwrap();
    sender.assert_ends(
        &sender.run(&[]),
        1,
        "error: the file.bin is not the file whose parts have arrived, or the file has changed\nhint: to send all parts again, run: FRESH=1 sh upload.sh FILE",
    );
    std::fs::write(sender.path("the file.bin"), sender.content()).unwrap();
    sender.assert_ends(&sender.run(&[("FRESH", "1")]), 0, DONE);
    sender.assert_stored().await;
    std::fs::write(sender.path("the file.bin"), "short").unwrap();
    sender.assert_ends(
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
    sender.assert_ends(
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
    sender.assert_ends(
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
    eprintln!("the first part was sent after {elapsed:?}");
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}
