//! Tests of `presign` as a user runs it: its output streams, formats and bytes. `presign` uses no
//! network.

use crate::support::program::{KEY_ID, Output, Program, SECRET, assert_lacks, parameter};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

const AT: [&str; 4] = ["--at", "20130524T000000Z", "--expires-in", "86400"];

#[test]
fn stdout_is_only_the_documented_url() {
    let args = [
        "presign",
        "get",
        "s3://examplebucket/test.txt",
        "--endpoint",
        "https://s3.amazonaws.com",
    ];
    let output = Program::new(&[&args[..], &AT].concat())
        .env("AWS_REGION", "us-east-1")
        .run();
    assert_eq!((output.code, &*output.stderr), (0, ""), "{output:?}");
    assert_eq!(
        output.stdout,
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404\n"
    );
}

#[test]
fn json_has_the_expiry_and_the_headers_to_send() {
    let args = [
        "presign",
        "put",
        "s3://bucket/k y",
        "--header",
        "Content-Type: text/plain",
        "-o",
        "json",
    ];
    let output = Program::new(&[&args[..], &AT].concat())
        .env("AWS_REGION", "eu-central-1")
        .run();
    let mut json = output.json();
    let url = json["url"].take();
    assert!(
        url.as_str()
            .unwrap()
            .starts_with("https://bucket.s3.eu-central-1.amazonaws.com/k%20y?"),
        "{url}"
    );
    assert_eq!(
        parameter(url.as_str().unwrap(), "X-Amz-SignedHeaders"),
        "content-type%3Bhost"
    );
    assert_eq!(
        json.to_string(),
        r#"{"schema_version":1,"method":"PUT","bucket":"bucket","key":"k y","url":null,"expires_at":"2013-05-25T00:00:00Z","headers":{"Content-Type":"text/plain"}}"#
    );
}

#[test]
fn keys_are_signed_byte_for_byte() {
    let key = b"a//./../b+~%2F \n\xc3\xa9\xff";
    let uri = [b"s3://bucket/".as_slice(), key].concat();
    let output = Command::new(env!("CARGO_BIN_EXE_s3-secure-bucket"))
        .args(["presign", "get"])
        .arg(OsStr::from_bytes(&uri))
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    let url = String::from_utf8(output.stdout).unwrap();
    assert!(
        url.starts_with(
            "https://bucket.s3.us-east-1.amazonaws.com/a//./../b%2B~%252F%20%0A%C3%A9%FF?X-Amz-"
        ),
        "{url}"
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "warning: curl (without --path-as-is) and browsers rewrite `.` and `..` segments, which breaks the signature\n\
            warning: the path contains `//`; clients and proxies that merge `//` into one `/` break the signature\n"
    );
}

#[test]
fn a_session_token_is_only_in_the_url() {
    let output = Program::new(&["presign", "get", "s3://bucket/key", "-vv"])
        .env("AWS_SESSION_TOKEN", "to/ken")
        .run();
    assert_eq!(
        parameter(&output.stdout, "X-Amz-Security-Token"),
        "to%2Fken"
    );
    assert_lacks(&output.stderr, &["to/ken", "to%2Fken"]);
}

#[test]
fn presign_takes_keys_and_region_from_a_profile() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    std::fs::write(&config, "[profile drop]\nregion = eu-west-3\naws_access_key_id = AKIDFILE\naws_secret_access_key = s\n").unwrap();
    let output = Program::bare(&["presign", "get", "s3://bucket/key", "--profile", "drop"])
        .env("AWS_CONFIG_FILE", config.to_str().unwrap())
        .run();
    assert!(
        output
            .stdout
            .starts_with("https://bucket.s3.eu-west-3.amazonaws.com/key?"),
        "{output:?}"
    );
    let credential = parameter(&output.stdout, "X-Amz-Credential");
    assert!(credential.starts_with("AKIDFILE%2F"), "{credential}");
}

/// The program runs in a network namespace in which even the loopback interface is down.
#[test]
#[ignore = "needs user namespaces: make test-all"]
fn presigning_needs_no_network() {
    let run = |offline: bool| {
        let mut command = Command::new(if offline {
            "unshare"
        } else {
            env!("CARGO_BIN_EXE_s3-secure-bucket")
        });
        if offline {
            command.args([
                "--map-root-user",
                "--net",
                env!("CARGO_BIN_EXE_s3-secure-bucket"),
            ]);
        }
        command
            .args(["presign", "get", "s3://bucket/key"])
            .args(AT)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_ACCESS_KEY_ID", "AKID")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .output()
    };
    let online = run(false).unwrap();
    let offline = match run(true) {
        Ok(output) if output.status.success() => output,
        refused => {
            // If the machine does not permit namespaces, the test fails with the following message.
            // The test is never skipped silently.
            panic!(
                "this test needs `unshare --net` (util-linux, user namespaces allowed): {refused:?}"
            );
        }
    };
    assert_eq!(online.stdout, offline.stdout);
}

#[test]
fn short_lived_credentials_warn_shorten_the_url_or_fail() {
    let run = |more: &[&str], end: &str| {
        let args = [
            "presign",
            "get",
            "s3://bucket/key",
            "--at",
            "2096-01-01T00:00:00Z",
            "--expires-in",
            "1h",
            "-o",
            "json",
        ];
        Program::bare(&[&args[..], more].concat())
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_CREDENTIAL_EXPIRATION", end)
            .env("AWS_REGION", "us-east-1")
            .run()
    };
    let end = "2096-01-01T00:10:00Z";
    let expires = |output: &Output| {
        let json = output.json();
        parameter(json["url"].as_str().unwrap(), "X-Amz-Expires").to_owned()
    };
    let warned = run(&[], end);
    assert_eq!(
        (&*expires(&warned), &warned.json()["expires_at"]),
        ("3600", &end.into())
    );
    assert_eq!(
        warned.stderr,
        "warning: the credentials expire at 2096-01-01T00:10:00Z, before the URL: the URL works for 10m\n"
    );
    let clamped = run(&["--on-short-credentials", "clamp"], end);
    assert_eq!(
        (
            &*expires(&clamped),
            &clamped.json()["expires_at"],
            &*clamped.stderr
        ),
        ("600", &end.into(), "")
    );
    let refused = run(&["--on-short-credentials", "fail"], end);
    let text = "the credentials expire at 2096-01-01T00:10:00Z, before the URL";
    assert_eq!((refused.code, &*refused.error()), (1, text));
    let over = run(&[], "2025-12-31T00:00:00Z");
    assert_eq!(over.code, 1, "{over:?}");
    assert_eq!(over.line("error: "), format!("error: {}", over.error()));
    assert_eq!(run(&[], "2096-01-01T01:00:00Z").stderr, "");
}

#[test]
fn the_public_endpoint_is_the_host_that_is_signed() {
    let output = Program::new(&[
        "presign",
        "get",
        "s3://bucket/key",
        "--endpoint",
        "http://127.0.0.1:9000",
        "--public-endpoint",
        "https://files.example.com",
        "--addressing",
        "path",
    ])
    .run();
    assert!(
        output
            .stdout
            .starts_with("https://files.example.com/bucket/key?X-Amz-"),
        "{output:?}"
    );
}

#[test]
fn explain_shows_the_stages_and_hides_the_token() {
    let args = [
        "presign",
        "get",
        "s3://bucket/key",
        "--at",
        "20260101T000000Z",
        "--explain",
    ];
    let output = Program::new(&args)
        .env("AWS_SESSION_TOKEN", "to/ken")
        .env("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z")
        .env("AWS_REGION", "us-east-1")
        .run();
    assert_eq!(
        output.stderr,
        "Canonical request:\n\
            \x20 GET\n\
            \x20 /key\n\
            \x20 X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-Security-Token=(hidden)&X-Amz-SignedHeaders=host\n\
            \x20 host:bucket.s3.us-east-1.amazonaws.com\n\
            \x20 \n\
            \x20 host\n\
            \x20 UNSIGNED-PAYLOAD\n\
            String to sign:\n\
            \x20 AWS4-HMAC-SHA256\n\
            \x20 20260101T000000Z\n\
            \x20 20260101/us-east-1/s3/aws4_request\n\
            \x20 b5f363e300e2efa1afa9c334848c7a432ac11677961e0b0fef0983ce7a76bacd\n"
    );
    assert_lacks(&output.stderr, &["to%2Fken", "X-Amz-Signature"]);
}

#[test]
fn inspect_escapes_control_characters_of_a_url() {
    let forged = "https://h/x%0Asignature%20valid%1b[2J?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Fr%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    let output = Program::new(&["inspect", forged]).run();
    assert_lacks(&output.stdout, &["\u{1b}"]);
    assert_eq!(
        output.stdout,
        "host            h\n\
         bucket          unknown, because the URL does not show whether the host or the path contains the bucket\n\
         path            /x\\nsignature valid\\u{1b}[2J\n\
         access key id   A\n\
         scope           20260101, r, s3\n\
         signed headers  host\n\
         signed at       2026-01-01T00:00:00Z\n\
         expires at      2026-01-01T00:00:09Z (expired)\n\
         signature       not checked: a different access key signed the URL\n\
         warning         the URL has expired\n"
    );
    Program::bare(&["inspect", "-"])
        .stdin(forged.replace("%0A", "%zz").as_bytes())
        .run()
        .exits(2);
}

#[test]
fn explain_hides_a_customers_key() {
    let args = [
        "presign",
        "put",
        "s3://bucket/key",
        "--header",
        "x-amz-server-side-encryption-customer-key: MARKER",
        "--explain",
    ];
    let output = Program::new(&args).run().exits(0);
    output.assert_hides(&["MARKER"]);
}

/// botocore computed the expected signatures.
#[test]
fn access_points_are_presigned_by_alias_and_by_arn() {
    for (bucket, host, signature) in [
        (
            "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
            "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias.s3.eu-central-1.amazonaws.com",
            "1ac6182146c3ab73c628b82d0e1db98772fa46994c13b1c5f5ce1b99dca8f94c",
        ),
        (
            "arn:aws:s3:eu-central-1:111122223333:accesspoint/my-ap",
            "my-ap-111122223333.s3-accesspoint.eu-central-1.amazonaws.com",
            "de1aab3f9b2fa98d1c15cc05769ea8aef908c64ea7d88656f3a3ca5be0a4a4b9",
        ),
    ] {
        let uri = format!("s3://{bucket}/k");
        let args = [
            "presign",
            "get",
            &uri,
            "--at",
            "20261126T150000Z",
            "--region",
            "eu-central-1",
        ];
        let url = Program::new(&args).run().exits(0).stdout;
        assert_eq!(url.split('/').nth(2), Some(host));
        assert_eq!(parameter(url.trim_end(), "X-Amz-Signature"), signature);
        Program::new(&["inspect", url.trim_end()]).run().exits(0);
        let created = Program::new(&["bootstrap", bucket]).run();
        assert_eq!((created.code, created.stdout.as_str()), (2, ""));
    }
}

#[test]
fn refuses_an_arn_of_another_resource_and_names_the_reason() {
    for (bucket, reason) in [
        (
            "arn:aws:s3:::my-drop-box",
            "this is the ARN of a bucket or an object: write s3://BUCKET/KEY, without the ARN",
        ),
        (
            "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap",
            "the ARN has no region: multi-Region access points need SigV4A, which is unsupported",
        ),
        (
            "arn:aws:s3-outposts:eu-west-1:111122223333:accesspoint/a",
            "the ARN's service is not s3",
        ),
    ] {
        let output = Program::new(&["presign", "get", &format!("s3://{bucket}/k")]).run();
        assert_eq!((output.code, output.stdout.as_str()), (2, ""));
        assert_eq!(
            output.stderr.lines().next().unwrap(),
            format!("error: {reason}")
        );
    }
}

#[test]
fn the_upload_page_asks_for_status_201_and_refuses_other_statuses() {
    let page = |more: &[&str]| {
        let args = ["presign", "post", "s3://drop-box/k", "-o", "html"];
        Program::new(&[&args[..], more].concat()).run()
    };
    for more in [&[][..], &["--success-status", "201"]] {
        let output = page(more);
        let field = "<input type=\"hidden\" name=\"success_action_status\" value=\"201\">\n";
        assert_eq!(output.stdout.matches(field).count(), 1, "{output:?}");
    }
    let output = page(&["--success-status", "204"]);
    assert_eq!((output.code, &*output.stdout), (2, ""));
    assert_eq!(
        output.stderr,
        "error: an upload page cannot use the status 204, because the page's plain form would show no result\n\
         hint: omit --success-status, because the page uses 201\n"
    );
}
