//! `list` against servers that send scripted, odd or hostile answers.

use crate::support::program::{Output, Program};
use crate::support::raw::RawServer;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory limit that SECURITY.md promises, raised because a debug build needs more memory.
const MOST_KIB: u64 = 40 * 1024;

/// A prefix that is longer than the folder of a delivery.
const IN_A_DELIVERY: &str =
    "s3://drop-box/in/mzxw6ytboiydcmrtgq2tmnzyhe/20261127T000100Z-aaaaaaaaaaaaaaaaaaaaaaaaaa/f";

fn answer(stream: &mut TcpStream, body: &str) -> bool {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).is_ok() && stream.write_all(body.as_bytes()).is_ok()
}

fn page(keys: impl Iterator<Item = String>, token: Option<&str>) -> String {
    let contents = |key: String| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-27T00:15:00.000Z</LastModified><ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
    };
    let more = token.map(|token| {
        format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
        )
    });
    format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>{}{}</ListBucketResult>",
        more.unwrap_or_default(),
        keys.map(contents).collect::<String>()
    )
}

fn list(server: &RawServer, more: &[&str]) -> (Output, u64) {
    let url = server.url();
    let args = [
        "list",
        "s3://drop-box/in/",
        "--endpoint",
        &url,
        "--max-attempts",
        "1",
    ];
    Program::new(&[&args, more].concat()).measured()
}

/// The number in the continuation token of a request, which is the number of the page.
fn number(request: &str) -> usize {
    let token = request.split("continuation-token=t").nth(1).unwrap_or("0");
    token.split([' ', '&']).next().unwrap().parse().unwrap()
}

/// A server that lists 100,000 keys on 100 pages.
pub fn hundred_thousand_keys() -> RawServer {
    RawServer::start(|request, stream| {
        let number = number(request);
        let keys = (0..1000).map(|key| format!("in/a+folder/file-{number:03}-{key:03}.pdf"));
        let token = format!("t{}", number + 1);
        answer(stream, &page(keys, (number < 99).then_some(&*token)))
    })
}

#[test]
fn a_hundred_thousand_keys_take_little_memory() {
    let server = hundred_thousand_keys();
    let (one_page, least) = {
        let one = RawServer::start(|_, stream| {
            answer(stream, &page(std::iter::once("in/a".to_owned()), None))
        });
        list(&one, &[])
    };
    assert_eq!(one_page.stdout, "in/a\n");
    for format in [&[][..], &["--long"]] {
        let (output, peak) = list(&server, format);
        assert_eq!((output.code, &*output.stderr), (0, ""));
        let lines = output.stdout.split_terminator(['\n', '\0']).count();
        assert_eq!(lines, 100_000);
        assert!(output.stdout.contains("in/a folder/file-099-999.pdf"));
        assert!(
            peak < MOST_KIB && peak < least + 4 * 1024,
            "{format:?}: {peak} KiB, one key: {least} KiB"
        );
    }
    assert_eq!(server.heads().len(), 200);
    assert!(server.heads()[1].starts_with(
        "GET /drop-box?list-type=2&encoding-type=url&prefix=in%2F&continuation-token=t1 "
    ));
}

#[test]
fn a_delivery_without_end_takes_little_memory() {
    let folder =
        format!("in/{}/20261127T001500Z-{0}/", "a".repeat(26)).replace("{0}", &"a".repeat(26));
    let long = format!("{folder}{}", "k".repeat(900));
    let server = RawServer::start(move |request, stream| {
        let number = number(request);
        let keys = (0..1000).map(|key| format!("{long}{number:03}{key:03}"));
        let token = format!("t{}", number + 1);
        answer(stream, &page(keys, (number < 20).then_some(&*token)))
    });
    let (output, peak) = list(&server, &["--long"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(output.stdout.lines().count(), 21_000);
    assert!(
        output
            .stdout
            .lines()
            .all(|line| line.ends_with("  (incomplete)"))
    );
    assert!(peak < MOST_KIB, "{peak} KiB");
}

#[test]
fn a_repeated_continuation_token_is_an_error() {
    for cycle in [1, 2, 3] {
        let count = AtomicUsize::new(0);
        let server = RawServer::start(move |_, stream| {
            let token = format!("t{}", count.fetch_add(1, Ordering::Relaxed) % cycle);
            answer(stream, &page(std::iter::empty(), Some(&token)))
        });
        let (output, _) = list(&server, &[]);
        assert_eq!(
            (output.code, &*output.stderr),
            (
                1,
                "error: ListObjectsV2: the answer cannot be read: the server repeats a continuation token\nhint: check that the endpoint is an S3 server; -v shows each request\n"
            )
        );
        assert!(server.heads().len() < 10);
    }
}

#[test]
fn keys_that_are_not_utf_8_are_base64_in_json_and_bytes_in_text() {
    let server = RawServer::start(|_, stream| {
        answer(stream, &page(std::iter::once("in/%FF%00".to_owned()), None))
    });
    let (output, _) = list(&server, &["-o", "json"]);
    assert_eq!(
        output.stdout,
        "{\"schema_version\":1,\"key\":null,\"key_base64\":\"aW4v/wA=\",\"size\":3,\"last_modified\":\"2026-11-27T00:15:00Z\",\"etag\":\"9a0364b9e99bb480dd25e1f0284c8555\",\"delivery\":null,\"complete\":null,\"name\":null}\n"
    );
    let (output, _) = list(&server, &["--long"]);
    assert_eq!(
        output.stdout,
        "            3  2026-11-27T00:15:00Z  in/\\xff\\u{0}\n"
    );
}

#[test]
fn on_other_servers_an_expected_owner_needs_the_list_of_buckets() {
    let server = RawServer::start(|request, stream| {
        if request.starts_with("GET / ") {
            let all = "<ListAllMyBucketsResult><Buckets><Bucket><Name>drop-box</Name></Bucket></Buckets></ListAllMyBucketsResult>";
            return answer(stream, all);
        }
        if request.starts_with("HEAD ") {
            return answer(stream, "");
        }
        answer(stream, &page(std::iter::once("in/a".to_owned()), None))
    });
    let sent = |server: &RawServer| {
        let heads = server.heads();
        let last = heads.last().unwrap().to_lowercase();
        (
            heads.len(),
            last.contains("\r\nx-amz-expected-bucket-owner: 111122223333\r\n"),
        )
    };
    list(&server, &[]);
    assert_eq!(sent(&server), (1, false));
    let (output, _) = list(&server, &["--expected-owner", "111122223333"]);
    assert_eq!(output.stdout, "in/a\n");
    // HEAD, ListBuckets, HEAD with a different account, and the list of objects.
    assert_eq!(sent(&server), (5, true));
}

#[test]
fn wrong_arguments_are_refused_before_a_request() {
    for (args, error) in [
        (
            &["list", "drop-box"][..],
            "`drop-box` does not have the form s3://BUCKET/KEY",
        ),
        (
            &["list", "s3://drop-box", "-0", "-o", "json"],
            "-0 ends keys with NUL, and -o json prints one document per line",
        ),
        (
            &["list", "s3://drop-box", "-o", "html"],
            "invalid value 'html' for '--output <FORMAT>' [possible values: text, json]",
        ),
        (
            &["list", "s3://drop-box", "-0", "--long"],
            "'--null' cannot be used with '--long'",
        ),
        (
            &["list", "s3://drop-box", "--wait", "soon"],
            "invalid value 'soon'",
        ),
        (
            &["list", IN_A_DELIVERY, "--wait", "1h"],
            "--wait needs every file of a delivery, and the prefix selects only some of them",
        ),
        (
            &[
                "list",
                "s3://drop-box/in",
                "--endpoint",
                "http://s3.example.com",
            ],
            "plain HTTP",
        ),
    ] {
        let output = Program::new(args).run();
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(error), "{error}: {output:?}");
        assert!(output.stderr.contains("hint: "), "{output:?}");
    }
}
