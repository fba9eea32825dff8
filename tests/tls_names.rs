//! Certificates without a name or for other purposes, and the host names in errors about
//! certificates.

use crate::support::program::{Program, assert_lacks};
use crate::support::raw::RawServer;
use crate::support::tls_server::{TlsServer, self_signed};
use std::io::Write;

const LOCALHOST: &str = "subjectAltName=DNS:localhost";

/// A self-signed certificate of a CA for localhost, whose key is for these purposes.
fn with_purposes(purposes: &str) -> String {
    let command = self_signed("P-256", LOCALHOST, "30");
    format!("{command} -addext extendedKeyUsage={purposes}")
}

/// curl and OpenSSL also refuse a certificate for clients, even if the user names the certificate.
#[test]
fn a_named_certificate_that_is_only_for_clients_is_refused() {
    for purposes in ["clientAuth", "critical,clientAuth,emailProtection"] {
        let server = TlsServer::with(&[&with_purposes(purposes)], &[]);
        let said = server.refused(&[("AWS_CA_BUNDLE", &server.path("cert.pem"))]);
        let wanted = "  the certificate is not for servers: its extendedKeyUsage lacks serverAuth\n\
            hint: give the server a certificate whose extendedKeyUsage has serverAuth, or that has no extendedKeyUsage\n";
        assert!(said.ends_with(wanted), "{said}");
    }
    for purposes in ["serverAuth", "critical,clientAuth,serverAuth"] {
        let server = TlsServer::with(&[&with_purposes(purposes)], &[]);
        server.accepted(&[("AWS_CA_BUNDLE", &server.path("cert.pem"))]);
    }
    // The certificate of a server that a CA signed for clients is refused too.
    let leaf = TlsServer::with(
        &[
            &self_signed("P-256", LOCALHOST, "30")
                .replace("key.pem", "ca-key.pem")
                .replace("cert.pem", "ca.pem"),
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=leaf -addext subjectAltName=DNS:localhost -addext extendedKeyUsage=clientAuth -keyout key.pem -out request.pem",
            "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -copy_extensions copy -days 30 -out cert.pem",
        ],
        &[],
    );
    let said = leaf.refused(&[("AWS_CA_BUNDLE", &leaf.path("ca.pem"))]);
    assert!(
        said.contains("its extendedKeyUsage lacks serverAuth"),
        "{said}"
    );
}

#[test]
fn the_error_names_the_hosts_of_a_certificate_without_debug_text() {
    let run = |server: &TlsServer, host: &str| {
        let endpoint = format!("https://{host}:{}", server.port);
        let output = crate::support::program::bootstrap(&endpoint, &["--max-attempts", "1"])
            .env("AWS_CA_BUNDLE", &server.path("cert.pem"))
            .run()
            .exits(1);
        assert_lacks(&output.stderr, &["DnsName", "IpAddress", "Unsupported"]);
        output
    };
    let names = "subjectAltName=DNS:a.example,DNS:*.b.example,IP:192.0.2.7,email:x@example.com";
    let several = TlsServer::start(names, "30", &[]);
    let output = run(&several, "localhost");
    assert_eq!(
        output.line("  the certificate"),
        "  the certificate is for a.example, *.b.example, 192.0.2.7"
    );
    for none in [
        "keyUsage=digitalSignature",
        "subjectAltName=email:x@example.com",
    ] {
        let server = TlsServer::start(none, "30", &[]);
        for (host, name) in [
            ("localhost", "DNS:localhost"),
            ("127.0.0.1", "IP:127.0.0.1"),
        ] {
            let output = run(&server, host);
            let hint = format!(
                "hint: create the certificate again with the name of the host: openssl req -x509 … -addext \"subjectAltName={name}\""
            );
            assert_eq!(output.line("hint: "), hint);
        }
    }
}

/// The hint names the setting that decides the host of the service.
#[test]
fn the_hint_for_another_name_fits_the_service() {
    let server = TlsServer::start("subjectAltName=DNS:other.example", "30", &[]);
    let url = server.url();
    let ca = server.path("cert.pem");
    let agent = format!("{url}/v2");
    for (args, variable, value, setting) in [
        (
            &["credentials", "--verify"][..],
            "AWS_ENDPOINT_URL_STS",
            &url,
            "AWS_ENDPOINT_URL_STS",
        ),
        (
            &["credentials", "--verify"],
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &agent,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ),
    ] {
        let program = if variable == "AWS_ENDPOINT_URL_STS" {
            Program::new(args)
        } else {
            Program::bare(args)
        };
        let output = program
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_CA_BUNDLE", &ca)
            .env(variable, value)
            .run()
            .exits(1);
        assert!(
            output
                .stderr
                .contains("the certificate is for other.example"),
            "{output:?}"
        );
        let hint = format!("hint: set {setting} to a host that the certificate names");
        assert_eq!(output.line("hint: "), hint);
    }
}

/// Some proxies accept CONNECT and then answer with a page, for example to ask for a login, or end the
/// connection.
#[test]
fn a_proxy_that_answers_with_a_page_is_called_a_proxy() {
    let proxy_with = |pages: bool| {
        RawServer::start(move |_, client| {
            let _ = write!(client, "HTTP/1.1 200 Connection established\r\n\r\n");
            if pages {
                std::thread::sleep(std::time::Duration::from_millis(100));
                let _ = write!(client, "<html><body>Please log in</body></html>");
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            false
        })
    };
    let run = |proxy: &RawServer, args: &[&str]| {
        Program::new(args)
            .env("AWS_REGION", "eu-central-1")
            .env("HTTPS_PROXY", &proxy.url())
            .run()
            .exits(1)
    };
    let bootstrap = ["bootstrap", "drop.box", "--max-attempts", "1"];
    let verify = ["credentials", "--verify"];

    let proxy = proxy_with(true);
    let name = format!("the proxy 127.0.0.1:{}", proxy.port());
    let hint = "hint: ask the proxy's operator to allow this host, or log in to the proxy first; name hosts that need no proxy in NO_PROXY";
    let output = run(&proxy, &bootstrap);
    let wanted =
        format!("error: HeadBucket: {name} answers instead of s3.eu-central-1.amazonaws.com");
    assert_eq!(output.line("error: "), wanted);
    assert_eq!(output.line("hint: "), hint);
    let output = run(&proxy, &verify);
    let wanted = format!("  STS: {name} answers instead of sts.eu-central-1.amazonaws.com");
    assert!(output.line("  STS: ").starts_with(&wanted), "{output:?}");
    assert_eq!(output.line("hint: "), hint);

    let proxy = proxy_with(false);
    let name = format!("through the proxy 127.0.0.1:{}", proxy.port());
    for args in [&bootstrap[..], &verify] {
        let output = run(&proxy, args);
        assert!(output.stderr.contains(&name), "{output:?}");
        assert_eq!(
            output.line("hint: "),
            "hint: ask the proxy's operator to allow this host; name hosts that need no proxy in NO_PROXY"
        );
    }
}
