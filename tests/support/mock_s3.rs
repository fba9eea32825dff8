//! A scripted S3: it gives the scripted answers and records every request. A request that is not in
//! the script is answered with 500 and fails the test, and so does an answer that is never used.

use super::fixture;
use super::program::{self, BUCKET, Output};
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The requests of a run in which every control is right already.
pub const ALL_READ: [&str; 6] = [
    "HEAD",
    LIST,
    "GET ?publicAccessBlock",
    "GET ?encryption",
    "GET ?ownershipControls",
    "GET ?policy",
];

/// `ListBuckets`, which shows that an existing bucket is ours. A script that says nothing else of it
/// answers with [`BUCKET`] alone.
pub const LIST: &str = "ListBuckets";

/// It knows one bucket, [`BUCKET`], in path style.
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

    /// A bucket on which every default control is right.
    pub async fn compliant() -> Self {
        Self::start()
            .await
            .on("HEAD", &["head-bucket/exists"])
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

    /// At first there is no bucket; CreateBucket gets these answers; then the bucket exists.
    pub fn creates(self, answers: &[&'static str]) -> Self {
        self.but("HEAD", &["head-bucket/missing", "head-bucket/exists"])
            .on("PUT", answers)
    }

    /// A subresource that is not right yet: its reads get these answers, its write is accepted.
    pub fn changes(self, subresource: &str, reads: &[&'static str]) -> Self {
        let accepted = match subresource {
            "publicAccessBlock" => "put-public-access-block/ok",
            "encryption" => "put-bucket-encryption/ok",
            "ownershipControls" => "put-bucket-ownership-controls/ok",
            "policy" => "put-bucket-policy/ok",
            "versioning" => "put-bucket-versioning/ok",
            "lifecycle" => "put-bucket-lifecycle-configuration/ok",
            "logging" => "put-bucket-logging/ok",
            "tagging" => "put-bucket-tagging/ok",
            other => panic!("no fixture for PUT ?{other}"),
        };
        self.but(&format!("GET ?{subresource}"), reads)
            .on(&format!("PUT ?{subresource}"), &[accepted])
    }

    /// Block Public Access is not right yet, and no public policy depends on that.
    pub fn blocks_public_access(self, reads: &[&'static str]) -> Self {
        self.changes("publicAccessBlock", reads)
            .on("GET ?policyStatus", &["get-bucket-policy-status/private"])
    }

    /// The bucket has a policy of another author, and shows ours beside it once that was written.
    pub fn merges_foreign_policy(self) -> Self {
        self.changes(
            "policy",
            &[
                "get-bucket-policy/foreign",
                "get-bucket-policy/foreign-and-tls-only",
            ],
        )
    }

    /// The same with other answers to `what`.
    pub fn but(self, what: &str, fixtures: &[&'static str]) -> Self {
        self.without(what).on(what, fixtures)
    }

    /// The same with nothing scripted for `what`.
    pub fn without(self, what: &str) -> Self {
        let mut script = self.script.lock().unwrap();
        script.answers.retain(|(known, ..)| known != what);
        drop(script);
        self
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Runs `bootstrap drop-box` with more arguments.
    pub fn bootstrap(&self, more: &[&str]) -> Output {
        program::bootstrap(&self.url(), more).run()
    }

    /// The same without printing URLs.
    pub fn harden(&self, more: &[&str]) -> Output {
        self.bootstrap(&[&["--no-presign"], more].concat())
    }

    /// Every request, as `METHOD` or `METHOD ?subresource`.
    pub async fn log(&self) -> Vec<String> {
        self.requests().await.iter().map(name).collect()
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

/// What a request was signed for: `us-east-1/s3`.
pub fn scope(request: &Request) -> String {
    let authorization = request.headers["authorization"].to_str().unwrap();
    let credential = authorization.split(',').next().unwrap();
    let parts: Vec<&str> = credential.split('/').collect();
    parts[2..4].join("/")
}

/// Each request was expected, and each scripted answer was used.
impl Drop for MockS3 {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let script = self.script.lock().unwrap();
        assert_eq!(script.unexpected, [""; 0], "unexpected requests");
        for (what, fixtures, used) in &script.answers {
            let all = *used >= fixtures.len();
            assert!(all, "{what}: only {used} of {fixtures:?} were used");
        }
    }
}

struct Actor(Arc<Mutex<Script>>);

impl Respond for Actor {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let name = name(request);
        let mut script = self.0.lock().unwrap();
        let scripted = script.answers.iter_mut().find(|(what, ..)| *what == name);
        let is_known = name == LIST || request.url.path() == format!("/{BUCKET}");
        if scripted.is_none() && name == LIST {
            return fixture::answer("list-buckets/ours");
        }
        if let Some((_, fixtures, used)) = scripted
            && is_known
        {
            *used += 1;
            return fixture::answer(fixtures[(*used - 1).min(fixtures.len() - 1)]);
        }
        let is_log_bucket = request.url.path() == "/the-logs";
        // Unless a test says otherwise, the bucket has no ACL to speak of and no website.
        match &*name {
            "GET ?acl" if is_known => return fixture::answer("get-bucket-acl/owner-only"),
            // The bucket that takes the logs is as bootstrap makes it.
            "GET ?policy" if is_log_bucket => return fixture::answer("get-bucket-policy/absent"),
            "GET ?encryption" if is_log_bucket => {
                return fixture::answer("get-bucket-encryption/aes256-sse-c-blocked");
            }
            "GET ?website" if is_known => return fixture::answer("get-bucket-website/absent"),
            _ => {}
        }
        script
            .unexpected
            .push(format!("{name} {}", request.url.path()));
        ResponseTemplate::new(500)
    }
}

fn name(request: &Request) -> String {
    match request.url.query() {
        None if request.url.path() == "/" => LIST.to_owned(),
        Some(query) => format!("{} ?{query}", request.method),
        None => request.method.to_string(),
    }
}
