//! A scripted S3: it gives the answers it was told to and remembers every request. Whatever it was
//! not told of it answers with 500, and the test fails: it cannot agree by accident.

use super::fixture;
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The only bucket it knows, in path style.
pub const BUCKET: &str = "drop-box";

pub struct MockS3 {
    server: MockServer,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    /// `PUT ?policy` and the fixtures it is answered with, one after the other; the last one stays.
    answers: Vec<(String, Vec<&'static str>, usize)>,
    unexpected: Vec<String>,
}

impl MockS3 {
    pub async fn start() -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(Actor(script.clone()))
            .mount(&server)
            .await;
        MockS3 { server, script }
    }

    /// `what` is `METHOD` or `METHOD ?subresource`, of the bucket.
    pub fn on(self, what: &str, fixtures: &[&'static str]) -> Self {
        self.script
            .lock()
            .unwrap()
            .answers
            .push((what.to_owned(), fixtures.to_vec(), 0));
        self
    }

    /// A bucket of one's own on which every default control is right.
    pub fn compliant(self) -> Self {
        self.on("HEAD", &["head-bucket/exists"])
            .on(
                "GET ?publicAccessBlock",
                &["get-public-access-block/all-on"],
            )
            .on(
                "GET ?encryption",
                &["get-bucket-encryption/aes256-sse-c-blocked"],
            )
            .on(
                "GET ?ownershipControls",
                &["get-bucket-ownership-controls/enforced"],
            )
            .on("GET ?policy", &["get-bucket-policy/tls-only"])
    }

    /// The same with other answers to `what`.
    pub fn but(self, what: &str, fixtures: &[&'static str]) -> Self {
        self.without(what).on(what, fixtures)
    }

    /// The same without `what`.
    pub fn without(self, what: &str) -> Self {
        let mut script = self.script.lock().unwrap();
        script.answers.retain(|(known, ..)| known != what);
        drop(script);
        self
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Every request, as `METHOD` or `METHOD ?subresource`; checks that each was expected and each
    /// scripted answer was used.
    pub async fn log(&self) -> Vec<String> {
        self.check();
        self.requests().await.iter().map(name).collect()
    }

    fn check(&self) {
        let script = self.script.lock().unwrap();
        let nobody: [String; 0] = [];
        assert_eq!(script.unexpected, nobody, "requests that nobody expected");
        for (what, fixtures, used) in &script.answers {
            let all = *used >= fixtures.len();
            assert!(all, "{what}: {used} of {fixtures:?} were asked for");
        }
    }

    /// The bodies sent with `what`.
    pub async fn bodies(&self, what: &str) -> Vec<String> {
        let of = |request: &Request| String::from_utf8(request.body.clone()).unwrap();
        self.requests()
            .await
            .iter()
            .filter(|request| name(request) == what)
            .map(of)
            .collect()
    }

    pub async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.unwrap()
    }
}

struct Actor(Arc<Mutex<Script>>);

impl Respond for Actor {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let name = name(request);
        let mut script = self.0.lock().unwrap();
        let scripted = script.answers.iter_mut().find(|(what, ..)| *what == name);
        if let Some((_, fixtures, used)) = scripted
            && request.url.path() == format!("/{BUCKET}")
        {
            *used += 1;
            return fixture::answer(fixtures[(*used - 1).min(fixtures.len() - 1)]);
        }
        script
            .unexpected
            .push(format!("{name} {}", request.url.path()));
        ResponseTemplate::new(500)
    }
}

fn name(request: &Request) -> String {
    match request.url.query() {
        Some(query) => format!("{} ?{query}", request.method),
        None => request.method.to_string(),
    }
}
