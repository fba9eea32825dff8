//! Tests that no command prints a secret, a token, a signature or a presigned URL to a stream where
//! it does not belong, even with `-vv` and even if the command fails.

use crate::support::program::{self, BUCKET, Output, Program, assert_lacks};
use crate::support::raw::RawServer;
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER};
use s3_secure_bucket::presign::Credentials;
use std::io::Write;
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const TOKEN: &str = "MARKERTOKENMARKERTOKENMARKERTOKEN";
const SECRET: &str = "MARKERSECRETMARKERSECRETMARKERSECRET1234";

/// Asserts that stderr contains no secret, token, signature or presigned URL, and that stdout
/// contains no secret.
fn assert_talks_of_no_secret(output: &Output, secret: &str, what: &str) {
    let Output { stderr, stdout, .. } = output;
    let stderr = stderr.replace("=(hidden)", "");
    for hidden in [secret, TOKEN, "X-Amz-Signature=", "Signature=", "panicked"] {
        assert!(
            !stderr.contains(hidden),
            "{what}: {hidden} on stderr: {stderr}"
        );
    }
    assert!(!stdout.contains(secret), "{what}: the secret on stdout");
}

/// Every command, with the arguments that it needs: a bucket, a URL or none.
const COMMANDS: [&[&str]; 18] = [
    &["bootstrap", BUCKET, "--versioning", "--lifecycle"],
    &["bootstrap", BUCKET, "--min-tls", "1.2", "-o", "json"],
    &["bootstrap", BUCKET, "one", "two"],
    &["bootstrap", BUCKET, "--dry-run"],
    &["audit", BUCKET],
    &["audit", "--all", "-o", "json"],
    &["audit", "--all", "-o", "sarif"],
    &["audit", "--all", "-o", "html"],
    &["audit", "--all", "-o", "csv"],
    &["verify", BUCKET, "--probe-policy"],
    &["presign", "get", "s3://drop-box/key"],
    &[
        "presign",
        "put",
        "s3://drop-box/key",
        "--explain",
        "-o",
        "curl",
    ],
    &[
        "presign",
        "post",
        "s3://drop-box/",
        "--key-prefix",
        "in/",
        "-o",
        "html",
    ],
    &["presign", "get", "s3://drop-box/..", "--expires-in", "7d"],
    &[
        "inspect",
        "https://drop-box.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261124%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261124T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=MARKERTOKENMARKERTOKENMARKERTOKEN&X-Amz-Signature=00",
    ],
    &["iam-policy", "bootstrap", BUCKET],
    &["credentials"],
    &["endpoint", "s3://drop-box"],
];

#[tokio::test(flavor = "multi_thread")]
async fn no_command_prints_a_secret() {
    let world = World::new(false).await;
    let run = |args: &[&str]| world.run(&[args, &["-vv"]].concat());
    for args in COMMANDS {
        let output = run(args);
        assert!([0, 3].contains(&output.code), "{args:?} {output:?}");
        assert_talks_of_no_secret(&output, OWNER.secret_access_key, &format!("{args:?}"));
    }
    // Each of the following faults makes the requests of every command fail.
    for action in [
        Action::error(403, "SignatureDoesNotMatch", &[]),
        Action::error(400, "ExpiredToken", &[]),
        Action::Reset,
        Action::Raw(b"HTTP/1.1 200 OK\r\n\r\n<a>".to_vec()),
    ] {
        world.sandbox.inject(Fault::any(0, usize::MAX, action));
        for args in COMMANDS {
            let output = run(&[args, &["--max-attempts", "1"]].concat());
            assert_talks_of_no_secret(&output, OWNER.secret_access_key, &format!("{args:?}"));
        }
        world.sandbox.clear_faults();
    }
}

/// The server repeats the request line and the token in its error message, its headers and its
/// redirect.
#[test]
fn does_not_repeat_secrets_that_a_server_sends_back() {
    let server = RawServer::start(|request, stream| {
        let body = format!(
            "<Error><Code>X-Amz-Signature=beef</Code><Message>{request} X-Amz-Security-Token={TOKEN}&amp;X-Amz-Signature=0123abcd</Message></Error>"
        );
        let head = format!(
            "HTTP/1.1 400 {request}\r\nx-amz-request-id: X-Amz-Signature=feed\r\nlocation: http://h/?X-Amz-Signature=0123\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        false
    });
    let url = server.url();
    for args in COMMANDS {
        let more = ["--endpoint", &url, "--max-attempts", "1", "-vv"];
        let output = Program::bare(&[args, &more].concat())
            .env("AWS_ACCESS_KEY_ID", "AKIDMARKER")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .run();
        assert_lacks(&output.stderr, &[SECRET, TOKEN, "0123abcd", "beef", "feed"]);
    }
}

/// A mock server that answers each request with an error, which repeats the request.
struct Echo(Arc<Mutex<Vec<String>>>);

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        // The response to HEAD reports that the bucket exists, so that the run continues.
        if request.method == "HEAD" {
            return ResponseTemplate::new(200);
        }
        if request.method == "GET" && request.url.path() == "/" {
            let names =
                [BUCKET, "other-box"].map(|it| format!("<Bucket><Name>{it}</Name></Bucket>"));
            return ResponseTemplate::new(200).set_body_string(format!(
                "<ListAllMyBucketsResult><Buckets>{}</Buckets></ListAllMyBucketsResult>",
                names.concat()
            ));
        }
        let mut echo = String::new();
        for (name, value) in &request.headers {
            let value = value.to_str().unwrap();
            if let Some((_, signature)) = value.rsplit_once("Signature=") {
                self.0.lock().unwrap().push(signature.to_owned());
                echo += &format!("sign it with {signature} ");
            }
            echo += &format!("{name}: {value} ");
        }
        echo += &String::from_utf8_lossy(&request.body).replace('&', "&amp;");
        echo += " AWS AKID:sig2 ?AWSAccessKeyId=A&amp;SIGNATURE=of-sigv2-0123&amp;x \u{202e}\u{2066}\u{2028}\u{200b}";
        let id = request.headers.get("authorization");
        let id = id.map_or("none", |value| value.to_str().unwrap());
        let sts = format!("<Error><Code>Echo</Code><Message>{echo}</Message></Error>");
        let body = if request.url.path() == "/sts/" {
            format!("<ErrorResponse>{sts}</ErrorResponse>")
        } else {
            sts
        };
        ResponseTemplate::new(400)
            .insert_header("x-amz-request-id", id)
            .set_body_string(body)
    }
}

/// The server repeats the headers of the request in the `<Message>` of S3 errors, and the form of
/// the request in the `<Message>` of STS errors. In every output format, stdout and stderr contain
/// none of the repeated secrets.
#[tokio::test(flavor = "multi_thread")]
async fn does_not_print_headers_and_forms_that_a_server_repeats() {
    const OIDC: &str = "MARKEROIDC.eyJhIjoiYiJ9.MARKEROIDC";
    let server = MockServer::start().await;
    let signatures = Arc::new(Mutex::new(Vec::new()));
    let echo = Echo(Arc::clone(&signatures));
    Mock::given(any()).respond_with(echo).mount(&server).await;
    let url = server.uri();
    let check = |args: &[&str], output: &Output| {
        let shown = format!("{}{}", output.stdout, output.stderr);
        let mut hidden = vec![SECRET.to_owned(), TOKEN.to_owned(), OIDC.to_owned()];
        hidden.push("MARKEROIDC".to_owned());
        hidden.push("of-sigv2-0123".to_owned());
        hidden.extend(signatures.lock().unwrap().iter().cloned());
        hidden.extend(["\u{202e}", "\u{2066}", "\u{2028}", "\u{200b}"].map(str::to_owned));
        for text in hidden {
            assert!(!shown.contains(&text), "{args:?}: {text}: {shown}");
        }
        assert!(shown.contains("Echo"), "{args:?}: {shown}");
        assert!(shown.contains("(hidden)"), "{args:?}: {shown}");
    };
    for args in [
        &["audit", BUCKET][..],
        &["audit", BUCKET, "-o", "json"],
        &["audit", BUCKET, "-o", "sarif"],
        &["audit", BUCKET, "-o", "html"],
        &["audit", BUCKET, "-o", "csv"],
        &["audit", "--all"],
        &["bootstrap", BUCKET, "-o", "json"],
        &["bootstrap", BUCKET, "other-box", "-o", "json"],
        &["verify", BUCKET, "-o", "json"],
    ] {
        let more = ["--endpoint", &url, "--max-attempts", "1", "-vv"];
        let output = Program::bare(&[args, &more].concat())
            .env("AWS_ACCESS_KEY_ID", "AKIDMARKER")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .run();
        check(args, &output);
    }
    assert!(!signatures.lock().unwrap().is_empty());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), OIDC).unwrap();
    let sts = format!("{url}/sts");
    for args in [
        &["credentials", "-vv"][..],
        &["audit", BUCKET, "-o", "json"],
    ] {
        let output = Program::bare(args)
            .env("AWS_ENDPOINT_URL_STS", &sts)
            .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", file.path().to_str().unwrap())
            .run();
        check(args, &output);
    }
}

/// Returns an action that sends a response with this status and this body.
fn answer(status: u16, body: &str) -> Action {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    Action::Raw(text.into_bytes())
}

/// Returns a fault that affects every GET of this subresource.
fn each_get(subresource: &str, action: Action) -> Fault {
    Fault {
        method: Some("GET".to_owned()),
        path: None,
        subresource: Some(subresource.to_owned()),
        skip: 0,
        times: usize::MAX,
        action,
    }
}

/// The server inserts markup into the secret or changes its case, in a configuration and in an
/// error.
#[tokio::test(flavor = "multi_thread")]
async fn does_not_print_a_secret_that_a_server_splits_or_writes_in_upper_case() {
    let world = World::new(false).await;
    world.harden(&[]).exits(0);
    let (begin, end) = OWNER.secret_access_key.split_at(10);
    for echo in [
        format!("{begin}<!-- -->{end}"),
        format!("{begin}<?x y?>{end}"),
        format!("x <![CDATA[{begin}]]><![CDATA[{end}]]>"),
        format!(
            "X-AMZ-SECURITY-TOKEN: {}",
            OWNER.secret_access_key.to_uppercase()
        ),
    ] {
        let tagging = format!(
            "<Tagging><TagSet><Tag><Key>a</Key><Value>{echo}</Value></Tag></TagSet></Tagging>"
        );
        let error = format!("<Error><Code>AccessDenied</Code><Message>{echo}</Message></Error>");
        for (status, body) in [(200, tagging), (403, error)] {
            world.sandbox.clear_faults();
            let action = answer(status, &body);
            world.sandbox.inject(each_get("tagging", action));
            for format in ["text", "json", "sarif", "html"] {
                let output = world.run(&["audit", BUCKET, "--tag", "a=b", "-o", format]);
                let shown = format!("{}{}", output.stdout, output.stderr);
                let found = shown.to_uppercase().contains(&end.to_uppercase());
                assert!(!found, "{body} {format}: {shown}");
                assert!(shown.contains("(hidden)"), "{body} {format}: {shown}");
            }
        }
    }
}

/// The program replaces a secret in a server's configuration by `(hidden)`, so it cannot write the
/// original configuration back.
#[tokio::test(flavor = "multi_thread")]
async fn does_not_write_a_configuration_back_without_its_secret() {
    let world = World::new(false).await;
    world.harden(&[]).exits(0);
    let (begin, end) = OWNER.secret_access_key.split_at(10);
    for prefix in [
        OWNER.secret_access_key.to_owned(),
        format!("{begin}<!-- -->{end}"),
    ] {
        let lifecycle = format!(
            "<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
        );
        world.sandbox.clear_faults();
        let action = answer(200, &lifecycle);
        world.sandbox.inject(each_get("lifecycle", action));
        for dry_run in [&["--dry-run"][..], &[]] {
            world.sandbox.clear_requests();
            let args = [&["--lifecycle", "-o", "json"], dry_run].concat();
            let output = world.bootstrap(&args).exits(1);
            assert_eq!(output.status("lifecycle"), "failed", "{output:?}");
            let why = "contains a secret of this run";
            assert!(output.stderr.contains(why), "{output:?}");
            assert_eq!(world.writes(), [""; 0], "{output:?}");
        }
    }
}

/// Every user of the machine can read arguments in `/proc/PID/cmdline`, so no option takes a
/// secret.
#[test]
fn no_secret_is_ever_an_argument() {
    for command in program::COMMANDS {
        let help = Program::bare(&[command, "--help"]).run().exits(0);
        let options = help
            .stdout
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        for option in options {
            assert_lacks(option, &["secret", "token", "password", "access-key"]);
        }
    }
}

/// The `Debug` output of the library's types contains no secret.
#[tokio::test(flavor = "multi_thread")]
async fn debug_output_shows_no_secret() {
    let world = World::new(false).await;
    let mut client = world.client();
    client.credentials = Credentials::new("AKID", SECRET).with_token(TOKEN);
    world
        .sandbox
        .inject(Fault::any(0, usize::MAX, Action::Reset));
    client.retry.max_attempts = 1;
    let name = s3_secure_bucket::presign::endpoint::BucketName::parse(BUCKET).unwrap();
    let mut bucket = s3_secure_bucket::internals::s3::Bucket::new(&client, name).unwrap();
    let error = bucket.head().await.unwrap_err();
    let shown = format!("{client:?} {bucket:?} {error:?} {error}");
    // An access key ID is not a secret. If the text contains the key ID, the debug output was not
    // empty.
    assert!(shown.contains("AKID"), "{shown}");
    assert_lacks(&shown, &["MARKER"]);
}

/// Inspects the process while it waits for keys on stdin. The limit for the size of a core file
/// must be 0. Root must own the files in `/proc/PID`, because Linux makes root their owner if a
/// process cannot be dumped.
#[test]
#[cfg(target_os = "linux")]
fn no_core_file_can_hold_a_secret() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    const NOBODY: u32 = 65534;
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("s3-secure-bucket");
    std::fs::copy(env!("CARGO_BIN_EXE_s3-secure-bucket"), &binary).unwrap();
    for path in [folder.path(), &binary] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(&binary);
    command
        .args(["presign", "get", "s3://drop-box", "--keys-from", "-"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .stdin(Stdio::piped());
    // Root always owns the `/proc` files of processes that it starts, so a test that runs as root
    // starts the program as a different user.
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(NOBODY);
    }
    let mut child = command.spawn().unwrap();
    let proc = format!("/proc/{}", child.id());
    let core_limit_and_owner = || {
        let limits = std::fs::read_to_string(format!("{proc}/limits")).unwrap();
        let core = limits.lines().find(|line| line.contains("core file"));
        let words: Vec<&str> = core.unwrap().split_whitespace().collect();
        let owner = std::fs::metadata(format!("{proc}/environ")).unwrap().uid();
        (words[4..6].join(" "), owner)
    };
    // During its first milliseconds, the new process has not yet set its limits, so the test waits.
    let deadline = Instant::now() + Duration::from_secs(10);
    let safe = ("0 0".to_owned(), 0);
    while core_limit_and_owner() != safe && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(core_limit_and_owner(), safe);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
