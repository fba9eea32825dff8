//! What is refused before anything is sent: exit 2, one clear line, a hint.

use crate::support::program::{Output, Program};

/// An address at which nothing listens and nothing must be asked.
const NOWHERE: &str = "http://127.0.0.1:9";

fn refused(args: &[&str]) -> Output {
    let output = Program::new(args).run();
    assert_eq!(output.code, 2, "{args:?} {output:?}");
    assert_eq!(output.stdout, "", "{args:?}");
    let lines: Vec<&str> = output
        .stderr
        .lines()
        .filter(|line| !line.starts_with("warning: "))
        .collect();
    let [error, causes @ .., hint] = &lines[..] else {
        panic!("{args:?} {output:?}");
    };
    assert!(error.starts_with("error: "), "{args:?} {output:?}");
    assert!(hint.starts_with("hint: "), "{args:?} {output:?}");
    assert!(
        causes.iter().all(|cause| cause.starts_with("  ")),
        "{args:?} {output:?}"
    );
    output
}

#[test]
fn bad_bucket_names() {
    for name in [
        "ab",
        "Bucket",
        "my_bucket",
        "bucket-",
        "a..b",
        "192.168.5.4",
        "xn--bucket",
        "bucket--x-s3",
        "bucket-an",
        "a/b",
        "b\u{fc}cket",
        "",
    ] {
        let output = refused(&["bootstrap", name]);
        assert!(output.stderr.contains("is not a bucket name"), "{output:?}");
        if !name.is_empty() && !name.contains('/') {
            refused(&["presign", "get", &format!("s3://{name}/key")]);
        }
    }
    // Of other servers only the loose rules hold; the rest are warnings.
    for name in ["a/b", "a b", ""] {
        refused(&["bootstrap", name, "--endpoint", NOWHERE]);
    }
    let output = Program::new(&[
        "presign",
        "get",
        "s3://My_Bucket/key",
        "--endpoint",
        NOWHERE,
    ])
    .run();
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output
            .stderr
            .starts_with("warning: `My_Bucket` would not do on AWS: "),
        "{output:?}"
    );
}

#[test]
fn bad_durations_and_expiries() {
    for expiry in ["0", "0s", "-1", "604801", "8d", "1w", "soon", ""] {
        let flag = format!("--expires-in={expiry}");
        refused(&["presign", "get", "s3://bucket/key", &flag]);
        refused(&["bootstrap", "bucket", &flag]);
    }
    for timeout in ["0", "1.5s", "x"] {
        refused(&["bootstrap", "bucket", &format!("--timeout={timeout}")]);
    }
    refused(&["bootstrap", "bucket", "--settle=later"]);
    refused(&["presign", "get", "s3://bucket/key", "--at=yesterday"]);
}

#[test]
fn bad_regions_and_endpoints() {
    for region in ["us east 1", "us-east-1!", "a.b", "-"] {
        refused(&["bootstrap", "bucket", &format!("--region={region}")]);
    }
    for endpoint in [
        "example.com",
        "ftp://example.com",
        "https://",
        "https://user:hunter2@example.com",
        "https://h:99999",
        "https://h/?x=1",
    ] {
        let output = refused(&["bootstrap", "bucket", "--endpoint", endpoint]);
        assert!(!output.stderr.contains("hunter2"), "{output:?}");
    }
    for endpoint in [
        "http://example.com",
        "http://10.0.0.1:9000",
        "http://localhost.example.com",
    ] {
        let output = refused(&["bootstrap", "bucket", "--endpoint", endpoint]);
        assert!(
            output.stderr.contains("plain HTTP") && output.stderr.contains("--allow-http"),
            "{output:?}"
        );
        refused(&["presign", "put", "s3://bucket/key", "--endpoint", endpoint]);
    }
    refused(&[
        "bootstrap",
        "bucket",
        "--endpoint",
        "https://example.com",
        "--fips",
    ]);
    refused(&["bootstrap", "bucket", "--region", "cn-north-1", "--fips"]);
    refused(&["bootstrap", "bucket", "--profile", "nobody"]);
}

#[test]
fn bad_keys_headers_and_parameters() {
    let long = format!("s3://bucket/{}", "k".repeat(1025));
    for uri in ["bucket/key", "https://bucket/key", "s3:///key", &long] {
        refused(&["presign", "get", uri]);
    }
    for header in [
        "no-colon",
        "a b: c",
        "Host: x",
        "Expect: 100-continue",
        ": x",
    ] {
        refused(&[
            "presign",
            "put",
            "s3://bucket/key",
            &format!("--header={header}"),
        ]);
    }
    refused(&[
        "presign",
        "get",
        "s3://bucket/key",
        "--query=X-Amz-Signature=1",
    ]);
    refused(&["presign", "steal", "s3://bucket/key"]);
    refused(&["bootstrap", "bucket", "--key="]);
}

#[test]
fn bad_kms_keys_accounts_and_controls() {
    for key in [
        "alias/mine",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:us-east-1:111122223333:alias/mine",
        "arn:aws:kms:eu-west-1:111122223333:key/1234",
        "arn:aws-cn:kms:us-east-1:111122223333:key/1234",
        "arn:aws:kms:us-east-1:1111:key/1234",
    ] {
        refused(&["bootstrap", "bucket", "--kms-key", key]);
    }
    refused(&["bootstrap", "bucket", "--no-bucket-key"]);
    refused(&["bootstrap", "bucket", "--expected-owner", "12345"]);
    refused(&["bootstrap", "bucket", "--skip", "no-such-control"]);
    refused(&["bootstrap", "bucket", "--require", "no-such-control"]);
    refused(&["bootstrap", "bucket", "--max-attempts", "0"]);
    refused(&["bootstrap", "bucket", "-o", "process"]);
}

#[test]
fn a_ca_bundle_that_is_none() {
    let args = ["bootstrap", "bucket", "--endpoint", "https://localhost:9"];
    let output = refused(&[&args[..], &["--ca-bundle", "/no/such/file"]].concat());
    assert!(
        output
            .stderr
            .contains("the CA bundle /no/such/file cannot be used\n  there is no such file"),
        "{output:?}"
    );
}

#[test]
fn missing_credentials_list_what_was_tried() {
    let output = Program::bare(&["bootstrap", "bucket"]).run();
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(
        output.stderr,
        "error: no AWS credentials\n\
         \x20 environment: AWS_ACCESS_KEY_ID is not set\n\
         \x20 profile: there is no profile `default`\n\
         hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile\n"
    );
}
