//! `bootstrap --cors-origin` on the sandbox: the answers that a browser receives, foreign rules, audit, and
//! the probe of `verify`.

use crate::support::program::{BUCKET, Output, Program};
use crate::support::world::World;
use s3_sandbox::OWNER;

const ORIGIN: &str = "https://pages.example.com";
const THEIRS: &str = "<CORSRule><ID>theirs</ID><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>";

async fn hardened() -> World {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    world
}

/// The values of the CORS headers that a browser receives for a preflight request.
async fn preflight(world: &World, origin: &str, method: &str) -> (u16, String, String) {
    let url = format!("{}/{BUCKET}/in/a", world.sandbox.https());
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "content-type"),
    ];
    let answer = world.send("OPTIONS", &url, &headers, "").await;
    let header = |name| answer.header(name).unwrap_or_default().to_owned();
    (
        answer.status,
        header("access-control-allow-origin"),
        header("access-control-expose-headers"),
    )
}

fn probe(output: &Output) -> (String, String) {
    let all = output.json()["probes"].as_array().unwrap().clone();
    let found = all.iter().find(|probe| probe["id"] == "cors").unwrap();
    let text = |name: &str| found[name].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_named_origins_only_may_upload() {
    let world = hardened().await;
    let output = world
        .harden(&["--cors-origin", ORIGIN, "-o", "json"])
        .exits(0);
    assert_eq!(output.status("cors"), "changed");
    output.assert_each_is_verified();
    for method in ["GET", "HEAD", "PUT", "POST"] {
        assert_eq!(
            preflight(&world, ORIGIN, method).await,
            (200, ORIGIN.to_owned(), "ETag, x-amz-version-id".to_owned())
        );
    }
    assert_eq!(preflight(&world, ORIGIN, "DELETE").await.0, 403);
    assert_eq!(
        preflight(&world, "https://other.example.com", "PUT")
            .await
            .0,
        403
    );
    let again = world
        .harden(&["--cors-origin", ORIGIN, "-o", "json"])
        .exits(0);
    assert_eq!(again.status("cors"), "unchanged");
    let http = world.sandbox.http();
    let verify = ["verify", BUCKET, "--http-endpoint", &http, "-o", "json"];
    assert_eq!(
        probe(&world.run(&verify).exits(0)),
        ("pass".to_owned(), format!("{ORIGIN} may send PUT"))
    );
}

/// The rule of another tool admits downloads only, and names no header.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_for_downloads_passes_verify() {
    let world = hardened().await;
    let rule = format!(
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>{ORIGIN}</AllowedOrigin></CORSRule></CORSConfiguration>"
    );
    world.send_as(&OWNER, "PUT", "cors", &rule).await;
    let http = world.sandbox.http();
    let verify = ["verify", BUCKET, "--http-endpoint", &http, "-o", "json"];
    assert_eq!(
        probe(&world.run(&verify).exits(0)),
        ("pass".to_owned(), format!("{ORIGIN} may send GET"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_rules_stay_and_a_rule_that_comes_first_is_named() {
    let world = hardened().await;
    let theirs = format!("<CORSConfiguration>{THEIRS}</CORSConfiguration>");
    world.send_as(&OWNER, "PUT", "cors", &theirs).await;
    let args = ["--cors-origin", ORIGIN];
    let dry = world.harden(&[&args[..], &["--dry-run"]].concat()).exits(3);
    let first = "rule 1 `theirs` comes first for https://pages.example.com, so the server may use that rule instead";
    assert_eq!(
        dry.line("[PLAN] CORS"),
        format!("[PLAN] CORS rule ({ORIGIN}, {first}): would be set")
    );
    let output = world.harden(&args).exits(0);
    assert_eq!(
        output.line("[ OK ] CORS"),
        format!(
            "[ OK ] CORS rule ({ORIGIN}, {first}): set (a rule admits every origin (`*`, `https://*`))"
        )
    );
    assert!(
        output
            .stderr
            .contains("The previous cors configuration is saved in "),
        "{output:?}"
    );
    let rules = world.send_as(&OWNER, "GET", "cors", "").await.body;
    let rules = String::from_utf8(rules).unwrap();
    let place = |id: &str| rules.find(id).unwrap();
    assert!(
        place("<ID>theirs</ID>") < place("<ID>s3-secure-bucket</ID>"),
        "{rules}"
    );
    let audit = ["audit", BUCKET, "--cors-origin", ORIGIN];
    let text = world.run(&audit).exits(0).stdout;
    assert!(
        text.contains("a rule admits every origin (`*`, `https://*`)"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_reports_a_missing_rule_and_a_rule_for_other_origins() {
    let world = hardened().await;
    let audit = |origins: &str| {
        let args = ["audit", BUCKET, "--cors-origin", origins, "-o", "json"];
        world.run(&args).status("cors")
    };
    assert_eq!(audit(ORIGIN), "drift");
    world
        .harden(&["--cors-origin", "https://a.example,https://b.example"])
        .exits(0);
    assert_eq!(audit("https://b.example,https://a.example"), "compliant");
    assert_eq!(audit("https://a.example"), "drift");
    world
        .harden(&["--cors-origin", "https://a.example"])
        .exits(0);
    assert_eq!(preflight(&world, "https://b.example", "PUT").await.0, 403);
}

#[test]
fn an_origin_that_no_browser_sends_is_refused_with_the_right_one() {
    for (origin, why) in [
        (
            "https://a.example/",
            "an origin has no path and no slash at its end; write https://a.example",
        ),
        (
            "https://A.example",
            "browsers send an origin in lower case, so this origin matches no page; write https://a.example",
        ),
        (
            "https://a.example:443",
            "browsers leave out the default port, so this origin matches no page; write https://a.example",
        ),
        (
            "a.example",
            "an origin begins with a scheme; write https://HOST[:PORT]",
        ),
        ("https://*.*", "S3 accepts one `*` in an origin"),
    ] {
        let output = Program::bare(&["bootstrap", BUCKET, "--cors-origin", origin])
            .run()
            .exits(2);
        assert_eq!(
            output.stderr,
            format!(
                "error: invalid value '{origin}' for '--cors-origin <ORIGIN>': {why}\nhint: see s3-secure-bucket bootstrap --help\n"
            ),
        );
    }
}
