//! Tests of the certificates that the program trusts, and of the errors about certificates that it
//! does not trust.

use crate::support::program::{self, Program};
use crate::support::tls_server::{TlsServer, self_signed};
use crate::support::world::World;
use s3_sandbox::OWNER;

/// Prepares a run of `bootstrap` with the keys of the sandbox's owner and without retries.
fn bootstrap(endpoint: &str, more: &[&str]) -> Program {
    program::bootstrap(endpoint, &[&["--max-attempts", "1"], more].concat())
        .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_certificates_come_from_the_option_the_environment_or_the_system() {
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
    // If the user names a CA bundle, the program trusts no other CA certificates.
    let output = bootstrap(&https, &[])
        .env("SSL_CERT_FILE", "/no/such.pem")
        .run()
        .exits(2);
    assert_eq!(
        output.stderr,
        "error: the CA bundle /no/such.pem cannot be used\n\
            \x20 SSL_CERT_FILE names this path, but no certificate was found there\n\
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

/// Asserts that an error mentions the certificate. The test ignores the rest of the error, because
/// the TLS library writes the rest.
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
    let error = format!(
        "error: HeadBucket: no TLS connection to localhost:{}",
        old.port
    );
    assert_eq!(said.lines().next(), Some(&*error));
}

/// `openssl req -x509` creates a CA certificate, and many servers use such a certificate as their
/// server certificate. Like curl, the program accepts a CA certificate as a server certificate if
/// the CA bundle contains this certificate.
#[test]
fn accepts_exactly_the_self_signed_certificate_that_is_named() {
    const LOCALHOST: &str = "subjectAltName=DNS:localhost";
    for version in ["-tls1_2", "-tls1_3"] {
        let server = TlsServer::start(LOCALHOST, "30", &[version]);
        server.accepted(&[("AWS_CA_BUNDLE", &server.path("cert.pem"))]);
        let server = TlsServer::start(LOCALHOST, "30", &[version]);
        server.accepted(&[("SSL_CERT_FILE", &server.path("cert.pem"))]);
    }

    let server = TlsServer::start(LOCALHOST, "30", &[]);
    let other = TlsServer::start(LOCALHOST, "30", &[]);
    let said = server.refused(&[("AWS_CA_BUNDLE", &other.path("cert.pem"))]);
    assert!(said.contains("CaUsedAsEndEntity"), "{said}");
    // The CA bundle `both.pem` contains the certificates of both servers.
    let pem = |server: &TlsServer| std::fs::read_to_string(server.path("cert.pem")).unwrap();
    let both = server.path("both.pem");
    std::fs::write(&both, pem(&other) + &pem(&server)).unwrap();
    server.accepted(&[("AWS_CA_BUNDLE", &both)]);
}

#[test]
fn rejects_a_named_self_signed_certificate_of_another_name_or_time() {
    let request = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -keyout key.pem -out request.pem";
    for (commands, why, hint) in [
        (
            &[&*self_signed(
                "P-256",
                "subjectAltName=DNS:other.example",
                "30",
            )][..],
            "  the certificate is for other.example",
            "hint: set --endpoint or AWS_ENDPOINT_URL_… to a host that the certificate names",
        ),
        (
            &[&*self_signed("P-256", "keyUsage=digitalSignature", "30")],
            "  the certificate names no host, because it has no subjectAltName",
            "hint: create the certificate again with the name of the host: openssl req -x509 … -addext \"subjectAltName=DNS:localhost\"",
        ),
        (
            &[
                request,
                "ca -batch -selfsign -config ca.conf -keyfile key.pem -in request.pem -extfile extensions -startdate 20200101000000Z -enddate 20210101000000Z -notext -out cert.pem",
            ],
            "  the certificate expired at 2021-01-01T00:00:00Z",
            "hint: check this machine's clock",
        ),
        (
            &[
                request,
                "ca -batch -selfsign -config ca.conf -keyfile key.pem -in request.pem -extfile extensions -startdate 20400101000000Z -enddate 20410101000000Z -notext -out cert.pem",
            ],
            "  the certificate is not valid before 2040-01-01T00:00:00Z",
            "hint: check this machine's clock",
        ),
    ] {
        let server = TlsServer::with(commands, &[]);
        let said = server.refused(&[("AWS_CA_BUNDLE", &server.path("cert.pem"))]);
        let lines: Vec<&str> = said.lines().collect();
        let error = format!(
            "error: HeadBucket: the TLS certificate of localhost:{} is not accepted",
            server.port
        );
        assert_eq!(lines[0], error);
        assert!(lines[1].starts_with(why), "{said}");
        assert!(lines[2].starts_with(hint), "{said}");
        assert_eq!(lines.len(), 3, "{said}");
    }
}

#[test]
fn the_error_describes_an_unsupported_type_of_certificate() {
    const LOCALHOST: &str = "subjectAltName=DNS:localhost";
    let own = TlsServer::with(&[&self_signed("P-521", LOCALHOST, "30")], &[]);
    let said = own.refused(&[("AWS_CA_BUNDLE", &own.path("cert.pem"))]);
    let wanted = "  the server has no TLS version, cipher or certificate that this program supports (HandshakeFailure)\n\
        hint: check scheme and port of the endpoint: the server must speak TLS 1.2 or 1.3 on that port, with an RSA, P-256, P-384 or Ed25519 certificate\n";
    assert!(said.ends_with(wanted), "{said}");

    // One CA has a P-521 key, and the other CA signs with SHA-512.
    for (curve, hash) in [("P-521", "-sha256"), ("P-256", "-sha512")] {
        let ca = self_signed(curve, LOCALHOST, "30")
            .replace("key.pem", "ca-key.pem")
            .replace("cert.pem", "ca.pem");
        let sign = format!(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile leaf -days 30 {hash} -out cert.pem"
        );
        let server = TlsServer::with(
            &[
                &ca,
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=leaf -keyout key.pem -out request.pem",
                &sign,
            ],
            &[],
        );
        let said = server.refused(&[("AWS_CA_BUNDLE", &server.path("ca.pem"))]);
        let wanted = "  the certificate has a key or a signature of an unsupported type; supported are RSA, Ed25519, and ECDSA with P-256 and P-384\n\
            hint: give the server a certificate with an RSA key of 2048 bits or more, or with ECDSA P-256 or P-384 and SHA-256 or SHA-384\n";
        assert!(said.ends_with(wanted), "{curve} {said}");
    }
}

/// If TLS fails in a request of a credential source, the error names the cause, and a hint names
/// the remedy.
#[test]
fn each_source_of_credentials_reports_an_untrusted_certificate() {
    let server = TlsServer::start("subjectAltName=DNS:localhost", "30", &[]);
    let url = server.url();
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // The file name is the SHA-1 of `corp`, which is the name of the SSO session.
    write(
        ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        r#"{"accessToken":"token","expiresAt":"2999-01-01T00:00:00Z"}"#,
    );
    write(
        ".aws/config",
        "[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example\n\
         [profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\n\
         [profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = Environment\n",
    );
    let token = write("token", "token");
    let agent = format!("{url}/v2/credentials");
    let (keys, bare) = (Program::new, Program::bare);
    for (what, program) in [
        (
            "STS",
            keys(&["credentials", "--verify"]).env("AWS_ENDPOINT_URL_STS", &url),
        ),
        (
            "AssumeRole",
            keys(&["credentials", "--profile", "role"]).env("AWS_ENDPOINT_URL_STS", &url),
        ),
        (
            "web identity",
            bare(&["credentials"])
                .env("AWS_ENDPOINT_URL_STS", &url)
                .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
                .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r"),
        ),
        (
            "SSO",
            bare(&["credentials", "--profile", "sso"]).env("AWS_ENDPOINT_URL_SSO", &url),
        ),
        (
            "container agent",
            bare(&["credentials"]).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &agent),
        ),
        (
            "metadata",
            bare(&["credentials"])
                .env("AWS_EC2_METADATA_DISABLED", "false")
                .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
        ),
    ] {
        let home = home.path().to_str().unwrap();
        let output = program
            .env("HOME", home)
            .env("AWS_REGION", "eu-central-1")
            .run()
            .exits(1);
        let why = format!(
            "the TLS certificate of localhost:{} is not accepted (the server's certificate is a CA certificate that is not trusted (CaUsedAsEndEntity))",
            server.port
        );
        assert!(output.stderr.contains(&why), "{what}: {output:?}");
        let hint = "hint: if a private CA signed the server's certificate, name that CA with --ca-bundle FILE or AWS_CA_BUNDLE";
        assert_eq!(output.line("hint: "), hint, "{what}");
    }
}
