//! Runs the built program as a user does, in an environment that contains only the variables that
//! the test adds.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// A command line of the program, with its environment and its stdin.
pub struct Program {
    command: Command,
    stdin: Vec<u8>,
}

/// The result of a run of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The ids of all controls.
pub const COMMANDS: [&str; 13] = [
    "bootstrap",
    "audit",
    "verify",
    "presign",
    "request",
    "list",
    "revoke",
    "inspect",
    "iam-policy",
    "credentials",
    "endpoint",
    "completions",
    "man",
];

/// The name of the bucket that most tests use.
pub const BUCKET: &str = "drop-box";

/// The ids of the controls that `bootstrap` sets by default.
pub const DEFAULT_CONTROLS: &str = "public-access-block,encryption,ownership-controls,tls-only";

/// The options that add the controls that are off by default, except the network limit and logging.
pub const OPTIONAL_CONTROLS: [&str; 15] = [
    "--versioning",
    "--lifecycle",
    "--transition-ia-days",
    "30",
    "--expire-noncurrent-days",
    "90",
    "--tag",
    "team=files",
    "--tag",
    "cost=42",
    "--min-tls",
    "1.2",
    "--max-presign-age",
    "1h",
    "--deny-sigv2",
];

/// The ARN of a KMS key in the owner's account, in us-east-1.
pub const KMS_KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The access key ID of AWS's documentation. All secrets in these tests are fake.
pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Asserts that a text contains none of these words.
#[track_caller]
pub fn assert_lacks(text: &str, words: &[&str]) {
    for word in words {
        assert!(!text.contains(word), "{word:?} in {text:?}");
    }
}

/// Replaces the id in `(request id …)` by `*`.
pub fn without_request_ids(text: &str) -> String {
    let mut parts = text.split("(request id ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(')').unwrap();
        shown = shown + "(request id *)" + rest;
    }
    shown
}

/// Returns the value of a query parameter of a URL, still percent-encoded.
#[track_caller]
pub fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let (_, query) = url.split_once('?').unwrap();
    let mut pairs = query
        .trim_end()
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).unwrap().1
}

/// Prepares a run of `bootstrap drop-box` with an endpoint and additional arguments.
pub fn bootstrap(endpoint: &str, more: &[&str]) -> Program {
    Program::new(&[&["bootstrap", BUCKET, "--endpoint", endpoint], more].concat())
}

/// Returns the path of the binary under test: the release binary in `make test-all`, or else the
/// binary that cargo built.
pub fn binary() -> String {
    std::env::var("S3SB_BINARY")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_s3-secure-bucket").to_owned())
}

impl Program {
    /// Prepares a run in an almost empty environment: no credentials, no home folder and no proxy.
    pub fn bare(args: &[&str]) -> Self {
        let mut command = Command::new(binary());
        // The program may save backups in its working directory, so the tests use a temporary
        // directory.
        command.current_dir(env!("CARGO_TARGET_TMPDIR"));
        command
            .args(args)
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("AWS_EC2_METADATA_DISABLED", "true");
        Program {
            command,
            stdin: Vec::new(),
        }
    }

    /// Prepares a run with the example access key of AWS's documentation.
    pub fn new(args: &[&str]) -> Self {
        Self::bare(args)
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Returns the command, for a test that needs another stdout.
    pub fn into_command(self) -> Command {
        self.command
    }

    pub fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = bytes.to_vec();
        self
    }

    pub fn run(self) -> Output {
        self.run_with(|_| {})
    }

    /// Runs the program, waits for the time `after`, and sends these signals (such as `INT` or
    /// `TERM HUP`) in order.
    pub fn signal(self, after: std::time::Duration, name: &str) -> Output {
        self.run_with(|id| {
            std::thread::sleep(after);
            for name in name.split(' ') {
                let sent = Command::new("kill")
                    .args(["-s", name, &id.to_string()])
                    .status();
                assert!(sent.unwrap().success());
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        })
    }

    /// Kills the program (SIGKILL) as soon as `ready` returns true. Returns false if the program
    /// ended before `ready` returned true.
    pub fn kill_when(mut self, ready: impl Fn() -> bool) -> bool {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() {
            if ready() {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        false
    }

    /// Runs the program, and returns its output and its peak memory in KiB.
    pub fn measured(self) -> (Output, u64) {
        let (sent, peak) = std::sync::mpsc::channel();
        let output = self.run_with(|id| {
            std::thread::spawn(move || {
                let (mut peak, mut readings) = (0, 0);
                // The kernel records the peak, so the last value that the loop reads before the
                // program ends is the peak.
                while let Ok(status) = std::fs::read_to_string(format!("/proc/{id}/status")) {
                    let line = status.lines().find(|line| line.starts_with("VmHWM"));
                    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
                    let Some(number) = number else { break };
                    peak = number;
                    // A short run may end within a pause, so the first readings follow without a pause.
                    readings += 1;
                    if readings > 1_000 {
                        std::thread::sleep(std::time::Duration::from_millis(1));
                    }
                }
                sent.send(peak)
            });
        });
        (output, peak.recv().unwrap())
    }

    /// Runs the program on a new terminal, types `typed` when the terminal shows the question, and returns the
    /// exit code and the text on the terminal. `redirections` are those of a shell, such as `</dev/null`.
    pub fn on_terminal(self, redirections: &str, question: &str, typed: &str) -> (i32, String) {
        let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap());
        let words: Vec<String> = std::iter::once(self.command.get_program())
            .chain(self.command.get_args())
            .map(quoted)
            .collect();
        let envs = self.command.get_envs();
        let mut child = Command::new("script")
            .args([
                "-qec",
                &format!("exec {} {redirections}", words.join(" ")),
                "/dev/null",
            ])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(envs.filter_map(|(name, value)| Some((name, value?))))
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs `script` (bsdutils)");
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (mut shown, mut buffer, mut is_typed) = (Vec::new(), [0; 1024], false);
        while let Ok(count @ 1..) = stdout.read(&mut buffer) {
            shown.extend_from_slice(&buffer[..count]);
            if !is_typed && String::from_utf8_lossy(&shown).contains(question) {
                // The program turns off the terminal's echo a moment after it prints the question.
                std::thread::sleep(std::time::Duration::from_millis(200));
                stdin.write_all(typed.as_bytes()).unwrap();
                stdin.flush().unwrap();
                is_typed = true;
            }
        }
        let status = child.wait().unwrap();
        (status.code().unwrap(), String::from_utf8(shown).unwrap())
    }

    fn run_with(mut self, meanwhile: impl FnOnce(u32)) -> Output {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end without reading its input, so a failed write is no error of the test.
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        meanwhile(child.id());
        let output = child.wait_with_output().unwrap();
        Output {
            code: output
                .status
                .code()
                .expect("the program exited without a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Output {
    /// Asserts that the program ended with this exit code. If the exit code differs, the panic
    /// message contains all output.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Returns the status lines, such as `[ OK ] …`.
    pub fn steps(&self) -> Vec<&str> {
        self.stderr
            .lines()
            .filter(|line| line.starts_with('['))
            .collect()
    }

    /// Returns the only line of stderr with this beginning, with request ids replaced by `*`.
    #[track_caller]
    pub fn line(&self, beginning: &str) -> String {
        let mut lines = self
            .stderr
            .lines()
            .filter(|line| line.starts_with(beginning));
        let Some(line) = lines.next() else {
            panic!("no line begins with {beginning}: {self:?}")
        };
        assert_eq!(lines.next(), None, "two lines begin with {beginning}");
        without_request_ids(line)
    }

    /// Returns the error, its causes and its hint, which is stderr from `error: ` on. Request ids
    /// differ in each run, so `*` replaces the ids.
    #[track_caller]
    pub fn failure(&self) -> String {
        let at = match self.stderr.find("\nerror: ") {
            _ if self.stderr.starts_with("error: ") => 0,
            Some(before) => before + 1,
            None => panic!("no error: {self:?}"),
        };
        without_request_ids(&self.stderr[at..])
    }

    /// Asserts that neither stdout nor stderr contains one of these words.
    #[track_caller]
    pub fn assert_hides(&self, words: &[&str]) {
        assert_lacks(&self.stdout, words);
        assert_lacks(&self.stderr, words);
    }

    /// Parses the JSON document on stdout.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the error in the JSON document on stdout, and asserts that the document contains
    /// only the failure.
    #[track_caller]
    pub fn error(&self) -> String {
        let document = self.json();
        let members: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(members, ["schema_version", "error", "causes", "hint"]);
        document["error"].as_str().unwrap().to_owned()
    }

    /// Returns the id and the `status` of each control in the JSON document.
    pub fn statuses(&self) -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let controls = self.json()["controls"].as_array().unwrap().clone();
        controls
            .iter()
            .map(|control| (text(&control["id"]), text(&control["status"])))
            .collect()
    }

    /// Returns the `status` of one control in the JSON document.
    #[track_caller]
    pub fn status(&self, id: &str) -> String {
        let found = self.statuses().into_iter().find(|(known, _)| known == id);
        found.unwrap_or_else(|| panic!("no {id}: {self:?}")).1
    }

    #[track_caller]
    pub fn assert_each_status_is(&self, wanted: &str) {
        let statuses = self.statuses();
        let each = statuses.iter().all(|(_, status)| status == wanted);
        assert!(each, "{statuses:?}");
    }

    /// Asserts that the program read back and compared the setting of each control.
    #[track_caller]
    pub fn assert_each_is_verified(&self) {
        for control in self.json()["controls"].as_array().unwrap() {
            assert_eq!(control["verified"], true, "{control}");
        }
    }

    /// Returns the URL for a method in the JSON document.
    #[track_caller]
    pub fn url(&self, method: &str) -> String {
        let json = self.json();
        let mut urls = json["urls"].as_array().unwrap().iter();
        let found = urls.find(|url| url["method"] == method);
        found.unwrap()["url"].as_str().unwrap().to_owned()
    }

    /// Returns the actions of the IAM policy on stdout.
    pub fn actions(&self) -> BTreeSet<String> {
        let policy = self.json();
        let statements = policy["Statement"].as_array().unwrap().iter();
        let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
        actions
            .map(|action| action.as_str().unwrap().to_owned())
            .collect()
    }
}
