//! Tests of the peak memory that docs/benchmarks.md promises for the release, which is built with musl.

use crate::list::hundred_thousand_keys;
use crate::support::program::{Output, Program};
use crate::support::world::World;
use s3_sandbox::OWNER;
use std::io::Write;

fn assert_peak((output, peak): (Output, u64), most_mib: u64, what: &str) {
    assert_eq!(output.code, 0, "{what}: {output:?}");
    assert!(peak > 0 && peak <= most_mib * 1024, "{what}: {peak} KiB");
}

#[test]
#[ignore = "needs the release binary: make static-check"]
fn a_url_takes_3_mib_of_memory() {
    // A run lasts only a millisecond, so one measurement may see less than the peak.
    let runs = (0..50).map(|_| Program::new(&["presign", "get", "s3://bucket/key"]).measured());
    let highest = runs.max_by_key(|(_, peak)| *peak).unwrap();
    assert_peak(highest, 3, "presign");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the release binary: make static-check"]
async fn a_bucket_takes_6_mib_a_fleet_of_5000_takes_8_and_its_audit_takes_7() {
    let world = World::new(true).await;
    let measured = |args: &[&str]| {
        let program = world.program(&OWNER, &world.sandbox.https(), args);
        program.measured()
    };
    assert_peak(measured(&["bootstrap", "drop-box"]), 6, "bootstrap");
    let mut list = tempfile::NamedTempFile::new().unwrap();
    (0..5_000).for_each(|number| writeln!(list, "fleet-{number}").unwrap());
    let from = list.path().to_str().unwrap();
    // The second run reads a list of 5,001 buckets from the server.
    for run in ["first", "second"] {
        let args = ["bootstrap", "--from", from, "--no-presign", "-o", "json"];
        let (output, peak) = measured(&args);
        assert_eq!(output.stdout.lines().count(), 5_000);
        assert_peak((output, peak), 8, run);
    }
    assert_peak(measured(&["audit", "--all", "-o", "json"]), 7, "audit");
}

#[test]
#[ignore = "needs the release binary: make static-check"]
fn a_list_of_100000_keys_takes_8_mib_of_memory() {
    let server = hundred_thousand_keys();
    let url = server.url();
    for format in [&[][..], &["--long"]] {
        let args = [&["list", "s3://drop-box/in/", "--endpoint", &url], format].concat();
        let (output, peak) = Program::new(&args).measured();
        assert_eq!(output.stdout.lines().count(), 100_000);
        assert_peak((output, peak), 8, "list");
    }
}
