//! Tests of `presign --keys-from` as a user runs it, with files, pipes, invalid lines and full
//! disks.

use crate::support::program::Program;
use std::process::Command;

#[test]
fn bulk_reads_files_and_stdin_and_reports_the_line_that_is_not_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let path = file.to_str().unwrap();
    let run = |keys: &[u8], more: &[&str]| {
        std::fs::write(&file, keys).unwrap();
        let args = [
            "presign",
            "get",
            "s3://bucket/in/",
            "--at",
            "20260101T000000Z",
        ];
        Program::new(&[&args[..], more].concat())
            .env("AWS_REGION", "us-east-1")
            .stdin(keys)
            .run()
    };
    let from_file = run(b"a\nb c\n", &["--keys-from", path]).exits(0);
    let starts: Vec<&str> = from_file
        .stdout
        .lines()
        .map(|line| line.split('?').next().unwrap())
        .collect();
    assert_eq!(
        starts,
        [
            "https://bucket.s3.us-east-1.amazonaws.com/in/a",
            "https://bucket.s3.us-east-1.amazonaws.com/in/b%20c"
        ]
    );
    for more in [
        &["--keys-from", "-"][..],
        &["--keys-from", "-", "--jobs", "4"],
    ] {
        assert_eq!(run(b"a\nb c\n", more), from_file);
    }
    for format in ["text", "json"] {
        let keys = b"a/../b\nc.d\n./e\n";
        let dots = run(keys, &["--keys-from", "-", "-o", format]).exits(0);
        assert_eq!(
            dots.stderr,
            "warning: curl (without --path-as-is) and browsers rewrite `.` and `..` segments, which breaks the signature; number of keys with such segments: 2\n"
        );
    }
    let json = run(b"a\"b\n", &["--keys-from", "-", "-o", "json"]);
    assert_eq!(
        (&json.json()["key"], &json.json()["schema_version"]),
        (&"in/a\"b".into(), &1.into())
    );
    let single = Program::new(&[
        "presign",
        "get",
        "s3://bucket/in/a\"b",
        "--at",
        "20260101T000000Z",
        "-o",
        "json",
    ])
    .run();
    assert_eq!(json.stdout, single.stdout);
    let bad = run(b"a\n\nc\n", &["--keys-from", "-"]);
    assert_eq!((bad.code, bad.stdout.lines().count()), (1, 1));
    assert_eq!(
        bad.stderr,
        "error: the key in line 2 is empty; 1 URLs were written before the error\n\
            hint: correct that line and run the command again; you can remove the earlier lines, whose URLs are done\n"
    );
    assert_eq!(run(b"", &["--keys-from", "/no/such/file"]).code, 2);
}

#[test]
fn bulk_ends_silently_on_a_closed_pipe_and_with_an_error_on_a_full_disk() {
    let run = |line: &str| {
        let script = format!(
            "yes some/key | head -n 200000 | \"$0\" presign get s3://bucket/ --keys-from - {line}"
        );
        let output = Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_s3-secure-bucket")])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_ACCESS_KEY_ID", "AKID")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
            .output()
            .unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for jobs in ["", "--jobs 3"] {
        let (stdout, stderr) = run(&format!("{jobs} | head -n 1; echo ${{PIPESTATUS[2]}}"));
        assert_eq!(
            (stdout.lines().count(), stdout.lines().last(), &*stderr),
            (2, Some("0"), ""),
            "{jobs}"
        );
        let (stdout, stderr) = run(&format!("{jobs} >/dev/full; echo ${{PIPESTATUS[2]}}"));
        assert_eq!(stdout, "1\n", "{jobs}");
        assert_eq!(
            stderr,
            "error: the URLs cannot be written: No space left on device (os error 28); 0 URLs were written before the error\n"
        );
    }
}

/// The program ends when it has no work left, even if its input pipe is still open.
#[test]
fn bulk_threads_do_not_wait_for_unneeded_input() {
    let begun = std::time::Instant::now();
    let mut child = Command::new("setsid")
        .args(["bash", "-c", "exec 3>&2; { printf 'a\\n\\nb\\n'; exec sleep 5; } > >(\"$0\" presign get s3://bucket/ --keys-from - --jobs 3; echo ended >&3) & wait $!", env!("CARGO_BIN_EXE_s3-secure-bucket")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.ends_with("ended\n") {
        assert!(
            std::io::BufRead::read_line(&mut stderr, &mut said).unwrap() > 0,
            "{said}"
        );
    }
    assert_eq!(
        said,
        "error: the key in line 2 is empty; 1 URLs were written before the error\n\
            hint: correct that line and run the command again; you can remove the earlier lines, whose URLs are done\n\
            ended\n"
    );
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
