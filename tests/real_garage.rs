//! Tests of the program with Garage, which supports none of the default controls. `make garage`
//! builds and starts Garage. The first build of Garage takes some minutes, so `make test-all` does
//! not run the tests with Garage. The tests with Garage fail if they do not run under `make
//! garage`.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub
)]

#[path = "support/program.rs"]
#[allow(dead_code)] // real_garage.rs uses only a part of the helpers
mod program;

use program::{Output, Program};
use serde_json::Value;
use std::process::Command;

fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make garage`"))
}

fn run(args: &[&str]) -> Output {
    Program::bare(args)
        .env("AWS_ENDPOINT_URL_S3", &required("GARAGE_HTTP"))
        .env("AWS_REGION", &required("GARAGE_REGION"))
        .env("AWS_ACCESS_KEY_ID", &required("GARAGE_KEY_ID"))
        .env("AWS_SECRET_ACCESS_KEY", &required("GARAGE_SECRET"))
        .run()
}

fn statuses(output: &Output, list: &str) -> Vec<(String, String)> {
    let all = output.json()[list].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|one| (text(&one["id"]), text(&one["status"])))
        .collect()
}

/// Garage answers `InvalidRequest` to a file whose size the policy of the form forbids.
#[test]
fn request_publishes_a_page_whose_form_stores_only_allowed_files() {
    let bucket = format!("garage-page-{}", std::process::id());
    run(&["bootstrap", &bucket, "--no-presign", "--allow-unsupported"]);
    let uri = format!("s3://{bucket}/in/");
    let output = run(&["request", &uri, "--size-range", "1..4"]);
    assert_eq!(output.code, 0, "{output:?}");
    let curl = |args: &[&str]| {
        let run = Command::new("curl").arg("--silent").args(args).output();
        String::from_utf8(run.unwrap().stdout).unwrap()
    };
    let page = curl(&[output.stdout.trim_end()]);
    let (_, config) = page.split_once("id=\"config\">").unwrap();
    let (config, _) = config.split_once("</script>").unwrap();
    let config: Value = serde_json::from_str(config).unwrap();
    let post = |key: &str, content: &str| {
        let fields: Vec<(String, String)> =
            serde_json::from_value(config["forms"][0].clone()).unwrap();
        let mut args = vec!["--output".to_owned(), "/dev/null".to_owned()];
        args.extend(["--write-out".to_owned(), "%{http_code}".to_owned()]);
        for (name, value) in fields {
            let value = if name == "key" { key } else { &value };
            args.extend(["--form-string".to_owned(), format!("{name}={value}")]);
        }
        args.extend(["--form".to_owned(), format!("file={content};filename=x")]);
        args.push(config["url"].as_str().unwrap().to_owned());
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        curl(&args)
    };
    let key = format!("{}d/x", config["folder"].as_str().unwrap());
    assert_eq!(post(&key, "12345"), "400");
    assert_eq!(post("out/x", "1234"), "400");
    assert_eq!(post(&key, "1234"), "201");
    let listed = run(&["list", &format!("s3://{bucket}/")]);
    assert_eq!(listed.stdout, format!("{key}\n"));
}

/// Of the settings of the controls, Garage supports only lifecycle rules. Garage answers 501 to a
/// request for any setting except lifecycle rules, and then closes the connection.
#[test]
fn bootstrap_and_verify_report_missing_features() {
    let bucket = format!("garage-{}", std::process::id());
    let made = run(&["bootstrap", &bucket, "--lifecycle", "-o", "json"]);
    assert_eq!(made.code, 4, "{made:?}");
    let is = |list: &[(String, String)], id: &str, status: &str| {
        assert!(
            list.contains(&(id.to_owned(), status.to_owned())),
            "{id} {list:?}"
        );
    };
    let controls = statuses(&made, "controls");
    for id in [
        "public-access-block",
        "encryption",
        "ownership-controls",
        "tls-only",
    ] {
        is(&controls, id, "unsupported");
    }
    is(&controls, "lifecycle", "changed");
    assert_eq!(
        run(&["bootstrap", &bucket, "--require", "tls-only"]).code,
        1
    );

    let verified = run(&["verify", &bucket, "--probe-policy", "-o", "json"]);
    assert_eq!(verified.code, 3, "{verified:?}");
    let probes = statuses(&verified, "probes");
    for id in [
        "round-trip",
        "anonymous",
        "tampered",
        "expired",
        "wrong-method",
        "content-type",
    ] {
        is(&probes, id, "pass");
    }
    for id in ["plain-http", "encryption", "no-overwrite"] {
        is(&probes, id, "fail");
    }
    assert_eq!(verified.json()["left_behind"], serde_json::json!([]));
}
