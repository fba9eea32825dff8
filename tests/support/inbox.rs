//! A bucket on the sandbox in which files and deliveries arrive, for tests of `list`.

use super::program::{BUCKET, Output};
use super::world::World;
use s3_sandbox::Options;
use serde_json::{Value, json};

const LINK: &str = "in/mzxw6ytboiydcmrtgq2tmnzyhe/";
const RANDOM: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A sandbox with a bucket in which files arrive.
pub struct Inbox {
    pub world: World,
}

impl Inbox {
    pub async fn new(options: Options) -> Self {
        let world = World::with(options).await;
        world.harden(&[]).exits(0);
        Inbox { world }
    }

    pub async fn put(&self, key: &str, body: &str) -> String {
        let uri = format!("s3://{BUCKET}/{key}");
        let url = self
            .world
            .presign(&self.world.sandbox.https(), &["put", &uri]);
        let stored = self.world.send("PUT", &url, &[], body).await;
        assert_eq!(stored.status, 200, "{key}: {stored:?}");
        stored.header("etag").unwrap().trim_matches('"').to_owned()
    }

    /// Stores a delivery with one file of five bytes. Returns the folder and the receipt, which is not stored.
    pub async fn deliver(&self, minute: u8, name: &str) -> (String, Value) {
        let folder = format!("{LINK}20261127T00{minute:02}00Z-{RANDOM}/");
        let key = format!("{folder}file.pdf");
        let etag = self.put(&key, "12345").await;
        let receipt = json!({
            "schema_version": 1,
            "files": [{
                "name": name, "key": key, "size": 5, "sha256": "5".repeat(64), "etag": etag, "version_id": null,
            }],
            "finished_at": "2026-11-27T00:15:00Z",
        });
        (folder, receipt)
    }

    pub async fn store(&self, folder: &str, receipt: &Value) {
        self.put(&format!("{folder}receipt.json"), &receipt.to_string())
            .await;
    }

    pub fn list(&self, prefix: &str, more: &[&str]) -> Output {
        let uri = format!("s3://{BUCKET}/{prefix}");
        self.world.run(&[&["list", &uri], more].concat())
    }

    /// `-o json`: the documents of all lines.
    pub fn json(&self, prefix: &str, more: &[&str]) -> (Vec<Value>, String) {
        let output = self
            .list(prefix, &[&["-o", "json"], more].concat())
            .exits(0);
        let lines = output.stdout.lines();
        let documents = lines.map(|line| serde_json::from_str(line).unwrap());
        (documents.collect(), output.stderr)
    }
}
