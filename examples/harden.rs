//! Creates a bucket if there is no bucket with this name, and hardens the bucket. Usage: `cargo run
//! --example harden -- my-drop-box`

#![allow(clippy::print_stdout)]

use s3_secure_bucket::{Client, Outcome, Settings};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let bucket = std::env::args().nth(1).ok_or("name a bucket")?;
    let client = Client::from_env().build().await?;
    let mut settings = Settings::default();
    settings.versioning = true;
    settings.tags.push("team=data".parse()?);
    let report = client.bootstrap(&bucket.parse()?, &settings).await?;
    for control in &report.controls {
        println!("{}: {}", control.title, control.status.as_str());
    }
    Ok(match report.outcome {
        Outcome::Done => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
