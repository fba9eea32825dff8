//! Runs `presign`, and checks its results, errors and policies.

use super::program::{Output, Program};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Runs `presign` with AWS's example key pair in us-east-1.
pub fn presign(args: &[&str]) -> Output {
    Program::new(&[&["presign"], args].concat())
        .env("AWS_REGION", "us-east-1")
        .run()
}

/// Asserts that `presign` refuses the arguments, with this error and this hint.
#[track_caller]
pub fn refuses(args: &[&str], error: &str, hint: &str) {
    let output = presign(args);
    assert_eq!((output.code, &*output.stdout), (2, ""), "{output:?}");
    assert_eq!(output.stderr, format!("error: {error}\nhint: {hint}\n"));
}

/// Runs `presign post`, and returns the decoded policy of the form.
pub fn policy(args: &[&str]) -> String {
    let output = presign(&[&["post"], args, &["-o", "json"]].concat()).exits(0);
    let policy = output.json()["fields"]["policy"].clone();
    String::from_utf8(BASE64.decode(policy.as_str().unwrap()).unwrap()).unwrap()
}
