//! Checks whether buckets have the settings that the example `harden` sets. Usage: `cargo run
//! --example audit -- first second`

#![allow(clippy::print_stdout)]

use s3_secure_bucket::{Client, Settings, Verdict};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let client = Client::from_env().build().await?;
    let settings = Settings::default();
    let mut worst = Verdict::Compliant;
    for bucket in std::env::args().skip(1) {
        let report = client.audit(&bucket.parse()?, &settings).await?;
        for finding in &report.findings {
            println!("{bucket}: {}: {}", finding.id(), finding.verdict.as_str());
        }
        worst = worst.min(report.verdict());
    }
    Ok(match worst {
        Verdict::Compliant => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
