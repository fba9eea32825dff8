//! `request` against servers that repeat its secrets or store what a form forbids, and with an stdout that
//! cannot take the link.

use crate::support::program::{BUCKET, Output, Program};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// The answer of a test to a request, or `None` for the usual answer.
type Answer = fn(&Request) -> Option<ResponseTemplate>;

/// A server with one bucket, which stores objects and has no configuration.
struct Server {
    server: MockServer,
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Server {
    async fn start(special: Answer) -> Self {
        let (server, objects) = (MockServer::start().await, Arc::default());
        let stored: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::clone(&objects);
        let respond = move |request: &Request| {
            special(request).unwrap_or_else(|| usual_answer(request, &mut stored.lock().unwrap()))
        };
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        Server { server, objects }
    }

    fn program(&self, more: &[&str]) -> Program {
        let url = self.server.uri();
        let args = ["request", "s3://drop-box/in/", "--endpoint", &url];
        let once = ["--max-attempts", "1"];
        Program::new(&[&args[..], &once, more].concat())
    }

    /// The signatures and the policies in the bodies of all requests.
    async fn secrets(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let bodies = requests.iter().map(|it| String::from_utf8_lossy(&it.body));
        let words = bodies.flat_map(|body| {
            let ends = |c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c);
            body.split(ends).map(str::to_owned).collect::<Vec<_>>()
        });
        words
            .filter(|word| word.starts_with("eyJ") || is_signature(word))
            .collect()
    }
}

fn is_signature(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn usual_answer(request: &Request, objects: &mut BTreeMap<String, Vec<u8>>) -> ResponseTemplate {
    let path = request.url.path();
    let key = path
        .strip_prefix(&format!("/{BUCKET}/"))
        .unwrap_or_default();
    let xml = |status, body: &str| ResponseTemplate::new(status).set_body_string(body);
    match (request.method.as_str(), key) {
        ("GET", "") if path == "/" => xml(
            200,
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>drop-box</Name></Bucket></Buckets></ListAllMyBucketsResult>",
        ),
        ("HEAD", _) => xml(200, ""),
        ("POST", _) => xml(400, "<Error><Code>EntityTooSmall</Code></Error>"),
        ("PUT", key) => {
            objects.insert(key.to_owned(), request.body.clone());
            xml(200, "")
        }
        ("DELETE", key) => {
            objects.remove(key);
            xml(204, "")
        }
        ("GET", key) if objects.contains_key(key) => {
            ResponseTemplate::new(200).set_body_raw(objects[key].clone(), "text/html")
        }
        _ => xml(501, "<Error><Code>NotImplemented</Code></Error>"),
    }
}

/// An error that repeats the body of the request.
fn echo(request: &Request) -> ResponseTemplate {
    let body = String::from_utf8_lossy(&request.body);
    let body = body.replace('&', "&amp;").replace('<', "&lt;");
    let error = format!("<Error><Code>Refused</Code><Message>{body}</Message></Error>");
    ResponseTemplate::new(400).set_body_string(error)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_shows_the_forms_of_the_page() {
    let echoes: [Answer; 2] = [
        |request| (request.method.as_str() == "POST").then(|| echo(request)),
        |request| (request.method.as_str() == "PUT").then(|| echo(request)),
    ];
    for (special, secrets) in echoes.into_iter().zip([2, 6]) {
        let server = Server::start(special).await;
        for format in [&[][..], &["-o", "json"], &["-vv"]] {
            let run = server
                .program(format)
                .env("AWS_SESSION_TOKEN", "MARKER/of+the=token");
            let output: Output = run.run().exits(1);
            assert!(output.stderr.contains("400 Refused"), "{output:?}");
            let found = server.secrets().await;
            assert!(found.len() >= secrets, "{found:?}");
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            output.assert_hides(&found);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_form_forbids_is_removed() {
    let stores: Answer = |request| {
        let stored = ResponseTemplate::new(204).insert_header("x-amz-version-id", "v1");
        (request.method.as_str() == "POST").then_some(stored)
    };
    let server = Server::start(stores).await;
    let output = server.program(&[]).run().exits(1);
    let error = "error: the server does not enforce the policy of an upload form: it stored a file that is too small";
    assert!(output.stderr.contains(error), "{output:?}");
    let requests = server.server.received_requests().await.unwrap();
    let last = requests.last().unwrap();
    assert_eq!(last.method.as_str(), "DELETE");
    assert_eq!(last.url.query(), Some("versionId=v1"));
    assert!(last.url.path().starts_with("/drop-box/in/"), "{}", last.url);
    assert!(last.url.path().ends_with("/receipt.json"), "{}", last.url);

    let keeps: Answer = |request| match request.method.as_str() {
        "POST" => Some(ResponseTemplate::new(204)),
        "DELETE" => Some(ResponseTemplate::new(403)),
        _ => None,
    };
    let server = Server::start(keeps).await;
    let output = server.program(&[]).run().exits(1);
    let line = output
        .line("error: the server does not enforce the policy of an upload form, and the file `in/");
    assert!(
        line.ends_with("/receipt.json` that the server stored could not be removed"),
        "{line}"
    );
    let hint = output.line("hint: remove the object in/");
    assert!(
        hint.ends_with("/receipt.json with another tool, and use another server for uploads"),
        "{hint}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_link_cannot_be_printed_is_removed() {
    for format in [&[][..], &["-o", "json"]] {
        let server = Server::start(|_| None).await;
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = server.program(format).into_command();
        let output = command.stdin(Stdio::null()).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.ends_with("error: the link could not be printed\n  No space left on device (os error 28)\nhint: run the command again; this run left nothing in the bucket\n"),
            "{stderr}"
        );
        assert_eq!(*server.objects.lock().unwrap(), BTreeMap::new());
        let requests = server.server.received_requests().await.unwrap();
        assert_eq!(requests.last().unwrap().method.as_str(), "DELETE");
    }
}
