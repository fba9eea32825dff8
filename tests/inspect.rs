//! Tests that `inspect` accepts text that people paste: URLs, forms and errors of S3, as mail
//! programs, browsers and other programs show them.

use crate::support::program::{KEY_ID, Output, Program, SECRET, assert_lacks};

/// Returns a GET URL that is signed with [`SECRET`] and valid for a day from 2026-11-26T15:00:00Z.
fn url(args: &[&str]) -> String {
    let fixed = ["--at", "20261126T150000Z", "--region", "eu-central-1"];
    let output = Program::new(&[&["presign"], args, &fixed].concat()).run();
    assert_eq!(output.code, 0, "{output:?}");
    output.stdout.trim_end().to_owned()
}

fn inspect(text: &str, more: &[&str]) -> Output {
    Program::new(&[&["inspect", "-"], more].concat())
        .stdin(text.as_bytes())
        .run()
}

/// Returns the lines with these headings, in the order of the output.
fn rows(output: &Output, headings: &[&str]) -> String {
    let named = |line: &&str| headings.iter().any(|heading| line.starts_with(heading));
    let lines: Vec<&str> = output.stdout.lines().filter(named).collect();
    lines.join("\n")
}

/// Asserts that `inspect` prints these lines about the URL in `text`, and ignores the warning that
/// the URL has expired.
#[track_caller]
fn says(text: &str, expected: &str) {
    let output = inspect(text, &[]);
    let shown = rows(&output, &["signature ", "warning "]);
    let shown = shown.replace("\nwarning         the URL has expired", "");
    assert_eq!(shown, expected, "{text}");
    assert_lacks(&output.stdout, &[SECRET]);
}

const VALID: &str = "signature       valid (for GET)";

#[test]
fn accepts_urls_as_mails_documents_and_programs_show_them() {
    let url = url(&["get", "s3://my-drop-box/k"]);
    says(&url, VALID);
    says(&format!("curl -O '{url}'\n"), VALID);
    for (text, repair) in [
        (
            url.replace('&', "&amp;"),
            "the URL contains `&amp;`: replace each `&amp;` with `&`",
        ),
        (
            format!("{{\"url\": \"{}\"}}", url.replace('&', "\\u0026")),
            "the URL contains backslashes: remove the backslashes",
        ),
        (
            format!(
                "> Here it is:\n> {}\n> Regards",
                url.replace("&X-Amz-Exp", "\n> &X-Amz-Exp")
            ),
            "line breaks split the URL: join the lines without spaces",
        ),
        (
            format!("Use {url}."),
            "a punctuation mark follows the URL: remove the mark",
        ),
    ] {
        says(&text, &format!("{VALID}\nwarning         {repair}"));
    }
}

#[test]
fn parameters_of_a_link_tracker_are_named_as_the_cause() {
    let url = url(&["get", "s3://my-drop-box/k"]);
    let tracked = format!("{url}&utm_source=newsletter&fbclid=abc");
    says(
        &tracked,
        "signature       INVALID, but valid without the added parameters\n\
         warning         a mail program or a link tracker seems to have added utm_source, fbclid: S3 refuses parameters that were not signed, so remove them",
    );
    assert_eq!(inspect(&tracked, &[]).code, 1);
}

#[test]
fn a_url_for_post_is_valid_for_post() {
    for (url, method) in [
        (
            "https://my-drop-box.s3.eu-central-1.amazonaws.com/big.bin?uploads=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261126%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20261126T150000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=b96c50168904aeb4460d0d3d4e765dfbce0bdaa8abb18dff6344c2e577fe0af3",
            "POST",
        ),
        (
            "https://my-drop-box.s3.eu-central-1.amazonaws.com/big.bin?uploadId=up1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261126%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20261126T150000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=c4a259c236a5e8190f6b39ddf6dc33713886a87dcdd5151ba2fdf4ebc41dfc83",
            "POST",
        ),
    ] {
        let output = inspect(url, &[]);
        assert_eq!(output.code, 0, "{output:?}");
        assert_eq!(
            rows(&output, &["signature "]),
            format!("signature       valid (for {method})")
        );
    }
}

#[test]
fn a_scope_or_a_key_that_s3_refuses_is_reported() {
    let url = url(&["get", "s3://my-drop-box/k"]);
    let other_key = "signature       not checked: a different access key signed the URL";
    for (text, expected) in [
        (
            url.replace("%2Fs3%2F", "%2Fsts%2F"),
            "signature       INVALID\nwarning         the URL is signed for the service `sts`, but S3 accepts only `s3`".to_owned(),
        ),
        (
            url.replace("%2Feu-central-1%2F", "%2Fus-east-1%2F"),
            "signature       INVALID\nwarning         the URL is signed for us-east-1, but its host belongs to eu-central-1: S3 refuses the URL".to_owned(),
        ),
        (
            url.replace(KEY_ID, "ASIAIOSFODNN7EXAMPLE"),
            format!("{other_key}\nwarning         an access key ID that begins with ASIA is temporary, and X-Amz-Security-Token is missing: S3 refuses the URL"),
        ),
    ] {
        says(&text, &expected);
    }
}

#[test]
fn recognizes_signed_urls_of_other_kinds() {
    let other = "inspect explains only SigV4 URLs of S3 and of compatible servers";
    for (url, kind, hint) in [
        (
            "https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires=1&Signature=b",
            "a SigV2 URL of S3 (AWSAccessKeyId, Signature): most regions refuse it, it cannot use KMS, and it may be valid for years",
            "sign a SigV4 URL: s3-secure-bucket presign get s3://BUCKET/KEY",
        ),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Region-Set=*&X-Amz-Signature=b",
            "a SigV4A URL of S3 (X-Amz-Region-Set), which multi-Region access points use",
            other,
        ),
        (
            "https://storage.googleapis.com/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=b",
            "a signed URL of Google Cloud Storage",
            other,
        ),
        (
            "https://d111.cloudfront.net/k?Expires=1&Signature=b&Key-Pair-Id=K",
            "a signed URL of Amazon CloudFront, signed with a CloudFront key pair instead of an access key",
            other,
        ),
    ] {
        let output = inspect(url, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""));
        assert_eq!(
            output.stderr,
            format!("error: this is {kind}\nhint: {hint}\n")
        );
    }
}

/// Returns an S3 error document with the canonical request of the URL, in which `to` replaces
/// `from`.
fn refusal(url: &str, from: &str, to: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let mut pairs: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("X-Amz-Signature"))
        .collect();
    pairs.sort_unstable();
    let canonical = format!(
        "GET\n/k\n{}\nhost:my-drop-box.s3.eu-central-1.amazonaws.com\n\nhost\nUNSIGNED-PAYLOAD",
        pairs.join("&")
    );
    assert!(canonical.contains(from), "{canonical}");
    let canonical = canonical.replace(from, to).replace('&', "&amp;");
    format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><CanonicalRequest>{canonical}</CanonicalRequest></Error>"
    )
}

fn explained(url: &str, answer: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.xml");
    std::fs::write(&file, answer).unwrap();
    inspect(url, &["--server-error", file.to_str().unwrap()])
}

#[test]
fn a_changed_parameter_is_named_with_the_kind_of_change_and_not_its_value() {
    let fixed = [
        "presign",
        "get",
        "s3://my-drop-box/k",
        "--at",
        "20261126T150000Z",
    ];
    let output = Program::new(&fixed)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_SESSION_TOKEN", "tok+en/MARKER")
        .run();
    let url = output.stdout.trim_end();
    for (from, to, change) in [
        (
            "tok%2Ben",
            "tok%20en",
            "X-Amz-Security-Token: a `+` became a space: write each `+` as %2B",
        ),
        (
            "%2F20261126",
            "%252F20261126",
            "X-Amz-Credential: was percent-encoded again, or decoded",
        ),
        (
            "X-Amz-Expires=900",
            "X-Amz-Expires=9000",
            "X-Amz-Expires: has another value",
        ),
    ] {
        let output = explained(url, &refusal(url, from, to));
        assert_eq!(
            rows(&output, &["differs ", "  ", "cause "]),
            format!(
                "differs in      query\n  parameter     {change}\ncause           the query was changed after signing: copy the whole URL, in quotes, and add nothing to it"
            )
        );
        output.assert_hides(&["MARKER"]);
    }
}

#[test]
fn accepts_an_error_of_s3_as_a_browser_shows_it() {
    let url = url(&["get", "s3://my-drop-box/k"]);
    let answer = "This XML file does not appear to have any style information associated with it. The document tree is shown below.\n<Error>\n<Code>AccessDenied</Code>\n<Message>Request is not yet valid</Message>\n</Error>\n";
    assert_eq!(
        rows(&explained(&url, answer), &["cause "]),
        "cause           the URL is not valid yet, because the clock of the signer is ahead: set the clock, and sign a new URL"
    );
}

#[test]
fn blames_no_missing_permission_while_the_signature_is_wrong() {
    let url = url(&["get", "s3://my-drop-box/k"]);
    let answer = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let changed = url.replace("X-Amz-Expires=900", "X-Amz-Expires=901");
    assert_eq!(
        rows(&explained(&changed, answer), &["signature ", "cause "]),
        "signature       INVALID\ncause           S3 answered AccessDenied: Access Denied"
    );
}

#[test]
fn a_form_is_explained_without_its_fields() {
    let args = [
        "presign",
        "post",
        "s3://my-drop-box/in/${filename}",
        "--size-range",
        "1..1024",
        "--success-status",
        "201",
        "--at",
        "20261126T150000Z",
        "-o",
    ];
    let form = |format: &'static str| {
        Program::new(&[&args[..], &[format]].concat())
            .env("AWS_REGION", "eu-central-1")
            .run()
            .stdout
    };
    for text in [form("json"), form("html")] {
        let output = inspect(&text, &[]);
        assert_eq!(output.code, 0, "{output:?}");
        assert_eq!(
            rows(
                &output,
                &["form for", "access", "scope", "signature", "condition"]
            ),
            "form for        https://my-drop-box.s3.eu-central-1.amazonaws.com/\n\
             access key id   AKIAIOSFODNN7EXAMPLE\n\
             scope           20261126, eu-central-1, s3\n\
             signature       valid\n\
             condition       bucket is `my-drop-box`\n\
             condition       key begins with `in/`\n\
             condition       success_action_status is `201`\n\
             condition       the file has 1 to 1024 bytes"
        );
    }
    let changed = form("json").replace("in/${filename}", "out/${filename}");
    assert_eq!(
        rows(&inspect(&changed, &[]), &["warning         the fields"]),
        "warning         the fields do not fulfil the policy, which demands that key begins with `in/`"
    );
}

#[test]
fn url_and_answer_cannot_both_come_from_stdin() {
    let output = inspect("", &["--server-error", "-"]);
    assert_eq!(
        (output.code, output.stderr.as_str()),
        (
            2,
            "error: the URL and S3's answer cannot both come from stdin\n\
             hint: write S3's answer to a file: inspect - --server-error FILE\n"
        )
    );
}
