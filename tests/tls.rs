//! The CA roots that the program trusts, and the proxies that it uses.

use crate::support::program::{self, KEY_ID, Program, assert_lacks};
use crate::support::world::World;
use s3_sandbox::OWNER;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

/// `bootstrap` as the sandbox's owner, without retries.
fn bootstrap(endpoint: &str, more: &[&str]) -> Program {
    program::bootstrap(endpoint, &[&["--max-attempts", "1"], more].concat())
        .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_come_from_the_flag_the_environment_or_the_system() {
    let (world, other) = (World::new(true).await, World::new(true).await);
    let https = world.sandbox.https();
    let (right, wrong) = (world.ca(), other.ca());
    for (what, program) in [
        (
            "--ca-bundle",
            bootstrap(&https, &["--ca-bundle", &right]).env("AWS_CA_BUNDLE", &wrong),
        ),
        (
            "AWS_CA_BUNDLE",
            bootstrap(&https, &[])
                .env("AWS_CA_BUNDLE", &right)
                .env("SSL_CERT_FILE", &wrong),
        ),
        (
            "SSL_CERT_FILE",
            bootstrap(&https, &[]).env("SSL_CERT_FILE", &right),
        ),
    ] {
        let output = program.run();
        assert_eq!(output.code, 0, "{what}: {output:?}");
    }
    // If the user names CA roots, the program trusts no others.
    let output = bootstrap(&https, &[])
        .env("SSL_CERT_FILE", "/no/such.pem")
        .run()
        .exits(2);
    assert_eq!(
        output.stderr,
        "error: the CA bundle /no/such.pem cannot be used\n\
            \x20 SSL_CERT_FILE names it, and no certificate was found there\n\
            hint: give --ca-bundle, AWS_CA_BUNDLE or SSL_CERT_FILE a PEM file with CA certificates\n"
    );
    for (what, program) in [
        ("another CA", bootstrap(&https, &["--ca-bundle", &wrong])),
        ("the system's, or Mozilla's", bootstrap(&https, &[])),
    ] {
        let output = program.run();
        assert_eq!(output.code, 1, "{what}: {output:?}");
        assert_refuses_certificate(&output.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_sees_only_host_names() {
    let world = World::new(true).await;
    let proxy = world.tunnel();
    let through = proxy.url().replace("http://", "http://user:MARKERPASS@");
    let run = || {
        bootstrap("https://s3.example.com", &["-vv", "--addressing", "path"])
            .env("AWS_CA_BUNDLE", &world.ca())
            .env("HTTPS_PROXY", &through)
    };
    let output = run().run().exits(0);
    output.assert_hides(&["MARKERPASS"]);
    let heads = proxy.heads();
    // One connection to the server uses one tunnel.
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(
        heads[0].starts_with("CONNECT s3.example.com:443 HTTP/1.1\r\n"),
        "{heads:?}"
    );
    assert_lacks(&heads[0], &[OWNER.access_key_id, "AWS4"]);

    for excepted in ["example.com", ".example.com", "*"] {
        let output = run().env("NO_PROXY", excepted).run();
        assert_eq!(output.code, 1, "{excepted}: {output:?}");
        assert_eq!(proxy.heads().len(), 1, "{excepted}");
    }
}

/// `openssl s_server` with a certificate that the test chooses. It prints the received bytes on its
/// stdout.
struct TlsServer {
    child: Child,
    port: String,
    folder: tempfile::TempDir,
}

impl TlsServer {
    fn start(names: &str, days: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args(["-subj", "/CN=test", "-addext", names, "-days", days])
            .args(["-keyout", &file("key.pem"), "-out", &file("cert.pem")])
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "20"])
            .args(["-cert", &file("cert.pem"), "-key", &file("key.pem")])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines
            .find(|line| line.as_ref().unwrap().starts_with("ACCEPT"))
            .unwrap()
            .unwrap();
        let port = line.rsplit(':').next().unwrap().to_owned();
        let copy = std::fs::File::create(folder.path().join("seen")).unwrap();
        std::thread::spawn(move || {
            let mut copy = copy;
            for line in lines.map_while(Result::ok) {
                let _ = writeln!(copy, "{line}");
            }
        });
        TlsServer {
            child,
            port,
            folder,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs `bootstrap` against the server, and asserts that no signed request reached it.
    fn refused(&self, env: &[(&str, &str)]) -> String {
        let url = format!("https://localhost:{}", self.port);
        let with = |program: Program, (name, value): &(&str, &str)| program.env(name, value);
        let output = env
            .iter()
            .fold(program::bootstrap(&url, &["--timeout", "2s"]), with)
            .run();
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        let seen = std::fs::read_to_string(self.path("seen")).unwrap();
        assert_lacks(&seen, &[KEY_ID, "HTTP/1.1"]);
        output.stderr
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The TLS library describes the fault of the certificate.
#[track_caller]
fn assert_refuses_certificate(stderr: &str) {
    assert!(stderr.contains("certificate"), "{stderr}");
}

#[test]
fn rejects_untrusted_certificates_before_sending_anything() {
    let own = TlsServer::start("subjectAltName=DNS:localhost", "30", &[]);
    let said = own.refused(&[]);
    assert_refuses_certificate(&said);
    assert_eq!(
        said.lines().last(),
        Some(
            "hint: if a private CA signed the server's certificate, name that CA with --ca-bundle FILE or AWS_CA_BUNDLE"
        )
    );

    let other = TlsServer::start("subjectAltName=DNS:other.example", "30", &[]);
    let trusted = other.path("cert.pem");
    let said = other.refused(&[("AWS_CA_BUNDLE", &trusted)]);
    assert_refuses_certificate(&said);
}

#[test]
fn tls_older_than_1_2_is_refused() {
    let old = TlsServer::start(
        "subjectAltName=DNS:localhost",
        "30",
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
    );
    let trusted = old.path("cert.pem");
    let said = old.refused(&[("AWS_CA_BUNDLE", &trusted)]);
    // The TLS library words the causes of this error, so the test ignores them.
    assert!(said.contains("no connection to the server"), "{said}");
}
