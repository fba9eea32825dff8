//! Prints a URL with which anyone can upload one object during the next hour. Usage: `cargo run
//! --example presign_put -- my-drop-box in/report.pdf`

#![allow(clippy::print_stdout)]

use s3_secure_bucket::Client;
use s3_secure_bucket::presign::Method;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (bucket, key) = (std::env::args().nth(1), std::env::args().nth(2));
    let (bucket, key) = bucket.zip(key).ok_or("name a bucket and a key")?;
    let client = Client::from_env().build().await?;
    let uploads = client.presigner(Method::Put, &bucket.parse()?, "1h".parse()?)?;
    println!("{}", uploads.url(&key.parse()?));
    Ok(())
}
