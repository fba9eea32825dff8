//! Tests of `revoke` on the sandbox.

// Keys, prefixes and URLs: the requests that S3 refuses afterwards, and those that go on.
mod keys;
// An upload link: its page, its uploads, and copies of its forms.
mod link;
// The bucket policy: statements of other tools, ended revocations, and its size.
mod policy;
// The question on a terminal.
mod terminal;
// Command lines that are refused before anything is sent.
mod usage;

use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::OWNER;
use serde_json::Value;

pub const KEY: &str = "s3://drop-box/in/a.pdf";

pub async fn hardened() -> World {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    for key in ["in/a.pdf", "in/b.pdf"] {
        let uri = format!("s3://{BUCKET}/{key}");
        let url = world.presign(&world.sandbox.https(), &["put", &uri]);
        assert_eq!(world.send("PUT", &url, &[], "x").await.status, 200);
    }
    world.sandbox.clear_requests();
    world
}

pub fn url(world: &World, method: &str, key: &str) -> String {
    let uri = format!("s3://{BUCKET}/{key}");
    let life = ["--expires-in", "1h"];
    let args = [&[method, &uri][..], &life].concat();
    world.presign(&world.sandbox.https(), &args)
}

pub async fn status(world: &World, method: &'static str, url: &str) -> u16 {
    world.send(method, url, &[], "").await.status
}

pub fn revoke(world: &World, more: &[&str]) -> Output {
    world.run(&[&["revoke"], more].concat())
}

pub fn with_stdin(world: &World, more: &[&str], stdin: &str) -> Output {
    let args = [&["revoke", "-"], more].concat();
    let program = world.program(&OWNER, &world.sandbox.https(), &args);
    program.stdin(stdin.as_bytes()).run()
}

pub async fn statements(world: &World) -> Vec<Value> {
    let body = world.send_as(&OWNER, "GET", "policy", "").await.body;
    let policy: Value = serde_json::from_slice(&body).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}
