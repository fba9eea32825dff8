//! Compares the output that documents show with the output of a run on the sandbox.

use crate::support::aws::Aws;
use crate::support::pages;
use crate::support::world::World;
use s3_sandbox::OWNER;

#[track_caller]
fn assert_shown(page: &str, output: &str) {
    let text = pages::read(page);
    assert!(text.contains(output), "{page} does not show:\n{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_verify_shows_a_run() {
    let world = World::new(true).await;
    world.harden(&["--versioning"]).exits(0);
    let http = world.sandbox.http();
    let probe = ["verify", "drop-box", "--probe-policy", "--http-endpoint"];
    let output = world.run(&[&probe[..], &[&http]].concat()).exits(0);
    assert_shown("docs/verify.md", &output.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_audit_shows_a_run() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let output = world.run(&["audit", "drop-box"]).exits(0);
    assert_shown("docs/audit.md", &output.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_usage_shows_a_second_run() {
    let world = World::new(true).await;
    let command = ["bootstrap", "my-drop-box", "--no-presign"];
    world.run(&command).exits(0);
    let output = world.run(&command).exits(0);
    assert_shown("docs/usage.md", &output.stderr);
}

/// The page shows the document of `wanted` with spaces and line breaks, which the test ignores.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_usage_shows_a_document_for_the_aws_cli() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let output = world.run(&["audit", "drop-box", "-o", "json"]).exits(0);
    let audit: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let controls = audit["controls"].as_array().unwrap().iter();
    let mut encryption = controls.filter(|control| control["id"] == "encryption");
    let wanted = encryption.next().unwrap()["wanted"].to_string();
    let text = pages::read("docs/usage.md");
    let blocks = text.split("```json\n").skip(1);
    let mut shown = blocks.map(|block| block.split("```").next().unwrap().replace([' ', '\n'], ""));
    assert!(shown.any(|block| block == wanted), "{wanted}");
}

/// Returns the lines of the terminal that the SVG picture shows, without markup.
fn picture() -> Vec<String> {
    let svg = pages::read("docs/pictures/terminal.svg");
    let text = |line: &str| {
        let parts = line.split('<').filter_map(|part| part.split_once('>'));
        let text: String = parts.map(|(_, text)| text).collect();
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    svg.lines().map(text).collect()
}

/// If this test fails, run `make pictures`, which draws the picture again. The test replaces the
/// time in one line by a fixed time.
#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_a_terminal_shows_a_run() {
    let aws = Aws::new().await;
    let command = ["bootstrap", "my-drop-box", "--region", "eu-central-1"];
    let shown = picture();
    let mut seen = 0;
    for _ in ["first run", "second run"] {
        let output = aws.run_as(&OWNER, &command).exits(0);
        for line in output.stderr.lines().filter(|line| line.starts_with('[')) {
            let line = line.split("valid until").next().unwrap();
            let is_shown = shown.iter().any(|known| known.starts_with(line));
            assert!(is_shown, "run `make pictures`: {line}\n{shown:#?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 13);
}
