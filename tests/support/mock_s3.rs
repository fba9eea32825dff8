//! A mock S3 server that sends scripted responses and records every request. If a request has no
//! scripted response, the mock answers 500 and the test fails. If no request uses a scripted
//! response, the test fails too.

use super::fixture;
use super::program::{self, BUCKET, Output};
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The requests of a run in which every control is already set.
pub const ALL_READ: [&str; 6] = [
    "HEAD",
    LIST,
    "GET ?publicAccessBlock",
    "GET ?encryption",
    "GET ?ownershipControls",
    "GET ?policy",
];

/// The name of the `ListBuckets` request, which shows whether the caller owns an existing bucket.
/// Without a scripted response for `ListBuckets`, the mock lists only [`BUCKET`].
pub const LIST: &str = "ListBuckets";

/// A mock server with one bucket, [`BUCKET`], which accepts path-style requests.
pub struct MockS3 {
    server: MockServer,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    /// Each entry contains a request such as `PUT ?policy`, the names of its responses in order,
    /// and the number of responses that the mock has sent. After the last response of an entry, the
    /// mock repeats this response.
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

    /// Adds responses to the request `what` for the bucket. `what` has the format `METHOD` or
    /// `METHOD ?subresource`.
    pub fn on(self, what: &str, fixtures: &[&'static str]) -> Self {
        self.script
            .lock()
            .unwrap()
            .answers
            .push((what.to_owned(), fixtures.to_vec(), 0));
        self
    }

    /// Starts a mock whose bucket has every default control.
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

    /// Scripts a bucket that does not exist before the run. The mock answers CreateBucket with
    /// these responses, and then the bucket exists.
    pub fn creates(self, answers: &[&'static str]) -> Self {
        self.but("HEAD", &["head-bucket/missing", "head-bucket/exists"])
            .on("PUT", answers)
    }

    /// Scripts a subresource that the run changes: the mock answers each GET with the next response
    /// of `reads`, and accepts the PUT.
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
            "cors" => "put-bucket-cors/ok",
            other => panic!("no fixture for PUT ?{other}"),
        };
        self.but(&format!("GET ?{subresource}"), reads)
            .on(&format!("PUT ?{subresource}"), &[accepted])
    }

    /// Scripts a run that turns on Block Public Access for a bucket without a public policy.
    pub fn blocks_public_access(self, reads: &[&'static str]) -> Self {
        self.changes("publicAccessBlock", reads)
            .on("GET ?policyStatus", &["get-bucket-policy-status/private"])
    }

    /// Scripts a bucket that has a policy of another tool. After the program's PUT, the policy
    /// contains the statements of the other tool and of the program.
    pub fn merges_foreign_policy(self) -> Self {
        self.changes(
            "policy",
            &[
                "get-bucket-policy/foreign",
                "get-bucket-policy/foreign-and-tls-only",
            ],
        )
    }

    /// Replaces the responses to the request `what`.
    pub fn but(self, what: &str, fixtures: &[&'static str]) -> Self {
        self.without(what).on(what, fixtures)
    }

    /// Removes the responses to the request `what`.
    pub fn without(self, what: &str) -> Self {
        let mut script = self.script.lock().unwrap();
        script.answers.retain(|(known, ..)| known != what);
        drop(script);
        self
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Runs `bootstrap drop-box` with additional arguments.
    pub fn bootstrap(&self, more: &[&str]) -> Output {
        program::bootstrap(&self.url(), more).run()
    }

    /// Runs `bootstrap drop-box` with additional arguments, and prints no URLs.
    pub fn harden(&self, more: &[&str]) -> Output {
        self.bootstrap(&[&["--no-presign"], more].concat())
    }

    /// Returns every request so far, as `METHOD` or `METHOD ?subresource`.
    pub async fn log(&self) -> Vec<String> {
        self.requests().await.iter().map(name).collect()
    }

    /// Returns the bodies of the requests that match `what`, such as `PUT ?policy`.
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

/// Returns the region and the service in the signature of a request, such as `us-east-1/s3`.
pub fn scope(request: &Request) -> String {
    let authorization = request.headers["authorization"].to_str().unwrap();
    let credential = authorization.split(',').next().unwrap();
    let parts: Vec<&str> = credential.split('/').collect();
    parts[2..4].join("/")
}

/// Asserts that the test scripted each request, and that a request used each scripted response.
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
        // If the test scripts no response for the ACL or the website, the bucket has a private ACL
        // and no website.
        match &*name {
            "GET ?acl" if is_known => return fixture::answer("get-bucket-acl/owner-only"),
            // The log bucket has the encryption that `bootstrap` sets, and no policy.
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
