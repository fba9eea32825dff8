//! Reads object keys from stdin, one per line, and prints a download URL for each key, with all
//! processors. Usage: `cargo run --example many_urls -- my-drop-box <keys.txt >urls.txt`

use s3_secure_bucket::Client;
use s3_secure_bucket::presign::{Expiry, Method, stream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bucket = std::env::args().nth(1).ok_or("name a bucket")?;
    let client = Client::from_env().build().await?;
    let downloads = client.presigner(Method::Get, &bucket.parse()?, Expiry::DEFAULT)?;
    let options = stream::Options {
        jobs: std::thread::available_parallelism()?.get(),
        ..stream::Options::default()
    };
    let (keys, urls) = (std::io::stdin(), std::io::stdout().lock());
    stream::run(&downloads, keys, urls, &options, |_written| {})?;
    Ok(())
}
