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
        ("s3-us-west-2", "us-west-2"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("s3-external-1", "us-east-1"),
        ("accesspoint-eu-west-1", "eu-west-1"),
        ("aws-cn-global", "cn-north-1"),
        ("aws-us-gov-global", "us-gov-west-1"),
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

/// botocore and older SDKs also read these names, as the region with FIPS endpoints.
#[test]
fn a_fips_pseudo_region_is_its_region_with_fips() {
    for (region, host) in [
        ("fips-us-east-1", "s3-fips.us-east-1.amazonaws.com"),
        ("us-east-1-fips", "s3-fips.us-east-1.amazonaws.com"),
        ("fips-us-gov-west-1", "s3-fips.us-gov-west-1.amazonaws.com"),
        ("fips-aws-global", "s3-fips.us-east-1.amazonaws.com"),
    ] {
        let output = Program::new(&["endpoint", "--region", region])
            .run()
            .exits(0);
        assert!(
            output.stdout.contains(&format!("https://{host}")),
            "{output:?}"
        );
        assert!(!output.stdout.contains("fips-us"), "{output:?}");
    }
    // Other servers have their own names.
    let output = Program::new(&[
        "endpoint",
        "--region",
        "fips-us-east-1",
        "--endpoint",
        "https://h.example",
    ])
    .run()
    .exits(0);
    assert!(output.stdout.contains("fips-us-east-1"), "{output:?}");
}

#[test]
fn fips_in_china_gets_a_hint() {
    for (args, variable) in [
        (
            &["presign", "get", "s3://bucket/key", "--fips"][..],
            "false",
        ),
        (&["endpoint"], "true"),
    ] {
        let output = Program::new(&[args, &["--region", "cn-north-1"]].concat())
            .env("AWS_USE_FIPS_ENDPOINT", variable)
            .run()
            .exits(2);
        assert_eq!(
            output.stderr,
            "error: partition aws-cn has no FIPS endpoints for S3\n\
             hint: omit --fips, and set neither AWS_USE_FIPS_ENDPOINT nor use_fips_endpoint in the profile; regions of the partition aws have FIPS endpoints\n"
        );
    }
    let output = Program::new(&["endpoint", "--region", "eusc-de-east-1", "--fips"])
        .run()
        .exits(0);
    assert!(
        output
            .stdout
            .contains("s3-fips.eusc-de-east-1.amazonaws.eu"),
        "{output:?}"
    );
}
