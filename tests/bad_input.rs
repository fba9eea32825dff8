//! Tests of input that the program rejects before it sends a request, with exit code 2, a one-line
//! error and a hint.

use crate::support::program::{Output, Program};

/// The URL of an endpoint where no server listens. If the program sent a request to an endpoint
/// without a server, the program would print a different error and the test would fail.
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
fn rejects_invalid_bucket_names() {
    for (name, why) in [
        ("ab", "a bucket name has 3 to 63 characters"),
        (
            "Bucket",
            "a bucket name may contain only lower-case letters, digits, `.` and `-`",
        ),
        (
            "my_bucket",
            "a bucket name may contain only lower-case letters, digits, `.` and `-`",
        ),
        (
            "bucket-",
            "a bucket name begins and ends with a letter or digit",
        ),
        ("a..b", "a bucket name must not contain two adjacent dots"),
        (
            "192.168.5.4",
            "a bucket name must not be formatted as an IP address",
        ),
        (
            "xn--bucket",
            "bucket names beginning with `xn--` are reserved",
        ),
        (
            "bucket--x-s3",
            "bucket names ending in `--x-s3` are reserved",
        ),
        (
            "bucket-an",
            "a bucket name ending in `-an` must have the form PREFIX-ACCOUNT-REGION-an (account-regional namespace)",
        ),
        (
            "a/b",
            "a bucket name may contain only lower-case letters, digits, `.` and `-`",
        ),
        (
            "b\u{fc}cket",
            "a bucket name may contain only lower-case letters, digits, `.` and `-`",
        ),
        ("", "a bucket name has 3 to 63 characters"),
    ] {
        let output = refused(&["bootstrap", name]);
        let (error, _) = output.stderr.split_once('\n').unwrap();
        assert_eq!(
            error.strip_prefix(&format!("error: `{name}` is not a bucket name: ")),
            Some(why)
        );
        if !name.is_empty() && !name.contains('/') {
            refused(&["presign", "get", &format!("s3://{name}/key")]);
        }
    }
    // On servers other than AWS, the program rejects a name that violates the basic rules for
    // bucket names, and only warns about a name that violates the stricter rules of AWS.
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
    .run()
    .exits(0);
    assert_eq!(
        output.stderr,
        "warning: AWS would not accept the bucket name `My_Bucket`: a bucket name may contain only lower-case letters, digits, `.` and `-`\n\
         warning: AWS would not accept the bucket name `My_Bucket`: a bucket name begins and ends with a letter or digit\n"
    );
}

#[test]
fn rejects_invalid_durations_and_expiries() {
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
fn rejects_invalid_regions_and_endpoints() {
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
        output.assert_hides(&["hunter2"]);
    }
    for endpoint in [
        "http://example.com",
        "http://10.0.0.1:9000",
        "http://localhost.example.com",
    ] {
        let output = refused(&["bootstrap", "bucket", "--endpoint", endpoint]);
        assert_eq!(
            output.stderr,
            format!(
                "error: endpoint {endpoint} (from --endpoint) is plain HTTP and not on this machine: anyone on the network path could read and change the requests\n\
                hint: use https://, or add --allow-http if you trust the network to the server\n"
            )
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
fn rejects_invalid_keys_headers_and_parameters() {
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
fn rejects_invalid_kms_keys_accounts_and_controls() {
    for key in [
        "alias/mine",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:us-east-1:111122223333:alias/mine",
        "arn:aws:kms:eu-west-1:111122223333:key/1234",
        "arn:aws-cn:kms:us-east-1:111122223333:key/1234",
        "arn:aws:kms:us-east-1:1111:key/1234",
        "arn:aws:kms:us-east-1:111122223333:key/*",
        "arn:aws:kms:us-east-1:111122223333:key/1234?",
    ] {
        refused(&["bootstrap", "bucket", "--kms-key", key]);
    }
    for key in ["*", "my-key?", "alias/"] {
        let elsewhere = ["--endpoint", NOWHERE];
        let args = ["bootstrap", "bucket", "--kms-key", key];
        refused(&[&args[..], &elsewhere].concat());
    }
    refused(&["bootstrap", "bucket", "--no-bucket-key"]);
    refused(&["bootstrap", "bucket", "--expected-owner", "12345"]);
    refused(&["bootstrap", "bucket", "--skip", "no-such-control"]);
    refused(&["bootstrap", "bucket", "--require", "no-such-control"]);
    refused(&["bootstrap", "bucket", "--max-attempts", "0"]);
    refused(&["bootstrap", "bucket", "-o", "process"]);
}

#[test]
fn rejects_options_without_effect() {
    refused(&["bootstrap", "bucket", "--require", "versioning"]);
    refused(&[
        "bootstrap",
        "bucket",
        "--require",
        "tls-only",
        "--skip",
        "tls-only",
    ]);
    refused(&[
        "bootstrap",
        "bucket",
        "--kms-key",
        "",
        "--endpoint",
        NOWHERE,
    ]);
    refused(&["bootstrap", "bucket", "--region", "EU-WEST-1"]);
    refused(&[
        "presign",
        "put",
        "s3://bucket/key",
        "--header",
        "x-a: 1",
        "--header",
        "X-A: 2",
    ]);
    refused(&["presign", "get", "s3://bucket/key", "--query", ""]);
    refused(&[
        "presign",
        "put",
        "s3://bucket/key",
        "--query",
        "X-Amz-Content-Sha256=00",
    ]);
    refused(&[
        "presign",
        "post",
        "s3://bucket/key",
        "--success-redirect",
        "https://example.com",
        "-o",
        "html",
    ]);
    for at in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"] {
        refused(&[
            "presign",
            "get",
            "s3://bucket/key",
            "--expires-in",
            "7d",
            "--at",
            at,
        ]);
    }
}

#[test]
fn rejects_invalid_environment_variables() {
    let refused = |name: &str, value: &str| {
        let output = Program::new(&["bootstrap", "bucket", "--endpoint", NOWHERE])
            .env(name, value)
            .run();
        assert_eq!(output.code, 2, "{name}={value} {output:?}");
    };
    refused("AWS_SESSION_TOKEN", "tok\nX-Evil: 1");
    refused("AWS_USE_FIPS_ENDPOINT", "1");
    refused("AWS_USE_FIPS_ENDPOINT", "true");
    refused("AWS_MAX_ATTEMPTS", "many");
    refused("HTTPS_PROXY", "::");
    // If the environment names no home folder, the program must not read `.aws/config` in the
    // working directory.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("~/.aws")).unwrap();
    std::fs::write(
        folder.path().join("~/.aws/credentials"),
        "[default]\naws_access_key_id = A\naws_secret_access_key = S\n",
    )
    .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_s3-secure-bucket"))
        .args(["credentials"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// If a user passes a presigned URL as the wrong argument, the error does not repeat the URL,
/// because the query of a presigned URL is a secret.
#[test]
fn a_misplaced_url_is_not_repeated_in_errors() {
    let url = "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKMARKER&X-Amz-Signature=deadbeef";
    for args in [
        &["presign", "get", url][..],
        &["presign", "get", "s3://bucket/key", url],
        &["presign", "get", "s3://bucket/key", "--endpoint", url],
        &[
            "presign",
            "get",
            "s3://bucket/key",
            "--public-endpoint",
            url,
        ],
        &["presign", "get", "s3://bucket/key", "--expires-in", url],
        &["bootstrap", url],
        &["inspect", &url.replace("X-Amz-Signature", "X-Amz-Sig")],
    ] {
        let output = refused(args);
        output.assert_hides(&["deadbeef", "AKMARKER"]);
    }
}

#[test]
fn rejects_a_missing_ca_bundle() {
    let args = ["bootstrap", "bucket", "--endpoint", "https://localhost:9"];
    let output = refused(&[&args[..], &["--ca-bundle", "/no/such/file"]].concat());
    assert_eq!(
        output.stderr,
        "error: the CA bundle /no/such/file cannot be used\n\
            \x20 there is no such file\n\
            hint: give --ca-bundle, AWS_CA_BUNDLE or SSL_CERT_FILE a PEM file with CA certificates\n"
    );
}

#[test]
fn missing_credentials_list_every_source_tried() {
    let output = Program::bare(&["bootstrap", "bucket"]).run().exits(1);
    assert_eq!(
        output.stderr,
        "error: no AWS credentials\n\
         \x20 environment: AWS_ACCESS_KEY_ID is not set\n\
         \x20 profile: there is no profile `default`\n\
         \x20 web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set\n\
         \x20 container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set\n\
         \x20 instance metadata: AWS_EC2_METADATA_DISABLED is true\n\
         hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, or run on a host or container that has an IAM role\n"
    );
}

#[test]
fn rejects_networks_and_exemptions_that_exclude_no_one() {
    for ranges in [
        "128.0.0.0/1,1.0.0.0/8,2.0.0.0/7,4.0.0.0/6,8.0.0.0/5,16.0.0.0/4,32.0.0.0/3,64.0.0.0/2",
        "2000::/3",
        "203.0.113.7,2000::/4,3000::/4",
    ] {
        refused(&["bootstrap", "bucket", "--source-ip", ranges]);
    }
    let halves = "0.0.0.0/1,128.0.0.0/1";
    refused(&["bootstrap", "bucket", "--source-ip", halves]);
    let elsewhere = ["--endpoint", NOWHERE];
    refused(&[&["audit", "bucket", "--source-ip", halves], &elsewhere[..]].concat());
    let mapped = ["audit", "bucket", "--source-ip", "::ffff:0:0/96"];
    refused(&[&mapped, &elsewhere[..]].concat());
    for account in ["*:role/*", "????????????:user/*", "111122223333:role/*"] {
        let network = ["bootstrap", "bucket", "--source-ip", "203.0.113.0/24"];
        let everybody = format!("arn:aws:iam::{account}");
        refused(&[&network[..], &["--exempt-principal", &everybody]].concat());
    }
}

#[test]
fn rejects_network_and_age_limits_that_lock_everyone_out() {
    for range in [
        "10.0.0.0/8",
        "224.0.0.1",
        "::",
        "ff02::1",
        "::ffff:10.0.0.1",
    ] {
        refused(&["bootstrap", "bucket", "--source-ip", range]);
    }
    refused(&["bootstrap", "bucket", "--max-presign-age", "119s"]);
}

#[test]
fn rejects_put_and_delete_urls_without_a_key() {
    refused(&["presign", "put", "s3://bucket"]);
    refused(&["presign", "delete", "s3://bucket"]);
}
