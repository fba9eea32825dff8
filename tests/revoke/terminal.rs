//! The question of `revoke` on a terminal.

use super::{KEY, hardened};
use crate::support::world::World;
use s3_sandbox::OWNER;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs `revoke` on a new terminal and answers its question. Returns the exit code and the text on the
/// terminal.
fn answered(world: &World, answer: &str) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_s3-secure-bucket");
    let mut child = Command::new("script")
        .args(["-qec", &format!("exec {program} revoke {KEY}"), "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
        .env("AWS_ENDPOINT_URL_S3", world.sandbox.https())
        .env("AWS_CA_BUNDLE", world.ca())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs `script` (bsdutils)");
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut shown, mut buffer) = (Vec::new(), [0; 1024]);
    let mut is_answered = false;
    while let Ok(count @ 1..) = stdout.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
        if !is_answered && String::from_utf8_lossy(&shown).contains("Type yes to continue") {
            // The program turns off the terminal's echo a moment after it prints the question.
            std::thread::sleep(Duration::from_millis(200));
            stdin.write_all(answer.as_bytes()).unwrap();
            stdin.flush().unwrap();
            is_answered = true;
        }
    }
    let code = child.wait().unwrap().code().unwrap();
    (code, String::from_utf8(shown).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_yes_on_the_terminal_revokes() {
    let world = hardened().await;
    for no in ["no\n", "\n", "\x03"] {
        let (code, shown) = answered(&world, no);
        assert_eq!(code, 1, "{no:?} {shown}");
        assert!(
            shown.contains("not confirmed; nothing was changed"),
            "{shown}"
        );
    }
    assert_eq!(world.log(), Vec::<String>::new());
    let (code, shown) = answered(&world, "yes\n");
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("S3 refuses a presigned request that S3 would otherwise accept."),
        "{shown}"
    );
    assert_eq!(world.writes(), ["PUT ?policy"]);
}
