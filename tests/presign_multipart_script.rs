//! `presign multipart -o sh`: the script uploads a file in each shell, and ends right after every
//! interruption and every refusal.

use crate::support::program::BUCKET;
use crate::support::skip::skip;
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Three parts of 5 MiB and a part of 4,321 bytes.
const SIZE: usize = 3 * (5 << 20) + 4321;

pub struct Sender {
    pub world: World,
    folder: tempfile::TempDir,
    shell: &'static [&'static str],
}

pub struct Ended {
    pub code: i32,
    pub stderr: String,
}

/// The shells of this machine: `busybox sh` is in the list only if busybox is installed.
pub fn shells() -> Vec<&'static [&'static str]> {
    let mut shells: Vec<&[&str]> = vec![&["sh"], &["bash"]];
    if Command::new("busybox").output().is_ok() {
        shells.push(&["busybox", "sh"]);
    } else {
        skip("busybox", "busybox is not installed");
    }
    shells
}

impl Sender {
    pub async fn new(shell: &'static [&'static str], more: &[&str]) -> Self {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        let folder = tempfile::tempdir().unwrap();
        let sender = Sender {
            world,
            folder,
            shell,
        };
        std::fs::write(sender.path("the file.bin"), Sender::content()).unwrap();
        sender.write_script(more);
        sender
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Bytes that differ between the parts.
    pub fn content() -> Vec<u8> {
        (0..SIZE)
            .map(|at| u8::try_from((at / 7919 + at) % 251).unwrap())
            .collect()
    }

    pub fn write_script(&self, more: &[&str]) {
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

    pub fn start(&self, env: &[(&str, &str)]) -> Child {
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

    pub fn run(&self, env: &[(&str, &str)]) -> Ended {
        Self::end_of(self.start(env))
    }

    pub fn end_of(child: Child) -> Ended {
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
    pub fn count(&self, method: &str, text: &str) -> usize {
        let requests = self.world.sandbox.requests();
        let matches = |seen: &&s3_sandbox::Seen| seen.method == method && seen.query.contains(text);
        requests.iter().filter(matches).count()
    }

    pub fn wait_until(&self, ready: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !ready(self) {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "the script did not get there"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn assert_stored(&self) {
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
        assert!(stored.stdout == Self::content(), "the stored bytes differ");
        assert!(
            !self.path("upload.sh.state").exists(),
            "the state file is removed at the end"
        );
        let left = std::fs::read_dir(self.folder.path()).unwrap().count();
        assert_eq!(left, 2, "only the file and the script are left");
    }

    pub fn fault(&self, method: &str, subresource: &str, times: usize, action: Action) {
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
    pub fn assert_ends(ended: &Ended, code: i32, last: &str) {
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

pub const DONE: &str = "The upload is complete: 15732961 bytes.";

#[tokio::test(flavor = "multi_thread")]
async fn the_script_uploads_the_file_in_each_shell() {
    for shell in shells() {
        let sender = Sender::new(shell, &[]).await;
        Sender::assert_ends(&sender.run(&[]), 0, DONE);
        sender.assert_stored();
        assert_eq!(sender.count("PUT", "partNumber"), 4);
        // A further run finds the object, and sends no part.
        Sender::assert_ends(&sender.run(&[]), 0, DONE);
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
            sender.assert_stored();
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
    Sender::assert_ends(&sender.run(&[]), 0, DONE);
    sender.assert_stored();
}
