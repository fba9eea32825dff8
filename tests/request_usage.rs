//! Arguments of `request` that the program refuses before it sends a request.

use crate::support::program::Program;

/// The names do not resolve on a machine without a network, so the test fails if the program sends a request.
#[test]
fn a_provider_without_forms_is_named_before_anything_is_sent() {
    for (endpoint, region, name) in [
        (
            "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
            "auto",
            "Cloudflare R2",
        ),
        (
            "https://s3.us-west-004.backblazeb2.com",
            "us-west-004",
            "Backblaze B2",
        ),
    ] {
        let at = ["--endpoint", endpoint, "--region", region];
        let args = [&["request", "s3://b-1/in/", "-v"], &at[..]].concat();
        let output = Program::new(&args).run().exits(1);
        assert_eq!(
            output.stderr,
            format!(
                "error: {name} does not support upload forms, which the upload page needs (it answers 501 to them)\n\
                 hint: give your customer a link for one file with `presign put`, or use another server\n"
            )
        );
    }
}

#[test]
fn wrong_usage_is_refused_before_anything_is_sent() {
    for (args, error) in [
        (
            &["s3://b-1"][..],
            "the URI has no prefix, and files must not arrive at the root of the bucket",
        ),
        (&["s3://b-1/in"], "the prefix does not end with `/`"),
        (
            &["s3://b-1/.s3-secure-bucket/x/"],
            "the prefix .s3-secure-bucket/ is reserved for the program's own objects",
        ),
        (
            &["s3://b-1/a\nb/"],
            "an upload form cannot contain a prefix with control characters or with `${`",
        ),
        (
            &["s3://b-1/in/../"],
            "the prefix has a segment `.` or `..`, which browsers remove from download links",
        ),
        (
            &["s3://b-1/in/", "--key", "a/b"],
            "--key is not the name of a file",
        ),
        (
            &["s3://b-1/in/", "--key", "receipt.json"],
            "--key is not the name of a file",
        ),
        (
            &["s3://b-1/in/", "--key", "Receipt.JSON"],
            "--key is not the name of a file",
        ),
        (
            &["s3://b-1/in/", "--key", "a${filename}.pdf"],
            "--key is not the name of a file",
        ),
        (&["s3://b-1/in/", "--title", " "], "the title is empty"),
        (
            &["s3://b-1/in/", "--size-range", "9..1"],
            "the smallest size (9 bytes) is above the largest size (1 bytes)",
        ),
        (
            &["s3://b-1/in/", "-o", "html"],
            "`request` publishes the page in the bucket and prints its link, so it has no output format html",
        ),
        (
            &["s3://b-1/in/", "--expires-in", "8d"],
            "invalid value '8d' for '--expires-in <DURATION>'",
        ),
    ] {
        let output =
            Program::new(&[&["request"], args, &["--endpoint", "http://127.0.0.1:9"]].concat())
                .run()
                .exits(2);
        assert!(output.stderr.contains(error), "{error}\n{output:?}");
        assert_eq!(output.stdout, "");
    }
}
