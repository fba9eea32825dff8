//! Command lines of `revoke` that are refused before anything is sent.

use crate::support::program::{Output, Program, assert_lacks};

fn revoke(args: &[&str], stdin: &str) -> Output {
    let words = [&["revoke", "--endpoint", "http://127.0.0.1:9"], args].concat();
    Program::new(&words).stdin(stdin.as_bytes()).run()
}

const QUERY: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

#[test]
fn a_wrong_command_line_names_the_remedy_and_shows_no_url() {
    let url = format!("http://127.0.0.1:9/drop-box/k?{QUERY}");
    let elsewhere = format!("https://files.example.com/drop-box/k?{QUERY}");
    let of_aws = format!("https://drop-box.s3.us-east-1.amazonaws.com/k?{QUERY}");
    let keys = "s3://drop-box/a\ns3://other-box/a\n";
    let cases: [(&[&str], &str, &str); 12] = [
        (
            &["s3://drop-box/k"],
            "",
            "The revocation ends every presigned URL and form, not only the given URLs, for 1 key in bucket drop-box.\nerror: revoke asks for confirmation, and there is no terminal\nhint: add --yes to revoke without a question, or --dry-run to see what would change\n",
        ),
        (
            &[&url],
            "",
            "The revocation ends every presigned URL and form, not only the given URLs, for 1 key in bucket drop-box.\nerror: revoke asks for confirmation, and there is no terminal\nhint: add --yes to revoke without a question, or --dry-run to see what would change\n",
        ),
        (
            &["s3://drop-box/", "--yes"],
            "",
            "error: argument 1: a revocation needs a key, and this addresses the bucket itself\nhint: write s3://BUCKET/KEY, or s3://BUCKET/PREFIX/ for every key below a prefix\n",
        ),
        (
            &[&elsewhere, "--yes"],
            "",
            "error: argument 1: the host `files.example.com` of the URL is not the host of the endpoint, so the bucket is not known\nhint: name the object as s3://BUCKET/KEY, or set --endpoint to the server of the URL\n",
        ),
        (
            &[&of_aws, "--yes"],
            "",
            "error: argument 1: the host `drop-box.s3.us-east-1.amazonaws.com` of the URL belongs to AWS, but the configured endpoint is a different server\nhint: run the command without --endpoint, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL\n",
        ),
        (
            &["-", "--yes"],
            "\ndrop-box/k\n",
            "error: line 2 of stdin: this is not an http: or https: URL\nhint: give the whole URL in quotes, or the object as s3://BUCKET/KEY\n",
        ),
        (
            &["-", "--yes"],
            "\n",
            "error: stdin has no line with a URL or a key\nhint: write one URL or s3://BUCKET/KEY per line\n",
        ),
        (
            &["-", "--yes"],
            keys,
            "error: the URLs and keys are in different buckets\nhint: run revoke once for each bucket\n",
        ),
        (
            &[
                "s3://drop-box/k",
                "--yes",
                "--until",
                "2020-01-01T00:00:00Z",
            ],
            "",
            "error: --until is in the past\nhint: name a time in the future, or omit --until\n",
        ),
        (
            &["--list", "s3://drop-box/k"],
            "",
            "error: --list needs one bucket\nhint: write revoke --list s3://BUCKET\n",
        ),
        (
            &["--list", "s3://drop-box", "s3://other-box"],
            "",
            "error: --list needs one bucket\nhint: write revoke --list s3://BUCKET\n",
        ),
        (
            &["s3://drop-box/k", "--yes", "-o", "html"],
            "",
            "error: invalid value 'html' for '--output <FORMAT>' [possible values: text, json]\nhint: write -o text or -o json\n",
        ),
    ];
    for (args, stdin, stderr) in cases {
        let output = revoke(args, stdin).exits(2);
        assert_eq!((&*output.stdout, &*output.stderr), ("", stderr), "{args:?}");
        assert_lacks(&output.stderr, &["X-Amz-Signature", "aeeed9bb"]);
    }
}
