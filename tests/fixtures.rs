//! Tests of the recorded responses in `wiremock-fixtures/`: each control has recorded responses,
//! and a test uses each response.

use crate::support::fixture;
use std::path::Path;

/// Every control has recorded responses to its GET and its PUT.
#[test]
fn every_control_has_its_fixtures() {
    let folder = |operation: &str| {
        let mut name = String::new();
        for c in operation.chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name + "/"
    };
    let all = fixture::all();
    for control in s3_secure_bucket::internals::controls::ALL {
        let subresource = control.info().subresource;
        // CloudTrail answers about trails, and tests/data_events.rs has its answers.
        if subresource.name == "event-selectors" {
            continue;
        }
        for operation in [subresource.get, subresource.put] {
            let folder = folder(operation);
            assert!(all.iter().any(|name| name.starts_with(&folder)), "{folder}");
        }
    }
}

/// A test names every recorded response in `wiremock-fixtures/`.
#[test]
fn every_fixture_is_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = fixture::files(&folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let read = |file| std::fs::read_to_string(file).unwrap();
    let tests: String = files.into_iter().map(read).collect();
    for name in fixture::all() {
        let quoted = format!("\"{name}\"");
        assert!(tests.contains(&quoted), "no test uses {name}");
    }
}
