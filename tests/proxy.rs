//! Tests of proxies: the requests that reach a proxy, and the errors that the program reports if a
//! proxy fails.

use crate::support::program::{self, Program, assert_lacks};
use crate::support::raw::RawServer;
use crate::support::world::World;
use s3_sandbox::OWNER;
use std::io::Write;

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_sees_only_host_names() {
    let world = World::new(true).await;
    let proxy = world.tunnel();
    let through = proxy.url().replace("http://", "http://user:MARKERPASS@");
    let run = || {
        let args = ["-vv", "--addressing", "path", "--max-attempts", "1"];
        program::bootstrap("https://s3.example.com", &args)
            .env("AWS_ACCESS_KEY_ID", OWNER.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", OWNER.secret_access_key)
            .env("AWS_CA_BUNDLE", &world.ca())
            .env("HTTPS_PROXY", &through)
    };
    let output = run().run().exits(0);
    output.assert_hides(&["MARKERPASS"]);
    let heads = proxy.heads();
    // The program opens one connection to the proxy, because it sends all requests through one
    // tunnel.
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

/// Starts a proxy that answers every request with this status line.
fn refusing_proxy(answer: &'static str) -> RawServer {
    RawServer::start(move |_, client| {
        let _ = write!(client, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        false
    })
}

#[test]
fn errors_of_a_proxy_name_the_proxy() {
    let (wants_password, forbids) = (
        refusing_proxy("407 Proxy Authentication Required"),
        refusing_proxy("403 Forbidden"),
    );
    let host = |server: &RawServer| format!("127.0.0.1:{}", server.port());
    let nothing = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let s3 = "s3.eu-central-1.amazonaws.com";
    let sts = "sts.eu-central-1.amazonaws.com";
    for (proxy, error, hint) in [
        (
            host(&wants_password),
            format!(
                "the proxy {} demands a user name and a password (407)",
                host(&wants_password)
            ),
            "hint: write HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT with the user name and password of the proxy",
        ),
        (
            host(&forbids),
            format!("the proxy {} does not connect to HOST", host(&forbids)),
            "hint: ask the proxy's operator to allow this host; name hosts that need no proxy in NO_PROXY",
        ),
        (
            nothing.clone(),
            format!("no connection to the proxy {nothing}"),
            "hint: check host and port in HTTPS_PROXY; name hosts that need no proxy in NO_PROXY",
        ),
    ] {
        let proxy = format!("http://user:MARKERPASS@{proxy}");
        let run = |args: &[&str]| {
            let output = Program::new(args)
                .env("AWS_REGION", "eu-central-1")
                .env("HTTPS_PROXY", &proxy)
                .run()
                .exits(1);
            output.assert_hides(&["MARKERPASS"]);
            assert_eq!(output.line("hint: "), hint);
            output
        };
        let output = run(&["bootstrap", "drop.box", "--max-attempts", "1", "-v"]);
        let wanted = format!("error: HeadBucket: {}", error.replace("HOST", s3));
        assert_eq!(output.line("error: "), wanted);
        let output = run(&["credentials", "--verify"]);
        let wanted = format!("  STS: {}", error.replace("HOST", sts));
        assert!(output.line("  STS: ").starts_with(&wanted), "{output:?}");
    }
}

#[test]
fn an_ipv6_address_with_a_proxy_is_an_error_before_a_request_is_sent() {
    let proxy = refusing_proxy("403 Forbidden");
    let args = ["--endpoint", "https://[2001:db8::1]:9000"];
    let run = |except: &str| {
        Program::new(&[&["bootstrap", "drop-box", "--max-attempts", "1"], &args[..]].concat())
            .env("HTTPS_PROXY", &proxy.url())
            .env("NO_PROXY", except)
            .run()
            .exits(1)
    };
    let output = run("");
    assert_eq!(
        output.failure(),
        format!(
            "error: HeadBucket: [2001:db8::1]:9000 cannot be reached through the proxy 127.0.0.1:{}, because the server is an IPv6 address\n\
             hint: use a host name, or list the address in NO_PROXY\n",
            proxy.port()
        )
    );
    for except in ["*", "2001:db8::/32", "[2001:db8::1]:9000"] {
        let output = run(except);
        let direct = "error: HeadBucket: no connection to [2001:db8::1]:9000";
        assert_eq!(output.line("error: "), direct, "{except}");
    }
    assert_eq!(proxy.heads(), [""; 0]);
}

/// `docker --env-file` does not remove quotes from a variable's value, so the value of a proxy
/// variable may be invalid. If the value of a proxy variable is invalid, the program sends no
/// request, because the program must not bypass the proxy.
#[test]
fn rejects_proxy_variables_that_cannot_be_read() {
    let run = |variable: &str, value: &str| {
        let args = ["bootstrap", "bucket", "--region", "eu-central-1"];
        let output = Program::new(&args)
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env(variable, value)
            .run()
            .exits(2);
        output.assert_hides(&["MARKER"]);
        output.stderr
    };
    let hint = "hint: write http://[USER:PASSWORD@]HOST[:PORT] without quotes, and special characters of the password as %XX\n";
    for (value, reason) in [
        (
            "\"http://u:MARKER@proxy:3128\"",
            "the value contains quotes",
        ),
        ("'proxy:3128'", "the value contains quotes"),
        (
            "socks5h://u:MARKER@proxy:1080",
            "the scheme is neither http nor https",
        ),
        (
            "http://u:MARKER#1@proxy:3128",
            "the URL has a path, or its password has a character that must be encoded",
        ),
        (
            "http://u:MARKER@proxy:http",
            "the host is not a name or an IP address with an optional port",
        ),
    ] {
        let wanted = format!("error: HTTPS_PROXY cannot be used: {reason}\n{hint}");
        assert_eq!(run("HTTPS_PROXY", value), wanted);
    }
    assert_eq!(
        run("no_proxy", "\"example.com\""),
        "error: no_proxy cannot be used: the value contains quotes\n\
         hint: write host names, addresses and networks with commas between them, without quotes\n"
    );
    // A credential source that needs the network also fails before it sends a request.
    let output = Program::new(&["credentials", "--verify", "--region", "eu-central-1"])
        .env("https_proxy", "'proxy'")
        .run()
        .exits(2);
    assert_eq!(
        output.line("  STS: "),
        "  STS: https_proxy cannot be used: the value contains quotes"
    );
    assert_eq!(output.line("hint: "), hint.trim_end());
}

#[test]
fn an_entry_of_no_proxy_that_matches_no_host_gets_one_warning() {
    let proxy = refusing_proxy("403 Forbidden");
    let run = |args: &[&str]| {
        Program::new(args)
            .env("AWS_REGION", "eu-central-1")
            .env("HTTPS_PROXY", &proxy.url())
            .env("NO_PROXY", "http://h.example, *.example.org,192.0.2.0/33")
            .run()
    };
    let warnings = "warning: the entry `http://h.example` of NO_PROXY matches no host: write `h.example`, without a scheme and a path\n\
        warning: the entry `192.0.2.0/33` of NO_PROXY matches no host: write a network as ADDRESS/BITS, with at most 32 bits\n";
    for args in [
        &["bootstrap", "drop.box", "--max-attempts", "1"][..],
        &["credentials", "--verify"],
    ] {
        let output = run(args).exits(1);
        assert!(output.stderr.starts_with(warnings), "{output:?}");
        assert_eq!(output.stderr.matches("warning: ").count(), 2, "{output:?}");
    }
    // A command that sends nothing prints no warning.
    assert_eq!(run(&["presign", "get", "s3://drop-box/a"]).stderr, "");
}
