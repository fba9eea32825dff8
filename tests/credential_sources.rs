//! Tests of credential sources that need more than files: a terminal, an agent that starts late,
//! unreadable files, and keys that cannot work.

use crate::support::program::Program;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const PRESIGN: [&str; 3] = ["presign", "get", "s3://drop-box/key"];

/// Sends one of `answers` to each connection, and each request to the returned channel.
fn serve(listener: TcpListener, answers: Vec<String>) -> mpsc::Receiver<String> {
    let (sent, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !is_complete(&request) {
                match stream.read(&mut buffer) {
                    Ok(count @ 1..) => request += &String::from_utf8_lossy(&buffer[..count]),
                    _ => break,
                }
            }
            let length = answer.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{answer}"
            )
            .unwrap();
            let _ = sent.send(request);
        }
    });
    requests
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

const DOCUMENT: &str = r#"{"AccessKeyId":"AKIDAGENT","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;

#[test]
fn an_agent_that_starts_late_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1500));
        serve(
            TcpListener::bind(address).unwrap(),
            vec![DOCUMENT.to_owned()],
        )
    });
    let output = Program::bare(&["credentials", "-o", "json"])
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("http://{address}/creds"),
        )
        .run();
    assert_eq!(output.json()["access_key_id"], "AKIDAGENT", "{output:?}");
}

#[test]
fn an_agent_that_never_starts_is_asked_three_times() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let begun = Instant::now();
    let output = Program::bare(&["credentials", "-v"])
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("http://{address}/creds"),
        )
        .run()
        .exits(1);
    let waited = begun.elapsed();
    assert!(
        waited > Duration::from_secs(2) && waited < Duration::from_secs(8),
        "{waited:?}"
    );
    let tries = output.stderr.matches("/(hidden)").count();
    assert_eq!(tries, 3, "{output:?}");
}

#[test]
fn honours_the_time_out_and_attempts_of_the_metadata_service() {
    // The operating system accepts connections to `silent`, but no thread answers a request.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for (timeout, attempts, least, most) in [("0.2", "3", 1100, 4000), ("2", "1", 3900, 9000)] {
        let begun = Instant::now();
        let output = Program::bare(&["credentials", "-v"])
            .env("AWS_EC2_METADATA_DISABLED", "false")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
            .env("AWS_METADATA_SERVICE_TIMEOUT", timeout)
            .env("AWS_METADATA_SERVICE_NUM_ATTEMPTS", attempts)
            .run()
            .exits(1);
        let waited = begun.elapsed().as_millis();
        assert!(
            (least..most).contains(&waited),
            "{timeout} {waited} {output:?}"
        );
        let tries = output.stderr.matches("PUT ").count();
        assert_eq!(tries.to_string(), attempts, "{output:?}");
    }
}

const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>";

#[test]
fn the_program_asks_for_an_mfa_code_on_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(
        home.path().join(".aws/config"),
        "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/r\nmfa_serial = arn:aws:iam::111122223333:mfa/me\nsource_profile = b\n[profile b]\naws_access_key_id = A\naws_secret_access_key = S\n",
    )
    .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = serve(listener, vec![ASSUMED.to_owned()]);
    // Stdin and stderr are redirected, so the program prints the question on the terminal device.
    let program = |args: &[&str]| {
        Program::bare(args)
            .env("HOME", home.path().to_str().unwrap())
            .env("AWS_PROFILE", "a")
            .env("AWS_ENDPOINT_URL_STS", &url)
    };
    let command = program(&["credentials", "-o", "json", "--color", "never"]);
    let (_, shown) = command.on_terminal("</dev/null 2>/dev/null", "MFA code", "123456\n");
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(
        lines[0],
        "Enter MFA code for arn:aws:iam::111122223333:mfa/me:"
    );
    assert!(
        shown.contains("ASIAROLE") && !shown.contains("123456"),
        "{shown}"
    );
    let request = requests.recv_timeout(Duration::from_secs(9)).unwrap();
    let fields = "&SerialNumber=arn%3Aaws%3Aiam%3A%3A111122223333%3Amfa%2Fme&TokenCode=123456";
    assert!(
        fields.split('&').all(|field| request.contains(field)),
        "{request}"
    );
    for (typed, error) in [
        (
            "12345\n",
            "the answer is not an MFA code, which has six digits",
        ),
        (
            "one two\n",
            "the answer is not an MFA code, which has six digits",
        ),
        (
            "\x03",
            "the code of the MFA device arn:aws:iam::111122223333:mfa/me cannot be read: cancelled",
        ),
    ] {
        let command = program(&["credentials", "--color", "never"]);
        let (_, shown) = command.on_terminal("", "MFA code", typed);
        let joined: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(error), "{typed:?} {shown}");
    }
}

/// Prepares a `presign` run with this home directory. The keys are in environment variables.
fn presign_in(home: &Path) -> Program {
    Program::new(&PRESIGN)
        .env("HOME", home.to_str().unwrap())
        .env("AWS_REGION", "eu-central-1")
}

#[test]
fn an_unusable_default_file_never_fails_a_run_that_does_not_need_it() {
    let absent = presign_in(Path::new("/dev/null")).run().exits(0);
    assert_eq!(absent.stderr, "");
    let home = tempfile::tempdir().unwrap();
    let aws = home.path().join(".aws");
    std::fs::create_dir_all(aws.join("credentials")).unwrap();
    let directory = presign_in(home.path()).run().exits(0);
    let path = aws.display();
    assert_eq!(
        directory.stderr,
        format!("warning: {path}/credentials is a directory, not a file, and is skipped\n")
    );
    let chain = Program::bare(&["credentials"])
        .env("HOME", home.path().to_str().unwrap())
        .run()
        .exits(1);
    assert_eq!(
        chain.line("  instance metadata: "),
        "  instance metadata: AWS_EC2_METADATA_DISABLED is true"
    );
    std::fs::remove_dir(aws.join("credentials")).unwrap();
    // The symbolic link points to itself, so even root cannot read the file.
    symlink("credentials", aws.join("credentials")).unwrap();
    let loop_of_links = presign_in(home.path()).run().exits(0);
    let why = "Too many levels of symbolic links (os error 40)";
    assert_eq!(
        loop_of_links.stderr,
        format!("warning: {path}/credentials: {why}; its settings are not used\n")
    );
    std::fs::remove_file(aws.join("credentials")).unwrap();
    std::fs::remove_dir(&aws).unwrap();
    symlink(".aws", &aws).unwrap();
    let folder = presign_in(home.path()).run().exits(0);
    assert_eq!(
        folder.stderr,
        format!(
            "warning: the AWS files in {path} are skipped: the folder cannot be entered ({why})\n"
        )
    );
}

#[test]
fn a_default_file_that_exists_and_cannot_be_read_ends_the_chain_at_the_profile() {
    let home = tempfile::tempdir().unwrap();
    let aws = home.path().join(".aws");
    std::fs::create_dir(&aws).unwrap();
    symlink("credentials", aws.join("credentials")).unwrap();
    let run = |args: &[&str]| {
        Program::bare(args)
            .env("HOME", home.path().to_str().unwrap())
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")
            .run()
            .exits(1)
            .failure()
    };
    let file = format!(
        "{}/credentials: Too many levels of symbolic links (os error 40)",
        aws.display()
    );
    assert_eq!(
        run(&["credentials"]),
        format!(
            "error: no AWS credentials\n  environment: AWS_ACCESS_KEY_ID is not set\n  profile: {file}\nhint: correct the last credential source in the list above, or select another profile with --profile\n"
        )
    );
    assert_eq!(
        run(&["credentials", "--profile", "p"]),
        format!(
            "error: a shared AWS config or credentials file cannot be used\n  {file}\nhint: fix the file, or name other files with AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE\n"
        )
    );
}

#[test]
fn temporary_credentials_without_an_expiration_are_reported() {
    let run = |more: &[&str]| {
        Program::new(&[&PRESIGN[..], &["--expires-in", "7d"], more].concat())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_SESSION_TOKEN", "token")
    };
    let situation = "the credentials are temporary and their expiration is not known: the URL may stop working before its own expiration";
    let warned = run(&[]).run().exits(0);
    assert_eq!(warned.stderr, format!("warning: {situation}\n"));
    let failed = run(&["--on-short-credentials", "fail"]).run().exits(1);
    assert_eq!(
        failed.stderr,
        format!(
            "error: {situation}\nhint: set AWS_CREDENTIAL_EXPIRATION, or use a source that reports an expiration\n"
        )
    );
    let known = run(&["--on-short-credentials", "fail"])
        .env("AWS_CREDENTIAL_EXPIRATION", "9999-12-31T23:59:59Z")
        .run()
        .exits(0);
    assert_eq!(known.stderr, "");
}

/// If both variables are set, the AWS SDKs for Rust and Go also prefer `HTTPS_PROXY`.
#[test]
fn the_upper_case_name_of_the_proxy_wins() {
    let (upper, lower) = (
        TcpListener::bind("127.0.0.1:0").unwrap(),
        TcpListener::bind("127.0.0.1:0").unwrap(),
    );
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    lower.set_nonblocking(true).unwrap();
    let program = Program::new(&[
        "audit",
        "drop-box",
        "--max-attempts",
        "1",
        "--timeout",
        "3s",
    ])
    .env("HTTPS_PROXY", &url(&upper))
    .env("https_proxy", &url(&lower));
    let requests = serve(upper, vec![String::new()]);
    program.run().exits(1);
    let request = requests.recv_timeout(Duration::from_secs(9)).unwrap();
    assert!(request.starts_with("CONNECT "), "{request}");
    assert!(lower.accept().is_err());
}

#[test]
fn a_missing_services_section_is_a_usage_error() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config = home.path().join(".aws/config");
    std::fs::write(&config, "[default]\nservices = my-local\n").unwrap();
    let missing = presign_in(home.path()).run().exits(2);
    assert_eq!(
        (&*missing.stdout, &*missing.stderr),
        (
            "",
            "error: profile `default` has `services = my-local`, but there is no section [services my-local]\nhint: add the section to ~/.aws/config, or remove `services` from the profile\n"
        )
    );
    let section = "[default]\nservices = my-local\ns3 =\n  addressing_style = path\n[services \"my-local\"]\ns3 =\n  endpoint_url = https://s3.example.com\n";
    std::fs::write(&config, section).unwrap();
    let found = presign_in(home.path()).run().exits(0);
    assert!(
        found
            .stdout
            .starts_with("https://s3.example.com/drop-box/key?"),
        "{found:?}"
    );
}
