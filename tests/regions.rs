//! Tests of the AWS region: the format of its name, and the warning about the default region.

use crate::support::program::Program;

#[test]
fn the_hint_for_an_invalid_region_names_the_likely_region() {
    for (region, likely) in [
        ("eu-central1", "eu-central-1"),
        ("eu-central-1a", "eu-central-1"),
        ("frankfurt", "eu-central-1"),
        ("Frankfurt", "eu-central-1"),
        ("EU-Central-1", "eu-central-1"),
        ("useast2", "us-east-2"),
        ("london", "eu-west-2"),
    ] {
        for args in [
            &["bootstrap", "bucket"][..],
            &["presign", "get", "s3://bucket/key"],
            &["audit", "--all"],
            &["endpoint"],
        ] {
            let output = Program::new(args).env("AWS_REGION", region).run().exits(2);
            assert_eq!(
                output.stderr,
                format!(
                    "error: `{region}` is not a region of AWS (from AWS_REGION)\nhint: write --region {likely}\n"
                )
            );
        }
    }
    let output = Program::new(&["endpoint", "--region", "EU (Frankfurt)"])
        .run()
        .exits(2);
    assert_eq!(output.line("hint: "), "hint: write --region eu-central-1");
    let output = Program::new(&["endpoint", "--region", "auto"])
        .run()
        .exits(2);
    assert_eq!(
        output.line("hint: "),
        "hint: name a region such as --region eu-central-1; for a server other than AWS, name the server with --endpoint"
    );
}

#[test]
fn warns_once_about_the_default_region_unless_quiet() {
    const WARNING: &str =
        "warning: no region is configured, so us-east-1 is used; name a region with --region\n";
    let presign = ["presign", "get", "s3://bucket/key"];
    let run = |args: &[&str]| Program::new(&[&presign[..], args].concat()).run().exits(0);
    assert_eq!(run(&[]).stderr, WARNING);
    assert_eq!(Program::new(&["endpoint"]).run().stderr, WARNING);
    for more in [
        &["-q"][..],
        &["--region", "us-east-1"],
        &["--endpoint", "https://s3.example.com"],
    ] {
        assert_eq!(run(more).stderr, "", "{more:?}");
    }
    let profile = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(profile.path(), "[default]\nregion = eu-west-1\n").unwrap();
    let configured =
        Program::new(&presign).env("AWS_CONFIG_FILE", profile.path().to_str().unwrap());
    assert_eq!(configured.run().exits(0).stderr, "");
}
