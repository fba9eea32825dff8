//! A sandbox, runs of the program against the sandbox, and an HTTP client that has only presigned
//! URLs and no credentials.

use super::program::{BUCKET, Output, Program};
use super::raw::RawServer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_sandbox::{OWNER, Options, Sandbox, User};
use s3_secure_bucket::internals::context::Context;
use s3_secure_bucket::internals::http::{Client, Request, Response};
use s3_secure_bucket::internals::retry::Policy;
use s3_secure_bucket::internals::s3;
use s3_secure_bucket::internals::s3::clock_skew::ClockSkew;
use s3_secure_bucket::internals::s3::rate_limiter::RateLimiter;
use s3_secure_bucket::presign::endpoint::{Config, EndpointUrl, Region};
use s3_secure_bucket::presign::{self, Credentials, Expiry, Method, ObjectKey, Presigner};
use std::io::Write;
use std::net::TcpStream;

/// A sandbox, and a folder that contains the CA certificate of the sandbox.
pub struct World {
    pub sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl World {
    pub async fn new(aws_defaults: bool) -> Self {
        let options = Options {
            aws_defaults,
            ..Options::default()
        };
        Self::with(options).await
    }

    pub async fn with(options: Options) -> Self {
        let world = World {
            sandbox: Sandbox::start(options).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(world.ca(), world.sandbox.ca_pem()).unwrap();
        world
    }

    pub fn ca(&self) -> String {
        self.folder
            .path()
            .join("ca.pem")
            .to_str()
            .unwrap()
            .to_owned()
    }

    pub fn run_as(&self, user: &User, endpoint: &str, args: &[&str]) -> Output {
        self.program(user, endpoint, args).run()
    }

    pub fn program(&self, user: &User, endpoint: &str, args: &[&str]) -> Program {
        Program::bare(args)
            .env("AWS_ACCESS_KEY_ID", user.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", user.secret_access_key)
            .env("AWS_ENDPOINT_URL_S3", endpoint)
            .env("AWS_CA_BUNDLE", &self.ca())
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.run_as(&OWNER, &self.sandbox.https(), args)
    }

    /// Runs the program, waits for the time `after`, and sends the signal `name`.
    pub fn run_and_signal(&self, args: &[&str], after: std::time::Duration, name: &str) -> Output {
        self.program(&OWNER, &self.sandbox.https(), args)
            .signal(after, name)
    }

    /// Runs the program with additional environment variables.
    pub fn run_with(&self, args: &[&str], more: &[(&str, &str)]) -> Output {
        let program = self.program(&OWNER, &self.sandbox.https(), args);
        let with = |program: Program, (name, value): &(&str, &str)| program.env(name, value);
        more.iter().fold(program, with).run()
    }

    pub fn bootstrap(&self, more: &[&str]) -> Output {
        self.run(&[&["bootstrap", BUCKET], more].concat())
    }

    /// Runs `bootstrap` with an option that prevents the output of URLs.
    pub fn harden(&self, more: &[&str]) -> Output {
        self.bootstrap(&[&["--no-presign"], more].concat())
    }

    /// Starts a proxy that tunnels every connection to the sandbox, for any host name.
    pub fn tunnel(&self) -> RawServer {
        let https = self.sandbox.https();
        let port = https.rsplit(':').next().unwrap().to_owned();
        RawServer::start(move |request, client| {
            if !request.starts_with("CONNECT ") {
                return false;
            }
            let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .unwrap();
            let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let back = std::thread::spawn(move || {
                let _ = std::io::copy(&mut down, &mut up);
                let _ = up.shutdown(std::net::Shutdown::Both);
            });
            let _ = std::io::copy(client, &mut server);
            let _ = server.shutdown(std::net::Shutdown::Both);
            back.join().unwrap();
            false
        })
    }

    /// Runs `presign` with the keys of the bucket's owner, and returns the URL. `endpoint` begins
    /// with `http://` or `https://`.
    pub fn presign(&self, endpoint: &str, args: &[&str]) -> String {
        let args = [&["presign"], args].concat();
        let output = self.run_as(&OWNER, endpoint, &args).exits(0);
        output.stdout.trim_end().to_owned()
    }

    /// Returns a client of the library with the keys of the bucket's owner.
    pub fn client(&self) -> s3::Client {
        let context = Context::process();
        let options = s3_secure_bucket::internals::http::Options {
            ca_bundle: Some(self.ca().into()),
            ..Default::default()
        };
        s3::Client {
            http: Client::new(&context, &options).unwrap(),
            context,
            config: Config {
                endpoint: Some(EndpointUrl::parse(&self.sandbox.https()).unwrap()),
                ..Config::aws(Region::parse("us-east-1").unwrap())
            },
            credentials: Credentials::new(OWNER.access_key_id, OWNER.secret_access_key),
            owner: s3_secure_bucket::internals::s3::Owner::new(None, Err("not asked".to_owned())),
            services: Ok(s3_secure_bucket::internals::s3::Services::default()),
            retry: Policy::default(),
            clock_skew: ClockSkew::default(),
            rate_limiter: RateLimiter::default(),
            observer: Box::new(|_| {}),
        }
    }

    pub async fn send(
        &self,
        method: &'static str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let options = s3_secure_bucket::internals::http::Options {
            ca_bundle: Some(self.ca().into()),
            ..Default::default()
        };
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = Request {
            method,
            url: url.to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: body.into(),
        };
        Client::new(&Context::process(), &options)
            .unwrap()
            .send(&request)
            .await
            .unwrap()
    }

    /// Sends a request with a user's keys for the bucket [`BUCKET`] or one of its subresources, and
    /// asserts success.
    pub async fn send_as(
        &self,
        user: &User,
        method: &'static str,
        subresource: &str,
        body: &str,
    ) -> Response {
        self.send_to(user, method, BUCKET, subresource, body).await
    }

    /// Sends a request with a user's keys for the named bucket or one of its subresources, and
    /// asserts success.
    pub async fn send_to(
        &self,
        user: &User,
        method: &'static str,
        bucket: &str,
        subresource: &str,
        body: &str,
    ) -> Response {
        let url = self.bucket_url(user, method, bucket, subresource);
        let md5 = BASE64.encode(Md5::digest(body));
        let headers: &[(&str, &str)] = &[("content-md5", &md5)];
        let headers = if body.is_empty() { &[] } else { headers };
        let response = self.send(method, &url, headers, body).await;
        assert!(
            response.status < 300,
            "{method} ?{subresource}: {response:?}"
        );
        response
    }

    /// Returns a presigned URL for the bucket or one of its subresources. The command `presign`
    /// signs no URL that creates a bucket, so this function uses the library.
    fn bucket_url(&self, user: &User, method: &str, bucket: &str, subresource: &str) -> String {
        let mut config = Config::aws("us-east-1".parse().unwrap());
        config.endpoint = Some(self.sandbox.https().parse().unwrap());
        let query = [(subresource.to_owned(), String::new())];
        let presigner = Presigner::new(&presign::Request {
            method: match method {
                "GET" => Method::Get,
                "PUT" => Method::Put,
                "DELETE" => Method::Delete,
                other => panic!("{other}"),
            },
            endpoint: &config.resolve(Some(bucket)).unwrap(),
            credentials: &Credentials::new(user.access_key_id, user.secret_access_key),
            at: time::OffsetDateTime::now_utc(),
            expires_in: Expiry::DEFAULT,
            headers: &[],
            query: if subresource.is_empty() { &[] } else { &query },
        });
        presigner.unwrap().url(&ObjectKey::parse("").unwrap())
    }

    /// Returns the requests so far, as `METHOD` or `METHOD ?subresource`, and clears the list of
    /// requests.
    pub fn log(&self) -> Vec<String> {
        let seen = self.sandbox.requests();
        self.sandbox.clear_requests();
        let name = |seen: &s3_sandbox::Seen| match seen.query.as_str() {
            "" => seen.method.clone(),
            query => format!("{} ?{query}", seen.method),
        };
        seen.iter().map(name).collect()
    }

    /// Returns the requests of [`World::log`] that are neither GET nor HEAD.
    pub fn writes(&self) -> Vec<String> {
        let mut log = self.log();
        log.retain(|sent| !sent.starts_with("GET") && !sent.starts_with("HEAD"));
        log
    }

    /// Returns the requests of [`World::writes`] without the POST requests to STS, which change
    /// nothing.
    pub fn writes_but_sts(&self) -> Vec<String> {
        let mut writes = self.writes();
        writes.retain(|sent| sent != "POST");
        writes
    }
}
