//! Runs the credential chain on each case in `wiremock-fixtures/credentials/`, and compares the
//! credentials, the requests and the messages with the expected values of the case. The tests also
//! check that the program prints no secret.

use crate::support::mock_s3::scope;
use crate::support::program::{Output, Program, assert_lacks};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The scripted responses of a case, in order. Each response is used once. Each response belongs to
/// a request with the method, the path, the query and (if the case names one) the body of the case.
struct Script(Arc<Mutex<Vec<(String, ResponseTemplate)>>>);

impl Respond for Script {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let query = request
            .url
            .query()
            .map_or(String::new(), |query| format!("?{query}"));
        let asked = format!("{} {}{query}", request.method, request.url.path());
        let body = String::from_utf8_lossy(&request.body);
        let mut left = self.0.lock().unwrap();
        match left.first() {
            Some((expected, _))
                if *expected == asked || *expected == format!("{asked}\n| {body}") =>
            {
                left.remove(0).1
            }
            next => {
                let next = next.map(|(expected, _)| expected.clone());
                left.push((
                    format!("got the request {asked}, expected {next:?}"),
                    ResponseTemplate::new(418),
                ));
                ResponseTemplate::new(418)
            }
        }
    }
}

fn answers(text: &str) -> Vec<(String, ResponseTemplate)> {
    let mut all = Vec::new();
    for block in text.split("> ").filter(|block| !block.trim().is_empty()) {
        let (asked, raw) = block.split_at(block.find("\nHTTP/").unwrap());
        let (head, body) = raw.trim_start().split_once("\n\n").unwrap();
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        all.push((
            asked.to_owned(),
            ResponseTemplate::new(status).set_body_string(body.trim_end()),
        ));
    }
    all
}

/// The result of a run of the program on a case.
struct Ended {
    output: Output,
    /// The scripted responses that no request used, and the requests for which no response was
    /// left.
    left: Vec<String>,
    /// The address of the mock server.
    server: String,
    home: tempfile::TempDir,
}

/// The path below the home directory at which `aws sso login` saves the token of the SSO session
/// `dev`. The file name is the SHA-1 of `dev`.
const SSO_TOKEN: &str = ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";

/// The path below the home directory at which `aws login` saves the session of
/// `arn:aws:sts::012345678910:assumed-role/Admin/admin`.
const LOGIN_SESSION: &str =
    ".aws/login/cache/4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json";

/// Runs a command of the program with the files, variables and responses of the case in `folder`.
async fn run(folder: &Path, args: &[&str]) -> Ended {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let script = Arc::new(Mutex::new(answers(&read("answers"))));
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(Script(script.clone()))
        .mount(&server)
        .await;
    let home = tempfile::tempdir().unwrap();
    let fill = |text: &str| {
        text.replace("{server}", &server.uri())
            .replace("{dir}", folder.to_str().unwrap())
    };
    for (name, place) in [
        ("config", ".aws/config"),
        ("credentials", ".aws/credentials"),
        ("sso-token.json", SSO_TOKEN),
        ("login-session.json", LOGIN_SESSION),
    ] {
        if folder.join(name).exists() {
            let path = home.path().join(place);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, fill(&read(name))).unwrap();
        }
    }
    let mut program = Program::bare(args)
        .env("HOME", home.path().to_str().unwrap())
        .env("PATH", "/usr/bin:/bin");
    for line in fill(&read("env")).lines() {
        let (name, value) = line.split_once('=').unwrap();
        program = program.env(name, value);
    }
    let output = program.run();
    let left = script
        .lock()
        .unwrap()
        .iter()
        .map(|(asked, _)| asked.clone())
        .collect();
    // The destructor of a wiremock server waits for work of this task, so a new thread drops the
    // server.
    tokio::task::yield_now().await;
    Ended {
        output,
        left,
        server: server.uri(),
        home,
    }
}

fn worlds() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("wiremock-fixtures/credentials");
    let mut all: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    assert!(all.len() > 20, "{all:?}");
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_credential_case_gives_its_expected_result() {
    for folder in worlds() {
        let ended = run(&folder, &["credentials", "-o", "json"]).await;
        let output = &ended.output;
        assert_eq!(ended.left, Vec::<String>::new(), "{folder:?} {output:?}");
        let stderr = output
            .stderr
            .replace(&ended.server, "{server}")
            .replace(folder.to_str().unwrap(), "{dir}")
            .replace(ended.home.path().to_str().unwrap(), "{home}");
        let has_line = |wanted: &str| stderr.lines().any(|line| line.trim_start() == wanted);
        let expect = std::fs::read_to_string(folder.join("expect")).unwrap();
        let is_error = expect.starts_with("error ");
        let code = i32::from(is_error);
        assert_eq!(output.code, code, "{folder:?} {output:?}");
        let has_error = output.json().get("error").is_some();
        assert_eq!(has_error, is_error, "{folder:?} {output:?}");
        let warnings = expect.matches("warning ").count();
        assert_eq!(
            stderr.matches("warning: ").count(),
            warnings,
            "{folder:?} {stderr}"
        );
        let sso_token = ended.home.path().join(SSO_TOKEN);
        for line in expect.lines() {
            let (what, value) = line.split_once(' ').unwrap();
            match what {
                "error" => assert!(has_line(value), "{folder:?} {output:?}"),
                "warning" => assert!(
                    has_line(&format!("warning: {value}")),
                    "{folder:?} {stderr}"
                ),
                "cache" => {
                    let (name, value) = value.split_once(' ').unwrap();
                    let token = std::fs::read(&sso_token).unwrap();
                    let token: serde_json::Value = serde_json::from_slice(&token).unwrap();
                    assert_eq!(token[name].to_string(), value, "{folder:?}");
                    assert_eq!(
                        std::fs::read_dir(sso_token.parent().unwrap())
                            .unwrap()
                            .count(),
                        1
                    );
                }
                "cache-mode" => {
                    let mode = std::fs::metadata(&sso_token).unwrap().permissions().mode();
                    assert_eq!(format!("{:o}", mode & 0o777), value, "{folder:?}");
                }
                "process" => {
                    let (name, value) = value.split_once(' ').unwrap();
                    let process = run(&folder, &["credentials", "-o", "process"]).await;
                    assert_eq!(process.output.json()[name], value, "{folder:?}");
                }
                "key" => assert_eq!(output.json()["access_key_id"], value, "{folder:?}"),
                _ => assert_eq!(output.json()[what], value, "{folder:?}"),
            }
        }
    }
}

/// Runs every command that resolves credentials on each case, with each level of `-v`, and checks
/// that the output contains no secret.
#[tokio::test(flavor = "multi_thread")]
async fn no_credential_case_prints_a_secret() {
    for folder in worlds() {
        for args in [
            &["credentials", "-vv"][..],
            &["credentials", "-vv", "-o", "json"],
            &[
                "bootstrap",
                "some-bucket",
                "-vv",
                "--endpoint",
                "http://127.0.0.1:9",
                "--max-attempts",
                "1",
            ],
        ] {
            let ended = run(&folder, args).await;
            ended.output.assert_hides(&["MARKER"]);
        }
        let ended = run(&folder, &["credentials", "-vv", "-o", "process"]).await;
        let process = ended.output;
        assert_lacks(&process.stderr, &["MARKER"]);
        if process.code == 0 {
            assert_eq!(
                (
                    &process.json()["Version"],
                    &process.json()["SecretAccessKey"]
                ),
                (&1.into(), &"MARKERSECRET".into())
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_container_token_bypasses_proxies() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    Program::bare(&["credentials"])
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("{}/creds", server.uri()),
        )
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t0ken")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .run();
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked[0].headers["authorization"], "t0ken");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_asks_sts_for_the_identity() {
    let server = MockServer::start().await;
    let answer = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/alice</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_string(answer))
        .mount(&server)
        .await;
    let output = Program::new(&["credentials", "--verify", "-o", "json"])
        .env("AWS_ENDPOINT_URL_STS", &server.uri())
        .run();
    assert_eq!(
        output.json()["identity"]["arn"],
        "arn:aws:iam::111122223333:user/alice",
        "{output:?}"
    );
    let asked = server.received_requests().await.unwrap();
    assert_eq!(
        asked[0].body,
        b"Action=GetCallerIdentity&Version=2011-06-15"
    );
    assert_eq!(scope(&asked[0]), "us-east-1/sts");
}

/// AWS STS cannot check credentials that another server issued, so `--verify` does not send such
/// credentials to AWS STS. `--verify` sends credentials of another server only to the STS service
/// of that server.
#[test]
fn verify_rejects_aws_sts_for_credentials_of_another_server() {
    let args = [
        "credentials",
        "--verify",
        "--endpoint",
        "https://127.0.0.1:9",
    ];
    let output = Program::new(&args).run();
    assert_eq!((output.code, &*output.stdout), (2, ""), "{output:?}");
    assert_eq!(
        output.stderr,
        "error: these credentials are for a server that is not AWS, so AWS's STS cannot identify them\n\
            hint: if that server has an STS, set AWS_ENDPOINT_URL_STS to its URL; to use the STS of AWS, omit --endpoint and unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3\n"
    );
    let own = Program::new(&args)
        .env("AWS_ENDPOINT_URL_STS", "https://127.0.0.1:9")
        .run()
        .exits(1);
    // The test ignores the causes of this error, because their texts come from the HTTP library.
    assert_eq!(
        own.line("error: "),
        "error: the credentials cannot be verified"
    );
}

/// Outside of a cloud, no server answers at the metadata address, so the credential chain stops
/// waiting after two seconds. The credential chain resolves no host name.
#[test]
fn the_credential_chain_fails_within_seconds_outside_the_cloud() {
    // The slowest case is a metadata server that accepts connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let begun = Instant::now();
    let output = Program::bare(&["credentials"])
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
        .run()
        .exits(1);
    assert_eq!(
        output.line("  instance metadata: "),
        format!(
            "  instance metadata: there is no instance metadata service here: {} took too long to answer; in a container on EC2 set the hop limit to 2: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id ID",
            &url[7..]
        )
    );
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

/// Another program can name this program as its `credential_process`.
#[test]
fn serves_as_the_credential_process_of_another_program() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config = format!(
        "[profile inner]\naws_access_key_id = AKIDINNER\naws_secret_access_key = s\n[profile outer]\ncredential_process = {} credentials -o process --profile inner\n",
        env!("CARGO_BIN_EXE_s3-secure-bucket")
    );
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let output = Program::bare(&["credentials", "-o", "json", "--profile", "outer"])
        .env("HOME", home.path().to_str().unwrap())
        .env("PATH", "/usr/bin:/bin")
        .run();
    assert_eq!(output.json()["access_key_id"], "AKIDINNER", "{output:?}");
}
