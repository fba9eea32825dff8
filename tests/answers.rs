//! Tests of values from responses that the program copies into the next request or keeps in memory:
//! each value has a size limit. If a value from a response cannot be part of a request, the error
//! names the source of the value.

use crate::support::program::{Output, Program};
use crate::support::raw::RawServer;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory limit of these tests in KiB. A debug build needs more memory than the limit that
/// SECURITY.md promises for a release build.
const MOST_KIB: u64 = 40 * 1024;

fn answer(stream: &mut TcpStream, status: u16, body: &str) -> bool {
    let head = format!(
        "HTTP/1.1 {status} It\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).is_ok() && stream.write_all(body.as_bytes()).is_ok()
}

fn list(names: impl Iterator<Item = String>, token: &str) -> String {
    let buckets: String = names
        .map(|name| format!("<Bucket><Name>{name}</Name></Bucket>"))
        .collect();
    format!(
        "<ListAllMyBucketsResult><Buckets>{buckets}</Buckets><ContinuationToken>{token}</ContinuationToken></ListAllMyBucketsResult>"
    )
}

fn audit_all(server: &RawServer, format: &str) -> (Output, u64) {
    let url = server.url();
    let (output, peak) = Program::new(&[
        "audit",
        "--all",
        "-o",
        format,
        "--endpoint",
        &url,
        "--max-attempts",
        "1",
    ])
    .measured();
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    (output, peak)
}

#[test]
fn a_continuation_token_that_no_request_can_carry_is_an_error() {
    for token in ["A".repeat(70_000), "A".repeat(1_025), "&#7;".repeat(2_000)] {
        let page = list(std::iter::once("one-box".to_owned()), &token);
        let server = RawServer::start(move |_, stream| answer(stream, 200, &page));
        let (output, _) = audit_all(&server, "text");
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        assert!(
            output
                .stderr
                .contains("the ContinuationToken is longer than 1024 bytes"),
            "{output:?}"
        );
        assert_eq!(server.heads().len(), 1);
    }
}

#[test]
fn an_endless_list_of_buckets_is_an_error_in_little_memory() {
    let page_number = AtomicUsize::new(0);
    let server = RawServer::start(move |_, stream| {
        let page = page_number.fetch_add(1, Ordering::Relaxed);
        let names = (0..7_000).map(|number| format!("a-bucket-with-a-name-{page}-{number}"));
        answer(stream, 200, &list(names, &page.to_string()))
    });
    let (output, peak) = audit_all(&server, "json");
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(
        output.error(),
        "ListBuckets: the answer cannot be read: the list has more than 50000 buckets"
    );
    assert!(
        output.stderr.contains("more than 50000 buckets"),
        "{output:?}"
    );
    assert!(peak > 0 && peak < MOST_KIB, "{peak} KiB");
}

#[test]
fn a_list_that_repeats_its_token_is_an_error() {
    let page = list(std::iter::empty(), "again");
    let server = RawServer::start(move |_, stream| answer(stream, 200, &page));
    let (output, _) = audit_all(&server, "text");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(
        output.stderr.contains("repeats a ContinuationToken"),
        "{output:?}"
    );
    assert_eq!(server.heads().len(), 2);
}

/// The program rejects a response of 1 MB because of its length, and a policy of 60 KB because it
/// contains too many numbers.
#[test]
fn policies_full_of_numbers_take_little_memory() {
    for (length, said) in [
        (1_000_000, "the answer is longer than 65536 bytes"),
        (60_000, "the policy has too many values"),
    ] {
        let numbers = "1,".repeat(length / 2);
        let policy = format!(r#"{{"Statement":[],"x":[{numbers}1]}}"#);
        let names = || (0..16).map(|number| format!("box-{number}"));
        let page = list(names(), "");
        let server = RawServer::start(move |request, stream| {
            if request.starts_with("HEAD") {
                answer(stream, 200, "")
            } else if request.contains("?policy ") || request.contains("?policy=") {
                answer(stream, 200, &policy)
            } else if request.starts_with("GET / ") {
                answer(stream, 200, &page)
            } else {
                answer(stream, 501, "<Error><Code>NotImplemented</Code></Error>")
            }
        });
        for format in ["sarif", "html"] {
            let (output, peak) = audit_all(&server, format);
            assert_eq!(output.code, 1, "{output:?}");
            let Output { stdout, stderr, .. } = &output;
            assert!(stdout.contains(said) || stderr.contains(said), "{output:?}");
            assert!(peak > 0 && peak < MOST_KIB, "{format}: {peak} KiB");
            assert!(stdout.len() < 1_000_000, "{}", stdout.len());
        }
    }
}

/// Runs the command in a home directory whose `~/.aws/config` has the text `config`.
fn with_config(args: &[&str], config: &str, env: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config"), config).unwrap();
    let mut program = Program::bare(args)
        .env("HOME", home.path().to_str().unwrap())
        .env("PATH", "/usr/bin:/bin");
    for (name, value) in env {
        program = program.env(name, value);
    }
    let output = program.run();
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    output
}

const DOCUMENT: &str = r#"{"Version":1,"AccessKeyId":"AKIDMARKER","SecretAccessKey":"s","SessionToken":"a\u0007b","Expiration":"2099-01-01T00:00:00Z"}"#;

#[test]
fn a_session_token_with_control_characters_is_an_error_that_names_its_provider() {
    let role = "role_arn = arn:aws:iam::111122223333:role/r\n";
    let keys = "aws_access_key_id = A\naws_secret_access_key = s\n";
    let agent = RawServer::start(|_, stream| answer(stream, 200, DOCUMENT));
    let sts = RawServer::start(|_, stream| {
        let keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>a&#10;b</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
        let body = format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        );
        answer(stream, 200, &body)
    });
    let (agent, sts) = (format!("{}/creds", agent.url()), sts.url());
    let process = format!("credential_process = printf '%s' '{DOCUMENT}'\n");
    for (config, env, named) in [
        (
            format!("[default]\n{role}credential_source = EcsContainer\n"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.as_str()),
            "profile `default`: container: the session token",
        ),
        (
            String::new(),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.as_str()),
            "container: the session token",
        ),
        (
            format!("[default]\n{role}source_profile = p\n[profile p]\n{process}"),
            ("X", "y"),
            "credential_process: the session token",
        ),
        (
            format!("[default]\n{process}"),
            ("X", "y"),
            "credential_process: the session token",
        ),
        (
            format!("[default]\n{role}source_profile = default\n{keys}"),
            ("AWS_ENDPOINT_URL_STS", sts.as_str()),
            "role arn:aws:iam::111122223333:role/r: the session token",
        ),
        (
            format!(
                "[default]\n{role}source_profile = p\n[profile p]\n{role}source_profile = q\n[profile q]\n{keys}"
            ),
            ("AWS_ENDPOINT_URL_STS", sts.as_str()),
            "role arn:aws:iam::111122223333:role/r: the session token",
        ),
    ] {
        for args in [&["credentials"][..], &["credentials", "--verify"]] {
            let output = with_config(args, &config, &[env]);
            assert_eq!(
                (output.code, &*output.stdout),
                (1, ""),
                "{config} {output:?}"
            );
            assert!(output.stderr.contains(named), "{config} {output:?}");
        }
    }
    let config = format!("[default]\n{role}credential_source = Environment\n");
    let env = [
        ("AWS_ACCESS_KEY_ID", "A"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SESSION_TOKEN", "a\nb"),
    ];
    let args = ["credentials", "--profile", "default"];
    let output = with_config(&args, &config, &env);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(
        output
            .stderr
            .contains("profile `default`: environment: the session token"),
        "{output:?}"
    );
}

/// The program escapes the control characters in a key ID or an ARN, so that the terminal does not
/// interpret the characters.
#[test]
fn escape_sequences_in_identities_are_escaped() {
    let sts = RawServer::start(|_, stream| {
        let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:\u{202e}&#27;[2J\u{9b}x</Arn><Account>1\u{200b}</Account><UserId>u\u{7f}</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>".replace("&#27;", "\u{1b}");
        answer(stream, 200, &body)
    });
    let url = sts.url();
    let env = [
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
        ("AWS_ACCESS_KEY_ID", "A"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    for format in ["text", "json"] {
        let output = with_config(&["credentials", "--verify", "-o", format], "", &env);
        let shown = format!("{}{}", output.stdout, output.stderr);
        let raw = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200b}".contains(c);
        assert!(!shown.chars().any(raw), "{output:?}");
        assert_eq!(output.code, 0, "{output:?}");
    }
    let id = r#"printf '%s' '{"Version":1,"AccessKeyId":"A\u001b[31mB","SecretAccessKey":"s"}'"#;
    for format in ["text", "json"] {
        let config = format!("[default]\ncredential_process = {id}\n");
        let output = with_config(&["credentials", "-o", format], &config, &[]);
        assert_eq!(output.code, 1, "{output:?}");
        match format {
            "json" => assert_eq!(output.error(), "no AWS credentials"),
            _ => assert_eq!(output.stdout, ""),
        }
        assert!(
            output
                .stderr
                .contains("credential_process: the access key id contains"),
            "{output:?}"
        );
    }
}

#[test]
fn the_path_of_a_container_credentials_url_is_not_shown() {
    let agent = RawServer::start(|_, stream| answer(stream, 404, "no"));
    let url = format!("{}/v2/credentials/MARKER-GUID?id=MARKER", agent.url());
    for more in ["-v", "-vv"] {
        let env = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str())];
        let output = with_config(&["credentials", more], "", &env);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(!output.stderr.contains("MARKER"), "{output:?}");
        assert!(output.stderr.contains("/(hidden) -> 404"), "{output:?}");
    }
}

/// If the `credential_process` of a profile runs this program with the same profile, the inner run
/// fails, so the number of processes stays bounded.
#[test]
fn a_profile_that_calls_itself_is_an_error() {
    let binary = env!("CARGO_BIN_EXE_s3-secure-bucket");
    let call = |profile: &str| {
        format!("credential_process = {binary} credentials -o process --profile {profile}\n")
    };
    for config in [
        format!("[default]\n{}", call("default")),
        format!(
            "[default]\n{}[profile other]\n{}",
            call("other"),
            call("default")
        ),
        format!(
            "[default]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p\n[profile p]\n{}",
            call("default")
        ),
    ] {
        let output = with_config(&["credentials"], &config, &[]);
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        assert!(
            output.stderr.contains("the profile calls itself"),
            "{output:?}"
        );
    }
    // The `credential_process` of one profile may run this program to get the credentials of a
    // different profile.
    let keys = "aws_access_key_id = A\naws_secret_access_key = s\n";
    let config = format!("[default]\n{}[profile other]\n{keys}", call("other"));
    with_config(&["credentials"], &config, &[]).exits(0);
}

/// A configured CA bundle that does not exist is an error, because the program must never fall back
/// to other CA certificates.
#[test]
fn a_ca_bundle_in_an_unknown_home_is_an_error() {
    for (name, value) in [
        ("AWS_CA_BUNDLE", "~/no/such/ca.pem"),
        ("AWS_CA_BUNDLE", "~nobody/ca.pem"),
        ("SSL_CERT_FILE", "~/no/such/ca.pem"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_s3-secure-bucket"))
            .args(["audit", "drop-box", "--max-attempts", "1"])
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .env(name, value)
            .current_dir(Path::new("/"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}={value} {stderr}");
        assert!(stderr.contains("ca.pem"), "{name}={value} {stderr}");
    }
}
