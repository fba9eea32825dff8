//! The program `s3-sandbox`, which prints the addresses and keys of a sandbox, and runs until a signal
//! arrives.

use std::io::Write;
use std::process::ExitCode;

use s3_sandbox::{OWNER, Options, Sandbox};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
usage: s3-sandbox [--http-port N] [--https-port N] [--aws-defaults] [--ca-out FILE]

An in-memory S3 server on loopback addresses, for trials and tests. The server prints shell commands that export
its addresses and keys, and runs until you interrupt it. With --aws-defaults, new buckets have the defaults of AWS.";

fn parse(mut words: impl Iterator<Item = String>) -> Result<(Options, Option<String>), String> {
    let (mut options, mut ca_out) = (Options::default(), None);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let port = |text: String| {
            text.parse::<u16>()
                .map_err(|_| format!("`{text}` is not a port number"))
        };
        match word.as_str() {
            "--http-port" => options.http_port = port(value()?)?,
            "--https-port" => options.https_port = port(value()?)?,
            "--aws-defaults" => options.aws_defaults = true,
            "--ca-out" => ca_out = Some(value()?),
            _ => return Err(format!("unknown option: {word}\n{USAGE}")),
        }
    }
    Ok((options, ca_out))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let (options, ca_out) = match parse(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(message) => {
            eprintln!("s3-sandbox: {message}");
            return ExitCode::from(2);
        }
    };
    match run(options, ca_out).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("s3-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options, ca_out: Option<String>) -> std::io::Result<()> {
    eprintln!(
        "s3-sandbox: for trials and tests only. Do not store real data: this server loses all data at its end, and its keys are public."
    );
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let region = options.region.clone();
    let sandbox = Sandbox::start(options).await?;
    let mut lines = vec![
        ("AWS_ACCESS_KEY_ID", OWNER.access_key_id.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key.to_owned()),
        ("AWS_REGION", region),
        ("AWS_ENDPOINT_URL_S3", sandbox.https()),
        ("S3_SANDBOX_HTTP", sandbox.http()),
    ];
    if let Some(file) = ca_out {
        std::fs::write(&file, sandbox.ca_pem())?;
        let file = std::path::absolute(file)?;
        let file = file.display().to_string();
        lines.push(("AWS_CA_BUNDLE", file.clone()));
        lines.push(("CURL_CA_BUNDLE", file)); // curl needs this variable to use the presigned URLs
    }
    let mut out = std::io::stdout();
    for (name, value) in lines {
        writeln!(out, "export {name}='{}'", value.replace('\'', "'\\''"))?;
    }
    out.flush()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
