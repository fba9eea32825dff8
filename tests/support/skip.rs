//! Steps of the tests that cannot run on every machine.

/// Prints that a step cannot run on this machine, in the format of `tests/skip.sh`.
///
/// # Panics
/// Panics if `S3SB_NO_SKIP` is set, as in CI, and `S3SB_MAY_SKIP` does not list the step.
#[allow(clippy::print_stderr)] // `make lint` shows the message
pub fn skip(step: &str, reason: &str) {
    eprintln!("SKIPPED: {step}: {reason}");
    let may_skip = std::env::var("S3SB_MAY_SKIP").unwrap_or_default();
    let must_run = std::env::var("S3SB_NO_SKIP").is_ok_and(|value| !value.is_empty());
    assert!(
        !must_run || may_skip.split(' ').any(|name| name == step),
        "the step {step} may not be skipped, because S3SB_NO_SKIP is set"
    );
}
