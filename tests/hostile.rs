//! Tests with hostile servers: the memory and the time of the program are bounded, the error is
//! clear, and no request goes to a different host.

use crate::support::program::{self, DEFAULT_CONTROLS, Output, SECRET};
use crate::support::raw::RawServer;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

/// The memory limit of these tests in KiB: the memory of a normal run in a debug build, plus twice
/// the size limit of a response.
const MOST_KIB: u64 = 40 * 1024;
const HEAD_OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Runs `bootstrap` against a server that answers HEAD normally and answers every other request
/// with the function `evil`.
fn bootstrap(evil: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Output {
    bootstrap_with(&[], evil)
}

fn bootstrap_with(more: &[&str], evil: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Output {
    let server = RawServer::start(move |request, stream| {
        if request.starts_with("HEAD") {
            return stream.write_all(HEAD_OK.as_bytes()).is_ok();
        }
        evil(stream);
        false
    });
    let args = ["--timeout", "1s", "--max-attempts", "1"];
    let begun = Instant::now();
    let (output, peak) = program::bootstrap(&server.url(), &[&args, more].concat()).measured();
    // The time limit of a minute is generous, because a debug build is slow and other tests run at
    // the same time. A run of the release build ends 0.2 s after `--timeout`.
    assert!(begun.elapsed() < Duration::from_mins(1), "{output:?}");
    assert!(peak > 0 && peak < MOST_KIB, "{peak} KiB {output:?}");
    output.assert_hides(&["panicked", SECRET]);
    output
}

/// Replaces the address of the server with `HOST` in a text.
fn without_port(text: &str) -> String {
    match text.split_once("127.0.0.1:") {
        Some((before, rest)) => {
            format!(
                "{before}HOST{}",
                rest.trim_start_matches(|c: char| c.is_ascii_digit())
            )
        }
        None => text.to_owned(),
    }
}

/// Asserts that the run failed and printed no URL, and that the first failed control (or the run)
/// names the reason `said`. The test ignores the text after the reason, because an XML or HTTP
/// library writes this text.
#[track_caller]
fn assert_fails(output: &Output, said: &str) {
    assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
    let steps = output.steps();
    let failed = steps.iter().find(|step| step.starts_with("[FAIL] "));
    let reason = match failed {
        Some(step) => step.split_once(": failed (").unwrap().1.to_owned(),
        None => output.line("error: GetPublicAccessBlock: ")[29..].to_owned(),
    };
    let reason = without_port(&reason);
    let rest = reason
        .strip_prefix(said)
        .map(|rest| rest.trim_end_matches(')'));
    let is_whole = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ']));
    assert!(is_whole, "expected {said:?}, got {reason:?}");
}

#[test]
fn a_refused_connection_is_reported_with_every_cause() {
    let nothing = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nothing.local_addr().unwrap());
    drop(nothing);
    let output = program::bootstrap(&url, &["--max-attempts", "1"]).run();
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(
        output.stderr,
        format!(
            "error: HeadBucket: no connection to {}\n\
         \x20 error sending request\n\
         \x20 client error (Connect)\n\
         \x20 tcp connect error\n\
         \x20 Connection refused (os error 111)\n\
         hint: check that the server is running at that address; if you need a proxy, set HTTPS_PROXY\n",
            &url[7..]
        )
    );
}

fn for_ever(stream: &mut TcpStream, begin: &str, bytes: &[u8]) {
    let _ = stream.write_all(begin.as_bytes());
    let many = bytes.repeat(1 + 65_536 / bytes.len());
    while stream.write_all(&many).is_ok() {}
}

fn with_body(body: Vec<u8>, more: &'static str) -> impl Fn(&mut TcpStream) + Send + Sync {
    move |stream| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n{more}content-length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
    }
}

#[test]
fn rejects_endless_headers_and_bodies() {
    const BROKE: &str = "the connection to HOST broke before the answer was complete";
    let assert_too_long = |output: &Output| {
        assert_fails(output, "the answer of HOST is too long");
        let cause = "  the answer is longer than 65536 bytes";
        assert_eq!(output.stderr.lines().last(), Some(cause));
    };
    let begin = "HTTP/1.1 200 OK\r\n";
    let output = bootstrap(move |stream| for_ever(stream, begin, b"x-a: b\r\n"));
    assert_fails(&output, BROKE);
    let output = bootstrap(move |stream| for_ever(stream, "HTTP/1.1 200 OK\r\nx-a: ", b"b"));
    assert_fails(&output, BROKE);
    // The server sends 100 Continue until the client closes the connection, but for at most a
    // minute.
    let output = bootstrap(|stream| for_ever(stream, "", b"HTTP/1.1 100 Continue\r\n\r\n"));
    assert!(output.code == 1, "{output:?}");
    let output = bootstrap(move |stream| for_ever(stream, "HTTP/1.1 200 OK\r\n\r\n", b"<a>"));
    assert_too_long(&output);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    bootstrap(move |stream| for_ever(stream, chunked, b"400\r\n")).exits(1);
    let kilobyte = format!("400\r\n{}\r\n", "a".repeat(1024));
    let output = bootstrap(move |stream| for_ever(stream, chunked, kilobyte.as_bytes()));
    assert_too_long(&output);
    let huge = "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n";
    bootstrap(move |stream| for_ever(stream, huge, b"<a>")).exits(1);
}

#[test]
fn a_slow_response_times_out() {
    let output = bootstrap(|stream| {
        for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"
            .iter()
            .cycle()
        {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert_fails(&output, "HOST took too long to answer");
}

#[test]
fn does_not_decompress_responses() {
    let zip = Command::new("sh")
        .args(["-c", "head -c 55M /dev/zero | gzip -9"])
        .output()
        .unwrap();
    // The compressed document is smaller than the size limit of a response, so the program must not
    // reject the document because of its length.
    assert!((50_000..64 << 10).contains(&zip.stdout.len()));
    for more in ["content-encoding: gzip\r\n", "content-encoding: br\r\n", ""] {
        let output = bootstrap(with_body(zip.stdout.clone(), more));
        assert_fails(&output, "the answer cannot be read");
    }
}

#[test]
fn rejects_deep_wide_and_malicious_xml() {
    let root = "PublicAccessBlockConfiguration";
    let deep = format!("<{root}>{}", "<a>".repeat(300_000));
    let closed = format!(
        "<{root}>{}{}</{root}>",
        "<a>".repeat(120_000),
        "</a>".repeat(120_000)
    );
    let wide = format!("<{root}>{}</{root}>", "<a/>".repeat(250_000));
    let one = format!(
        "<{root}><BlockPublicAcls>{}</BlockPublicAcls></{root}>",
        "x".repeat(1_000_000)
    );
    let attributes = format!("<{root} {}></{root}>", "a=\"b\" ".repeat(150_000));
    let laughs = format!(
        "<!DOCTYPE {root} [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><{root}><BlockPublicAcls>&c;&c;</BlockPublicAcls></{root}>"
    );
    let outside = format!(
        "<!DOCTYPE {root} [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><{root}><BlockPublicAcls>&a;</BlockPublicAcls></{root}>"
    );
    let names: String = (0..90_000).map(|number| format!("<n{number}/>")).collect();
    let many_names = format!("<{root}>{names}</{root}>");
    for body in [
        deep, closed, wide, many_names, one, attributes, laughs, outside,
    ] {
        let output = bootstrap(with_body(body.into_bytes(), ""));
        assert_eq!((output.code, &*output.stdout), (1, ""), "{output:?}");
        assert!(output.stderr.len() < 30_000, "{}", output.stderr.len());
        output.assert_hides(&["root:"]);
    }
}

/// The program limits the number of elements in errors and lifecycle rules, as in other documents.
#[test]
fn rejects_documents_with_too_many_elements() {
    let names: String = (0..90_000).map(|number| format!("<n{number}/>")).collect();
    let error = format!("<Error>{names}</Error>");
    let output = bootstrap(move |stream| {
        let head = format!(
            "HTTP/1.1 403 No\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            error.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(error.as_bytes());
    });
    assert_eq!(output.code, 1, "{output:?}");
    let rules = format!(
        "<LifecycleConfiguration>{}</LifecycleConfiguration>",
        "<a/>".repeat(240_000)
    );
    let more = ["--lifecycle", "--skip", DEFAULT_CONTROLS];
    let output = bootstrap_with(&more, with_body(rules.into_bytes(), ""));
    assert_fails(
        &output,
        "the answer cannot be read: the document has too many elements",
    );
}

#[test]
fn rejects_other_encodings_and_content_types() {
    let text = "<?xml version=\"1.0\"?><PublicAccessBlockConfiguration/>";
    let utf16: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    let latin = b"<PublicAccessBlockConfiguration><BlockPublicAcls>\xe9</BlockPublicAcls></PublicAccessBlockConfiguration>".to_vec();
    for body in [
        utf16,
        latin,
        b"\0\0\0\0".to_vec(),
        b"{\"BlockPublicAcls\": true}".to_vec(),
    ] {
        let output = bootstrap(with_body(body, "content-type: text/plain\r\n"));
        assert_fails(&output, "the answer cannot be read");
    }
}

/// The response names another host in each header and element that can contain a host. The program
/// must not connect to a host that only a response names.
#[test]
fn sends_nothing_to_hosts_that_a_response_names() {
    for status in [301, 302, 303, 307, 308] {
        let other = RawServer::start(|_, stream| {
            let _ = stream.write_all(HEAD_OK.as_bytes());
            false
        });
        let (there, authority) = (other.url(), other.url()[7..].to_owned());
        let server = RawServer::start(move |_, stream| {
            let body = format!(
                "<Error><Code>PermanentRedirect</Code><Endpoint>{authority}</Endpoint><Region>{authority}</Region></Error>"
            );
            let head = format!(
                "HTTP/1.1 {status} Go\r\nconnection: close\r\nlocation: {there}/\r\nx-amz-bucket-region: {authority}\r\nrefresh: 0; url={there}\r\nalt-svc: h3=\"{authority}\"\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            false
        });
        program::bootstrap(&server.url(), &["--max-attempts", "2"])
            .run()
            .exits(1);
        assert!(!server.heads().is_empty());
        assert_eq!(other.heads(), [""; 0], "{status}");
    }
}

/// Like Garage, this server closes the connection after each response, but sends no `Connection:
/// close` header.
#[test]
fn reconnects_when_the_server_closes_connections() {
    let server = RawServer::start(|request, stream| {
        let body = if request.starts_with("HEAD") {
            ""
        } else {
            "<Error><Code>NotImplemented</Code></Error>"
        };
        let status = if request.starts_with("HEAD") {
            200
        } else {
            501
        };
        let _ = stream.write_all(
            format!(
                "HTTP/1.1 {status} It\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
        false
    });
    program::bootstrap(&server.url(), &["--no-presign"])
        .run()
        .exits(4);
}

/// If a server asks for a wait that exceeds the time limit of the run, the program ends the run at
/// once.
#[test]
fn a_retry_after_beyond_the_budget_ends_the_run() {
    for wait in ["9999", "18446744073709551615"] {
        let server = RawServer::start(move |_, stream| {
            let _ = stream.write_all(
                format!(
                    "HTTP/1.1 503 Slow Down\r\nconnection: close\r\nretry-after: {wait}\r\ncontent-length: 0\r\n\r\n"
                )
                .as_bytes(),
            );
            false
        });
        let begun = Instant::now();
        program::bootstrap(&server.url(), &[]).run().exits(1);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(server.heads().len(), 1);
    }
}
