//! Tests of the output for people: the program prints colours and progress bars only on terminals,
//! or if the user requests them.

use crate::support::program::{Program, assert_lacks};
use crate::support::world::World;
use s3_sandbox::{Action, Fault};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs the program in a terminal, and returns stdout and stderr as the terminal shows them.
fn in_terminal(args: &str, more: &[(&str, &str)]) -> String {
    in_terminal_of("", args, more)
}

/// Runs the program in a terminal, after a shell command such as `stty` has changed the terminal.
fn in_terminal_of(setting: &str, args: &str, more: &[(&str, &str)]) -> String {
    let program = env!("CARGO_BIN_EXE_s3-secure-bucket");
    let output = Command::new("script")
        .args([
            "-qec",
            &format!("{setting}exec {program} {args}"),
            "/dev/null",
        ])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm-256color")
        .envs(more.iter().copied())
        .output()
        .expect("this test needs `script` (bsdutils)");
    String::from_utf8(output.stdout).unwrap()
}

const BAD_NAME: &str = "presign get s3://B";

#[test]
fn help_and_errors_are_coloured_on_a_terminal() {
    for args in ["--help", "presign put --help", BAD_NAME, "bootstrp"] {
        // clap chooses the words that it colours, so the test only checks that the output contains
        // colours.
        assert!(in_terminal(args, &[]).contains("\x1b["), "{args}");
        for plain in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let shown = in_terminal(args, &[plain]);
            assert_lacks(&shown, &["\x1b"]);
            assert!(shown.len() > 40, "{args}");
        }
        for never in ["--color never", "--color=never"] {
            let shown = in_terminal(&format!("{args} {never}"), &[]);
            assert_lacks(&shown, &["\x1b"]);
            assert!(shown.len() > 40, "{args}");
        }
    }
}

#[test]
fn pipes_get_no_colours_unless_requested() {
    for args in [
        vec!["--help"],
        vec!["bootstrp"],
        BAD_NAME.split(' ').collect(),
    ] {
        let plain = Program::bare(&args).run();
        plain.assert_hides(&["\x1b"]);
        let wanted = Program::bare(&[&args[..], &["--color", "always"]].concat()).run();
        let both = [&*wanted.stdout, &wanted.stderr].concat();
        assert!(both.contains("\x1b["), "{wanted:?}");
    }
}

/// In a narrow terminal, a long line breaks between words, and the next line begins with the same
/// indent.
#[test]
fn lines_fit_the_terminal() {
    let shown = in_terminal_of(
        "stty rows 24 cols 40; ",
        "presign put s3://my-bucket --color never",
        &[],
    );
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(
        lines,
        [
            "error: the URI names no object: such a",
            "       URL would create or delete the",
            "       bucket itself",
            "hint: write s3://BUCKET/KEY, or name a",
            "      configuration of the bucket, such",
            "      as --query lifecycle",
        ]
    );
}

/// The reports of audit and verify break between words too, and lose none of them.
#[tokio::test(flavor = "multi_thread")]
async fn reports_fit_the_terminal() {
    let world = World::new(true).await;
    world.bootstrap(&[]).exits(0);
    let ca = world.ca();
    let more = [
        ("AWS_ACCESS_KEY_ID", s3_sandbox::OWNER.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", s3_sandbox::OWNER.secret_access_key),
        ("AWS_CA_BUNDLE", &ca),
    ];
    let endpoint = world.sandbox.https();
    for command in [
        "audit drop-box --versioning --lifecycle -q",
        "verify drop-box -q",
        "bootstrap new-box --dry-run --min-tls 1.3",
    ] {
        let args = format!("{command} --endpoint {endpoint} --color never");
        let words = |shown: &str| {
            let words = shown.split_whitespace().map(str::to_owned);
            words.collect::<Vec<String>>()
        };
        let wide = in_terminal_of("stty rows 24 cols 2000; ", &args, &more);
        for columns in [60, 80] {
            let setting = format!("stty rows 24 cols {columns}; ");
            let shown = in_terminal_of(&setting, &args, &more);
            assert_eq!(words(&shown), words(&wide), "{command}");
            for line in shown.lines().map(str::trim_end) {
                let is_one_word = words(line).len() == 1;
                assert!(line.chars().count() <= columns || is_one_word, "{line}");
            }
        }
    }
}

/// The program colours verdicts on a terminal, but it never colours JSON documents.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_coloured() {
    let world = World::new(true).await;
    let bootstrapped = world.bootstrap(&["--color", "always"]);
    let first = bootstrapped.stderr.lines().next().unwrap();
    assert_eq!(
        first,
        "\u{1b}[32m[ OK ]\u{1b}[0m Bucket created in us-east-1: drop-box"
    );
    assert_lacks(&bootstrapped.stdout, &["\x1b"]);
    let http = world.sandbox.http();
    for (args, green, red) in [
        (
            vec!["audit", "drop-box", "--versioning"],
            "compliant  ",
            "drift      ",
        ),
        (
            vec!["verify", "drop-box", "--http-endpoint", &http],
            "pass",
            "",
        ),
    ] {
        let plain = world.run(&args);
        let shown = world.run(&[&args[..], &["--color", "always"]].concat());
        assert_eq!(shown.code, plain.code, "{shown:?}");
        let begins = |colour: &str, word: &str| {
            let beginning = format!("{colour}{word}\x1b[0m");
            let mut lines = shown.stdout.lines();
            lines.any(|line| line.trim_start().starts_with(&beginning))
        };
        assert!(begins("\x1b[32m", green), "{shown:?}");
        if !red.is_empty() {
            assert!(begins("\x1b[1;31m", red), "{shown:?}");
        }
        assert_lacks(&plain.stdout, &["\x1b"]);
        let json = world.run(&[&args[..], &["--color", "always", "-o", "json"]].concat());
        assert_lacks(&json.stdout, &["\x1b"]);
    }
}

/// Makes the sandbox delay every response.
fn slow(world: &World) {
    world.sandbox.inject(Fault::any(
        0,
        usize::MAX,
        Action::Delay(Duration::from_millis(150)),
    ));
}

/// `nohup` and the `&` of a script start the program with ignored signals, and the program must
/// keep ignoring these signals.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_ignoring_signals_that_were_ignored() {
    let world = World::new(true).await;
    slow(&world);
    let script = format!(
        "trap '' HUP; exec {} bootstrap one-1 two-2 --jobs 1 --no-presign --endpoint {}",
        env!("CARGO_BIN_EXE_s3-secure-bucket"),
        world.sandbox.https()
    );
    let child = Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", s3_sandbox::OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", s3_sandbox::OWNER.secret_access_key)
        .env("AWS_CA_BUNDLE", world.ca())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let sent = Command::new("kill")
        .args(["-s", "HUP", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("2 buckets in ") && last.ends_with(" s: 2 done"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(0), "{said}");
}

/// An interrupted run of one bucket stops at once, because the next run can do the remaining work.
#[tokio::test(flavor = "multi_thread")]
async fn one_bucket_can_be_interrupted() {
    let world = World::new(true).await;
    slow(&world);
    for signal in ["INT", "TERM"] {
        let args = ["bootstrap", "drop-box"];
        let output = world.run_and_signal(&args, Duration::from_millis(700), signal);
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        assert_eq!(
            output.failure(),
            "error: interrupted\n\
            hint: run the command again; a run changes nothing that is already correct\n"
        );
    }
    world.sandbox.clear_faults();
    world.bootstrap(&[]).exits(0);
}

/// A run over many buckets shows a progress bar, and removes the bar at the end, even after an
/// error.
#[tokio::test(flavor = "multi_thread")]
async fn the_progress_bar_is_removed_at_the_end() {
    let world = World::new(true).await;
    slow(&world);
    let endpoint = world.sandbox.https();
    let args = format!(
        "bootstrap one-1 two-2 three-3 four-4 --jobs 1 --no-presign --endpoint {endpoint} --color never"
    );
    let ca = world.ca();
    let more = [
        ("AWS_ACCESS_KEY_ID", s3_sandbox::OWNER.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", s3_sandbox::OWNER.secret_access_key),
        ("AWS_CA_BUNDLE", &ca),
    ];
    let shown = in_terminal(&args, &more);
    // The progress bar is one line that ends with the elapsed time, and the program rewrites the
    // line.
    assert!(
        shown.contains("\r\x1b[K[#####---------------] 1/4 buckets, "),
        "{shown:?}"
    );
    let (_, after) = shown.rsplit_once("\x1b[K").unwrap();
    assert!(after.starts_with("4 buckets in "), "{shown:?}");
    let quiet = in_terminal(&format!("{args} --quiet"), &more);
    assert_eq!(quiet, "");
}
